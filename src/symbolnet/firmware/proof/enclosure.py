"""Enclosures of formulas in interval arithmetic that rounds outwards: they hold as theorems do.

The bounds of numpy (`build/bounds.py`) are fast and may be an ulp off; a claim that was found with
them is proved here, with mpmath's intervals, which share no code with them.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from mpmath import libmp

from symbolnet.errors import InputError
from symbolnet.expression.tree import Constant, Expression, Variable

BITS = 80  # of mpmath's mantissas
_DEEPEST = 24  # halvings of a box before a claim is given up
Interval = Any  # a pair of mpmath's numbers; mpmath has no types
_ONE, _TWO = libmp.mpi_from_str("1", BITS), libmp.mpi_from_str("2", BITS)


def checker() -> str:
    """Name what proves the claims."""
    return f"mpmath {version('mpmath')}, intervals of {BITS} bits"


def interval(low: float, high: float) -> Interval:
    """Return an interval with these ends, exactly: float64 numbers have fewer bits."""
    return libmp.from_float(low), libmp.from_float(high)


def ends(of: Interval) -> tuple[float, float]:
    """Return the ends as float64 numbers, rounded outwards."""
    return libmp.to_float(of[0], rnd="f"), libmp.to_float(of[1], rnd="c")


def enclosed(expression: Expression, known: Mapping[Expression, Interval]) -> Interval:
    """Return an interval that holds every value, for all values of `known` in their intervals.

    Raise InputError where one of them is outside the domain of an operator.
    """
    if expression in known:
        return known[expression]
    if isinstance(expression, Constant):
        return interval(float(expression.value), float(expression.value))
    if isinstance(expression, Variable):
        raise InputError("an input of the data set", f"x{expression.index}", "check the model")
    parts = [enclosed(argument, known) for argument in expression.arguments]
    if expression.symbol == "Pow":
        return _power(parts[0], parts[1], expression.arguments[1])
    if expression.symbol in ("Add", "Mul"):
        joined = libmp.mpi_add if expression.symbol == "Add" else libmp.mpi_mul
        total = parts[0]
        for part in parts[1:]:
            total = joined(total, part, BITS)
        return total
    return _function(expression.symbol, parts[0])


def _power(base: Interval, power: Interval, exponent: Expression) -> Interval:
    if isinstance(exponent, Constant) and float(exponent.value).is_integer():
        if exponent.value < 0:
            nonzero = libmp.mpf_sign(base[0]) > 0 or libmp.mpf_sign(base[1]) < 0
            _require(nonzero, "a division by a range without 0", base)
        return libmp.mpi_pow_int(base, int(exponent.value), BITS)
    if libmp.mpf_sign(base[0]) == 0 and libmp.mpf_sign(power[0]) > 0:
        top = (base[1], base[1])
        if libmp.mpf_sign(base[1]) > 0:
            top = _exp(libmp.mpi_mul(power, libmp.mpi_log(top, BITS), BITS))
        return libmp.fzero, top[1]
    _require(libmp.mpf_sign(base[0]) > 0, "a power of a positive base", base)
    return _exp(libmp.mpi_mul(power, libmp.mpi_log(base, BITS), BITS))


def _function(symbol: str, x: Interval) -> Interval:
    lowest = libmp.mpf_sign(x[0])
    if symbol == "log":
        _require(lowest > 0, "a logarithm of a range above 0", x)
    if symbol == "sqrt":
        _require(lowest >= 0, "a root of a range without negative numbers", x)
    if symbol == "tan":
        cosine = libmp.mpi_cos(x, BITS)
        apart = libmp.mpf_sign(cosine[0]) > 0 or libmp.mpf_sign(cosine[1]) < 0
        _require(apart, "a tangent of a range without a pole", x)
    if symbol in _WHOLE:
        return _WHOLE[symbol](x, BITS)
    # Each end alone, as the function rises: an interval would count x twice.
    if symbol == "cosh":
        x = libmp.mpi_abs(x, BITS)
    return _RISING[symbol]((x[0], x[0]))[0], _RISING[symbol]((x[1], x[1]))[1]


def _exp(x: Interval) -> Interval:
    return libmp.mpi_exp(x, BITS)


def _tanh(x: Interval) -> Interval:
    fall = libmp.mpi_div(_TWO, libmp.mpi_add(_exp(libmp.mpi_add(x, x, BITS)), _ONE, BITS), BITS)
    return libmp.mpi_sub(_ONE, fall, BITS)


def _sinh(x: Interval) -> Interval:
    twice = libmp.mpi_sub(_exp(x), _exp(libmp.mpi_neg(x)), BITS)
    return libmp.mpi_div(twice, _TWO, BITS)


def _cosh(x: Interval) -> Interval:
    twice = libmp.mpi_add(_exp(x), _exp(libmp.mpi_neg(x)), BITS)
    return libmp.mpi_div(twice, _TWO, BITS)


_WHOLE: dict[str, Callable[[Interval, int], Interval]] = {
    "exp": libmp.mpi_exp,
    "log": libmp.mpi_log,
    "sqrt": libmp.mpi_sqrt,
    "sin": libmp.mpi_sin,
    "cos": libmp.mpi_cos,
    "Abs": libmp.mpi_abs,
}
_RISING: dict[str, Callable[[Interval], Interval]] = {
    "tan": lambda x: libmp.mpi_tan(x, BITS),
    "tanh": _tanh,
    "sinh": _sinh,
    "cosh": _cosh,
}


def _require(truth: bool, expected: str, x: Interval) -> None:
    if not truth:
        low, high = ends(x)
        raise InputError(expected, f"{low:.4g} to {high:.4g}", "use a model without that operator")


def holds(
    function: Expression,
    cores: Sequence[Expression],
    boxes: np.ndarray,
    entries: np.ndarray,
    claim: tuple[float, float],
) -> bool:
    """Prove that entry - function lies in the claim, for all values of its cores in all boxes.

    `boxes` (n, cores, 2) are lower and upper ends, `entries` (n,) the numbers compared with each.
    """
    limits = interval(*claim)
    rows = zip(boxes.tolist(), entries.tolist(), strict=True)
    return all(_holds(function, cores, box, entry, limits) for box, entry in rows)


def _holds(
    function: Expression,
    cores: Sequence[Expression],
    box: list[list[float]],
    entry: float,
    claim: Interval,
    depth: int = 0,
) -> bool:
    """Prove it of a box, or of both its halves."""
    known = {core: interval(*side) for core, side in zip(cores, box, strict=True)}
    low, high = libmp.mpi_sub(interval(entry, entry), enclosed(function, known), BITS)
    if libmp.mpf_le(claim[0], low) and libmp.mpf_le(high, claim[1]):
        return True
    widths = [high - low for low, high in box]
    widest = widths.index(max(widths))
    first, last = box[widest]
    middle = (first + last) / 2
    if depth == _DEEPEST or not first < middle < last:
        return False
    sides = [first, middle], [middle, last]
    halves = ([*box[:widest], side, *box[widest + 1 :]] for side in sides)
    return all(_holds(function, cores, half, entry, claim, depth + 1) for half in halves)
