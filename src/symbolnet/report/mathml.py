"""Expression trees into presentation MathML, which browsers typeset without any library."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from symbolnet.expression.tree import Apply, Constant, Expression, Variable

# How strongly a part holds together: it is bracketed where its place asks for more.
_SUM, _PRODUCT, _POWER, _ATOM = range(4)
# Invisible times, with the room that keeps "2 sin" apart, and invisible application.
_TIMES = Markup('<mo lspace="0.12em" rspace="0.12em">&#x2062;</mo>')
_OF = Markup("<mo>&#x2061;</mo>")
_ROW = Markup("<mrow>{}</mrow>")
_CORRELATOR = re.compile(r"([cdmn])(\d)(?:_a(\d))?_b(\d)")
_JETS = {
    "zlogz": Markup(
        "<mrow><mo>(</mo><mo>∑</mo><mi>z</mi><mspace width='.17em'/><mi>ln</mi>"
        "<mspace width='.17em'/><mi>z</mi><mo>)</mo></mrow>"
    ),
    "mass": Markup("<msub><mi>m</mi><mtext>mMDT</mtext></msub>"),
    "multiplicity": Markup("<msub><mi>N</mi><mtext>const</mtext></msub>"),
}


class _Part(NamedTuple):
    markup: Markup
    strength: int


def terms(expression: Expression, feature_names: Sequence[str]) -> list[Markup]:
    """Return one `<math>` element per term of a sum, so that a long formula wraps as text does."""
    return [
        Markup("<math>{}</math>").format(_term(one, feature_names, first=i == 0))
        for i, one in enumerate(_addends(expression))
    ]


def symbol(name: str) -> Markup:
    """Return the MathML of a feature: that of a jet observable or of a pixel, else its name."""
    if re.fullmatch(r"p\d+_\d+(_\d+)?", name):
        places = Markup("<mo>,</mo>").join(Markup(f"<mn>{n}</mn>") for n in name[1:].split("_"))
        return Markup("<msub><mi>p</mi><mrow>{}</mrow></msub>").format(places)
    short = name.removesuffix("_mmdt")  # the mass says so itself; the others are groomed alike
    match = _CORRELATOR.fullmatch(short)
    if not match:
        return _JETS.get(short, Markup('<mi mathvariant="normal">{}</mi>').format(name))
    letter, order, alpha, beta = match.groups()
    upper = f"({alpha},{beta})" if alpha else f"({beta})"
    return Markup("<msubsup><mi>{}</mi><mn>{}</mn><mtext>{}</mtext></msubsup>").format(
        letter.upper(), order, upper
    )


def _addends(one: Expression) -> tuple[Expression, ...]:
    return one.arguments if isinstance(one, Apply) and one.symbol == "Add" else (one,)


def _factors(one: Expression) -> tuple[Expression, ...]:
    return one.arguments if isinstance(one, Apply) and one.symbol == "Mul" else (one,)


def _term(one: Expression, names: Sequence[str], first: bool) -> Markup:
    """Return a term of a sum behind its sign, which a leading negative constant gives away."""
    negative = any(isinstance(f, Constant) and f.value < 0 for f in _factors(one)[:1])
    sign = "−" if negative else "" if first else "+"
    form = "prefix" if first else "infix"
    body = _within(_product(_factors(one), names, unsigned=negative), _PRODUCT)
    return Markup('<mo form="{}">{}</mo>').format(form, sign) + body if sign else body


def _part(one: Expression, names: Sequence[str]) -> _Part:
    if isinstance(one, Constant):
        return _constant(one.value)
    if isinstance(one, Variable):
        return _Part(symbol(names[one.index]), _ATOM)
    if one.symbol == "Add":
        rows = [_term(a, names, first=i == 0) for i, a in enumerate(one.arguments)]
        return _Part(_ROW.format(Markup("").join(rows)), _SUM)
    if one.symbol == "Mul":
        return _signed_product(one, names)
    if one.symbol == "Pow":
        return _power(one.arguments[0], one.arguments[1], names)
    return _function(one.symbol, _part(one.arguments[0], names).markup)


def _signed_product(one: Apply, names: Sequence[str]) -> _Part:
    body = _term(one, names, first=True)
    first = one.arguments[0]
    negative = isinstance(first, Constant) and first.value < 0
    return _Part(_ROW.format(body), _SUM if negative else _PRODUCT)


def _product(factors: Sequence[Expression], names: Sequence[str], unsigned: bool) -> _Part:
    """Return a product, its negative powers below a fraction bar, its leading sign dropped."""
    over = [f for f in factors if not _is_reciprocal(f)]
    if unsigned:
        over = [Constant(abs(over[0].value)), *over[1:]]  # type: ignore[union-attr]
        over = over[1:] if over[0] == Constant(1) and len(factors) > 1 else over
    under = [_inverted(f) for f in factors if _is_reciprocal(f)]
    if not under:
        return _row(over, names)
    numerator = _row(over, names).markup if over else Markup("<mn>1</mn>")
    return _Part(
        Markup("<mfrac>{}{}</mfrac>").format(_ROW.format(numerator), _row(under, names).markup),
        _PRODUCT,
    )


def _row(factors: Sequence[Expression], names: Sequence[str]) -> _Part:
    parts = [_part(f, names) for f in factors]
    if len(parts) == 1:
        return parts[0]
    # Two numbers side by side would read as one.
    clash = any(_starts_with_number(f) for f in factors[1:])
    between = Markup("<mo>·</mo>") if clash else _TIMES
    return _Part(_ROW.format(between.join(_within(p, _POWER) for p in parts)), _PRODUCT)


def _starts_with_number(one: Expression) -> bool:
    base = one.arguments[0] if isinstance(one, Apply) and one.symbol == "Pow" else one
    return isinstance(base, Constant)


def _power(base: Expression, exponent: Expression, names: Sequence[str]) -> _Part:
    if _is_reciprocal(Apply("Pow", (base, exponent))):
        return _product((Apply("Pow", (base, exponent)),), names, unsigned=False)
    if exponent == Constant(0.5):
        return _function("sqrt", _part(base, names).markup)
    if isinstance(base, Apply) and base.symbol in _NAMED and isinstance(exponent, Constant):
        head = _raised(Markup("<mi>{}</mi>").format(base.symbol), _part(exponent, names).markup)
        return _Part(_call(head, _part(base.arguments[0], names).markup), _POWER)
    below = _within(_part(base, names), _ATOM)
    return _Part(_raised(below, _part(exponent, names).markup), _POWER)


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
