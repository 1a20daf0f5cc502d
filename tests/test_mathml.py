"""Formulas typeset from trees: well formed, unambiguous, nothing of a name read as markup."""

import re
import xml.etree.ElementTree as ET

import pytest

from symbolnet.data.symbols import JETS
from symbolnet.data.table import FEATURES
from symbolnet.expression.mathml import label, terms
from symbolnet.expression.tree import Apply, Constant, Expression, Variable

X, Y = Variable(0), Variable(1)


def add(*arguments: Expression) -> Apply:
    return Apply("Add", arguments)


def mul(*arguments: Expression) -> Apply:
    return Apply("Mul", arguments)


def power(base: Expression, exponent: float) -> Apply:
    return Apply("Pow", (base, Constant(exponent)))


def flat(expression: Expression, names: tuple[str, ...] = ("x", "y")) -> str:
    """The formula as plain text: superscripts as ^{}, fractions as {}/{}."""
    return " ".join(
        _flat(ET.fromstring(str(term))) for term in terms(expression, [*map(label, names)])
    )


def _flat(element: ET.Element) -> str:
    parts = [_flat(child) for child in element]
    if element.tag == "mfrac":
        return f"{{{parts[0]}}}/{{{parts[1]}}}"
    if element.tag == "msup":
        return f"{parts[0]}^{{{parts[1]}}}"
    if element.tag == "msqrt":
        return f"√{{{''.join(parts)}}}"
    return re.sub("[\u2061\u2062]", "", element.text or "") + "".join(parts)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Constant(-0.5), "−0.5"),
        (Constant(1.5e-07), "1.5×10^{−7}"),
        (add(Constant(-1), mul(Constant(-0.5), X)), "−1 −0.5x"),
        (mul(Constant(-1), X, power(Y, -2)), "−{x}/{y^{2}}"),
        (power(add(X, Constant(1)), -1), "{1}/{x+1}"),
        (mul(Constant(2), add(X, Y)), "2(x+y)"),
        (power(mul(Constant(2), X), 2), "(2x)^{2}"),
        (power(Constant(-3), 2), "(−3)^{2}"),
        (mul(X, mul(Constant(-2), Y)), "x(−2y)"),
        (Apply("exp", (mul(Constant(-1), power(X, 2)),)), "e^{−x^{2}}"),
        (power(Apply("exp", (X,)), 2), "(e^{x})^{2}"),
        (power(Apply("sin", (X,)), 2), "sin^{2}(x)"),
        (power(Apply("sin", (X,)), -1), "{1}/{sin(x)}"),
        (Apply("log", (add(Constant(0.001), Apply("Abs", (X,))),)), "ln(0.001+|x|)"),
        (Apply("sqrt", (X,)), "√{x}"),
        (power(X, 0.5), "√{x}"),
        (Apply("Pow", (X, Y)), "x^{y}"),
        (add(X, mul(Constant(-1), add(X, Y))), "x −(x+y)"),
        (mul(Constant(2), power(Constant(3), 5)), "2·3^{5}"),
    ],
)
def test_a_formula_reads_as_the_tree(expression: Expression, text: str) -> None:
    assert flat(expression) == text


def test_a_sum_has_one_element_per_term_so_that_it_wraps() -> None:
    assert len(terms(add(X, Y, Constant(2)), [label("mass"), label("y")])) == 3


def test_jet_observables_have_the_symbols_of_their_source() -> None:
    typeset = {
        name: label(*pair).markup for name, *pair in zip(FEATURES, FEATURES, JETS, strict=True)
    }
    assert "<mi>C</mi><mn>2</mn>" in typeset["c2_b1_mmdt"]
    assert "(1,2)" in typeset["d2_a1_b2_mmdt"]
    assert "mMDT" in typeset["mass_mmdt"] and "∑" in typeset["zlogz"]
    for markup in typeset.values():
        ET.fromstring(f"<math>{markup}</math>")


@pytest.mark.parametrize("name", ["mass", "mass_mmdt", "multiplicity", "zlogz", "p1_2", "c1_b1"])
def test_without_a_symbol_a_name_is_typeset_as_it_is(name: str) -> None:
    assert "".join(ET.fromstring(str(label(name).markup)).itertext()) == name


def test_words_have_a_product_sign_between_them() -> None:
    product = mul(Constant(-5.6), X, power(Y, 2))
    assert flat(product, ("mean smoothness", "e")) == "−5.6·mean smoothness·e^{2}"
    assert flat(product, ("a", "b")) == "−5.6ab^{2}"
    jets = [label("mass_mmdt", "m_mMDT"), label("n", "N_2^(1)")]
    assert "·" not in "".join(terms(product, jets))


def test_a_superscript_is_bracketed_below_a_power() -> None:
    (term,) = terms(power(X, 2), [label("c1_b1_mmdt", "C_1^(1)")])
    assert _flat(ET.fromstring(str(term))).startswith("(")


def test_a_name_is_never_markup() -> None:
    assert "<script>" not in label("<script>alert(1)</script>").markup
    ET.fromstring(str(label("a<b>&\"'").markup))
