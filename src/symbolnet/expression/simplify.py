"""Simplify expressions without changing their value."""

from collections.abc import Sequence

from symbolnet.expression import algebra
from symbolnet.expression.compact import compact
from symbolnet.expression.tree import Apply, Expression, distinct


def simplify(expressions: Sequence[Expression]) -> tuple[Expression, ...]:
    """Return canonical expressions of equal value."""
    done: dict[Expression, Expression] = {}
    for node in distinct(expressions):
        done[node] = _rebuilt(node, done) if isinstance(node, Apply) else _plain(node)
    return tuple(done[expression] for expression in expressions)


def _plain(node: Expression) -> Expression:
    return algebra.constant(node.value) if isinstance(node, algebra.Constant) else node


def _rebuilt(node: Apply, done: dict[Expression, Expression]) -> Expression:
    arguments = [done[argument] for argument in node.arguments]
    if node.symbol == "Add":
        return compact(algebra.add(*arguments))
    if node.symbol == "Mul":
        return algebra.multiply(*arguments)
    if node.symbol == "Pow":
        return algebra.power(*arguments)
    return algebra.function(node.symbol, arguments[0])
