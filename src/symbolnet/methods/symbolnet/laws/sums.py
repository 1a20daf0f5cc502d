"""Few of many columns whose weighted sum is a quantity: all pairs, and sets that grow from them."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.tree import Constant, Expression
from symbolnet.methods.symbolnet.laws.columns import Column, evenly, number, power
from symbolnet.methods.symbolnet.laws.parts import View
from symbolnet.methods.symbolnet.laws.proposals import Proposals

CONSTANT = -1  # the number of the column of ones
_SINGLES, _KEPT, _NEXT = 30, 200, 8  # sets of each size kept; columns tried for each to grow
_NOISE = 1e-12  # of what is left below it, fewer columns count
_SOLVED = 600  # rows that coefficients are found on
_ALIKE = 1e-7  # share of a column that others must leave for it to tell anything


class Found(NamedTuple):
    """Numbers of columns, and the share of the quantity's squares that they leave."""

    columns: tuple[int, ...]
    left: float


def best_sets(
    phi: np.ndarray, target: np.ndarray, weights: np.ndarray, most: int, grown: int = _KEPT
) -> list[Found]:
    """Return sets of up to `most` of the columns phi (n, m), with and without a constant.

    The best first, by the weighted squares of target (n,) that they leave. All pairs are compared
    by their Gram matrix; larger sets grow from the best `grown` of one column less.
    """
    columns, values = phi * weights[:, None], target * weights
    found = _sets(columns, values, most, grown)
    one = weights / np.linalg.norm(weights)
    rest = values - one * (one @ values)
    if rest @ rest <= 1e-28 * (values @ values):
        return [Found((CONSTANT,), 0.0)]
    centred = columns - np.outer(one, one @ columns)
    found += [
        Found((*columns, CONSTANT), left)
        for columns, left in _sets(centred, rest, most, grown, columns)
    ]
    return sorted(found, key=lambda one: (max(one.left, _NOISE), len(one.columns), one.columns))


def _sets(
    columns: np.ndarray,
    values: np.ndarray,
    most: int,
    grown: int,
    before: np.ndarray | None = None,
) -> list[Found]:
    """Return sets of columns; of the columns as they were `before` a part must be left."""
    norms = np.linalg.norm(columns, axis=0)
    start = norms if before is None else np.linalg.norm(before, axis=0)
    number = np.flatnonzero(norms > 1e-9 * start + 1e-300)
    unit = columns[:, number] / norms[number]
    total, along = float(values @ values), unit.T @ values
    found = [
        Found((int(number[i]),), float(1 - along[i] ** 2 / total))
        for i in np.argsort(-(along**2), kind="stable")[:_SINGLES]
    ]
    sets = _pairs(unit, along, total) if most > 1 and len(number) > 1 else []
    for size in range(2, most + 1):
        if size > 2:
            sets = _grown(unit, values, [one.columns for one in sets[:grown]])
        found += [Found(tuple(int(number[i]) for i in one.columns), one.left) for one in sets]
    return found


def _pairs(unit: np.ndarray, along: np.ndarray, total: float) -> list[Found]:
    """Return the best pairs of unit columns (n, m), given their products with the values (m,)."""
    gram = unit.T @ unit
    rest = 1 - gram * gram
    with np.errstate(all="ignore"):
        explained = along[:, None] ** 2 + along**2 - 2 * gram * along[:, None] * along
        explained /= rest
    explained[rest < _ALIKE] = 0
    explained = np.triu(explained, 1)
    count = min(_KEPT, explained.size - 1)
    best = np.argpartition(explained.ravel(), -count)[-count:]
    pairs = [divmod(int(place), len(along)) for place in best]
    found = [Found((i, j), float(1 - explained[i, j] / total)) for i, j in pairs]
    return sorted(found, key=lambda one: (one.left, one.columns))


def _grown(unit: np.ndarray, values: np.ndarray, sets: list[tuple[int, ...]]) -> list[Found]:
    """Return the best sets of one column more."""
    found: dict[tuple[int, ...], float] = {}
    total = float(values @ values)
    for one in sets:
        basis, _ = np.linalg.qr(unit[:, list(one)])
        rest = values - basis @ (basis.T @ values)
        inside = basis.T @ unit
        outside = 1 - (inside * inside).sum(axis=0)
        with np.errstate(all="ignore"):
            gain = np.where(outside > _ALIKE, (unit.T @ rest) ** 2 / outside, 0)
        for column in np.argpartition(gain, -min(_NEXT, len(gain)))[-_NEXT:]:
            if column not in one:
                key = tuple(sorted((*one, int(column))))
                found[key] = float((rest @ rest - gain[column]) / total)
    best = sorted(found.items(), key=lambda item: (item[1], item[0]))[:_KEPT]
    return [Found(*item) for item in best]


def in_units(columns: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weighted columns (n, m) of length 1, and the lengths they had, 1 for 0."""
    weighted = columns * weights[:, None]
    norms = np.linalg.norm(weighted, axis=0)
    norms = np.where(norms > 0, norms, 1)
    return weighted / norms, norms


def stacked(columns: Sequence[Column], rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Return the values (n, m) of one column or more on some rows."""
    return np.stack([one.values[rows] for one in columns], axis=1)


def propose_sum(
    proposals: Proposals,
    view: View,
    columns: Sequence[Column],
    kept: tuple[int, ...],
    end: int | None = None,
) -> None:
    """Propose u as the sum of the columns kept, by weighted least squares.

    Columns from number `end` on hold u as a factor: the sum is divided by 1 less theirs.
    """
    rows = evenly(len(view.u), _SOLVED)
    ones = np.ones(len(rows))
    chosen = [ones if i == CONSTANT else columns[i].values[rows] for i in kept]
    unit, norms = in_units(np.stack(chosen, axis=1), view.weights[rows])
    found = np.linalg.lstsq(unit, view.u[rows] * view.weights[rows], rcond=1e-13)[0] / norms
    terms = list(zip(found.tolist(), kept, strict=True))
    end = len(columns) if end is None else end
    if np.isfinite(found).all() and any(i < end for _, i in terms):
        proposals.propose(partial(_quotient, columns, terms, end, view))


def _quotient(
    columns: Sequence[Column], terms: list[tuple[float, int]], end: int, view: View
) -> Expression:
    """Return the sum of the terms before column `end`, divided by 1 less that of the others."""
    tree = algebra.add(*(_term(c, columns, i) for c, i in terms if i < end))
    below = [_term(-c, columns, i) for c, i in terms if i >= end]
    if below:
        tree = algebra.multiply(tree, power(algebra.add(Constant(1), *below), -1))
    return view.back(tree)


def _term(coefficient: float, columns: Sequence[Column], place: int) -> Expression:
    if place == CONSTANT:
        return number(coefficient)
    return algebra.multiply(number(coefficient), columns[place].tree)
