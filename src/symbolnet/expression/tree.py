"""Expressions as explicit trees, one node per node of the sympy tree they stand for."""

from dataclasses import dataclass
from typing import NamedTuple, Union

FUNCTIONS = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "Abs", "sqrt")
SYMBOLS = ("Add", "Mul", "Pow", *FUNCTIONS)


@dataclass(frozen=True, slots=True)
class Constant:
    """A real number; integers are kept as int so that x**2 has an exact exponent."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Variable:
    """Standardised input number `index`, printed as x<index>."""

    index: int


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of `SYMBOLS` on its arguments; Add and Mul take two or more, Pow two."""

    symbol: str
    arguments: tuple["Expression", ...]


Expression = Union[Constant, Variable, Apply]


class ExpressionSet(NamedTuple):
    """One expression per output of one model; equal subtrees are the same hidden unit."""

    model: str
    expressions: tuple[Expression, ...]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
