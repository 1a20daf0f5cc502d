"""Laws with all monomials of a degree in them: polynomials, and quotients of two."""

import itertools
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.tree import Constant, Expression, Variable
from symbolnet.methods.symbolnet.laws.columns import Column, number, power
from symbolnet.methods.symbolnet.laws.parts import Ground, Part, View, enough, views
from symbolnet.methods.symbolnet.laws.proposals import Proposals
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
