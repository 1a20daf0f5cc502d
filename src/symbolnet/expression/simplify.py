"""Simplify expressions without changing their value."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

from symbolnet.expression import algebra
from symbolnet.expression.algebra import add, factors_of, linear, multiply, terms
from symbolnet.expression.tree import Apply, Constant, Expression, complexity, distinct

_TERMS = 12  # products of sums with more terms than this are not multiplied out


def compact(node: Expression) -> Expression:
    """Return a sum of equal value from which no single step gives one of fewer nodes."""
    if not (isinstance(node, Apply) and node.symbol == "Add"):
        return node
    best: Expression = node
    size = complexity(node)
    for other in _neighbours(node):
        if (count := complexity(other)) < size:
            best, size = other, count
    return node if best is node else compact(best)


def _neighbours(node: Apply) -> Iterator[Expression]:
    parts = list(node.arguments)
    for place, part in enumerate(parts):
        if products := _multiplied_out(part):
            yield add(*parts[:place], *parts[place + 1 :], *products)
    uses = Counter(base for part in parts for base in _bases(part))
    for base, count in uses.items():
        if count > 1:
            yield _factored(parts, base)


def _multiplied_out(part: Expression) -> list[Expression]:
    """Return the terms of a product of sums; none where it holds no sum or too many terms."""
    choices = [_choices(factor) for factor in factors_of(part)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if not 1 < count <= _TERMS:
        return []
    return [multiply(*factor) for factor in itertools.product(*choices)]


def _choices(factor: Expression) -> list[Expression]:
    if isinstance(factor, Apply) and factor.symbol == "Pow" and factor.arguments[1] == Constant(2):
        base = _choices(factor.arguments[0])
        return [multiply(*pair) for pair in itertools.product(base, base)]
    return [linear([term]) for term in terms(factor)]


def _factored(parts: list[Expression], base: Expression) -> Expression:
    inside = [part for part in parts if base in _bases(part)]
    outside = [part for part in parts if base not in _bases(part)]
    quotients = [_quotient(part, base) for part in inside]
    return add(*outside, multiply(base, compact(add(*quotients))))


def _bases(part: Expression) -> list[Expression]:
    """Return what may stand outside the brackets: factors, and bases of whole powers."""
    powers = map(_as_whole_power, factors_of(part))
    return [base for base, _ in powers if not isinstance(base, Constant)]


def _as_whole_power(factor: Expression) -> tuple[Expression, int]:
    if isinstance(factor, Apply) and factor.symbol == "Pow":
        base, exponent = factor.arguments
        whole = exponent.value if isinstance(exponent, Constant) else 0
        if isinstance(whole, int) and whole > 1:
            return base, whole
    return factor, 1


def _quotient(part: Expression, divisor: Expression) -> Expression:
    rest: list[Expression] = []
    for factor in factors_of(part):
        base, exponent = _as_whole_power(factor)
        rest += [base] * (exponent - 1) if base == divisor else [factor]
    return multiply(*rest)


def simplify(expressions: Sequence[Expression]) -> tuple[Expression, ...]:
    """Return canonical expressions of equal value."""
    done: dict[Expression, Expression] = {}
    for node in distinct(expressions):
        done[node] = _rebuilt(node, done) if isinstance(node, Apply) else _plain(node)
    return tuple(done[expression] for expression in expressions)


def _plain(node: Expression) -> Expression:
    return algebra.constant(node.value) if isinstance(node, Constant) else node


def _rebuilt(node: Apply, done: dict[Expression, Expression]) -> Expression:
    arguments = [done[argument] for argument in node.arguments]
    if node.symbol == "Add":
        return compact(algebra.add(*arguments))
    if node.symbol == "Mul":
        return algebra.multiply(*arguments)
    if node.symbol == "Pow":
        return algebra.power(*arguments)
    return algebra.function(node.symbol, arguments[0])
