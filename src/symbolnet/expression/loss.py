"""What formulas lose on the rows that training may see, and are expected to lose on others.

Classes: the cross-entropy of softmax(s o) in nats, the scale s of the scores o fitted, since not
every training sets it. Quantities: the squared error over the variance, the mean over targets.
The rows that constants were fitted on flatter them. Of an expected loss L of the best constants,
p fitted ones lose p / 2n less on the n rows that fitted them and p / 2n more on any others
(Akaike 1974), so that on all N rows of train and validation L is too low by p / N: `penalised` adds
it, and of a squared error the factor 1 + 2 p / N (p of one target).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.expression.complexity import constants
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Expression

_FARTHEST = 1e30  # differences of scores beyond so many usual ones: their squares stay finite
_SUREST = 1e6  # scale, in usual differences, at which classes count as told apart without a fault
_STEPS, _CLOSE = 60, 1e-9


class _Seen(NamedTuple):
    """Outputs (n, k) and truth of the training rows, then the validation rows."""

    outputs: np.ndarray
    truth: np.ndarray
    trained: int
    constants: int


def loss_record(
    expressions: Sequence[Expression], dataset: Dataset, weights: np.ndarray | None = None
) -> dict[str, Any]:
    """Return losses, scale and constants of a member; what is not finite is null.

    `weights` (k,) are what rows count by their class. A row without finite scores counts as if its
    class had the probability 1 / N.
    """
    rows = dataset.x_train, dataset.x_validation
    seen = _Seen(
        np.concatenate([evaluate(expressions, x) for x in rows]),
        np.concatenate([dataset.y_train, dataset.y_validation]),
        len(dataset.x_train),
        constants(expressions),
    )
    if dataset.task == "regression":
        return _of_values(seen)
    return _of_classes(seen, np.ones(len(dataset.class_names)) if weights is None else weights)


@np.errstate(all="ignore")
def _of_classes(seen: _Seen, weights: np.ndarray) -> dict[str, Any]:
    counts = weights[seen.truth]
    known = np.isfinite(seen.outputs).all(axis=1)
    apart = _differences(seen.outputs[known], seen.truth[known])
    scale = fitted_scale(apart, counts[known])
    each = np.full(len(counts), np.log(len(counts)))
    each[known] = _cross_entropies(apart, scale)
    # Rows of unequal weight tell as much as so many equal ones.
    rows = float(counts.sum() ** 2 / (counts**2).sum())
    found = _record(seen, each, counts)
    both = _mean(each, counts)
    penalised = None if both is None else both + _penalty(seen.constants, rows)
    return found | {"penalised": penalised, "scale": scale}


@np.errstate(all="ignore")
def _of_values(seen: _Seen) -> dict[str, Any]:
    varying = np.ptp(seen.truth, axis=0) > 0
    truth, outputs = seen.truth[:, varying], seen.outputs[:, varying]
    deviation = truth - truth.mean(axis=0)
    largest = np.abs(deviation).max(axis=0)
    variance = ((deviation / largest) ** 2).mean(axis=0)
    each = (((truth - outputs) / largest) ** 2 / variance).mean(axis=1)
    counts = np.ones(len(each))
    # A Gaussian of fitted width loses log(error) / 2: what is added to that multiplies the error.
    share = _penalty(seen.constants, len(each)) / max(1, truth.shape[1])
    penalised = _finite(float(each.mean() * np.exp(2 * share))) if len(each) else None
    return _record(seen, each, counts) | {"penalised": penalised, "scale": None}


def _penalty(fitted: int, rows: float) -> float:
    """Return what so many constants add to the mean loss of so many rows, in nats."""
    return fitted * np.log(rows) / (2 * rows)


def _record(seen: _Seen, each: np.ndarray, counts: np.ndarray) -> dict[str, Any]:
    """Return the mean losses of rows (n,) that count so much (n,)."""
    parts = slice(0, seen.trained), slice(seen.trained, None)
    train, validation = (_mean(each[part], counts[part]) for part in parts)
    return {"train": train, "validation": validation, "constants": seen.constants}


def _mean(each: np.ndarray, counts: np.ndarray) -> float | None:
    return _finite(float((each * counts).sum() / counts.sum())) if len(each) else None


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _differences(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how far each score (n, k) is above that of the row's class."""
    return scores - np.take_along_axis(scores, labels[:, None], axis=1)


def fitted_scale(apart: np.ndarray, counts: np.ndarray) -> float:
    """Return the s >= 0 of least mean log sum_k exp(s d_k), which is convex in s.

    `apart` (n, k) are the differences d of a row's scores to that of its class, `counts` (n,) what
    the rows count. Newton's steps between bounds, which are halved where a step leaves them.
    """
    usual = float(np.median(np.abs(apart[apart != 0]))) if apart.any() else 0.0
    if usual == 0:
        return 0.0
    apart = np.clip(apart / usual, -_FARTHEST, _FARTHEST)
    low, high = 0.0, 1.0
    while _slopes(apart, counts, high)[0] < 0:
        low, high = high, 4 * high
        if high > _SUREST:
            return high / usual
    scale = (low + high) / 2
    for _ in range(_STEPS):
        slope, curve = _slopes(apart, counts, scale)
        low, high = (low, scale) if slope > 0 else (scale, high)
        step = scale - slope / curve if curve > 0 else high
        following = step if low < step < high else (low + high) / 2
        if abs(following - scale) <= _CLOSE * high:
            break
        scale = following
    return following / usual


def _slopes(apart: np.ndarray, counts: np.ndarray, scale: float) -> tuple[float, float]:
    """Return the first and the second derivative by the scale."""
    shifted = scale * (apart - apart.max(axis=1, keepdims=True))
    shares = np.exp(shifted)
    shares /= shares.sum(axis=1, keepdims=True)
    first = (shares * apart).sum(axis=1)
    second = (shares * (apart - first[:, None]) ** 2).sum(axis=1)
    return float(counts @ first / counts.sum()), float(counts @ second / counts.sum())


def _cross_entropies(apart: np.ndarray, scale: float) -> np.ndarray:
    """Return log sum_k exp(s d_k) of each row (n,)."""
    top = scale * apart.max(axis=1, initial=0.0)
    return np.log(np.exp(scale * apart - top[:, None]).sum(axis=1)) + top
