"""Expressions as assignments and results in the infix notation that Python and C share."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from symbolnet.expression.tree import Apply, Constant, Expression, Variable, complexities, distinct

_SHARED_SIZE = 4  # smaller subtrees are written out wherever they stand


class Language(NamedTuple):
    """How a language writes numbers, and the functions that it does not call by their symbol.

    `inputs` is what the array of the inputs is called.
    """

    number: Callable[[int | float], str]
    names: Mapping[str, str]
    inputs: str = "x"


class Source(NamedTuple):
    """Shared subtrees as (name, text) in the order of computing, and the text of each result."""

    assignments: list[tuple[str, str]]
    results: list[str]


def source(expressions: Sequence[Expression], language: Language) -> Source:
    """Write expressions of the inputs x[0], x[1], ...; what several need is computed once."""
    texts: dict[Expression, str] = {}
    assignments: list[tuple[str, str]] = []
    shared = _shared(expressions)
    for node in distinct(expressions):
        texts[node] = _text(node, texts, language)
        if node in shared:
            assignments.append((f"h{len(assignments)}", texts[node]))
            texts[node] = assignments[-1][0]
    return Source(assignments, [texts[expression] for expression in expressions])


def _shared(expressions: Sequence[Expression]) -> set[Expression]:
    nodes = distinct(expressions)
    uses = Counter(expressions)
    for node in nodes:
        uses.update(node.arguments if isinstance(node, Apply) else ())
    sizes = dict(zip(nodes, complexities(nodes), strict=True))
    return {node for node in nodes if uses[node] > 1 and sizes[node] >= _SHARED_SIZE}


def _text(node: Expression, texts: dict[Expression, str], language: Language) -> str:
    if isinstance(node, Constant):
        return language.number(node.value)
    if isinstance(node, Variable):
        return f"{language.inputs}[{node.index}]"
    arguments = [texts[argument] for argument in node.arguments]
    if node.symbol == "Add":
        return " + ".join(arguments).replace("+ -", "- ")
    if node.symbol == "Mul":
        return _product(node, arguments)
    return f"{language.names.get(node.symbol, node.symbol)}({', '.join(arguments)})"


def _product(node: Apply, arguments: list[str]) -> str:
    factors = [
        f"({text})" if _needs_brackets(argument, text, place) else text
        for place, (argument, text) in enumerate(zip(node.arguments, arguments, strict=True))
    ]
    negated = node.arguments[0] == Constant(-1)
    return "-" + " * ".join(factors[1:]) if negated else " * ".join(factors)


def _needs_brackets(node: Expression, text: str, place: int) -> bool:
    is_sum = isinstance(node, Apply) and node.symbol == "Add" and not text.isidentifier()
    return is_sum or (place > 0 and text.startswith("-"))
