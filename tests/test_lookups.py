"""Networks of six-input lookup tables: truth by hand, exact and proved graphs, refusals."""

import itertools

import numpy as np
import pytest
import torch

from rival_case import computed, exact, toy_rows
from symbolnet.baselines.rivals.built import Built
from symbolnet.baselines.rivals.inputs import Grids, grids_of
from symbolnet.baselines.rivals.lookups import LookedUp, Lookups, Wired
from symbolnet.baselines.rivals.lut import MOST_BITS, Layer, Network, add_scores, summary, train
from symbolnet.baselines.rivals.rival import graph_of, rival_of
from symbolnet.baselines.rivals.thermometer import Thermometer, thermometer_of
from symbolnet.config import Firmware, Lut, RivalJob, load_config
from symbolnet.errors import InputError
from symbolnet.firmware.emit import trace as emit_trace
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.graph.graph import save_graph
from symbolnet.firmware.graph.nodes import Nodes
from symbolnet.firmware.proof.certificate import prove

SMALL = Lut(layers=[24, 18], thresholds=7, epochs=12, batch=64)


@pytest.fixture(scope="module")
def data():
    return toy_rows()


@pytest.fixture(scope="module")
def rival(data):
    return rival_of("lut", data, RivalJob(classifier=SMALL))


def test_it_learns(data):
    right = train(data, SMALL).scores(data.x_validation).argmax(axis=1) == data.y_validation
    assert right.mean() > 0.75


def test_the_graph_computes_what_the_training_computed(data, rival):
    assert np.array_equal(computed(rival.graph, data.x_test), rival.scores_test)
    assert rival.graph.precision["lookups"] == 42
    assert rival.graph.precision["input_comparisons"] <= 21


def test_every_node_of_lookups_is_proved(rival, tmp_path):
    save_graph(tmp_path / "graph.json", rival.graph)
    write_rtl(rival.graph, tmp_path / "rtl", Firmware())
    made = prove(tmp_path / "graph.json", tmp_path / "rtl")
    assert made["nodes_proved"] == made["nodes_total"]


@pytest.mark.parametrize("bits", [1, 6])
def test_verilog_logic_of_lookups_is_exact(data, bits):
    spec = SMALL.model_copy(update={"epochs": 2, "input_bits": bits})
    x = data.x_train if bits > 1 else np.abs(data.x_train)
    some = data._replace(x_train=x)
    for argmax in (False, True):
        graph = rival_of("lut", some, RivalJob(classifier=spec, argmax=argmax)).graph
        assert exact(graph, 3 * data.x_test)
    assert {node.format.width for node in graph.inputs()} == {bits}


def test_addresses_share_no_adders(rival, monkeypatch):
    """da4ml's search for what sums share takes minutes for hundreds of addresses."""
    together, sums = [], emit_trace._sums
    monkeypatch.setattr(
        emit_trace, "_sums", lambda g, p, r: together.append(len(p)) or sums(g, p, r)
    )
    trace(rival.graph)
    assert together.count(1) >= 42 and max(together) <= 3


def test_same_seed_same_network(data, rival):
    assert rival_of("lut", data, RivalJob(classifier=SMALL)).graph == rival.graph


def test_tables_of_one_value_and_wires_that_meet(data):
    """A table that is constant, two alike, and one that reads the same bit twice."""
    grids = grids_of(data.x_train, 4)
    thermometer = Thermometer(grids, (0, 1, 2), (0, 1, -1))
    wires = np.array(
        [[0, 1, 2, 0, 1, 2], [0, 0, 0, 0, 0, 0], [2, 1, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]]
    )
    rng = np.random.default_rng(0)
    contents = rng.integers(0, 2, (4, 64)).astype(np.uint8)
    contents[2], contents[3] = 1, contents[0]
    first = Layer(wires, contents)
    second = Layer(rng.integers(0, 4, (6, 6)), rng.integers(0, 2, (6, 64)).astype(np.uint8))
    owners = np.array([0, 1, 2, 0, 1, 2])
    for layers in ((first,), (first, second)):
        network = Network(thermometer, layers, owners[: len(layers[-1].wires)], 3)
        nodes = Nodes()
        built = Built(
            add_scores(nodes, network), network.scores(data.x_test), summary(network, SMALL)
        )
        graph = graph_of("lut", nodes, built, data, argmax=False)
        assert np.array_equal(computed(graph, data.x_test), built.scores_test)
        assert exact(graph, data.x_test)


def test_a_table_looks_up_what_its_bits_number():
    address = torch.tensor(list(itertools.product([0.0, 1.0], repeat=6)))
    contents = torch.rand(2, 64, generator=torch.Generator().manual_seed(0)) - 0.5
    found = LookedUp.apply(address[:, None, :].expand(-1, 2, -1), contents)
    numbers = (address @ 2.0 ** torch.arange(6)).long()
    assert torch.equal(found, (contents > 0).float()[:, numbers].T)


def test_slopes_of_an_address_tell_what_a_bit_does():
    contents = torch.full((1, 64), -1.0)
    contents[0, torch.arange(64) & 4 > 0] = 1.0  # the third bit
    contents.requires_grad_(True)
    address = torch.zeros(1, 1, 6, requires_grad=True)
    LookedUp.apply(address, contents).sum().backward()
    slopes = address.grad[0, 0]
    assert slopes[2] > 1 and torch.allclose(slopes[[0, 1, 3, 4, 5]], torch.zeros(5), atol=1e-5)
    assert contents.grad.flatten().tolist() == [1.0] + [0.0] * 63


def test_wires_take_the_largest_score_and_learn_of_all_bits():
    bits = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    scores = torch.tensor([[0.0, 3.0, 1.0]], requires_grad=True)
    wired = Wired.apply(bits, scores)
    assert wired.flatten().tolist() == [0.0, 0.0]
    wired.sum().backward()
    assert scores.grad[0, 2] > scores.grad[0, 1]  # a larger score of the last bit adds ones


def test_classes_count_their_own_tables():
    model = Lookups(8, [5], 2, torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.contents[0][:] = torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0])[:, None]
        counts = model(torch.zeros(1, 8)) / model.sharpness.exp()
    assert torch.allclose(counts, torch.tensor([[2.0, 1.0]]))


def test_thresholds_are_quantiles_that_vary():
    x = np.linspace(-2, 2, 4000)[:, None] * [1.0, 0.0]
    found = thermometer_of(grids_of(x, 6), x, 3)
    assert set(found.inputs) == {0} and len(found.thresholds) == 3
    assert np.allclose(found.bits(x).mean(axis=0), [0.75, 0.5, 0.25], atol=0.03)
    pixels = np.array([[0.0], [1.0], [0.2], [0.7]])
    one = thermometer_of(Grids(1, (0,), np.array([True])), pixels, 5)
    assert one.bits(pixels).tolist() == [[0], [1], [0], [1]]


def test_what_lookups_refuse(data):
    low = data._replace(x_train=np.minimum(data.x_train, 0))
    spec = SMALL.model_copy(update={"input_bits": 1})
    with pytest.raises(InputError, match=r"a bit of the inputs that varies.*all constant"):
        rival_of("lut", low, RivalJob(classifier=spec))
    few = SMALL.model_copy(update={"layers": [9, 2]})
    with pytest.raises(InputError, match=r"a lookup table for each of 3 classes.*2 in the last"):
        rival_of("lut", data, RivalJob(classifier=few))
    copies = MOST_BITS // 21 + 1
    wide = data._replace(
        x_train=np.tile(data.x_train, (1, copies)), feature_names=data.feature_names * copies
    )
    with pytest.raises(InputError, match=r"at most 2048 bits of all inputs"):
        rival_of("lut", wide, RivalJob(classifier=SMALL))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"layers": []}, "classifiers.l.lut.layers"),
        ({"input_bits": 0}, "classifiers.l.lut.input_bits"),
        ({"thresholds": 0}, "classifiers.l.lut.thresholds"),
        ({"trees": 3}, "classifiers.l.lut.trees: unknown key"),
    ],
)
def test_settings_out_of_range_are_named(wrong, words):
    with pytest.raises(InputError, match=words):
        load_config({"classifiers": {"l": {"kind": "lut"} | wrong}})
