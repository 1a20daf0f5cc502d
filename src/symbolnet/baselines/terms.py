"""The terms that a baseline may use: fixed functions of single inputs."""

from collections.abc import Callable

import numpy as np

from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import Apply, Constant, Expression, Variable

_CENTRES = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
_TAIL = 0.05
_SLOPES = (1.0, 2.0, 4.0)


def linear(x: np.ndarray) -> tuple[Expression, ...]:
    """Return the inputs themselves, of which `units` are made too."""
    return tuple(Variable(i) for i in distinct_inputs(x))


def bumps(x: np.ndarray) -> tuple[Expression, ...]:
    """Return tanh(s (x_i - c)) and exp(-s^2 (x_i - c)^2) for all c and s of a fixed grid.

    Centres in the tails of an input are left out: there a step tells few rows apart and would need
    a weight too large to be rounded.
    """
    terms = []
    for i in distinct_inputs(x):
        low, high = np.quantile(x[:, i], (_TAIL, 1 - _TAIL))
        inside = [c for c in _CENTRES if low <= c <= high]
        terms += [f(Variable(i), s, c) for s in _SLOPES for c in inside for f in _SHAPES]
    return simplify(terms)


def distinct_inputs(x: np.ndarray) -> list[int]:
    """Return the inputs (n, d) that vary and are no multiple of an earlier one."""
    scale = x.std(axis=0, dtype=np.float64)
    varying = np.flatnonzero(scale > 0)
    columns = (x[:, varying] - x[:, varying].mean(axis=0)) / scale[varying].astype(x.dtype)
    alike = np.triu(np.abs(columns.T @ columns) / len(x) > 1 - 1e-5, k=1).any(axis=0)
    return [int(i) for i in varying[~alike]]


def _tanh(x: Expression, slope: float, centre: float) -> Expression:
    return Apply("tanh", (_sum(_times(slope, x), -slope * centre),))


def _gauss(x: Expression, slope: float, centre: float) -> Expression:
    squared = Apply("Pow", (_sum(x, -centre), Constant(2)))
    return Apply("exp", (_times(-(slope**2), squared),))


def _times(factor: float, node: Expression) -> Expression:
    return Apply("Mul", (Constant(factor), node))


def _sum(node: Expression, constant: float) -> Expression:
    return Apply("Add", (node, Constant(constant)))


_SHAPES = (_tanh, _gauss)
CANDIDATES: dict[str, Callable[[np.ndarray], tuple[Expression, ...]]] = {
    "bumps": bumps,
    "linear": linear,
    "units": linear,
}
