"""Rivals: training on the grid, exact graphs, and the same flow as the formulas."""

import numpy as np
import pytest

from circuits import toy_data
from rival_case import MODEL, computed, exact, toy_rows
from symbolnet.artifact import read_json
from symbolnet.baselines.rivals.built import Built
from symbolnet.baselines.rivals.mlp import Network, add_scores, summary, train
from symbolnet.baselines.rivals.rival import graph_of, rival_of
from symbolnet.config import Mlp, RivalJob
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.errors import InputError
from symbolnet.firmware.emit.rtl import interpret
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.graph.graph import Graph, count_kinds, load_graph
from symbolnet.firmware.graph.nodes import Nodes
from symbolnet.firmware.graph.reference import input_mantissas, run
from symbolnet.pipeline.cli import main

SMALL = Mlp(hidden=[8, 6], epochs=12, batch=64, density=0.5, learning_rate=0.02)


def graph(network: Network, data: Dataset) -> Graph:
    nodes = Nodes()
    places = add_scores(nodes, network, SMALL)
    built = Built(places, network.scores_test, summary(network, SMALL))
    return graph_of("mlp", nodes, built, data, argmax=False)


@pytest.fixture(scope="module")
def trained():
    return toy_rows(labelled=True), train(toy_rows(), SMALL)


def test_it_learns_and_prunes(trained):
    data, network = trained
    right = network.scores_test.argmax(axis=1) == data.y_test
    assert right.mean() > 0.85
    for layer in network.layers:
        share = np.count_nonzero(layer.weights) / layer.weights.size
        assert 0.35 <= share <= 0.5 + 1 / layer.weights.size  # some of the kept ones round to 0
        assert np.abs(layer.weights).max() <= 31


def test_the_graph_computes_what_the_training_computed(trained):
    data, network = trained
    made = graph(network, data)
    assert np.array_equal(computed(made, data.x_test), network.scores_test)
    assert made.precision["weights"] == 3 * 8 + 8 * 6 + 6 * 3


def test_verilog_logic_of_a_network_is_exact(trained):
    data, network = trained
    made = graph(network, data)
    assert exact(made, 3 * data.x_test)


def test_units_without_inputs_are_constants(trained):
    data, network = trained
    first = network.layers[0]
    bare = first._replace(weights=first.weights * (np.arange(8) > 2)[:, None])
    cut = network._replace(layers=(bare, *network.layers[1:]))
    made = graph(cut, data)
    ports = input_mantissas(made, data.x_test)
    assert (interpret(trace(made), made, ports) == run(made, ports)).all()


def test_same_seed_same_network(trained):
    data, network = trained
    again = train(data, SMALL)
    assert all(
        np.array_equal(a.weights, b.weights)
        for a, b in zip(network.layers, again.layers, strict=True)
    )


def test_regression_is_refused(trained):
    with pytest.raises(InputError, match="leave `rivals` empty"):
        rival_of("mlp", trained[0]._replace(task="regression"), RivalJob(classifier=SMALL))


def test_stage(tmp_path):
    save_dataset(tmp_path / "dataset.npz", toy_data(MODEL, rows=300))
    names = {"graph": "graph.json", "vectors": "vectors.npz", "reference": "reference.json"}
    files = [part for n, f in names.items() for part in (f"--{n}", str(tmp_path / "mlp" / f))]
    files += ["--dataset", str(tmp_path / "dataset.npz")]
    spec = '{"classifier": {"kind": "mlp", "hidden": [6], "epochs": 3}}'
    assert main(["train_rival", *files, "--spec", spec]) == 0
    result = read_json(tmp_path / "mlp" / "reference.json", "firmware")
    assert result["max_error"] == 0 and result["accuracy_test"] == result["accuracy_float_test"]
    assert "weights of 6" in result["precision"]
    graph = load_graph(tmp_path / "mlp" / "graph.json")
    assert graph.model == "mlp" and count_kinds(graph)["quantise"] <= 6
