"""Formulas as text into expression trees, by a parser of its own: no text is ever evaluated.

    sum      [+-] product {(+|-) product}
    product  signed {(*|/) signed}
    signed   {+|-} power
    power    atom [(** | ^) signed]                  -x**2 is -(x**2), x**y**z is x**(y**z)
    atom     number | name | function(sum, ...) | (sum)

A name is a word, or anything in backticks. What is among the names is an input, whatever else it
could mean; only then are `pi` and `E` numbers.
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from symbolnet.errors import InputError
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import FUNCTIONS, Apply, Constant, Expression, Variable

_TOKEN = re.compile(
    r"(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*|`(?:[^`]|``)+`)"
    r"|(?P<sign>\*\*|[-+*/^(),])"
)
_NUMBERS = {"pi": math.pi, "E": math.e}
_DEEPEST = 100  # brackets within brackets: each takes some frames of Python's stack
_LONGEST = 200_000  # characters


def _power(base: Expression, exponent: Expression) -> Expression:
    return Apply("Pow", (base, exponent))


def _times(*factors: Expression) -> Expression:
    return Apply("Mul", factors)


def _plus(*terms: Expression) -> Expression:
    return Apply("Add", terms)


def _log(base: float) -> Callable[[Expression], Expression]:
    return lambda x: _times(Constant(1 / math.log(base)), Apply("log", (x,)))


_MINUS = Constant(-1)
_ALIASES = {"abs": "Abs", "ln": "log"}
# Functions that other programs write, by those that trees have.
_MADE: dict[str, Callable[[Expression], Expression]] = {
    "square": lambda x: _power(x, Constant(2)),
    "cube": lambda x: _power(x, Constant(3)),
    "inv": lambda x: _power(x, _MINUS),
    "neg": lambda x: _times(_MINUS, x),
    "gauss": lambda x: Apply("exp", (_times(_MINUS, _power(x, Constant(2))),)),
    "log2": _log(2),
    "log10": _log(10),
    "log1p": lambda x: Apply("log", (_plus(x, Constant(1)),)),
    "identity": lambda x: x,
}
_BOTH = {"pow": _power}
CALLED = (*FUNCTIONS, *_ALIASES, *_MADE, *_BOTH)


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def parse(text: str, names: Sequence[str], where: str = "the formula") -> Expression:
    """Return the tree of a formula in inputs of these names, simplified.

    Raises InputError, with the column, for whatever is no formula; `where` names it there.
    """
    found = _Parser(text, {name: i for i, name in enumerate(names)}, where).whole()
    try:
        return simplify([found])[0]
    except InputError as error:
        do = "a constant in it is not finite or has no real value: correct the formula"
        raise InputError("a formula with a value", f"{where}: {error}", do) from None


def names_in(text: str, where: str = "the formula") -> list[str]:
    """Return the names of a formula's inputs in the order in which they occur."""
    tokens = _tokens(text, where)
    after = [*tokens[1:], _Token("end", "", len(text))]
    found = [
        _bare(token.text)
        for token, following in zip(tokens, after, strict=True)
        if token.kind == "name" and following.text != "(" and token.text not in _NUMBERS
    ]
    return list(dict.fromkeys(found))


def _tokens(text: str, where: str) -> list[_Token]:
    if len(text) > _LONGEST:
        found = f"{where} with {len(text)}"
        raise InputError(f"at most {_LONGEST} characters", found, "shorten it")
    tokens, place = [], 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        match = _TOKEN.match(text, place)
        if match is None:
            raise _fault("a name, a number or a sign", repr(text[place]), place, where)
        tokens.append(_Token(str(match.lastgroup), match.group(), place))
        place = match.end()
    return tokens


def _bare(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _fault(expected: str, found: str, place: int, where: str) -> InputError:
    return InputError(expected, f"{found} at column {place + 1} of {where}", "correct it")


class _Parser:
    """Recursive descent: each method reads one rule from where the last one ended."""

    def __init__(self, text: str, inputs: dict[str, int], where: str) -> None:
        self._tokens = [*_tokens(text, where), _Token("end", "", len(text))]
        self._inputs, self._where = inputs, where
        self._at = self._depth = 0

    def whole(self) -> Expression:
        """Return the tree of all the text."""
        found = self._sum()
        if self._now.kind != "end":
            raise self._unexpected("an operator or the end")
        return found

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *signs: str) -> str | None:
        """Return the sign that stands here and step over it; None where it is none of these."""
        token = self._now
        if token.kind != "sign" or token.text not in signs:
            return None
        self._at += 1
        return token.text

    def _unexpected(self, expected: str) -> InputError:
        found = repr(self._now.text) if self._now.kind != "end" else "the end"
        return _fault(expected, found, self._now.column, self._where)

    def _sum(self) -> Expression:
        terms = [self._product()]
        while sign := self._take("+", "-"):
            term = self._product()
            terms.append(_times(_MINUS, term) if sign == "-" else term)
        return terms[0] if len(terms) == 1 else _plus(*terms)

    def _product(self) -> Expression:
        factors = [self._signed()]
        while sign := self._take("*", "/"):
            factor = self._signed()
            factors.append(_power(factor, _MINUS) if sign == "/" else factor)
        return factors[0] if len(factors) == 1 else _times(*factors)

    def _signed(self) -> Expression:
        negative = False
        while sign := self._take("+", "-"):
            negative ^= sign == "-"
        found = self._power()
        if not negative:
            return found
        # -2 is one number, so that an exponent of -2 is a whole one.
        return Constant(-found.value) if isinstance(found, Constant) else _times(_MINUS, found)

    def _power(self) -> Expression:
        base = self._atom()
        if not self._take("**", "^"):
            return base
        self._go_deeper()
        exponent = self._signed()
        self._depth -= 1
        return _power(base, exponent)

    def _atom(self) -> Expression:
        token = self._now
        if token.kind == "number":
            self._at += 1
            return self._number(token)
        if token.kind == "name":
            self._at += 1
            return self._named(token)
        if not self._take("("):
            raise self._unexpected("a name, a number or a bracket")
        inside = self._bracketed()
        if len(inside) > 1:
            raise _fault("one formula in brackets", "a comma", token.column, self._where)
        return inside[0]

    def _number(self, token: _Token) -> Expression:
        if token.text.isdecimal() and len(token.text) < 16:
            return Constant(int(token.text))
        value = float(token.text)
        if not math.isfinite(value):
            raise _fault("a number below 1.8e308", token.text, token.column, self._where)
        return Constant(value)

    def _named(self, token: _Token) -> Expression:
        name, quoted = _bare(token.text), token.text.startswith("`")
        if name in self._inputs and (quoted or self._now.text != "(" or name not in CALLED):
            return Variable(self._inputs[name])
        if not quoted and self._take("("):
            return self._called(token, self._bracketed())
        if name in _NUMBERS and not quoted:
            return Constant(_NUMBERS[name])
        known = ", ".join(list(self._inputs)[:20]) or "none"
        raise _fault(f"one of the names {known}", repr(name), token.column, self._where)

    def _bracketed(self) -> list[Expression]:
        """Return what stands between brackets, of which the first is behind."""
        self._go_deeper()
        found = [self._sum()]
        while self._take(","):
            found.append(self._sum())
        if not self._take(")"):
            raise self._unexpected("a closing bracket")
        self._depth -= 1
        return found

    def _go_deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._unexpected(f"at most {_DEEPEST} brackets and powers within each other")

    def _called(self, token: _Token, arguments: list[Expression]) -> Expression:
        name = token.text
        if name not in CALLED:
            expected = "one of the functions " + ", ".join(CALLED)
            raise _fault(expected, repr(name), token.column, self._where)
        asked = 2 if name in _BOTH else 1
        if len(arguments) != asked:
            found = f"{len(arguments)} of {name}"
            raise _fault(f"{asked} argument(s)", found, token.column, self._where)
        if name in _BOTH:
            return _BOTH[name](*arguments)
        if name in _MADE:
            return _MADE[name](arguments[0])
        return Apply(_ALIASES.get(name, name), (arguments[0],))
