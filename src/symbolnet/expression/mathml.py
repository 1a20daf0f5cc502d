"""Expression trees into presentation MathML, which browsers typeset without any library."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from symbolnet.data.symbols import Symbol, read_symbol
from symbolnet.expression.tree import Apply, Constant, Expression, Variable

# How strongly a part holds together: it is bracketed where its place asks for more.
_SUM, _PRODUCT, _POWER, _ATOM = range(4)
# Invisible times, with the room that keeps "2 sin" apart, a visible one, invisible application.
_TIMES = Markup('<mo lspace="0.12em" rspace="0.12em">&#x2062;</mo>')
_DOT = Markup("<mo>·</mo>")
_OF = Markup("<mo>&#x2061;</mo>")
_ROW = Markup("<mrow>{}</mrow>")
_THIN = Markup("<mspace width='.17em'/>")


class Label(NamedTuple):
    """How an input is typeset, whether that is a word, and whether it has a superscript."""

    markup: Markup
    word: bool = False
    raised: bool = False


class _Part(NamedTuple):
    markup: Markup
    strength: int


def terms(expression: Expression, labels: Sequence[Label]) -> list[Markup]:
    """Return one `<math>` element per term of a sum, so that a long formula wraps as text does."""
    return [
        Markup("<math>{}</math>").format(_term(one, labels, first=i == 0))
        for i, one in enumerate(_addends(expression))
    ]


def label(name: str, symbol: str | None = None) -> Label:
    """Return how an input is typeset: by the symbol of its data source, else by its name."""
    if symbol is None:
        return Label(Markup('<mi mathvariant="normal">{}</mi>').format(name), len(name) > 1)
    parts = read_symbol(symbol)
    return Label(_scripted(parts), raised=bool(parts.sup))


def _scripted(parts: Symbol) -> Markup:
    below, above = _script(parts.sub), _script(parts.sup)
    if below and above:
        return Markup("<msubsup>{}{}{}</msubsup>").format(_base(parts.base), below, above)
    if above:
        return _raised(_base(parts.base), above)
    return (
        Markup("<msub>{}{}</msub>").format(_base(parts.base), below) if below else _base(parts.base)
    )


def _base(words: Sequence[str]) -> Markup:
    """Return words and signs side by side, with some room between two words."""
    row = Markup("")
    for place, word in enumerate(words):
        if place and word.isalnum() and words[place - 1].isalnum():
            row += _THIN
        tag = "mi" if word.isalnum() else "mo"
        row += Markup("<{0}>{1}</{0}>").format(tag, word)
    return row if len(words) == 1 else _ROW.format(row)


def _script(text: str) -> Markup:
    tag = "mn" if text.isdecimal() else "mtext"
    return Markup("<{0}>{1}</{0}>").format(tag, text) if text else Markup("")


def _addends(one: Expression) -> tuple[Expression, ...]:
    return one.arguments if isinstance(one, Apply) and one.symbol == "Add" else (one,)


def _factors(one: Expression) -> tuple[Expression, ...]:
    return one.arguments if isinstance(one, Apply) and one.symbol == "Mul" else (one,)


def _term(one: Expression, labels: Sequence[Label], first: bool) -> Markup:
    """Return a term of a sum behind its sign, which a leading negative constant gives away."""
    negative = any(isinstance(f, Constant) and f.value < 0 for f in _factors(one)[:1])
    sign = "−" if negative else "" if first else "+"
    form = "prefix" if first else "infix"
    body = _within(_product(_factors(one), labels, unsigned=negative), _PRODUCT)
    return Markup('<mo form="{}">{}</mo>').format(form, sign) + body if sign else body


def _part(one: Expression, labels: Sequence[Label]) -> _Part:
    if isinstance(one, Constant):
        return _constant(one.value)
    if isinstance(one, Variable):
        typeset = labels[one.index]
        return _Part(typeset.markup, _POWER if typeset.raised else _ATOM)
    if one.symbol == "Add":
        rows = [_term(a, labels, first=i == 0) for i, a in enumerate(one.arguments)]
        return _Part(_ROW.format(Markup("").join(rows)), _SUM)
    if one.symbol == "Mul":
        return _signed_product(one, labels)
    if one.symbol == "Pow":
        return _power(one.arguments[0], one.arguments[1], labels)
    return _function(one.symbol, _part(one.arguments[0], labels).markup)


def _signed_product(one: Apply, labels: Sequence[Label]) -> _Part:
    body = _term(one, labels, first=True)
    first = one.arguments[0]
    negative = isinstance(first, Constant) and first.value < 0
    return _Part(_ROW.format(body), _SUM if negative else _PRODUCT)


def _product(factors: Sequence[Expression], labels: Sequence[Label], unsigned: bool) -> _Part:
    """Return a product, its negative powers below a fraction bar, its leading sign dropped."""
    over = [f for f in factors if not _is_reciprocal(f)]
    if unsigned:
        over = [Constant(abs(over[0].value)), *over[1:]]  # type: ignore[union-attr]
        over = over[1:] if over[0] == Constant(1) and len(factors) > 1 else over
    under = [_inverted(f) for f in factors if _is_reciprocal(f)]
    if not under:
        return _row(over, labels)
    numerator = _row(over, labels).markup if over else Markup("<mn>1</mn>")
    return _Part(
        Markup("<mfrac>{}{}</mfrac>").format(_ROW.format(numerator), _row(under, labels).markup),
        _PRODUCT,
    )


def _row(factors: Sequence[Expression], labels: Sequence[Label]) -> _Part:
    parts = [_part(f, labels) for f in factors]
    if len(parts) == 1:
        return parts[0]
    # Two numbers side by side would read as one, and so would two words.
    clash = any(_starts_with_number(f) for f in factors[1:])
    between = _DOT if clash or any(_is_word(f, labels) for f in factors) else _TIMES
    return _Part(_ROW.format(between.join(_within(p, _POWER) for p in parts)), _PRODUCT)


def _starts_with_number(one: Expression) -> bool:
    return isinstance(_base_of(one), Constant)


def _is_word(one: Expression, labels: Sequence[Label]) -> bool:
    base = _base_of(one)
    return isinstance(base, Variable) and labels[base.index].word


def _base_of(one: Expression) -> Expression:
    return one.arguments[0] if isinstance(one, Apply) and one.symbol == "Pow" else one


def _power(base: Expression, exponent: Expression, labels: Sequence[Label]) -> _Part:
    if _is_reciprocal(Apply("Pow", (base, exponent))):
        return _product((Apply("Pow", (base, exponent)),), labels, unsigned=False)
    if exponent == Constant(0.5):
        return _function("sqrt", _part(base, labels).markup)
    if isinstance(base, Apply) and base.symbol in _NAMED and isinstance(exponent, Constant):
        head = _raised(Markup("<mi>{}</mi>").format(base.symbol), _part(exponent, labels).markup)
        return _Part(_call(head, _part(base.arguments[0], labels).markup), _POWER)
    below = _within(_part(base, labels), _ATOM)
    return _Part(_raised(below, _part(exponent, labels).markup), _POWER)


_NAMED = ("log", "sin", "cos", "tan", "sinh", "cosh", "tanh")


def _function(name: str, argument: Markup) -> _Part:
    if name == "exp":
        return _Part(_raised(Markup("<mi>e</mi>"), argument), _POWER)
    if name == "sqrt":
        return _Part(Markup("<msqrt>{}</msqrt>").format(argument), _ATOM)
    if name == "Abs":
        return _Part(_ROW.format(Markup("<mo>|</mo>{}<mo>|</mo>").format(argument)), _ATOM)
    shown = "ln" if name == "log" else name
    return _Part(_call(Markup("<mi>{}</mi>").format(shown), argument), _POWER)


def _call(head: Markup, argument: Markup) -> Markup:
    return _ROW.format(head + _OF + _bracketed(argument))


def _raised(base: Markup, exponent: Markup) -> Markup:
    return Markup("<msup>{}{}</msup>").format(base, exponent)


def _bracketed(markup: Markup) -> Markup:
    return Markup("<mrow><mo>(</mo>{}<mo>)</mo></mrow>").format(markup)


def _within(part: _Part, strength: int) -> Markup:
    return part.markup if part.strength >= strength else _bracketed(part.markup)


def _is_reciprocal(one: Expression) -> bool:
    if not (isinstance(one, Apply) and one.symbol == "Pow"):
        return False
    exponent = one.arguments[1]
    return isinstance(exponent, Constant) and exponent.value < 0


def _inverted(one: Expression) -> Expression:
    assert isinstance(one, Apply) and isinstance(one.arguments[1], Constant)
    base, exponent = one.arguments[0], -one.arguments[1].value
    return base if exponent == 1 else Apply("Pow", (base, Constant(exponent)))


def _constant(value: int | float) -> _Part:
    digits, _, power = repr(abs(value)).partition("e")
    number = Markup("<mn>{}</mn>").format(digits.removesuffix(".0"))
    if power:
        ten = Markup("<mo>×</mo><msup><mn>10</mn><mn>{}</mn></msup>")
        number = _ROW.format(number + ten.format(str(int(power)).replace("-", "−")))
    if value < 0:
        return _Part(_ROW.format(Markup("<mo>−</mo>{}").format(number)), _SUM)
    return _Part(number, _POWER if power else _ATOM)
