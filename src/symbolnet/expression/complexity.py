"""Complexity of expressions: the number of nodes of the tree (method section 4)."""

from collections.abc import Sequence

from symbolnet.expression.tree import Apply, Constant, Expression, distinct

_COMBINED = ("Add", "Mul")


def complexity(expression: Expression) -> int:
    """Count the nodes in preorder: every operator, constant and variable counts 1.

    Sums and products of many arguments count once. A subtree counts at each place where it stands.
    """
    return complexities([expression])[0]


def complexities(expressions: Sequence[Expression]) -> list[int]:
    """Return the complexity of each expression; shared subtrees are visited once."""
    sizes: dict[Expression, int] = {}
    for node in distinct(expressions):
        arguments = node.arguments if isinstance(node, Apply) else ()
        sizes[node] = 1 + sum(sizes[argument] for argument in arguments)
    return [sizes[expression] for expression in expressions]


def constants(expressions: Sequence[Expression]) -> int:
    """Count the numbers that data have set: those added or multiplied, but for 1 and -1.

    One in a subtree that stands at several places counts once; exponents are part of the form.
    """
    sums = (n for n in distinct(expressions) if isinstance(n, Apply) and n.symbol in _COMBINED)
    alone = [expression for expression in expressions if isinstance(expression, Constant)]
    inner = [argument for node in sums for argument in node.arguments]
    return sum(isinstance(one, Constant) and abs(one.value) != 1 for one in (*inner, *alone))
