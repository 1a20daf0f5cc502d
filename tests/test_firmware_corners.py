"""Corners of the firmware: right hardware or one clear line, uniform precision or searched."""

import json

import numpy as np
import pytest

from circuits import (
    X0,
    X1,
    X2,
    add,
    apply,
    expression_set,
    gauss,
    mul,
    toy_data,
    uniform_graph,
    widest_graph,
)
from symbolnet.artifact import read_json
from symbolnet.config import Firmware, Precision
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Constant
from symbolnet.firmware.build.formats import assemble
from symbolnet.firmware.build.parts import datapath_of
from symbolnet.firmware.emit.rtl import interpret, write_rtl
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.evidence.vectors import write_vectors
from symbolnet.firmware.graph.graph import save_graph
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas, real_outputs, run
from symbolnet.firmware.proof.certificate import prove
from symbolnet.firmware.search.points import choose
from symbolnet.firmware.search.walk import search

FINE = Precision(width=18, integer=7, table_bits=11, constant_fraction=11)


def uniform(chosen):
    return uniform_graph(chosen, toy_data(chosen).x_train, FINE)


def searched(chosen):
    data = toy_data(chosen)
    datapath = datapath_of(chosen, data.x_train)
    return assemble(datapath, choose(search(datapath, data), 0.01).formats)


def widest(chosen):
    """Return the graph that a search starts from."""
    return widest_graph(chosen, toy_data(chosen).x_train)


def executed(graph, x):
    """Return the reference's outputs, the same as those of da4ml's interpreter."""
    ports = np.concatenate([input_mantissas(graph, x), corner_ports(graph, 16)])
    outputs = run(graph, ports)
    np.testing.assert_array_equal(outputs, interpret(trace(graph), graph, ports))
    return real_outputs(graph, outputs[: len(x)])


def unproved(graph, folder, depth=2):
    """Return the reasons of the nodes that the Verilog does not prove."""
    save_graph(folder / "graph.json", graph)
    write_rtl(graph, folder / "rtl", Firmware(stage_depth=depth))
    made = prove(folder / "graph.json", folder / "rtl")
    assert all(lemma["proved"] for lemma in made["lemmas"])
    return [node["reason"] for node in made["nodes"] if not node["proved"]]


@pytest.fixture(params=[uniform, searched], ids=["uniform", "searched"])
def make(request):
    return request.param


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (apply("erf", X0), "found 'erf'"),
        (add(X1, apply("Pow", X0, -1)), "expected a division by a range without 0"),
        (apply("Pow", add(X0, X1), -1), "expected a division by a range without 0"),
        (add(X0, apply("exp", Constant(1000.0))), "expected finite constants; found inf"),
        (mul(float("nan"), X0), "expected finite constants; found nan"),
    ],
)
def test_what_has_no_hardware_is_one_line(make, wrong, line):
    data = toy_data(expression_set(X0, inputs=3))
    with pytest.raises(InputError, match=line) as error:
        if make is uniform:
            uniform_graph(expression_set(wrong), data.x_train, FINE)
        else:
            search(datapath_of(expression_set(wrong), data.x_train), data)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("numbers", [[0.25], [0.25, 1.0, -2.0]])
def test_outputs_that_are_all_constant_are_one_line(make, numbers):
    with pytest.raises(InputError, match="constants only"):
        make(expression_set(*map(Constant, numbers)))


def test_a_constant_beyond_all_formats_is_one_line():
    for wrong in (add(X0, X1, 1e12), add(mul(1e12, X0), X1)):
        with pytest.raises(InputError, match=r"constants between -8388608 and .*; found 1e\+12"):
            uniform(expression_set(apply("tanh", wrong)))


def test_a_table_wider_than_da4ml_keeps_exact_is_one_line():
    graph = widest(expression_set(add(X0, 1e6)))
    with pytest.raises(InputError, match="expected table entries of less than 16777216 steps"):
        trace(graph)


def test_the_search_widens_its_formats_to_a_large_constant():
    chosen = expression_set(add(X0, 1e4))
    data = toy_data(chosen)
    inside = np.clip(data.x_test, data.x_train.min(axis=0), data.x_train.max(axis=0))
    found = executed(widest(chosen), data.x_test)
    np.testing.assert_allclose(found, evaluate(chosen.expressions, inside), atol=0.05)


@pytest.mark.parametrize(
    "chosen",
    [
        expression_set(gauss(X0), add(X0, 0.5), inputs=1),
        expression_set(add(gauss(X0), mul(0.5, X1))),
        expression_set(X0, inputs=1),
        expression_set(add(gauss(X0), X1), Constant(0.25), Constant(-3.0), Constant(0.0)),
    ],
    ids=["one input", "one output", "one of each", "constants beside"],
)
def test_small_models_are_exact_and_proved(make, chosen, tmp_path):
    graph = make(chosen)
    executed(graph, toy_data(chosen).x_test)
    assert unproved(graph, tmp_path) == []


@pytest.mark.parametrize("build", [uniform, widest])
def test_constant_outputs_have_their_value(build):
    chosen = expression_set(add(gauss(X0), X1), Constant(0.25), Constant(-3.0), Constant(0.0))
    found = executed(build(chosen), toy_data(chosen).x_test)
    assert (found[:, 1:] == [0.25, -3.0, 0.0]).all()


@pytest.mark.slow
def test_two_hundred_outputs():
    weights = np.round(np.random.default_rng(0).normal(size=(200, 2)), 2)
    chosen = expression_set(*(add(mul(float(a), gauss(X0)), mul(float(b), X1)) for a, b in weights))
    data = toy_data(chosen)
    x = np.clip(data.x_test, data.x_train.min(axis=0), data.x_train.max(axis=0))
    found = executed(uniform(chosen), x)
    assert found.shape == (len(x), 200)
    np.testing.assert_allclose(found, evaluate(chosen.expressions, x), atol=0.02)


def test_inputs_outside_the_range_saturate_and_are_counted(make, tmp_path):
    chosen = expression_set(add(gauss(X0), mul(0.5, X1)), add(X0, mul(-0.5, X1)))
    graph, data = make(chosen), toy_data(chosen)
    far = np.zeros_like(data.x_test)
    far[:7, 0], far[5:10, 1] = 1e6, -1e6
    ends = np.array([node.interval for node in graph.inputs()])
    ports = input_mantissas(graph, far)
    assert (ports[:7, 0] == ends[0, 1]).all() and (ports[5:10, 1] == ends[1, 0]).all()
    true = evaluate(chosen.expressions, far)
    vectors, record = tmp_path / "vectors.npz", tmp_path / "reference.json"
    write_vectors(graph, data._replace(x_test=far), true, vectors, record)
    counted = json.loads(record.read_text())
    assert counted["saturated"] == {"f0": 7, "f1": 5} and counted["saturated_rows"] == 10


@pytest.mark.parametrize("value", [0.0, 0.5, -1.0])
def test_an_input_of_a_single_value_has_a_bit_and_is_proved(value, tmp_path):
    chosen = expression_set(add(gauss(X0), X1), X0)
    rows = np.array([[value, -1.0, 0.0], [value, 2.0, 0.0]])
    graph = uniform_graph(chosen, rows, FINE)
    executed(graph, rows)
    assert unproved(graph, tmp_path) == []
    assert all(port["width"] > 0 for port in ports(tmp_path))


CONSTANTS = {
    "0": Constant(0),
    "a quarter": Constant(0.25),
    "negative": Constant(-3),
    "less than a step": mul(1e-6, gauss(X1)),
}


@pytest.mark.parametrize("name", CONSTANTS)
@pytest.mark.parametrize("depth", [-1, 2])
def test_a_score_that_is_constant_has_a_bit_and_is_proved(name, depth, tmp_path):
    """da4ml gives a 0 no bit: the port of the class would be missing from the Verilog."""
    x = np.random.default_rng(0).normal(0, 1, (40, 3))
    chosen = expression_set(add(gauss(X0), mul(X1, X2)), CONSTANTS[name])
    graph = uniform_graph(chosen, x, FINE)
    executed(graph, x)
    assert unproved(graph, tmp_path, depth) == []
    assert all(port["width"] > 0 for port in ports(tmp_path))


def ports(folder):
    layout = read_json(folder / "rtl" / "interface.json")
    return [*layout["model_inp"], *layout["model_out"]]
