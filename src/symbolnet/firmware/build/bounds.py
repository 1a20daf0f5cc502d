"""Values of expressions on arrays: in floating point, and as bounds over whole intervals.

Both take `known`, the arrays of the subtrees whose value is given: the variables at least.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from symbolnet.errors import InputError
from symbolnet.expression.evaluate import compute
from symbolnet.expression.tree import Apply, Constant, Expression, Variable, distinct


def values(expression: Expression, known: Mapping[Expression, np.ndarray]) -> np.ndarray:
    """Return float64 values; infinite or NaN where the expression is not defined."""
    if expression in known:
        return known[expression]
    if isinstance(expression, Constant):
        return np.asarray(float(expression.value))
    if isinstance(expression, Variable):
        raise InputError("an input of the data set", f"x{expression.index}", "check the model")
    parts = [values(argument, known) for argument in expression.arguments]
    with np.errstate(all="ignore"):
        return np.asarray(compute(expression.symbol, parts))


@cache
def is_partial(expression: Expression) -> bool:
    """Tell whether an expression may be undefined somewhere: it is not made of entire functions."""
    nodes = distinct([expression])
    return any(isinstance(n, Apply) and n.symbol in ("Pow", "log", "sqrt", "tan") for n in nodes)


class Bounds(NamedTuple):
    """Lower and upper ends of intervals, one per cell."""

    low: np.ndarray
    high: np.ndarray


def bounds(expression: Expression, known: Mapping[Expression, Bounds]) -> Bounds:
    """Return an enclosure of the values over each cell; raise InputError where one is undefined.

    Undefined are a division by an interval that holds 0, the logarithm of one that reaches 0, a
    root or a broken power of a negative one, and a tangent over a pole.
    """
    if expression in known:
        return known[expression]
    if isinstance(expression, Constant):
        value = np.asarray(float(expression.value))
        return Bounds(value, value)
    if isinstance(expression, Variable):
        raise InputError("an input of the data set", f"x{expression.index}", "check the model")
    parts = [bounds(argument, known) for argument in expression.arguments]
    with np.errstate(all="ignore"):
        low, high = _applied_bounds(expression, parts)
    return Bounds(np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high))


def _applied_bounds(expression: Apply, parts: list[Bounds]) -> Bounds:
    symbol = expression.symbol
    if symbol == "Add":
        zero = np.asarray(0.0)
        return Bounds(sum((p.low for p in parts), zero), sum((p.high for p in parts), zero))
    if symbol == "Mul":
        return _product(parts)
    if symbol == "Pow":
        return _power(parts[0], parts[1])
    return _function(symbol, parts[0])


def _product(parts: list[Bounds]) -> Bounds:
    low, high = parts[0]
    for part in parts[1:]:
        corners = np.stack(np.broadcast_arrays(*(a * b for a in (low, high) for b in part)))
        corners = np.where(np.isnan(corners), 0.0, corners)  # 0 * inf at an end is 0
        low, high = corners.min(axis=0), corners.max(axis=0)
    return Bounds(low, high)


def _power(base: Bounds, exponent: Bounds) -> Bounds:
    if not (exponent.low.ndim == 0 and exponent.low == exponent.high):
        _require(base.low > 0, "a power of a positive base", base)
        logarithm = Bounds(np.log(base.low), np.log(base.high))
        return Bounds(*(np.exp(end) for end in _product([logarithm, exponent])))
    power = float(exponent.low)
    if power < 0:
        _require((base.low > 0) | (base.high < 0), "a division by a range without 0", base)
    if not power.is_integer():
        _require(base.low >= 0, "a root of a range without negative numbers", base)
    # Monotonic on either side of 0: the ends are extremes, and 0 where an even power turns.
    low, high = np.float_power(base.low, power), np.float_power(base.high, power)
    even = power.is_integer() and power % 2 == 0
    inside = (base.low < 0) & (base.high > 0) & even
    return Bounds(np.where(inside, 0.0, np.minimum(low, high)), np.maximum(low, high))


def _function(symbol: str, part: Bounds) -> Bounds:
    if symbol in ("sin", "cos"):
        return _wave(part, 0.0 if symbol == "cos" else np.pi / 2)
    if symbol == "log":
        _require(part.low > 0, "a logarithm of a range above 0", part)
    if symbol == "sqrt":
        _require(part.low >= 0, "a root of a range without negative numbers", part)
    if symbol == "tan":
        pole = np.floor(part.low / np.pi - 0.5) != np.floor(part.high / np.pi - 0.5)
        _require(~pole, "a tangent of a range without a pole", part)
    low, high = compute(symbol, [part.low]), compute(symbol, [part.high])
    inside = (part.low < 0) & (part.high > 0) & (symbol in ("Abs", "cosh"))
    least = 1.0 if symbol == "cosh" else 0.0
    return Bounds(np.where(inside, least, np.minimum(low, high)), np.maximum(low, high))


def _wave(part: Bounds, crest: float) -> Bounds:
    """Bounds of a cosine whose maximum lies at `crest`."""
    low, high = np.cos(part.low - crest), np.cos(part.high - crest)
    # A crest lies inside where a whole number of turns does, a trough half a turn later.
    top = np.floor((part.high - crest) / (2 * np.pi)) >= np.ceil((part.low - crest) / (2 * np.pi))
    dip = (part.high - crest - np.pi) / (2 * np.pi), (part.low - crest - np.pi) / (2 * np.pi)
    bottom = np.floor(dip[0]) >= np.ceil(dip[1])
    return Bounds(
        np.where(bottom, -1.0, np.minimum(low, high)), np.where(top, 1.0, np.maximum(low, high))
    )


def _require(truth: np.ndarray, expected: str, part: Bounds) -> None:
    if not np.all(truth):
        cell = int(np.argmin(np.broadcast_to(truth, part.low.shape)))
        low, high = np.ravel(part.low)[cell], np.ravel(part.high)[cell]
        raise InputError(expected, f"{low:.4g} to {high:.4g}", "use a model without that operator")
