"""The search for the law of one quantity, in steps: one way of proposing laws, for one front part.

What stands before the rest as powers is told first (`separate`). For each such part the steps are
polynomials and quotients of them, sums of few columns (`few`), functions of monomials (`shapes`),
sums with a sine or cosine, of many columns, and times a factor.
"""

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property, partial

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.tree import Constant, Expression, Variable
from symbolnet.methods.symbolnet.laws.columns import Column, number, power
from symbolnet.methods.symbolnet.laws.few import factors, few_columns, many_columns, turns
from symbolnet.methods.symbolnet.laws.parts import (
    Ground,
    Part,
    Strategy,
    View,
    enough,
    part_of,
    views,
)
from symbolnet.methods.symbolnet.laws.proposals import Proposal, Proposals, Rows
from symbolnet.methods.symbolnet.laws.separate import separable
from symbolnet.methods.symbolnet.laws.shapes import functions_of_monomials, power_laws
from symbolnet.methods.symbolnet.laws.sums import in_units, propose_sum, stacked

_DEGREES, _TERMS, _ROWS = (2, 3, 4, 6), 130, 5  # of polynomials; rows that a term must have
_DEGREES_OF_QUOTIENTS, _TERMS_OF_QUOTIENTS, _ROWS_OF_QUOTIENTS = (1, 2, 3), 60, 10
_NULL = 1e-6  # the smallest singular value that is nothing, as a share of the largest
_NEEDLESS, _FITTING = 1e-4, 1e-5  # coefficients that go; what a polynomial may miss before


def polynomials(ground: Ground, part: Part, proposals: Proposals) -> None:
    """Propose, for each outer function, the polynomial of least degree that leaves nothing."""
    for view in views(part):
        for columns in _by_degree(ground.x, view, _DEGREES, _TERMS, _ROWS):
            kept = _needed(stacked(columns), view)
            if kept is not None:
                propose_sum(proposals, view, columns, kept)
            if proposals.exact is not None:
                break
        if enough(proposals):
            return


def quotients(ground: Ground, part: Part, proposals: Proposals) -> None:
    """Propose, for each outer function u, the polynomials P and Q of least degree with u Q = P.

    Their coefficients are the vector that [M, -u M] takes to nothing, M all monomials. At the
    least degree there is one.
    """
    sizes = _DEGREES_OF_QUOTIENTS, _TERMS_OF_QUOTIENTS, _ROWS_OF_QUOTIENTS
    for view in views(part):
        for columns in _by_degree(ground.x, view, *sizes):
            found = _null_vector(stacked(columns), view)
            if found is not None:
                proposals.propose(partial(_quotient, columns, found, view))
            if proposals.exact is not None:
                break
        if enough(proposals):
            return


def _by_degree(
    x: np.ndarray, view: View, degrees: Sequence[int], terms: int, rows: int
) -> Iterator[list[Column]]:
    """Yield all monomials of each degree, as far as there are `rows` for each of them."""
    for degree in degrees:
        sets = [
            one
            for size in range(degree + 1)
            for one in itertools.combinations_with_replacement(view.part.places, size)
        ]
        if len(sets) > min(terms, len(x) // rows):
            return
        yield [_monomial(x, one) for one in sets]


def _monomial(x: np.ndarray, places: tuple[int, ...]) -> Column:
    tree = algebra.multiply(*map(Variable, places)) if places else Constant(1)
    return Column(tree, np.prod(x[:, list(places)], axis=1), 0)


def _needed(columns: np.ndarray, view: View) -> tuple[int, ...] | None:
    """Return the columns that are left when needless ones go; None if all together miss."""
    scaled, _ = in_units(columns, view.weights)
    values = view.u * view.weights
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


def _quotient(columns: list[Column], both: np.ndarray, view: View) -> Expression:
    above, below = (_sum(columns, part) for part in np.split(both, 2))
    return view.back(algebra.multiply(above, power(below, -1)))


def _null_vector(columns: np.ndarray, view: View) -> np.ndarray | None:
    """Return p and q of columns @ p = u * (columns @ q), None if there are none or many."""
    both = np.concatenate([columns, -view.u[:, None] * columns], axis=1)
    unit, norms = in_units(both, view.weights)
    if not np.isfinite(norms).all() or not unit.any(axis=0).all():
        return None
    _, sizes, vectors = np.linalg.svd(unit, full_matrices=False)
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


class Search:
    """The search on some rows; what it is divided into is found when first asked for."""

    def __init__(self, rows: Rows, effort: float = 1.0) -> None:
        self.rows, self._effort = rows, effort
        self._ground = Ground(rows.x)

    @cached_property
    def steps(self) -> list[tuple[Strategy, Part]]:
        """Return strategies with the part they are for, the cheapest first."""
        parts = [part_of(self.rows, powers) for powers in separable(self.rows.x, self.rows.y)]
        found: list[tuple[Strategy, Part]] = [(_power_law, parts[-1])]  # the last is the whole
        for strategy, least, most, effort in _STRATEGIES:
            if effort <= self._effort:
                found += [(strategy, one) for one in parts if least <= len(one.places) <= most]
        return found

    def take(self, step: int, proposals: Proposals) -> None:
        """Take one step; where a law is exact, only one that may shorten it."""
        strategy, part = self.steps[step]
        if proposals.exact is None or strategy is few_columns:
            strategy(self._ground, part, proposals)

    def done(self, step: int, proposals: Proposals) -> bool:
        """Tell that no step from this one on is worth taking."""
        return enough(proposals) or (step > 0 and step >= len(self.steps))


def laws_in(rows: Rows, effort: float = 1.0) -> list[Proposal]:
    """Return the laws of a quantity that all steps find, taken without a break, simplest first."""
    search, proposals, step = Search(rows, effort), Proposals(rows, []), 0
    while not search.done(step, proposals):
        search.take(step, proposals)
        step += 1
    return proposals.front


def _power_law(ground: Ground, part: Part, proposals: Proposals) -> None:
    proposals.propose(lambda: part.wrap(number(float(np.mean(part.t)))))
    for make in power_laws(ground.x, part.t, part.places, part.wrap):
        proposals.propose(make)


def _shapes(ground: Ground, part: Part, proposals: Proposals) -> None:
    for make in functions_of_monomials(ground.x, part.t, part.places, part.wrap):
        proposals.propose(make)
        if enough(proposals):
            return


_STRATEGIES: tuple[tuple[Strategy, int, int, float], ...] = (
    (polynomials, 1, 99, 0.0),
    (quotients, 1, 99, 0.0),
    (few_columns, 1, 6, 0.2),
    (_shapes, 1, 5, 0.2),
    (turns, 1, 5, 0.4),
    (many_columns, 1, 7, 0.4),
    (factors, 2, 4, 0.4),
)  # with the least and the most inputs, and the least effort, that they are for
