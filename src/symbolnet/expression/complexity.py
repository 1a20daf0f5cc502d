"""Complexity of expressions: the number of nodes of the tree (method section 4)."""

from collections.abc import Sequence

from symbolnet.expression.tree import Apply, Expression, distinct


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
