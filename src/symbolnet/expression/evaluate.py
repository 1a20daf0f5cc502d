"""Values of expressions: numpy columns for many rows at once, each distinct subtree once."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symbolnet.expression.tree import Apply, Constant, Expression, Variable, distinct

_BLOCK = 4096  # rows at a time: the columns of all subtrees stay small
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "Abs": np.abs,
    "sqrt": np.sqrt,
}


def compute(symbol: str, arguments: Sequence[Any]) -> Any:
    """Apply one symbol of the tree to numbers or columns."""
    if symbol == "Pow":
        return arguments[0] ** arguments[1]
    if symbol in _FUNCTIONS:
        return _FUNCTIONS[symbol](arguments[0])
    value = arguments[0]
    for argument in arguments[1:]:
        value = value + argument if symbol == "Add" else value * argument
    return value


def fold(symbol: str, values: Sequence[int | float]) -> float:
    """Compute one symbol on numbers; what is outside the domain becomes NaN or infinity."""
    with np.errstate(all="ignore"):
        return float(compute(symbol, [np.float64(value) for value in values]))


def evaluate(expressions: Sequence[Expression], x: np.ndarray) -> np.ndarray:
    """Return the values (n, k) of k expressions for standardised inputs (n, d), in float64.

    Outside the domain of an operator the value is NaN or infinite, as in the network.
    """
    nodes = distinct(expressions)
    values = np.empty((len(x), len(expressions)))
    for start in range(0, len(x), _BLOCK):
        rows = slice(start, start + _BLOCK)
        columns = columns_of(nodes, np.asarray(x[rows], dtype=np.float64))
        for output, expression in enumerate(expressions):
            values[rows, output] = columns[expression]
    return values


@np.errstate(all="ignore")
def columns_of(nodes: Sequence[Expression], x: np.ndarray) -> dict[Expression, Any]:
    """Return the values (n,) of nodes, arguments first, for inputs (n, d) in float64."""
    columns: dict[Expression, Any] = {}
    for node in nodes:
        if isinstance(node, Variable):
            columns[node] = x[:, node.index].copy()
        elif isinstance(node, Constant):
            columns[node] = np.float64(node.value)
        else:
            columns[node] = compute(node.symbol, _arguments(node, columns))
    return columns


def _arguments(node: Apply, columns: dict[Expression, Any]) -> list[Any]:
    arguments = [columns[argument] for argument in node.arguments]
    exponent = node.arguments[-1]
    if node.symbol == "Pow" and isinstance(exponent, Constant) and isinstance(exponent.value, int):
        arguments[1] = exponent.value  # numpy then squares as the network does, to the last bit
    return arguments
