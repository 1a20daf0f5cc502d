"""Learned tables: within the budget and a word, pruned without a jump, exact and proved."""

import numpy as np
import pytest
import torch

from rival_case import computed, exact, toy_rows
from symbolnet.baselines.rivals.curves import Layers
from symbolnet.baselines.rivals.functions import Functions, estimated_luts, table_bits
from symbolnet.baselines.rivals.inputs import grids_of
from symbolnet.baselines.rivals.kan import MOST_INPUTS, train
from symbolnet.baselines.rivals.pruning import Edge, dispensable, ranked, rows_of, scores_without
from symbolnet.baselines.rivals.rival import rival_of
from symbolnet.config import Firmware, Kan, RivalJob, load_config
from symbolnet.errors import InputError
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.graph.graph import save_graph
from symbolnet.firmware.proof.certificate import prove

SMALL = Kan(luts=60, words=3, epochs=10, batch=64)


@pytest.fixture(scope="module")
def data():
    return toy_rows()


@pytest.fixture(scope="module")
def rival(data):
    return rival_of("kan", data, RivalJob(classifier=SMALL))


def random_functions(fraction=1):
    rng = np.random.default_rng(4)
    first = rng.integers(0, 8, (3, 64, 2))
    second = rng.integers(-4, 4, (2, 64, 3))
    return Functions(first, second, np.array([1, 0, 0]), fraction)


def layers():
    reached = torch.arange(64).expand(4, 64)
    return Layers((4, 3, 3), (6, 6), 3, reached, torch.Generator().manual_seed(1))


def test_it_learns_within_the_budget_and_without_overflow(data):
    grids = grids_of(data.x_train, SMALL.input_bits)
    functions = train(data, SMALL, grids)
    scores = functions.scores(grids.addresses(data.x_validation))
    assert (scores.argmax(axis=1) == data.y_validation).mean() > 0.85
    assert estimated_luts(functions) <= 60
    assert functions.first.min() == 0 and functions.first.max(axis=1).sum(axis=0).max() <= 63
    assert not functions.second[:, :, -1].any() and not functions.offsets[-1]


def test_the_graph_computes_what_the_training_computed(data, rival):
    assert np.array_equal(computed(rival.graph, data.x_test), rival.scores_test)
    assert rival.graph.precision["tables_of_words"] >= 2


def test_every_node_of_learned_tables_is_proved(rival, tmp_path):
    save_graph(tmp_path / "graph.json", rival.graph)
    write_rtl(rival.graph, tmp_path / "rtl", Firmware())
    made = prove(tmp_path / "graph.json", tmp_path / "rtl")
    assert made["nodes_proved"] == made["nodes_total"]


@pytest.mark.parametrize("argmax", [False, True])
def test_verilog_logic_of_learned_tables_is_exact(data, argmax):
    job = RivalJob(classifier=SMALL.model_copy(update={"epochs": 2}), argmax=argmax)
    graph = rival_of("kan", data, job).graph
    assert exact(graph, 3 * data.x_test)


def test_same_seed_same_tables(data, rival):
    assert rival_of("kan", data, RivalJob(classifier=SMALL)).graph == rival.graph


def test_integers_and_training_agree():
    model = layers()
    addresses = torch.randint(0, 64, (200, 4), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        scores = model(addresses).double().numpy()
    assert np.allclose(model.functions().scores(addresses.numpy()), scores, atol=1e-6)


def test_a_dropped_table_leaves_its_mean_behind():
    model = layers()
    addresses = np.random.default_rng(0).integers(0, 64, (500, 4))
    before = model.functions()
    rows = rows_of(before, addresses, np.zeros(500, np.int64))
    gone = torch.zeros(4, 3, dtype=torch.bool)
    gone[2, 1] = True
    expected = scores_without(before, rows, Edge(0, 2, 1))
    means = torch.full((4, 3), float(before.first[2, addresses[:, 2], 1].mean()))
    model.drop(0, gone, means)
    after = model.functions()
    assert not after.first[2, :, 1].any()
    assert after.first[:, :, 1].max(axis=1).sum() > 55  # what is left fills the word again
    assert np.abs(after.scores(addresses) - expected).mean() < 0.15 * np.std(expected)


def test_a_word_that_nothing_is_left_of_leaves_no_table():
    model = layers()
    gone = torch.zeros(4, 3, dtype=torch.bool)
    gone[:, 0] = True
    model.drop(0, gone, torch.full((4, 3), 8.0))
    assert not model.functions().second[0].any()
    gone = torch.zeros(3, 3, dtype=torch.bool)
    gone[1] = True
    model.drop(1, gone, torch.zeros(3, 3))
    assert not model.functions().first[:, :, :2].any()


def test_a_table_without_effect_goes_first():
    functions = random_functions()
    functions.first[1, :, 0] = 3  # the same at every address
    rng = np.random.default_rng(5)
    addresses, masks = rng.integers(0, 64, (400, 3)), (np.ones((3, 2)), np.ones((2, 3)))
    y = functions.scores(addresses).argmax(axis=1)
    edges = ranked(functions, rows_of(functions, addresses, y), masks)
    assert len(edges) == 12
    (first,) = dispensable(functions, rows_of(functions, addresses, y), masks, 1e-4)
    assert first == Edge(0, 1, 0)
    masks[0][1, 0] = 0
    left = ranked(functions, rows_of(functions, addresses, y), masks)
    assert Edge(0, 1, 0) not in left
    losses = scores_without(functions, rows_of(functions, addresses, y), Edge(0, 1, 0))
    assert np.array_equal(losses, functions.scores(addresses))


def test_luts_are_counted_by_bits():
    functions = random_functions()
    assert table_bits(functions.first).tolist() == [[3, 3]] * 3
    # 3 bits in 6 tables of inputs and 6 of words; two adders a word and one a score.
    assert estimated_luts(functions) == 12 * 3 + 2 * 2 * 3 + 3 * 3


def test_what_learned_tables_refuse(data):
    constant = data._replace(x_train=np.ones_like(data.x_train))
    with pytest.raises(InputError, match=r"an input that varies.*constant inputs"):
        rival_of("kan", constant, RivalJob(classifier=SMALL))
    names = tuple(f"x{i}" for i in range(MOST_INPUTS + 1))
    with pytest.raises(InputError, match=r"at most 64 inputs for learned tables.*65"):
        rival_of("kan", data._replace(feature_names=names), RivalJob(classifier=SMALL))
    starved = SMALL.model_copy(update={"luts": 0.5, "epochs": 1})
    with pytest.raises(InputError, match="scores that are constant"):
        rival_of("kan", data, RivalJob(classifier=starved))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"luts": 9}, "classifiers.k.kan.luts: .*greater than or equal to 10"),
        ({"word_bits": 2}, "classifiers.k.kan.word_bits"),
        ({"fraction": -1}, "classifiers.k.kan.fraction"),
        ({"depth": 3}, "classifiers.k.kan.depth: unknown key"),
    ],
)
def test_settings_out_of_range_are_named(wrong, words):
    with pytest.raises(InputError, match=words):
        load_config({"classifiers": {"k": {"kind": "kan"} | wrong}})
