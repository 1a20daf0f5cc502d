"""Expressions as text in the columns' names, which `parse` reads back."""

import re
from collections.abc import Sequence

from symbolnet.expression.tree import Apply, Constant, Expression, Variable, distinct

# How strongly a part holds together: it is bracketed where its place asks for more.
_SUM, _SIGNED, _PRODUCT, _POWER, _ATOM = range(5)
_PLAIN = re.compile(r"[^\W\d]\w*")
_SHOWN = {"Abs": "abs"}
_Part = tuple[str, int]


def texts(expressions: Sequence[Expression], names: Sequence[str]) -> list[str]:
    """Return the text of each expression; a name that is no plain word stands in backticks."""
    done: dict[Expression, _Part] = {}
    for node in distinct(expressions):
        done[node] = _part(node, names, done)
    return [done[expression][0] for expression in expressions]


def quoted(name: str) -> str:
    """Return a name as it stands in a formula, a backtick inside doubled."""
    return name if _PLAIN.fullmatch(name) else "`" + name.replace("`", "``") + "`"


def _part(node: Expression, names: Sequence[str], done: dict[Expression, _Part]) -> _Part:
    if isinstance(node, Constant):
        return repr(node.value), _SIGNED if node.value < 0 else _ATOM
    if isinstance(node, Variable):
        return quoted(names[node.index]), _ATOM
    if node.symbol == "Add":
        return _sum([done[one] for one in node.arguments]), _SUM
    if node.symbol == "Mul":
        return _product(node, done)
    if node.symbol == "Pow":
        return _power(node, done)
    name = _SHOWN.get(node.symbol, node.symbol)
    return f"{name}({done[node.arguments[0]][0]})", _ATOM


def _sum(parts: list[_Part]) -> str:
    """Return a sum; a term without a sign leads, if there is one."""
    terms = [f"({text})" if strength == _SUM else text for text, strength in parts]
    lead = next((i for i, term in enumerate(terms) if not term.startswith("-")), 0)
    first, rest = terms[lead], terms[:lead] + terms[lead + 1 :]
    return first + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in rest)


def _product(node: Apply, done: dict[Expression, _Part]) -> _Part:
    """Return a product; what has the power -1 or a lower one stands behind strokes."""
    first, *rest = node.arguments
    sign = "-" if first == Constant(-1) else ""
    factors = rest if sign else [first, *rest]
    over = [_within(done[one], _PRODUCT) for one in factors if not _is_reciprocal(one)]
    if isinstance(first, Constant) and first.value < 0 and not sign:
        over[0] = done[first][0]  # it leads, so that its sign needs no bracket
    under = [_within(_inverted(one, done), _POWER) for one in factors if _is_reciprocal(one)]
    text = sign + "/".join(["*".join(over) or "1", *under])
    return text, _SIGNED if text.startswith("-") else _PRODUCT


def _power(node: Apply, done: dict[Expression, _Part]) -> _Part:
    base, exponent = node.arguments
    if exponent == Constant(0.5):
        return f"sqrt({done[base][0]})", _ATOM
    if _is_reciprocal(node):
        return f"1/{_within(_inverted(node, done), _POWER)}", _PRODUCT
    return f"{_within(done[base], _ATOM)}**{_within(done[exponent], _ATOM)}", _POWER


def _is_reciprocal(node: Expression) -> bool:
    if not (isinstance(node, Apply) and node.symbol == "Pow"):
        return False
    exponent = node.arguments[1]
    return isinstance(exponent, Constant) and exponent.value < 0


def _inverted(node: Expression, done: dict[Expression, _Part]) -> _Part:
    assert isinstance(node, Apply) and isinstance(node.arguments[1], Constant)
    base, value = node.arguments[0], -node.arguments[1].value
    if value == 1:
        return done[base]
    if value == 0.5:
        return f"sqrt({done[base][0]})", _ATOM
    return f"{_within(done[base], _ATOM)}**{value!r}", _POWER


def _within(part: _Part, strength: int) -> str:
    text, held = part
    return text if held >= strength else f"({text})"
