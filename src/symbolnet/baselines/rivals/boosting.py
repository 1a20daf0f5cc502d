"""Quantised inputs and classes to boosted oblivious trees, by histograms.

An oblivious tree makes one comparison a level, the same in all of its nodes (CatBoost, Dorogush et
al. 2018), so that its comparisons side by side are the number of the leaf.
"""

from typing import NamedTuple

import numpy as np

from symbolnet.expression.metrics import softmax

_PRIOR = 5.0  # ridge of the gains and of the steps: rows of curvature that a leaf must outweigh


class Tree(NamedTuple):
    """Comparisons `mantissa of inputs[k] > thresholds[k]`; the first is the lowest bit."""

    inputs: tuple[int, ...]
    thresholds: tuple[int, ...]

    def leaves(self, mantissas: np.ndarray) -> np.ndarray:
        """Return the number of the leaf (n,) of each row of mantissas (n, d)."""
        bits = mantissas[:, self.inputs] > np.array(self.thresholds, np.int64)
        return np.asarray(bits @ (1 << np.arange(len(self.inputs))), np.int64)


def cross_entropy(scores: np.ndarray, y: np.ndarray) -> float:
    """Return the mean loss of scores (n, k) for classes (n,)."""
    own = softmax(scores)[np.arange(len(y)), y]
    return float(-np.log(np.maximum(own, 1e-300)).mean())


def boosted(
    mantissas: np.ndarray, y: np.ndarray, classes: int, trees: int, depth: int, shrinkage: float
) -> list[Tree]:
    """Return trees grown one after the other, each on the slopes that those before it leave.

    Fewer where no comparison gains anything. Mantissas (n, d) count from 0, so do thresholds.
    """
    truth, scores = np.eye(classes)[y], np.zeros((len(y), classes))
    found: list[Tree] = []
    for _ in range(trees):
        p = softmax(scores)
        slopes = np.concatenate([p - truth, p * (1 - p)], axis=1)
        tree = _grown(mantissas, slopes, depth)
        if not tree.inputs:
            break
        found.append(tree)
        leaves = tree.leaves(mantissas)
        totals = _sums(leaves, slopes, 1 << depth)
        steps = -totals[:, :classes] / (totals[:, classes:] + _PRIOR)
        scores += shrinkage * steps[leaves]
    return found


def _grown(mantissas: np.ndarray, slopes: np.ndarray, depth: int) -> Tree:
    """Return the tree whose every comparison gains most over all leaves of the level above."""
    tree, leaves = Tree((), ()), np.zeros(len(mantissas), np.int64)
    for level in range(depth):
        index, threshold = _best_comparison(mantissas, leaves, 1 << level, slopes)
        if threshold < 0:
            break
        leaves += (mantissas[:, index] > threshold).astype(np.int64) << level
        tree = Tree((*tree.inputs, index), (*tree.thresholds, threshold))
    return tree


def _best_comparison(
    mantissas: np.ndarray, leaves: np.ndarray, count: int, slopes: np.ndarray
) -> tuple[int, int]:
    """Return input and threshold of the largest gain; the threshold is -1 where none gains."""
    bins = int(mantissas.max()) + 1
    whole = _worth(_sums(leaves, slopes, count)).sum()
    best, found = whole * (1 + 1e-9) + 1e-9, (0, -1)
    for index, column in enumerate(mantissas.T):
        histogram = _sums(leaves * bins + column, slopes, count * bins)
        below = histogram.reshape(count, bins, -1).cumsum(axis=1)
        gains = (_worth(below) + _worth(below[:, -1:] - below)).sum(axis=0)
        threshold = int(gains.argmax())
        if gains[threshold] > best:
            best, found = gains[threshold], (index, threshold)
    return found


def _sums(groups: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Return the sums (count, k) of values (n, k) over groups (n,)."""
    return np.stack([np.bincount(groups, v, count) for v in values.T], axis=1)


def _worth(sums: np.ndarray) -> np.ndarray:
    """Return what a step in every class gains (...), from slopes and curvatures (..., 2 k)."""
    half = sums.shape[-1] // 2
    return np.asarray((sums[..., :half] ** 2 / (sums[..., half:] + _PRIOR)).sum(axis=-1))


class Leaves(NamedTuple):
    """Rounded scores of the leaves: mantissas (trees, leaves, classes) of `fraction` bits."""

    mantissas: np.ndarray
    fraction: int

    def scores(self, numbers: np.ndarray) -> np.ndarray:
        """Return the scores (n, classes) of rows whose leaves have these numbers (n, trees)."""
        return sum_over_trees(self.mantissas, numbers) * 2.0**-self.fraction


def sum_over_trees(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the sums (n, k) of the values (trees, leaves, k) of leaves numbered (n, trees)."""
    return np.asarray(
        sum((values[t][own] for t, own in enumerate(numbers.T)), np.zeros(values.shape[2]))
    )


def refitted(start: Leaves, numbers: np.ndarray, y: np.ndarray, ridge: float, bits: int) -> Leaves:
    """Take one Newton step in every leaf, tree by tree, each rounded to the grid at once.

    A tree thus makes good what the rounding of the others has lost. The score of the last class
    stays 0, which no decision and no softmax notices.
    """
    values, step = start.mantissas.copy(), 2.0**-start.fraction
    classes, limit = values.shape[2], 1 << (bits - 1)
    truth = np.eye(classes)[y]
    scores = start.scores(numbers)
    for t, own in enumerate(numbers.T):
        p = softmax(scores)
        totals = _sums(own, np.concatenate([p - truth, p * (1 - p)], axis=1), values.shape[1])
        old = values[t] * step
        slope, curve = totals[:, :classes] + ridge * old, totals[:, classes:] + ridge
        new = np.clip(np.rint((old - slope / curve) / step), -limit, limit - 1)
        new[:, -1] = 0
        scores += (new - values[t])[own] * step
        values[t] = new
    return Leaves(values, start.fraction)
