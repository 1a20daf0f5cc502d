"""The table of prices against the count of real trees, for random sums in every function."""

import numpy as np
import pytest

from symbolnet.expression.price import (
    FACTOR,
    FUNCTIONS,
    GAUSS,
    NUMBER,
    OFFSET,
    PRODUCT,
    WEIGHTED,
    coefficient_nodes,
    sum_nodes,
    unit_nodes,
)
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import Apply, Constant, Expression, Variable, complexity

EXACT = {"tanh", "sin", "gauss"}  # the room factors or expands the others where that saves nodes


def total(free: int, ones: int, shift: int, first: int, draw: np.random.Generator) -> Expression:
    """A sum of variables from number `first` on, as many of each kind as told."""
    terms: list[Expression] = [
        Apply("Mul", (Constant(float(draw.uniform(0.2, 0.9))), Variable(first + i)))
        for i in range(free)
    ]
    terms += [Variable(first + free + i) for i in range(ones)]
    terms += [Constant(float(draw.uniform(0.2, 0.9)))] * shift
    return terms[0] if len(terms) == 1 else Apply("Add", tuple(terms))


def wrapped(function: str, z: Expression, other: Expression) -> Expression:
    if function in ("tanh", "sin"):
        return Apply(function, (z,))
    square = Apply("Pow", (z, Constant(2)))
    gauss = Apply("exp", (Apply("Mul", (Constant(-1), square)),))
    trees = {"identity": z, "square": square, "gauss": gauss, "*": Apply("Mul", (z, other))}
    return trees[function]


@pytest.mark.parametrize("code", range(len(FUNCTIONS)))
def test_prices_are_the_nodes_of_real_trees(code: int) -> None:
    draw = np.random.default_rng(code)
    for _ in range(60):
        counts = np.array([draw.multinomial(draw.integers(1, 5), [0.5, 0.5]) for _ in range(2)])
        shift = draw.integers(0, 2, size=2)
        sums = [total(*counts[i], shift[i], 9 * i, draw) for i in (0, 1)]
        tree = wrapped(FUNCTIONS[code], *sums)
        told = np.array([code]), tuple(c[None] for c in (*counts.T, shift))
        price = int(unit_nodes(*told)[0] + coefficient_nodes(told[0])[0])
        if FUNCTIONS[code] == "identity":
            tree, price = Apply("Add", (tree, Variable(50))), int(unit_nodes(*told)[0]) + 2
        else:
            tree = Apply("Mul", (Constant(1.7), tree))
        found = complexity(simplify([tree])[0])
        assert found == price if FUNCTIONS[code] in EXACT else found <= price, (counts, shift)


def test_parts_are_the_nodes_of_real_trees() -> None:
    x, c = Variable(0), Constant(2.5)
    assert complexity(Apply("Mul", (c, x))) == WEIGHTED
    assert complexity(Apply("Mul", (c, Apply("tanh", (x,))))) - 2 == FACTOR
    assert complexity(Apply("Add", (x, c))) - 1 == OFFSET
    assert coefficient_nodes(np.array([PRODUCT, GAUSS])).tolist() == [NUMBER, FACTOR]


def test_a_sum_costs_its_terms_its_shift_and_one_node_more_where_there_are_several() -> None:
    terms, count, shifts = np.array([0, 3, 3, 7]), np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1])
    assert sum_nodes(terms, count, shifts).tolist() == [1, 3, 5, 9]
