"""Formulas as text: the parser beside SymPy's own, what it refuses, tables of other programs."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sympy

import symbolnet
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.export.to_sympy import to_sympy
from symbolnet.expression.parse import parse
from symbolnet.expression.text import texts
from symbolnet.expression.tree import Apply, Constant, Variable, complexity

NAMES = ("x0", "x1", "x2")
X = np.random.default_rng(0).uniform(0.3, 1.4, (7, 3))
SYMBOLS = sympy.symbols(NAMES)
UNARY = ("sin", "cos", "exp", "tanh", "sqrt", "log", "Abs", "sinh", "cosh", "tan")


def random_formula(draw: random.Random, depth: int) -> Any:
    """Return a random SymPy expression, not evaluated where that keeps its brackets."""
    if depth == 0 or draw.random() < 0.15:
        number = draw.choice([draw.randint(-3, 4), round(draw.uniform(-2, 2), 3), 1.5e-3])
        return draw.choice([*SYMBOLS, sympy.sympify(number)])
    first = random_formula(draw, depth - 1)
    if (kind := draw.random()) < 0.3:
        return getattr(sympy, draw.choice(UNARY))(first)
    if kind < 0.45:
        return sympy.Pow(first, draw.choice([2, 3, -1, -2, 0.5, 1.5]))
    other = random_formula(draw, depth - 1)
    return draw.choice([sympy.Add, sympy.Mul, lambda a, b: a - b, lambda a, b: a / b])(first, other)


def values(expression: Any) -> np.ndarray | None:
    """Return what SymPy computes, None where that has no moderate real value on some row."""
    if expression.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I):
        return None
    with np.errstate(all="ignore"):
        found = np.broadcast_to(sympy.lambdify(SYMBOLS, expression, "numpy")(*X.T), len(X))
    moderate = np.isrealobj(found) and np.isfinite(found).all() and abs(found).max() < 1e9
    return found if moderate else None


@pytest.mark.parametrize("seed", range(15))
def test_random_trees_mean_what_sympy_says(seed: int) -> None:
    draw, count = random.Random(seed), 0
    while count < 10:
        expression = random_formula(draw, draw.randint(1, 4))
        expected = values(expression)
        if expected is None:
            continue
        count += 1
        found = parse(str(expression), NAMES)
        again = parse(texts([found], NAMES)[0], NAMES)
        others = symbolnet.formulas(expression, NAMES).expressions
        for one in (found, again, *others):
            computed = evaluate([one], X)[:, 0]
            np.testing.assert_allclose(computed, expected, 1e-6, 1e-9, err_msg=str(expression))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x0**2", -(X[:, 0] ** 2)),
        ("2^3^2", 512),
        ("2**-1", 0.5),
        ("x0 - x1 - x2", X[:, 0] - X[:, 1] - X[:, 2]),
        ("x0 / x1 / x2", X[:, 0] / X[:, 1] / X[:, 2]),
        ("- - +x0", X[:, 0]),
        ("square(x0) + cube(x1) + inv(x2)", X[:, 0] ** 2 + X[:, 1] ** 3 + 1 / X[:, 2]),
        ("log2(x0) + log10(x1) + log1p(x2) + ln(x0)", None),
        ("pow(x0, 1.5) * gauss(x1)", X[:, 0] ** 1.5 * np.exp(-(X[:, 1] ** 2))),
        ("pi + E", np.pi + np.e),
        (".5e1*x0", 5 * X[:, 0]),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, value: Any) -> None:
    if value is None:
        value = np.log2(X[:, 0]) + np.log10(X[:, 1]) + np.log1p(X[:, 2]) + np.log(X[:, 0])
    found = evaluate([parse(text, NAMES)], X)[:, 0]
    np.testing.assert_allclose(found, np.broadcast_to(value, len(X)), rtol=1e-12)


@pytest.mark.parametrize(
    "names",
    [
        ("E", "I", "lambda"),
        ("pi", "sin", "C1(beta=1)"),
        ("a `tick`", "sepal length (cm)", "x-y"),
        ("größe", "∑ z", "Abs"),
    ],
)
def test_whatever_a_column_is_called_its_formula_is_read_back(names: tuple[str, ...]) -> None:
    expression = Apply("Add", (Apply("sin", (Variable(0),)), Variable(1), Variable(2)))
    text = texts([expression], names)[0]
    assert set(symbolnet.formulas(text).feature_names) <= set(names)
    assert evaluate([parse(text, names)], X) == pytest.approx(evaluate([expression], X))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x0 + foo", "'foo' at column 6 of the formula"),
        ("relu(x0)", "'relu' at column 1"),
        ("x0 +", "found the end at column 5"),
        ("(x0", "a closing bracket"),
        ("x0 x1", "an operator or the end; found 'x1' at column 4"),
        ("x0, x1", "found ','"),
        ("(x0, x1)", "one formula in brackets"),
        ("sin(x0, x1)", "1 argument(s); found 2 of sin"),
        ("pow(x0)", "2 argument(s)"),
        ("x0 & 1", "found '&' at column 4"),
        ("1e999", "a number below"),
        ("1/0 + x0", "formula with a value"),
        ("log(-1)", "formula with a value"),
        ("x0.__class__", "found '.'"),
        ("", "found the end"),
        ("(" * 200 + "x0" + ")" * 200, "at most 100 brackets"),
        ("2**" * 300 + "x0", "at most 100 brackets"),
    ],
)
def test_what_is_no_formula_is_one_line_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        symbolnet.formulas(text, NAMES)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_formula_of_several_that_is_wrong_is_named() -> None:
    with pytest.raises(InputError, match="'c' at column 1 of formula 'dog'"):
        symbolnet.formulas({"cat": "a + b", "dog": "c"}, ["a", "b"])
    with pytest.raises(InputError, match=r"formula 'y1'.*Max"):
        symbolnet.formulas(["x0", sympy.Max(*SYMBOLS[:2])])
    with pytest.raises(InputError, match="real constants"):
        symbolnet.formulas(sympy.I * SYMBOLS[0])
    with pytest.raises(InputError, match="every name once"):
        symbolnet.formulas("a", ["a", "a"])


def test_formulas_are_the_projects_own_trees() -> None:
    found = symbolnet.formulas({"cat": "2*x10 + x2*x2", "dog": "sin(x2 + x2)"})
    assert found.feature_names == ("x2", "x10") and found.class_names == ("cat", "dog")
    assert found.expressions[0] == parse("x2**2 + 2*x10", ("x2", "x10"))
    for one in found.expressions:
        counted = len(list(sympy.preorder_traversal(to_sympy(one))))
        assert complexity(one) == counted
    assert symbolnet.formulas(3).expressions == (Constant(3),)


def test_the_table_of_pysr_is_read(tmp_path: Path) -> None:
    rows = ["x0", "(x0 * x0) + (cos(x3) * 2.5382)", "square(x0) + -0.5"]
    file = tmp_path / "hall_of_fame.csv"
    pd.DataFrame({"Complexity": [1, 9, 4], "Loss": [3.0, 0.1, 1.0], "Equation": rows}).to_csv(
        file, index=False
    )
    names = [f"x{i}" for i in range(5)]
    for table in (file, pd.DataFrame({"complexity": [1, 9, 4], "equation": rows}), rows):
        found = symbolnet.equations(table, names)
        assert [one.model for one in found] == ["row-0", "row-2", "row-1"]
        assert found[2].expressions[0] == parse("2.5382*cos(x3) + x0^2", names)
    with pytest.raises(InputError, match="a column equation or formula or model; found loss"):
        symbolnet.equations(pd.DataFrame({"loss": [1.0]}))


def test_the_text_of_operon_is_read() -> None:
    text = "((0.500) + ((2.000) * (((X1) ^ (2)) / (sqrt((1.0 + (X3 ^ 2)))))))"
    found = symbolnet.formulas(text)
    assert found.feature_names == ("X1", "X3")
    expected = 0.5 + 2 * X[:, 0] ** 2 / np.sqrt(1 + X[:, 1] ** 2)
    np.testing.assert_allclose(evaluate(found.expressions, X[:, :2])[:, 0], expected)
