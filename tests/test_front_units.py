"""Units of the front: their values as networks, and their nodes as expressions."""

import numpy as np
import pytest

from front_cases import random_units, sample
from symbolnet.expression.extract import extract
from symbolnet.expression.price import FUNCTIONS, GAUSS, PRODUCT, SIN, TANH
from symbolnet.methods.symbolnet.forward import figures, run
from symbolnet.methods.symbolnet.members import architecture_of, network_of
from symbolnet.methods.symbolnet.units import Units, canonical, class_nodes
from symbolnet.network.masked import MaskedNetwork, evaluate

INPUTS = np.array([0, 1, 3, 4])  # the columns of five that the units know


def as_network(*several: Units) -> list[MaskedNetwork]:
    architecture = architecture_of(list(several))
    return [network_of(units, architecture, INPUTS, 5) for units in several]


@pytest.mark.parametrize("seed", range(8))
def test_a_network_computes_what_its_units_compute(seed):
    several, data = [random_units(seed), random_units(seed + 100, count=3)], sample(seed)
    x = np.zeros((len(data.x), 5))
    x[:, INPUTS] = data.x.numpy()
    for units, network in zip(several, as_network(*several), strict=True):
        expected = run(units, data.x.double()).outputs.numpy()
        assert np.allclose(evaluate(network, x), expected, atol=1e-10)
        assert set(np.flatnonzero(network.input_kept)) == set(INPUTS[units.inputs])


def test_nodes_are_those_of_the_expressions():
    """Products, squares and bare inputs are left out here: the expression room may factor them."""
    for seed in range(150):
        units = random_units(seed)
        units.select(np.isin(units.operator, (TANH, SIN, GAUSS)))
        inside = np.c_[units.operator, units.weight[:, 0], units.shift[:, 0]]
        units.select(np.unique(inside, axis=0, return_index=True)[1])  # equal ones are merged
        expected = extract("m", as_network(units)[0], 17).complexity
        assert class_nodes(units).tolist() == list(expected), seed


def test_expressions_never_have_more_nodes_than_counted():
    for seed in range(150):
        units = random_units(seed)
        found = np.array(extract("m", as_network(units)[0], 17).complexity)
        assert (found <= class_nodes(units)).all(), seed


@pytest.mark.parametrize("code", range(len(FUNCTIONS)))
def test_nodes_of_single_units(code):
    """One free coefficient around one unit of each operator, as the spec of sympy counts it."""
    units = random_units(0, count=1, outputs=1)
    units.operator[:] = code
    for name in ("weight", "shift", "output", "bias"):
        getattr(units, name)[:] = 0
        getattr(units, f"{name}_state")[:] = 0
    units.weight[0, 0, 0] = units.weight[0, 1, 1] = 1
    units.weight_state[0, 0, 0] = units.weight_state[0, 1, 1] = 2
    units.output[:], units.output_state[:] = 2.5, 1
    nodes = {"identity": 3, "square": 5, "tanh": 4, "sin": 4, "gauss": 8, "*": 4}
    assert class_nodes(units).tolist() == [nodes[FUNCTIONS[code]]]
    assert extract("m", as_network(units)[0], 17).complexity == [nodes[FUNCTIONS[code]]]


def test_canonical_units_compute_the_same():
    for seed in range(20):
        units, data = random_units(seed), sample(seed)
        units.weight *= np.where(units.weight_state == 1, -1, 1)
        before = run(units, data.x.double()).outputs
        canonical(units)
        assert np.allclose(before, run(units, data.x.double()).outputs, atol=1e-12)


def test_figures_are_the_definitions():
    units, data = random_units(1), sample(1)
    outputs = run(units, data.x.double()).outputs.numpy()
    p = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    t = data.target.numpy()
    found = figures(units, data)
    assert found[0] == pytest.approx(-(t * np.log(p)).sum(axis=1).mean())
    assert found[1] == pytest.approx(((p - t) ** 2).mean())
    assert found[2] == pytest.approx((outputs.argmax(axis=1) == t.argmax(axis=1)).mean())


def test_a_product_has_two_slots():
    units = random_units(5, count=40)
    assert (units.weight_state[units.operator != PRODUCT, 1] == 0).all()
