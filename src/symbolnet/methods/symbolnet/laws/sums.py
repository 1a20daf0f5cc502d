"""Few of many columns whose weighted sum is a quantity: all pairs, and sets that grow from them."""

from typing import NamedTuple

import numpy as np

CONSTANT = -1  # the number of the column of ones
_SINGLES, _KEPT, _NEXT = 30, 200, 8  # sets of each size kept; columns tried for each to grow
_NOISE = 1e-12  # of what is left below it, fewer columns count
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


def solved(phi: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the coefficients (m,) of all columns phi (n, m) by weighted least squares."""
    columns = phi * weights[:, None]
    norms = np.linalg.norm(columns, axis=0)
    norms = np.where(norms > 0, norms, 1)
    result: np.ndarray = np.linalg.lstsq(columns / norms, target * weights, rcond=1e-13)[0] / norms
    return result
