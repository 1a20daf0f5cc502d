"""The search for the law of one quantity, in steps: one way of proposing laws, for one front part.

What stands before the rest as powers is told first (`separate`). For each such part the steps are a
polynomial whose needless terms go, sums of few simple columns, functions of monomials, sums of many
columns, and sums times a factor such as (1 - (x_i/x_j)^2)^(-1/2).
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.tree import Constant, Expression, Variable
from symbolnet.methods.symbolnet.laws.columns import (
    Column,
    can_be_raised,
    libraries_of_turns,
    library,
    monomial,
    monomial_values,
    number,
    power,
    raised,
)
from symbolnet.methods.symbolnet.laws.outer import IDENTITY, Outer, outers
from symbolnet.methods.symbolnet.laws.proposals import Proposals, Rows
from symbolnet.methods.symbolnet.laws.separate import Powers, separable
from symbolnet.methods.symbolnet.laws.shapes import Wrap, functions_of_monomials, power_laws
from symbolnet.methods.symbolnet.laws.sums import CONSTANT, best_sets, solved

_FEW, _MANY, _OF_FACTORS = 400, 2500, 900  # columns of a library
_INPUTS = 7  # at most, of sums
_LONG = 20  # nodes above which an exact law may have a shorter form
_WITH_TURN = 200  # monomials beside a sine or cosine
_SCREENED = 160  # rows that sets of columns are compared on
_SOLVED = 600  # and that the coefficients of the best are found on
_IMPLICIT, _IMPLICIT_NODES, _BESIDE = 400, 7, 500  # columns times the quantity, and beside them
_OFFSETS = 0.0, 1.0, -1.0  # before power laws
_DEGREES, _TERMS = (2, 3, 4, 6), 130  # of polynomials whose terms go one by one
_DEGREES_OF_QUOTIENTS, _TERMS_OF_QUOTIENTS, _NULL = (1, 2, 3), 60, 1e-6
_NEEDLESS, _FITTING = 1e-4, 1e-5  # coefficients that go; what such a polynomial may miss


class Part(NamedTuple):
    """What is left of the quantity beside powers before it: values t (n,), their inputs, weights.

    `wrap` puts the powers before a law of t.
    """

    t: np.ndarray
    places: tuple[int, ...]
    weights: np.ndarray
    wrap: Wrap

    def times(self, factor: Column) -> "Part":
        """Return what is left beside a factor, too."""

        def wrap(tree: Expression) -> Expression:
            return self.wrap(algebra.multiply(factor.tree, tree))

        weights = self.weights * np.abs(factor.values)
        return Part(self.t / factor.values, self.places, weights, wrap)


class Extent(NamedTuple):
    """How many sets of columns grow by one more, and how many are proposed."""

    grown: int
    proposed: int


_USUAL, _OF_TURNS = Extent(200, 12), Extent(30, 3)
Strategy = Callable[["Search", Part, Proposals], None]


class Search:
    """The search on some rows; what it is divided into is found when first asked for."""

    def __init__(self, rows: Rows, effort: float = 1.0) -> None:
        self.rows, self._effort = rows, effort
        self._libraries: dict[tuple[tuple[int, ...], int], list[Column]] = {}

    @cached_property
    def steps(self) -> list[tuple[Strategy, Part]]:
        """Return strategies with the part they are for, the cheapest first."""
        rows = self.rows
        parts = [_part(rows, powers) for powers in separable(rows.x, rows.y)]
        whole = _part(rows, {})
        found: list[tuple[Strategy, Part]] = [(_power_law, whole)]
        for strategy, least, most, effort in _STRATEGIES:
            if effort <= self._effort:
                found += [(strategy, one) for one in parts if least <= len(one.places) <= most]
        return found

    def take(self, step: int, proposals: Proposals) -> None:
        """Take one step."""
        strategy, part = self.steps[step]
        if proposals.exact is None or strategy is _few_columns:
            strategy(self, part, proposals)

    def done(self, step: int, proposals: Proposals) -> bool:
        """Tell that no step from this one on is worth taking."""
        return _done(proposals) or (step > 0 and step >= len(self.steps))

    def columns(self, places: tuple[int, ...], limit: int) -> list[Column]:
        """Return the library of some inputs."""
        key = places, limit
        if key not in self._libraries:
            self._libraries[key] = library(self.rows.x, places, limit)
        return self._libraries[key]


def _done(proposals: Proposals) -> bool:
    """Tell that an exact law was found that is not long."""
    return proposals.exact is not None and proposals.exact <= _LONG


def _part(rows: Rows, powers: Powers) -> Part:
    values = monomial_values(rows.x, powers.items())
    places = tuple(i for i in range(rows.x.shape[1]) if i not in powers)
    front = monomial(powers.items())

    def wrap(tree: Expression) -> Expression:
        return algebra.multiply(front, tree)

    return Part(rows.y / values, places, np.abs(values), wrap)


def _power_law(search: Search, part: Part, proposals: Proposals) -> None:
    proposals.propose(lambda: part.wrap(number(float(np.mean(part.t)))))
    for make in power_laws(search.rows.x, part.t, part.places, part.wrap):
        proposals.propose(make)


def _polynomials(search: Search, part: Part, proposals: Proposals) -> None:
    """Propose, for each outer function, the polynomial of least degree that leaves nothing."""
    for outer, u, weights in _outer_values(part):
        for degree in _DEGREES:
            sets = _exponents(part.places, degree)
            if proposals.exact is not None or len(sets) > min(_TERMS, len(u) // 5):
                break
            columns = [Column(_product(one), _values(search.rows.x, one), 0) for one in sets]
            kept = _needed(_stacked(columns, u), u, weights)
            if kept is not None:
                _propose(columns, kept, u, weights, part, outer, proposals)
        if _done(proposals):
            return


def _exponents(places: tuple[int, ...], degree: int) -> list[tuple[int, ...]]:
    sizes = range(degree + 1)
    return [one for size in sizes for one in itertools.combinations_with_replacement(places, size)]


def _product(places: tuple[int, ...]) -> Expression:
    return algebra.multiply(*map(Variable, places)) if places else Constant(1)


def _values(x: np.ndarray, places: tuple[int, ...]) -> np.ndarray:
    result: np.ndarray = np.prod(x[:, list(places)], axis=1)
    return result


def _needed(columns: np.ndarray, u: np.ndarray, weights: np.ndarray) -> tuple[int, ...] | None:
    """Return the columns that are left when needless ones go; None if all together miss."""
    scaled = columns * weights[:, None]
    norms = np.linalg.norm(scaled, axis=0)
    scaled, values = scaled / np.where(norms > 0, norms, 1), u * weights
    fit, test = slice(1, None, 2), slice(0, None, 2)
    first = np.linalg.lstsq(scaled[fit], values[fit], rcond=1e-12)[0]
    missed = values[test] - scaled[test] @ first
    if not np.mean(missed**2) <= _FITTING**2 * np.mean(values**2):
        return None
    kept = list(range(columns.shape[1]))
    while len(kept) > 1:
        sizes = np.abs(np.linalg.lstsq(scaled[:, kept], values, rcond=1e-14)[0])
        least = int(np.argmin(sizes))
        if sizes[least] > _NEEDLESS * sizes.max():
            break
        kept.pop(least)
    return tuple(kept)


def _quotients(search: Search, part: Part, proposals: Proposals) -> None:
    """Propose, for each outer function u, the polynomials P and Q of least degree with u Q = P.

    Their coefficients are the vector that [M, -u M] takes to nothing, M all monomials. At the
    least degree there is one.
    """
    for outer, u, weights in _outer_values(part):
        for degree in _DEGREES_OF_QUOTIENTS:
            sets = _exponents(part.places, degree)
            if proposals.exact is not None or len(sets) > min(_TERMS_OF_QUOTIENTS, len(u) // 10):
                break
            columns = [Column(_product(one), _values(search.rows.x, one), 0) for one in sets]
            found = _null_vector(_stacked(columns, u), u, weights)
            if found is not None:
                proposals.propose(partial(_quotient, columns, found, part, outer))
        if _done(proposals):
            return


def _quotient(columns: list[Column], both: np.ndarray, part: Part, outer: Outer) -> Expression:
    above, below = np.split(both, 2)
    tree = algebra.multiply(_sum(columns, above), power(_sum(columns, below), -1))
    return part.wrap(outer.back(tree))


def _null_vector(columns: np.ndarray, u: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    """Return p and q of columns @ p = u * (columns @ q), None if there are none or many."""
    both = np.concatenate([columns, -u[:, None] * columns], axis=1) * weights[:, None]
    norms = np.linalg.norm(both, axis=0)
    if not np.isfinite(norms).all() or not norms.all():
        return None
    _, sizes, vectors = np.linalg.svd(both / norms, full_matrices=False)
    if not sizes[-1] <= _NULL * sizes[0] or sizes[-2] <= _NULL * sizes[0]:
        return None
    found = vectors[-1] / norms
    shares = np.abs(vectors[-1]) / np.abs(vectors[-1]).max()
    found = np.where(shares > _NEEDLESS, found, 0.0)
    first = np.split(found, 2)[1]
    if not first.any() or not found[: len(first)].any():
        return None
    result: np.ndarray = found / first[np.flatnonzero(first)[0]]
    return result


def _sum(columns: Sequence[Column], coefficients: np.ndarray) -> Expression:
    terms = zip(columns, coefficients.tolist(), strict=True)
    return algebra.add(*(algebra.multiply(number(c), one.tree) for one, c in terms if c))


def _few_columns(search: Search, part: Part, proposals: Proposals) -> None:
    _sums(search, part, proposals, _FEW, 3)


def _turns(search: Search, part: Part, proposals: Proposals) -> None:
    """Propose sums of terms without and with a sine or cosine."""
    x = search.rows.x
    for columns in libraries_of_turns(x, part.places, _WITH_TURN):
        for outer, u, weights in _outer_values(part):
            if outer.name in ("t", "t^2"):
                _few_of(columns, [], u, weights, part, outer, proposals, 3, _OF_TURNS)
            if _done(proposals):
                return


def _many_columns(search: Search, part: Part, proposals: Proposals) -> None:
    _sums(search, part, proposals, _MANY, 3)


def _sums(search: Search, part: Part, proposals: Proposals, limit: int, most: int) -> None:
    """Propose sums of few columns, also with the quantity in them: t (1 - sum) = sum."""
    columns = search.columns(part.places, limit)
    for outer, u, weights in _outer_values(part):
        for offset in _OFFSETS if outer is IDENTITY else (0.0,):
            _power_laws_of(search, part, outer, u, offset, proposals)
        if columns and not _done(proposals):
            _few_of(columns, [], u, weights, part, outer, proposals, most)
        if columns and not _done(proposals) and outer.name in ("t", "t^2"):
            simple = [one for one in columns if one.nodes <= _IMPLICIT_NODES][:_IMPLICIT]
            _few_of(columns[:_BESIDE], simple, u, weights, part, outer, proposals, most)
        if _done(proposals):
            return


def _power_laws_of(
    search: Search,
    part: Part,
    outer: Outer,
    u: np.ndarray,
    offset: float,
    proposals: Proposals,
) -> None:
    """Propose power laws of u less an offset."""

    def wrap(tree: Expression) -> Expression:
        return part.wrap(outer.back(algebra.add(number(offset), tree)))

    for make in power_laws(search.rows.x, u - offset, part.places, wrap):
        proposals.propose(make)


def _outer_values(part: Part) -> Iterator[tuple[Outer, np.ndarray, np.ndarray]]:
    """Yield the outer functions with their values and weights."""
    for outer in outers(part.t):
        with np.errstate(all="ignore"):
            u = outer.forward(part.t)
            weights = outer.weights(part.t, part.weights)
        varies = np.std(u) > 1e-12 * abs(np.mean(u))
        if np.isfinite(u).all() and np.isfinite(weights).all() and varies:
            yield outer, u, weights


def _few_of(
    columns: list[Column],
    implicit: list[Column],
    u: np.ndarray,
    weights: np.ndarray,
    part: Part,
    outer: Outer,
    proposals: Proposals,
    most: int,
    extent: Extent = _USUAL,
) -> None:
    """Propose the best sets; of those with implicit columns only such that hold one."""
    every = [*columns, *(one._replace(values=one.values * u) for one in implicit)]
    rows = np.linspace(0, len(u) - 1, min(len(u), _SCREENED)).astype(int)
    sets = best_sets(_stacked(every, u[rows], rows), u[rows], weights[rows], most, extent.grown)
    chosen = [s.columns for s in sets if not implicit or max(s.columns) >= len(columns)]
    for kept in chosen[: extent.proposed]:
        _propose(every, kept, u, weights, part, outer, proposals, len(columns))


def _stacked(columns: list[Column], u: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    values = [one.values if rows is None else one.values[rows] for one in columns]
    return np.stack(values, axis=1) if values else np.empty((len(u), 0))


def _propose(
    columns: Sequence[Column],
    kept: tuple[int, ...],
    u: np.ndarray,
    weights: np.ndarray,
    part: Part,
    outer: Outer,
    proposals: Proposals,
    first_implicit: int | None = None,
) -> None:
    """Propose the sum of the columns kept, divided by 1 less that of the implicit ones."""
    rows = np.linspace(0, len(u) - 1, min(len(u), _SOLVED)).astype(int)
    ones = np.ones(len(rows))
    chosen = [ones if i == CONSTANT else columns[i].values[rows] for i in kept]
    found = solved(np.stack(chosen, axis=1), u[rows], weights[rows])
    if not np.isfinite(found).all():
        return
    terms = list(zip(found.tolist(), kept, strict=True))
    end = len(columns) if first_implicit is None else first_implicit
    if any(i < end for _, i in terms):
        proposals.propose(partial(_quotient_of, columns, terms, end, part, outer))


def _quotient_of(
    columns: Sequence[Column],
    terms: list[tuple[float, int]],
    end: int,
    part: Part,
    outer: Outer,
) -> Expression:
    """Return the sum of the terms before column `end`, divided by 1 less that of the others."""
    tree = algebra.add(*(_term(c, columns, i) for c, i in terms if i < end))
    below = [_term(-c, columns, i) for c, i in terms if i >= end]
    if below:
        tree = algebra.multiply(tree, power(algebra.add(Constant(1), *below), -1))
    return part.wrap(outer.back(tree))


def _term(coefficient: float, columns: Sequence[Column], place: int) -> Expression:
    if place == CONSTANT:
        return number(coefficient)
    return algebra.multiply(number(coefficient), columns[place].tree)


def _shapes(search: Search, part: Part, proposals: Proposals) -> None:
    for make in functions_of_monomials(search.rows.x, part.t, part.places, part.wrap):
        proposals.propose(make)
        if _done(proposals):
            return


def _factors(search: Search, part: Part, proposals: Proposals) -> None:
    """Propose sums of two columns times a factor."""
    columns = search.columns(part.places, _OF_FACTORS)
    for factor in _factors_of(search.rows.x, part.places):
        rest = part.times(factor)
        if np.isfinite(rest.t).all():
            weights = IDENTITY.weights(rest.t, rest.weights)
            _few_of(columns, [], rest.t, weights, rest, IDENTITY, proposals, 2)
        if _done(proposals):
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


_STRATEGIES: tuple[tuple[Strategy, int, int, float], ...] = (
    (_polynomials, 1, 99, 0.0),
    (_quotients, 1, 99, 0.0),
    (_few_columns, 1, 6, 0.2),
    (_shapes, 1, 5, 0.2),
    (_turns, 1, 5, 0.4),
    (_many_columns, 1, _INPUTS, 0.4),
    (_factors, 2, 4, 0.4),
)  # with the least and the most inputs, and the least effort, that they are for
