"""Simplified expressions: equal values, constants as rounded, one node per sympy node."""

import time

import numpy as np
import pytest
import sympy

from expression_cases import close, mnist_like, one_operator, random_inputs, random_network
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.export.to_sympy import all_to_sympy, from_sympy, to_sympy
from symbolnet.expression.extract import unroll
from symbolnet.expression.rounding import finalise, round_constants, significant
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import Apply, Constant, Variable, complexities, complexity, distinct
from symbolnet.operators import OPERATORS

X = [sympy.Symbol(f"x{i}") for i in range(6)]


def sympy_nodes(expressions):
    return [len(list(sympy.preorder_traversal(value))) for value in all_to_sympy(expressions)]


def simplified(value, digits=17):
    return finalise([from_sympy(sympy.sympify(value))], digits)[0]


@pytest.mark.parametrize("seed", range(250))
def test_random_networks(seed):
    unrolled, x = unroll(random_network(seed)), random_inputs(seed)
    exact = simplify(unrolled)
    assert close(evaluate(unrolled, x), evaluate(exact, x))
    assert complexities(exact) == sympy_nodes(exact)
    rounded = round_constants(exact, 2)
    assert close(evaluate(rounded, x), evaluate(simplify(rounded), x))
    final = finalise(unrolled, 2)
    assert complexities(final) == sympy_nodes(final)
    assert simplify(final) == final
    assert round_constants(final, 2) == final
    assert sum(complexities(final)) <= sum(complexities(unrolled))


@pytest.mark.parametrize("seed", range(16))
def test_sympy_reads_the_same_value(seed):
    final, x = finalise(unroll(random_network(seed)), 3), random_inputs(seed, rows=2)
    symbols = X
    for expression, value in zip(final, all_to_sympy(final), strict=True):
        own = evaluate([expression], x)[:, 0]
        for row, mine in zip(x, own, strict=True):
            if np.isfinite(mine) and abs(mine) < 1e6:
                theirs = value.subs(dict(zip(symbols, row, strict=True))).evalf()
                assert complex(theirs) == pytest.approx(mine, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_sympy_and_back(seed):
    final, x = finalise(unroll(random_network(seed)), 2), random_inputs(seed)
    again = [from_sympy(value) for value in all_to_sympy(final)]
    assert complexities(again) == complexities(final)
    assert close(evaluate(final, x), evaluate(again, x), 1e-12)


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_operator_of_the_table(name):
    unrolled, x = unroll(one_operator(name)), np.abs(random_inputs(2, width=2))
    exact = simplify(unrolled)
    np.testing.assert_allclose(evaluate(exact, x), evaluate(unrolled, x), rtol=1e-10)
    assert complexities(exact) == sympy_nodes(exact)


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("-x0", 3),
        ("x0 / x1", 5),
        ("exp(-x0**2)", 6),
        ("0.5*tanh(0.3*x1**2) + 0.7*x1*x3*sin(0.2*x2)", 17),  # the paper's example
        ("exp(-(2.5*x0 + 1)**2)", 8),
        ("exp(x0 + 0.3)", 4),
        ("3*x0 + 2*x1 - 3*x0", 3),
        ("2.5*(x0 + 2*(x1 - x0))", 7),
        ("sin(x0 + 22*pi)", 2),
        ("log(0.001 + Abs(2*x0 + 4)) + 1", 9),
        ("(x0 - x0)*exp(x1) + 3", 1),
        ("cosh(-x0) - cosh(x0)", 1),
        ("exp(x0)*exp(-x0)", 1),
    ],
)
def test_known_complexities(text, nodes):
    expression = simplified(text)
    assert complexity(expression) == nodes == sympy_nodes([expression])[0]


def test_chains_of_pruned_operators_are_one_sum_before_rounding():
    # 0.149 + 0.149 is 0.3 to two digits; rounding each first would give 0.15 + 0.15 = 0.30,
    # and 0.144 + 0.144 would become 0.28 instead of 0.29.
    parts = tuple(Apply("Mul", (Constant(0.144), Variable(0))) for _ in range(2))
    (final,) = finalise([Apply("Add", parts)], 2)
    assert final == Apply("Mul", (Constant(0.29), Variable(0)))


def test_terms_made_alike_by_rounding_are_merged_and_rounded_again():
    final = simplified("0.503*sin(1.204*x0) + 0.5003*sin(1.196*x0)", digits=2)
    assert final == Apply("sin", (Apply("Mul", (Constant(1.2), Variable(0))),))


def test_what_cancellation_leaves_of_zero_vanishes():
    parts = tuple(Apply("Mul", (Constant(c), Variable(0))) for c in (0.1, 0.2, -0.3))
    assert simplify([Apply("Add", (*parts, Variable(1)))]) == (Variable(1),)


def test_whole_exponents_are_not_rounded():
    assert simplified("x0**123", digits=1) == Apply("Pow", (Variable(0), Constant(123)))


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.12345, 2, 0.12),
        (-99.6, 2, -100),
        (1e-30, 3, 1e-30),
        (0.1 + 0.2, 17, 0.1 + 0.2),
        (0, 2, 0),
    ],
)
def test_significant_digits(value, digits, expected):
    assert significant(value, digits) == expected


def test_equal_subtrees_of_several_outputs_are_one_object_in_the_graph():
    final = finalise(unroll(mnist_like(100, 0.3)), 2)
    assert len(distinct(final)) < sum(complexities(final)) / 4


@pytest.mark.parametrize("density", [0.05, 0.3])
def test_ten_image_expressions_take_less_than_two_seconds(density):
    network = mnist_like(100, density)
    start = time.process_time()
    finalise(unroll(network), 2)
    assert time.process_time() - start < 2


def test_constants_beyond_all_numbers_are_refused():
    huge = Apply("Mul", (Constant(1e300), Apply("Mul", (Constant(1e300), Variable(0)))))
    with pytest.raises(InputError, match="finite"):
        simplify([huge])


@pytest.mark.parametrize("base", [0, -0.5])
def test_a_power_without_a_value_is_refused(base):
    with pytest.raises(InputError, match="base above zero"):
        simplify([Apply("Pow", (Constant(base), Variable(0)))])


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("2*x0*(x0 + 1) + 3*x0 + 4*x0**2", 6),  # 6 x0 (x0 + 5/6)
        ("(x0 + 1)**2 + 3*x0 + x1", 8),  # x0 (x0 + 5) + x1 + 1
        ("x0*sin(2*x1 + x2) + x3*sin(2*x1 + x2)", 10),  # (x0 + x3) sin(2 x1 + x2)
        ("x0*x1 + x0*x2 + x0", 6),  # x0 (x1 + x2 + 1)
        ("(x0 + x1)*(x2 + x3)", 7),
    ],
)
def test_sums_are_factored_or_multiplied_out_whichever_is_smaller(text, nodes):
    expression, x = simplified(text), random_inputs(0)
    assert complexity(expression) == nodes == sympy_nodes([expression])[0]
    assert close(evaluate([from_sympy(sympy.sympify(text))], x), evaluate([expression], x), 1e-12)


@pytest.mark.parametrize("text", ["I*x0", "y", "atan(x0)", "zoo*x0"])
def test_what_trees_cannot_hold_is_refused(text):
    with pytest.raises(InputError):
        from_sympy(sympy.sympify(text))


def test_to_sympy_uses_plain_symbols():
    assert to_sympy(Apply("Add", (Variable(0), Variable(1)))) == X[0] + X[1]


def test_a_sine_whose_phase_rounds_as_a_quarter_turn_is_a_cosine():
    assert simplified("sin(2.5*x0 + 1.5704)", 3) == simplified("cos(2.5*x0)", 3)
    assert simplified("3*sin(x0*x1 - 1.573)", 3) == simplified("-3*cos(x0*x1)", 3)
    assert simplified("sin(x0 + 1.58)", 3) == simplified("sin(x0 + 1.58)")
    assert "cos" not in str(to_sympy(simplified("sin(x0 + 1.5)", 1)))
    double = simplified("sin(x0 + 1.5707963267948966)")
    assert double == from_sympy(sympy.sympify("cos(x0)"))
