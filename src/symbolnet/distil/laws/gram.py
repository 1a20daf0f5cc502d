"""Which sets of terms explain vectors best: least squares of every set, from one Gram matrix.

In the ranking every term has a free matrix of its own, so that messages in any basis are as good as
forces; rows count by 1/(|m| + median |m|), since the square of a few close pairs would drown all
others.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

Array = np.ndarray
_RIDGE = 1e-12
_SINGLES, _PAIRS, _TRIPLES = 10, 24, 12  # kept of each size


class Gram(NamedTuple):
    """Products of columns (`width` for each term, then a constant if any) and of targets."""

    products: Array
    targets: Array
    total: float
    width: int
    constants: int


def weights_of(targets: Array) -> Array:
    """Return what a row of targets (n, d) counts."""
    size = np.sqrt((targets**2).sum(axis=1))
    return np.asarray(1 / (size + np.median(size) + 1e-300))


def gram(blocks: Array, targets: Array, constant: bool) -> Gram:
    """Return the Gram matrix of blocks (terms, n, width) and targets (n, outputs)."""
    count, rows, width = blocks.shape
    columns = blocks.transpose(1, 0, 2).reshape(rows, count * width)
    if constant:
        columns = np.concatenate((columns, np.ones((rows, 1))), axis=1)
    weight = weights_of(targets)[:, None]
    columns, aims = columns * weight, targets * weight
    columns /= np.maximum(np.sqrt((columns**2).sum(axis=0)), 1e-300)
    total = float((aims**2).sum())
    return Gram(columns.T @ columns, columns.T @ aims, total, width, int(constant))


def unexplained(found: Gram, sets: Array) -> Array:
    """Return the share of the squares that each set (s, k) of terms leaves."""
    offsets = np.arange(found.width)
    columns = (sets[:, :, None] * found.width + offsets).reshape(len(sets), -1)
    last = len(found.products) - np.arange(found.constants)[::-1] - 1
    columns = np.concatenate((columns, np.broadcast_to(last, (len(sets), found.constants))), axis=1)
    inner = found.products[columns[:, :, None], columns[:, None, :]]
    inner = inner + _RIDGE * np.eye(columns.shape[1])
    outer = found.targets[columns]
    explained = (outer * np.linalg.solve(inner, outer)).sum(axis=(1, 2))
    return np.asarray(1 - explained / found.total)


def best_terms(found: Gram, count: int, most: int) -> list[tuple[int, ...]]:
    """Return the best sets of up to `most` (1 to 3) of `count` terms, those of each size apart."""
    kept = _best(found, [(k,) for k in range(count)], _SINGLES)
    if most > 1:
        pairs = _best(found, combinations(range(count), 2), _PAIRS)
        kept += pairs
        if most > 2:
            longer = {tuple(sorted({*pair, k})) for pair in pairs for k in range(count)}
            kept += _best(found, sorted(one for one in longer if len(one) == 3), _TRIPLES)
    return kept


def _best(found: Gram, sets: Iterable[Sequence[int]], number: int) -> list[tuple[int, ...]]:
    every = np.array(list(sets))
    order = np.argsort(unexplained(found, every), kind="stable")[:number]
    return [tuple(int(k) for k in every[i]) for i in order]
