"""Expressions to and from sympy; the inputs are the plain symbols x0, x1, ..."""

from collections.abc import Sequence
from typing import Any

import sympy

from symbolnet.errors import InputError
from symbolnet.expression.algebra import LARGEST_EXPONENT
from symbolnet.expression.tree import FUNCTIONS, Apply, Constant, Expression, Variable, distinct

# Sympy's own choice of sign inside these is arbitrary and slow to make, ours counts fewer nodes.
_AS_GIVEN = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "Abs")


def to_sympy(expression: Expression) -> Any:
    """Return the sympy expression; a simplified tree has one node for each of its nodes."""
    return all_to_sympy([expression])[0]


def all_to_sympy(expressions: Sequence[Expression]) -> list[Any]:
    """Return sympy expressions, shared subtrees converted once."""
    done: dict[Expression, Any] = {}
    for node in distinct(expressions):
        if isinstance(node, Constant):
            whole = isinstance(node.value, int)
            done[node] = sympy.Integer(node.value) if whole else sympy.Float(node.value)
        elif isinstance(node, Variable):
            done[node] = sympy.Symbol(f"x{node.index}")
        else:
            arguments = [done[argument] for argument in node.arguments]
            done[node] = _applied(node.symbol, arguments)
    return [done[expression] for expression in expressions]


def _applied(symbol: str, arguments: list[Any]) -> Any:
    as_given = symbol in _AS_GIVEN or _leaves_floats(symbol, arguments)
    options = {"evaluate": False} if as_given else {}
    return getattr(sympy, symbol)(*arguments, **options)


def _leaves_floats(symbol: str, arguments: list[Any]) -> bool:
    """Tell where sympy's rule exp(x + c) = e^c exp(x) would make a number beyond float64."""
    if symbol != "exp" or not arguments[0].is_Add:
        return False
    return any(part.is_number and abs(part) >= LARGEST_EXPONENT for part in arguments[0].args)


def from_sympy(value: Any, names: Sequence[str] | None = None) -> Expression:
    """Return the tree of a sympy expression in inputs of these names, x0, x1, ... by default.

    Raises InputError on other parts.
    """
    if value.is_Symbol:
        return Variable(_index(value.name, names))
    if value.is_Integer:
        return Constant(int(value))
    if value.is_number:
        return Constant(_real(value))
    symbol = type(value).__name__
    if symbol not in ("Add", "Mul", "Pow", *FUNCTIONS):
        raise InputError("functions " + ", ".join(FUNCTIONS), symbol, "rewrite the expression")
    return Apply(symbol, tuple(from_sympy(argument, names) for argument in value.args))


def _index(name: str, names: Sequence[str] | None) -> int:
    if names is not None:
        if name not in names:
            raise InputError("one of the names " + ", ".join(names[:20]), repr(name), "correct it")
        return list(names).index(name)
    if not (name.startswith("x") and name[1:].isdecimal()):
        raise InputError("inputs named x0, x1, ...", repr(name), "rename them")
    return int(name[1:])


def _real(value: Any) -> float:
    try:
        return float(value)
    except TypeError:
        raise InputError("real constants", str(value), "rewrite the expression") from None
