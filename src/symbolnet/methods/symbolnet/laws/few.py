"""Laws that are sums of few columns of a library, or quotients of such sums."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.tree import Constant, Expression, Variable
from symbolnet.methods.symbolnet.laws.columns import (
    Column,
    can_be_raised,
    evenly,
    libraries_of_turns,
    monomial,
    number,
    power,
    raised,
)
from symbolnet.methods.symbolnet.laws.parts import (
    IDENTITY,
    Ground,
    Part,
    View,
    enough,
    viewed,
    views,
)
from symbolnet.methods.symbolnet.laws.proposals import Proposals
from symbolnet.methods.symbolnet.laws.shapes import power_laws
from symbolnet.methods.symbolnet.laws.sums import best_sets, propose_sum, stacked

_FEW, _MANY, _OF_FACTORS = 400, 2500, 900  # columns of a library
_TOGETHER = 3  # columns of a sum, at most
_WITH_TURN = 200  # monomials beside a sine or cosine
_SCREENED = 160  # rows that sets of columns are compared on
_IMPLICIT, _IMPLICIT_NODES, _BESIDE = 400, 7, 500  # columns times the quantity, and beside them
_PLAIN = "t", "t^2"  # outer functions that quotients and turns are tried with
_OFFSETS = 0.0, 1.0, -1.0  # before power laws


class Extent(NamedTuple):
    """How many sets of columns grow by one more, and how many are proposed."""

    grown: int
    proposed: int


_USUAL, _OF_TURNS = Extent(200, 12), Extent(30, 3)


def few_columns(ground: Ground, part: Part, proposals: Proposals) -> None:
    """Propose sums of columns of a small library."""
    _sums(ground, part, proposals, _FEW)


def many_columns(ground: Ground, part: Part, proposals: Proposals) -> None:
    """Propose sums of columns of a large library."""
    _sums(ground, part, proposals, _MANY)


def _sums(ground: Ground, part: Part, proposals: Proposals, limit: int) -> None:
    """Propose power laws and sums, also with the quantity in them: t (1 - sum) = sum."""
    columns = ground.columns(part.places, limit)
    for view in views(part):
        for offset in _OFFSETS if view.outer is IDENTITY else (0.0,):
            _power_laws(ground.x, view, offset, proposals)
        if columns and not enough(proposals):
            _few_of(columns, [], view, proposals, _TOGETHER)
        if columns and not enough(proposals) and view.outer.name in _PLAIN:
            simple = [one for one in columns if one.nodes <= _IMPLICIT_NODES][:_IMPLICIT]
            _few_of(columns[:_BESIDE], simple, view, proposals, _TOGETHER)
        if enough(proposals):
            return


def _power_laws(x: np.ndarray, view: View, offset: float, proposals: Proposals) -> None:
    """Propose power laws of u less an offset."""

    def wrap(tree: Expression) -> Expression:
        return view.back(algebra.add(number(offset), tree))

    for make in power_laws(x, view.u - offset, view.part.places, wrap):
        proposals.propose(make)


def turns(ground: Ground, part: Part, proposals: Proposals) -> None:
    """Propose sums of terms without and with a sine or cosine."""
    for columns in libraries_of_turns(ground.x, part.places, _WITH_TURN):
        for view in views(part):
            if view.outer.name in _PLAIN:
                _few_of(columns, [], view, proposals, _TOGETHER, _OF_TURNS)
            if enough(proposals):
                return


def factors(ground: Ground, part: Part, proposals: Proposals) -> None:
    """Propose sums of two columns times a factor."""
    columns = ground.columns(part.places, _OF_FACTORS)
    for factor in _factors_of(ground.x, part.places):
        rest = part.times(factor)
        if np.isfinite(rest.t).all():
            _few_of(columns, [], viewed(rest), proposals, 2)
        if enough(proposals):
            return


def _factors_of(x: np.ndarray, places: tuple[int, ...]) -> Iterator[Column]:
    """Yield (1 - (x_i/x_j)^2)^p and powers of sine and cosine."""
    for i, j in itertools.permutations(places, 2):
        if can_be_raised(x[:, j], -1) and (np.abs(x[:, i]) < np.abs(x[:, j])).all():
            ratio = monomial([(i, 2), (j, -2)])
            base = algebra.add(Constant(1), algebra.multiply(Constant(-1), ratio))
            values = 1 - (x[:, i] / x[:, j]) ** 2
            for exponent in (-0.5, 0.5):
                yield Column(power(base, exponent), values**exponent, 0)
    for i, name, multiple in itertools.product(places, ("sin", "cos"), (1.0, 0.5)):
        values = getattr(np, name)(multiple * x[:, i])
        base = algebra.function(name, algebra.multiply(number(multiple), Variable(i)))
        for exponent in (1, -1, 2, -2):
            if can_be_raised(values, -1):
                yield Column(power(base, exponent), raised(values, exponent), 0)


def _few_of(
    columns: list[Column],
    implicit: list[Column],
    view: View,
    proposals: Proposals,
    most: int,
    extent: Extent = _USUAL,
) -> None:
    """Propose the best sets; of those with implicit columns only such that hold one."""
    every = [*columns, *(one._replace(values=one.values * view.u) for one in implicit)]
    rows = evenly(len(view.u), _SCREENED)
    u, weights = view.u[rows], view.weights[rows]
    sets = best_sets(stacked(every, rows), u, weights, most, extent.grown)
    chosen = [s.columns for s in sets if not implicit or max(s.columns) >= len(columns)]
    for kept in chosen[: extent.proposed]:
        propose_sum(proposals, view, every, kept, len(columns))
