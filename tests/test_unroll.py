"""Networks written out as trees compute what the networks compute."""

import warnings

import numpy as np
import pytest

from expression_cases import INPUTS, close, mnist_like, one_operator, random_inputs, random_network
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.extract import unroll
from symbolnet.expression.tree import Constant, distinct, variables
from symbolnet.network import masked
from symbolnet.network.masked import MaskedLayer, MaskedNetwork
from symbolnet.operators import OPERATORS


def of_network(network: MaskedNetwork, x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return masked.evaluate(network, x)


@pytest.mark.parametrize("seed", range(100))
def test_an_unrolled_network_equals_the_network(seed):
    network, x = random_network(seed), random_inputs(seed)
    assert close(of_network(network, x), evaluate(unroll(network), x))


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_operator_of_the_table(name, kept):
    network, x = one_operator(name, kept), np.abs(random_inputs(1, width=2))
    expected, found = of_network(network, x), evaluate(unroll(network), x)
    assert np.isfinite(expected).mean() > 0.1
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_outside_the_domain_expressions_do_as_the_network(name):
    network, x = one_operator(name), 1e3 * random_inputs(1, width=2)
    expected, found = of_network(network, x), evaluate(unroll(network), x)
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(expected))


def test_nothing_pruned_is_in_the_tree():
    network = mnist_like(kept=30, density=0.1)
    alive = np.flatnonzero(network.input_kept & (network.layers[0].weight != 0).any(axis=1))
    assert set(variables(unroll(network))) <= set(alive.tolist())


def test_an_input_pruned_by_its_mask_alone_counts_as_zero():
    network = one_operator("cos")._replace(input_kept=np.array([False, True]))
    assert variables(unroll(network)) == [1]
    x = random_inputs(1, width=2)
    np.testing.assert_allclose(evaluate(unroll(network), x), of_network(network, x), rtol=1e-12)


def test_a_unit_that_no_output_reads_is_not_visited():
    network = one_operator("exp")
    broken = network.layers[0]._replace(weight=np.full((2, 1), 1e4), bias=np.array([1e9]))
    dead = MaskedNetwork(network.input_kept, (broken,), np.array([[0.0]]), np.array([0.25]))
    assert unroll(dead) == (Constant(0.25),)


def test_a_dead_unit_becomes_part_of_the_bias():
    network = one_operator("cos")
    dead = network.layers[0]._replace(weight=np.zeros((2, 1)), bias=np.array([0.3]))
    (expression,) = unroll(network._replace(layers=(dead,)))
    assert expression == Constant(0.7 * np.cos(0.3) + 0.2)


def test_no_input_alive_at_all():
    network = random_network(1)._replace(input_kept=np.zeros(INPUTS, bool))
    expressions, x = unroll(network), random_inputs(0)
    assert all(isinstance(expression, Constant) for expression in expressions)
    assert close(of_network(network, x), evaluate(expressions, x))


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("place", ["weight", "bias", "output_weight", "output_bias"])
def test_weights_that_are_not_finite_are_refused(place, value):
    network = one_operator("sin")
    if place.startswith("output"):
        network = network._replace(**{place: getattr(network, place) * value})
    else:
        layer: MaskedLayer = network.layers[0]
        layer = layer._replace(**{place: getattr(layer, place) * value})
        network = network._replace(layers=(layer,))
    with pytest.raises(InputError, match="diverged"):
        unroll(network)


def test_a_constant_beyond_all_numbers_is_refused():
    network = one_operator("exp")
    dead = network.layers[0]._replace(weight=np.zeros((2, 1)), bias=np.array([1e4]))
    with pytest.raises(InputError, match="finite"):
        unroll(network._replace(layers=(dead,)))


def test_five_hundred_outputs():
    network, rng = random_network(3), np.random.default_rng(0)
    width = network.output_weight.shape[0]
    wide = network._replace(output_weight=rng.normal(size=(width, 500)), output_bias=np.zeros(500))
    x = random_inputs(0)
    assert close(of_network(wide, x), evaluate(unroll(wide), x))


def test_hidden_units_are_shared():
    network = mnist_like(kept=100, density=0.3)
    terms = np.count_nonzero(network.layers[0].weight) + np.count_nonzero(network.output_weight)
    assert len(distinct(unroll(network))) < 3 * terms


def test_evaluation_in_blocks_and_without_rows():
    network, x = random_network(1), random_inputs(0, rows=10_000)
    expressions = unroll(network)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        together = evaluate(expressions, x)
    np.testing.assert_array_equal(together[5000:5010], evaluate(expressions, x[5000:5010]))
    assert evaluate(expressions, x[:0]).shape == (0, 3)
