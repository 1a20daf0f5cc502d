"""Round the constants of expressions to significant digits.

What is rounded when: the network's weights are first combined exactly (`simplify`), so that a
constant of the final expression is rounded once, after everything that could be multiplied or added
into it. Where rounding makes terms alike, they are merged and the merged constants rounded again.
Exponents that are whole numbers are part of the form and stay.
"""

from collections.abc import Sequence

from symbolnet.expression.algebra import constant
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import Apply, Constant, Expression, distinct

_PASSES = 20


def finalise(expressions: Sequence[Expression], digits: int) -> tuple[Expression, ...]:
    """Simplify and round until neither changes anything."""
    current = simplify(expressions)
    for _ in range(_PASSES):
        following = simplify(round_constants(current, digits))
        if following == current:
            break
        current = following
    return current


def round_constants(expressions: Sequence[Expression], digits: int) -> tuple[Expression, ...]:
    """Round every constant but whole exponents to `digits` significant digits."""
    done: dict[Expression, Expression] = {}
    for node in distinct(expressions):
        done[node] = _rounded(node, digits, done)
    return tuple(done[expression] for expression in expressions)


def significant(value: float, digits: int) -> int | float:
    """Round a number to significant decimal digits."""
    return constant(float(f"{value:.{digits - 1}e}")).value


def _rounded(node: Expression, digits: int, done: dict[Expression, Expression]) -> Expression:
    if isinstance(node, Constant):
        return Constant(significant(node.value, digits))
    if not isinstance(node, Apply):
        return node
    arguments = [done[argument] for argument in node.arguments]
    exponent = node.arguments[-1]
    if node.symbol == "Pow" and isinstance(exponent, Constant) and isinstance(exponent.value, int):
        arguments[1] = exponent
    return Apply(node.symbol, tuple(arguments))
