"""Expressions as they read on the user's own columns: the scaler folded into their constants.

A formula in x = (X - m) / s becomes one in X of the same values: tanh(w x + c) is
tanh(w/s X + (c - w m/s)). An input that stood alone, without a constant of its own, needs one then,
which costs nodes. Rounding keeps what training and validation rows are told (`fewest_digits`).
"""

from collections.abc import Callable, Sequence

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.fewest_digits import fewest_digits
from symbolnet.expression.loss import mean_loss
from symbolnet.expression.metrics import classes_of
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import (
    Apply,
    Constant,
    Expression,
    Variable,
    complexities,
    variables,
    with_leaves,
)

_BLOCK = 4096  # rows at a time: thousands of inputs in float64 stay small
_ROWS = 20_000  # training and validation rows that rounding goes by, evenly taken
_RISE, _FLOOR = 1e-3, 1e-9  # of the loss: relative to itself, and absolute where there is none
_OTHERS = 1e-3  # share of the rows that may get another class
_DEAR = 1.5  # times the nodes: a common scale that costs more is left where it is
_PROBES = 2048  # rows that the effects of constants are found on


def folded(
    expressions: Sequence[Expression], mean: np.ndarray, scale: np.ndarray
) -> tuple[Expression, ...]:
    """Return expressions in raw inputs of the values of those in (raw - mean) / scale (d,)."""
    used = variables(expressions)
    if all(mean[i] == 0 and scale[i] == 1 for i in used):
        return tuple(expressions)
    return simplify(with_leaves(expressions, lambda leaf: _raw(leaf, mean, scale)))


def standardised(raw: Sequence[Expression], data: Dataset) -> tuple[Expression, ...]:
    """Return expressions in the inputs of a data set of the values of those in raw inputs."""
    return folded(raw, -data.scaler_mean / data.scaler_scale, 1 / data.scaler_scale)


def _raw(leaf: Constant | Variable, mean: np.ndarray, scale: np.ndarray) -> Expression:
    if isinstance(leaf, Constant):
        return leaf
    m, s = float(mean[leaf.index]), float(scale[leaf.index])
    share = Apply("Mul", (Constant(1 / s), leaf))
    return Apply("Add", (share, Constant(-m / s)))


def evaluate_raw(expressions: Sequence[Expression], x: np.ndarray, data: Dataset) -> np.ndarray:
    """Return the values (n, k) of expressions in raw inputs, for the standardised rows x (n, d)."""
    blocks = [x[start : start + _BLOCK] for start in range(0, len(x), _BLOCK)]
    return np.concatenate([evaluate(expressions, _rows(block, data)) for block in blocks])


def _rows(x: np.ndarray, data: Dataset) -> np.ndarray:
    result: np.ndarray = x.astype(np.float64) * data.scaler_scale + data.scaler_mean
    return result


def in_raw_units(expressions: Sequence[Expression], data: Dataset) -> tuple[Expression, ...]:
    """Return expressions in raw inputs, each constant in the fewest digits that keep the accuracy.

    On training and validation rows the loss may rise by a thousandth, and one row in a thousand be
    given another class; of quantities the mean square by which they differ may be a thousandth of
    the loss. Where the scaler changes nothing they are the expressions as they are; none are
    returned where one number divides all inputs, as of pixels, and would stand beside each.
    """
    try:
        exact = folded(expressions, data.scaler_mean, data.scaler_scale)
    except InputError:  # a spread so small or so large that constants leave the range of float64
        return ()
    if exact == tuple(expressions):
        return exact
    if common_scale(data) is not None and _dearer(exact, expressions):
        return ()
    x, truth = _seen(data)
    outputs = evaluate(expressions, x)
    probes = _rows(x[:: -(-len(x) // _PROBES)], data)
    keeps = _keeper(outputs, truth, data.task)
    spreads = _spreads(outputs, data.task)
    return fewest_digits(exact, probes, spreads, lambda new: keeps(evaluate_raw(new, x, data)))


def common_scale(data: Dataset) -> float | None:
    """Return the number that all inputs are divided by; None where it varies, or they are moved.

    Pixels as shares of the largest can be added without coefficients (scaler.py, `range`).
    """
    first = float(data.scaler_scale[0])
    alike = bool((data.scaler_mean == 0).all() and (data.scaler_scale == first).all())
    return first if alike else None


def _dearer(raw: Sequence[Expression], expressions: Sequence[Expression]) -> bool:
    return sum(complexities(raw)) > _DEAR * sum(complexities(expressions))


def _seen(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (n, d) of train and validation, evenly taken where they are many, and truth."""
    count = len(data.x_train) + len(data.x_validation)
    step = -(-count // _ROWS)
    parts = [data.split(name) for name in ("train", "validation")]
    return tuple(np.concatenate([part[i][::step] for part in parts]) for i in (0, 1))  # type: ignore


def _keeper(outputs: np.ndarray, truth: np.ndarray, task: str) -> Callable[[np.ndarray], bool]:
    """Return what tells whether other outputs (n, k) are as good and, of classes, the same."""
    before = mean_loss(outputs, truth, task)

    def keeps(found: np.ndarray) -> bool:
        after = mean_loss(found, truth, task)
        if before is None or after is None or after > before * (1 + _RISE) + _FLOOR:
            return False
        if task == "classification":
            return 1 - agreement(outputs, found) <= _OTHERS
        apart = mean_loss(truth + (found - outputs), truth, task)
        return apart is not None and apart <= before * _RISE + _FLOOR

    return keeps


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Return the share of rows that scores (n, k) and others give one class, or both none."""
    return float((classes_of(first) == classes_of(second)).mean())


@np.errstate(all="ignore")
def _spreads(outputs: np.ndarray, task: str) -> np.ndarray:
    """Return the deviations (k,) that effects on outputs are measured in; classes share one."""
    spreads = outputs.std(axis=0)
    if task == "classification":
        spreads = np.full(len(spreads), np.sqrt(np.mean(spreads**2)))
    return np.where(np.isfinite(spreads) & (spreads > 0), spreads, 1.0)
