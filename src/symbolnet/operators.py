"""The one table of operators: what each computes, where it is defined, how hardware makes it.

Every `function` is written once against a namespace `xp` that offers sin, cos, exp, sinh, cosh,
tanh and log, and against the operators of Python; it therefore computes with torch, numpy, sympy
and math alike. The library of unary and binary operators is the notebook's (method section 1).
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from symbolnet.errors import InputError

Rule = Literal["linear", "table", "periodic", "multiply", "divide", "power"]


class Operator(NamedTuple):
    """One operator: `function(xp, *arguments)`; `domain` is where its value stays finite.

    `domain` bounds each argument (closed interval, float64); `rule` says how fixed-point hardware
    realises it: `linear` adders, `table` a saturating table, `periodic` a table over a wrapped
    phase of period 2 pi, `multiply` a product, `divide` a product with a reciprocal table,
    `power` the exponential of a product.
    """

    name: str
    arity: int
    function: Callable[..., Any]
    domain: tuple[float, float]
    rule: Rule


_EVERYWHERE = (float("-inf"), float("inf"))
_EXP = (float("-inf"), 709.0)
_HYPERBOLIC = (-709.0, 709.0)

_TABLE = (
    Operator("identity", 1, lambda xp, x: x, _EVERYWHERE, "linear"),
    Operator("sin", 1, lambda xp, x: xp.sin(x), _EVERYWHERE, "periodic"),
    Operator("cos", 1, lambda xp, x: xp.cos(x), _EVERYWHERE, "periodic"),
    Operator("exp", 1, lambda xp, x: xp.exp(x), _EXP, "table"),
    Operator("gauss", 1, lambda xp, x: xp.exp(-(x**2)), _EVERYWHERE, "table"),
    Operator("sinh", 1, lambda xp, x: xp.sinh(x), _HYPERBOLIC, "table"),
    Operator("cosh", 1, lambda xp, x: xp.cosh(x), _HYPERBOLIC, "table"),
    Operator("tanh", 1, lambda xp, x: xp.tanh(x), _EVERYWHERE, "table"),
    Operator("square", 1, lambda xp, x: x**2, (-1e154, 1e154), "table"),
    Operator("cube", 1, lambda xp, x: x**3, (-1e102, 1e102), "table"),
    Operator("log", 1, lambda xp, x: xp.log(0.001 + abs(x)), _EVERYWHERE, "table"),
    Operator("+", 2, lambda xp, x, y: x + y, _EVERYWHERE, "linear"),
    Operator("*", 2, lambda xp, x, y: x * y, (-1e154, 1e154), "multiply"),
    Operator("pow", 2, lambda xp, x, y: x**y, (0.0, 100.0), "power"),
    Operator("/", 2, lambda xp, x, y: x / (0.001 + abs(y)), _EVERYWHERE, "divide"),
)

OPERATORS: dict[str, Operator] = {operator.name: operator for operator in _TABLE}


def operator(name: str, arity: int) -> Operator:
    """Return the operator of that name and arity; raise InputError naming the ones there are."""
    found = OPERATORS.get(name)
    if found is None or found.arity != arity:
        names = ", ".join(o.name for o in _TABLE if o.arity == arity)
        raise InputError(f"an operator of {arity} argument(s): {names}", repr(name), "choose one")
    return found
