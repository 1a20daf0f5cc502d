"""The operators of `method: paper`: what each computes, in one place.

Every `function` is written once against a namespace `xp` that offers sin, cos, exp, sinh, cosh,
tanh and log, and against the operators of Python; it therefore computes with torch, numpy, sympy
and math alike, and its formula, derivative and hardware come from that of `expression/tree.py`.
The library of unary and binary operators is the notebook's (method section 1).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from symbolnet.errors import InputError


class Operator(NamedTuple):
    """One operator: `function(xp, *arguments)`."""

    name: str
    arity: int
    function: Callable[..., Any]


_TABLE = (
    Operator("identity", 1, lambda xp, x: x),
    Operator("sin", 1, lambda xp, x: xp.sin(x)),
    Operator("cos", 1, lambda xp, x: xp.cos(x)),
    Operator("exp", 1, lambda xp, x: xp.exp(x)),
    Operator("gauss", 1, lambda xp, x: xp.exp(-(x**2))),
    Operator("sinh", 1, lambda xp, x: xp.sinh(x)),
    Operator("cosh", 1, lambda xp, x: xp.cosh(x)),
    Operator("tanh", 1, lambda xp, x: xp.tanh(x)),
    Operator("square", 1, lambda xp, x: x**2),
    Operator("cube", 1, lambda xp, x: x**3),
    Operator("log", 1, lambda xp, x: xp.log(0.001 + abs(x))),
    Operator("ln", 1, lambda xp, x: xp.log(x)),
    Operator("+", 2, lambda xp, x, y: x + y),
    Operator("*", 2, lambda xp, x, y: x * y),
    Operator("pow", 2, lambda xp, x, y: x**y),
    Operator("/", 2, lambda xp, x, y: x / (0.001 + abs(y))),
)

OPERATORS: dict[str, Operator] = {operator.name: operator for operator in _TABLE}


def operator(name: str, arity: int) -> Operator:
    """Return the operator of that name and arity; raise InputError naming the ones there are."""
    found = OPERATORS.get(name)
    if found is None or found.arity != arity:
        names = ", ".join(o.name for o in _TABLE if o.arity == arity)
        raise InputError(f"an operator of {arity} argument(s): {names}", repr(name), "choose one")
    return found
