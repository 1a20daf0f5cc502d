"""Round the constants of expressions to significant digits.

What is rounded when: the network's weights are first combined exactly (`simplify`), so that a
constant of the final expression is rounded once, after everything that could be multiplied or added
into it. Where rounding makes terms alike, they are merged and the merged constants rounded again.
Exponents that are whole numbers are part of the form and stay. A sine whose phase rounds as pi/2
does becomes a cosine. What a quantity is moved by as a whole keeps the place at which its spread is
rounded: of 10000.37 +- 1 two digits would leave none.
"""

import math
from collections.abc import Sequence

from symbolnet.expression.algebra import constant
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import Apply, Constant, Expression, distinct

_PASSES = 20
DOUBLE = 17  # digits that tell any two numbers of float64 apart


def finalise(
    expressions: Sequence[Expression], digits: int, spreads: Sequence[float] | None = None
) -> tuple[Expression, ...]:
    """Simplify and round until neither changes anything.

    `spreads` are the deviations of the quantities that the expressions stand for, if they do.
    """
    current = simplify(expressions)
    for _ in range(_PASSES):
        following = simplify(round_constants(current, digits, spreads))
        if following == current:
            break
        current = following
    return current


def round_constants(
    expressions: Sequence[Expression], digits: int, spreads: Sequence[float] | None = None
) -> tuple[Expression, ...]:
    """Round every constant but whole exponents to `digits` significant digits."""
    done: dict[Expression, Expression] = {}
    for node in distinct(expressions):
        done[node] = _rounded(node, digits, done)
    if spreads is None:
        return tuple(done[expression] for expression in expressions)
    pairs = zip(expressions, spreads, strict=True)
    return tuple(_quantity(expression, spread, digits, done) for expression, spread in pairs)


def _quantity(
    node: Expression, spread: float, digits: int, done: dict[Expression, Expression]
) -> Expression:
    """Return a rounded quantity: the constant that it is moved by gets its digits by the spread."""
    if isinstance(node, Constant) and node.value:
        return Constant(significant(node.value, quantity_digits(node.value, spread, digits)))
    if isinstance(node, Apply) and node.symbol == "Add":
        parts = [
            _quantity(part, spread, digits, done) if isinstance(part, Constant) else done[part]
            for part in node.arguments
        ]
        return Apply("Add", tuple(parts))
    return done[node]


def quantity_digits(value: float, spread: float, digits: int) -> int:
    """Return the digits of a number not 0 that is rounded where its spread has `digits` of them."""
    return min(digits + _place(value) - _place(min(abs(value), spread)), DOUBLE)


def _place(value: float) -> int:
    """Return the power of ten of the first digit."""
    return math.floor(math.log10(abs(value)))


def significant(value: float, digits: int) -> int | float:
    """Round a number to significant decimal digits; whole ones become integers."""
    return constant(to_digits(value, digits)).value


def to_digits(value: float, digits: int) -> float:
    """Round a number to significant decimal digits."""
    return float(f"{value:.{digits - 1}e}")


def _rounded(node: Expression, digits: int, done: dict[Expression, Expression]) -> Expression:
    if isinstance(node, Constant):
        return Constant(significant(node.value, digits))
    if not isinstance(node, Apply):
        return node
    arguments = [done[argument] for argument in node.arguments]
    exponent = node.arguments[-1]
    if node.symbol == "Pow" and isinstance(exponent, Constant) and isinstance(exponent.value, int):
        arguments[1] = exponent
    if node.symbol == "sin":
        return _sine(arguments[0], digits)
    return Apply(node.symbol, tuple(arguments))


def _sine(argument: Expression, digits: int) -> Expression:
    """Return a sine; one whose phase rounds as a quarter turn does is a cosine, of fewer nodes."""
    parts = argument.arguments if isinstance(argument, Apply) and argument.symbol == "Add" else ()
    phase = next((part.value for part in parts if isinstance(part, Constant)), 0)
    if not is_quarter_turn(phase, digits):
        return Apply("sin", (argument,))
    rest = tuple(part for part in parts if not isinstance(part, Constant))
    cosine = Apply("cos", (rest[0] if len(rest) == 1 else Apply("Add", rest),))
    return cosine if phase > 0 else Apply("Mul", (Constant(-1), cosine))


def is_quarter_turn(phase: float, digits: int) -> bool:
    """Tell whether a phase is +-pi/2 but for rounding, to two digits or more."""
    return digits > 1 and to_digits(abs(phase), digits) == to_digits(math.pi / 2, digits)
