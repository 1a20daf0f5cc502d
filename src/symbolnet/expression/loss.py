"""What formulas lose on the rows that training may see, and are expected to lose on others.

Classes: the cross-entropy of softmax(s o) in nats, the scale s of the scores o fitted, since not
every training sets it. Quantities: the squared error over the variance, the mean over targets.
Training rows flatter what was fitted on them, the more the more constants it has; validation rows
do not, but are few. So the excess of one over the other is taken of all members together, as a line
in the number of constants, and the loss of a member of all rows.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.artifact import Record
from symbolnet.data.dataset import Dataset
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Expression, constants

_FARTHEST = 1e30  # differences of scores beyond so many usual ones: their squares stay finite
_SUREST = 1e6  # scale, in usual differences, at which classes count as told apart without a fault
_STEPS, _CLOSE = 60, 1e-9
_LEAST = 1e-30  # of a squared error: that of a formula without noise


def optimism(losses: Iterable[Record], task: str) -> float:
    """Return by how much a training row flatters for each fitted constant, in nats; 0 at least.

    It is the slope of (validation loss - training loss) in the constants, least squares over all
    members. What validation rows are harder or easier for all alike is no part of it.
    """
    pairs = [(one["constants"], _excess(one, task)) for one in losses]
    known = np.array([pair for pair in pairs if pair[1] is not None], np.float64).reshape(-1, 2)
    if not len(known):
        return 0.0
    apart = known[:, 0] - known[:, 0].mean()
    spread = float(apart @ apart)
    return max(0.0, float(apart @ known[:, 1]) / spread) if spread else 0.0


def expected(loss: Record, nats: float, rows: tuple[int, int], task: str) -> float | None:
    """Return the loss on all of (train, validation) rows, those of train put right by `optimism`.

    Of two members it is the difference of their validation losses; of many, its noise is averaged.
    """
    train: float | None = loss["train"]
    validation: float | None = loss["validation"]
    if train is None or validation is None:
        return None
    share = rows[0] / sum(rows)
    both, more = share * train + (1 - share) * validation, share * nats * int(loss["constants"])
    if task == "classification":
        return both + more
    with np.errstate(over="ignore"):
        return _finite(float(both * np.exp(2 * more)))


def _excess(loss: Record, task: str) -> float | None:
    """Return what validation rows lose more, in nats: of a squared error half its logarithm."""
    train: float | None = loss["train"]
    validation: float | None = loss["validation"]
    if train is None or validation is None:
        return None
    if task == "classification":
        return validation - train
    return float(np.log(max(validation, _LEAST) / max(train, _LEAST)) / 2)


class _Seen(NamedTuple):
    """Outputs (n, k) and truth of the training rows, then the validation rows."""

    outputs: np.ndarray
    truth: np.ndarray
    trained: int
    constants: int


def loss_record(
    expressions: Sequence[Expression], dataset: Dataset, counts: np.ndarray | None = None
) -> Record:
    """Return losses on train and validation, scale and constants; what is not finite is null.

    `counts` (n + m,) are what training rows, then validation rows count. A row without finite
    scores counts as if its class had the probability 1 / N.
    """
    rows = dataset.x_train, dataset.x_validation
    seen = _Seen(
        np.concatenate([evaluate(expressions, x) for x in rows]),
        np.concatenate([dataset.y_train, dataset.y_validation]),
        len(dataset.x_train),
        constants(expressions),
    )
    counts = np.ones(len(seen.truth)) if counts is None else counts
    return _OF[dataset.task](seen, counts)


def mean_loss(outputs: np.ndarray, truth: np.ndarray, task: str) -> float | None:
    """Return the loss of outputs (n, k) on rows that count alike; None where it is not finite."""
    seen = _Seen(outputs, truth, len(truth), 0)
    found = _OF[task](seen, np.ones(len(truth)))
    return found["train"]  # type: ignore[no-any-return]


@np.errstate(all="ignore")
def _of_classes(seen: _Seen, counts: np.ndarray) -> Record:
    known = np.isfinite(seen.outputs).all(axis=1)
    apart = _differences(seen.outputs[known], seen.truth[known])
    scale = fitted_scale(apart, counts[known])
    each = np.full(len(counts), np.log(len(counts)))
    each[known] = _cross_entropies(apart, scale)
    return _record(seen, each, counts) | {"scale": scale}


@np.errstate(all="ignore")
def _of_values(seen: _Seen, counts: np.ndarray) -> Record:
    varying = np.ptp(seen.truth, axis=0) > 0
    truth, outputs = seen.truth[:, varying], seen.outputs[:, varying]
    deviation = truth - truth.mean(axis=0)
    largest = np.abs(deviation).max(axis=0)
    variance = ((deviation / largest) ** 2).mean(axis=0)
    each = (((truth - outputs) / largest) ** 2 / variance).mean(axis=1)
    return _record(seen, each, counts) | {"scale": None}


_OF = {"classification": _of_classes, "regression": _of_values}


def _record(seen: _Seen, each: np.ndarray, counts: np.ndarray) -> Record:
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
    result: np.ndarray = scores - np.take_along_axis(scores, labels[:, None], axis=1)
    return result


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
    result: np.ndarray = np.log(np.exp(scale * apart - top[:, None]).sum(axis=1)) + top
    return result
