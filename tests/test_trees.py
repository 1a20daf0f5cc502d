"""Oblivious trees: exhaustive truth for a comparison, rounded leaves, exact graphs, refusals."""

import itertools

import numpy as np
import pytest

from rival_case import computed, exact, toy_rows
from symbolnet.baselines.rivals.boosting import Leaves, Tree, boosted, cross_entropy, refitted
from symbolnet.baselines.rivals.inputs import grids_of
from symbolnet.baselines.rivals.rival import rival_of
from symbolnet.baselines.rivals.trees import MOST_INPUTS, train
from symbolnet.config import RivalJob, Trees, load_config
from symbolnet.errors import InputError
from symbolnet.firmware.graph.graph import count_kinds

SMALL = Trees(trees=6, depth=4, input_bits=6, leaf_bits=5, refits=4)


@pytest.fixture(scope="module")
def data():
    return toy_rows()


def test_it_learns(data):
    right = train(data, SMALL).scores(data.x_validation).argmax(axis=1) == data.y_validation
    assert right.mean() > 0.8


def test_the_graph_computes_what_the_training_computed(data):
    rival = rival_of("trees", data, RivalJob(classifier=SMALL))
    assert np.array_equal(computed(rival.graph, data.x_test), rival.scores_test)
    assert rival.graph.precision["trees"] == 6
    # One bit for each comparison, and a table for each tree and class but the last, which is 0.
    tables = rival.graph.precision["comparisons"] + 6 * 2
    assert count_kinds(rival.graph)["table"] <= tables


@pytest.mark.parametrize("argmax", [False, True])
def test_verilog_logic_of_trees_is_exact(data, argmax):
    graph = rival_of("trees", data, RivalJob(classifier=SMALL, argmax=argmax)).graph
    assert exact(graph, 3 * data.x_test)


def test_same_rows_same_trees(data):
    job = RivalJob(classifier=SMALL)
    assert rival_of("trees", data, job).graph == rival_of("trees", data, job).graph


def test_the_first_comparison_is_the_best_of_all():
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 8, (200, 3)), rng.integers(0, 2, 200)
    y[x[:, 1] > 4] = 1
    (tree,) = boosted(x, y, 2, trees=1, depth=1, shrinkage=1.0)

    def gain(index: int, threshold: int) -> float:
        sides = [x[:, index] > threshold, x[:, index] <= threshold]
        slopes = [(0.5 - y[side]).sum() for side in sides]  # of one class; of the other, minus it
        rows = [side.sum() for side in sides]
        return sum(s**2 / (0.25 * n + 5) for s, n in zip(slopes, rows, strict=True))

    best = max(itertools.product(range(3), range(8)), key=lambda pair: gain(*pair))
    assert (tree.inputs[0], tree.thresholds[0]) == best


def test_a_leaf_is_numbered_by_its_comparisons():
    tree = Tree((0, 1, 0), (2, 0, 5))
    rows = np.array([[3, 0], [2, 1], [6, 1], [0, 0]])
    assert tree.leaves(rows).tolist() == [0b001, 0b010, 0b111, 0b000]


def test_refits_lower_the_loss_and_keep_the_bits(data):
    numbers = Tree((0, 1), (0, 0)).leaves(data.x_train)[:, None]
    start = Leaves(np.zeros((1, 4, 3), np.int64), 1)
    found = refitted(start, numbers, data.y_train, ridge=1.0, bits=3)
    losses = [cross_entropy(one.scores(numbers), data.y_train) for one in (start, found)]
    assert losses[1] < losses[0] - 0.1
    assert found.mantissas.min() >= -4 and found.mantissas.max() <= 3
    assert not found.mantissas[:, :, -1].any()


def test_inputs_fill_their_grid():
    x = np.random.default_rng(0).normal(0, 1, (5000, 2)) * [1.0, 0.01]
    grids = grids_of(x, 6)
    inside = np.abs(x) <= 31 * 2.0 ** -np.array(grids.fractions)
    assert (inside.mean(axis=0) >= 0.99).all()
    finer = np.abs(x) <= 31 * 2.0 ** -np.array([f + 1 for f in grids.fractions])
    assert (finer.mean(axis=0) < 0.99).all()


def test_what_trees_refuse(data):
    job = RivalJob(classifier=SMALL)
    constant = data._replace(x_train=np.ones_like(data.x_train))
    with pytest.raises(InputError, match=r"an input that varies.*constant inputs"):
        rival_of("trees", constant, job)
    row = np.arange(900)
    x = np.where((row // 3 % 2)[:, None], 1.0, -1.0) * np.ones((1, 3))
    alike = data._replace(x_train=x.astype(np.float32), y_train=row % 3)
    with pytest.raises(InputError, match="an input that tells classes apart"):
        rival_of("trees", alike, job)
    names = tuple(f"x{i}" for i in range(MOST_INPUTS + 1))
    with pytest.raises(InputError, match=r"at most 256 inputs for trees.*257"):
        rival_of("trees", data._replace(feature_names=names), job)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"depth": 9}, "classifiers.t.trees.depth: .*less than or equal to 8"),
        ({"depth": 0}, "classifiers.t.trees.depth"),
        ({"input_bits": 1}, "classifiers.t.trees.input_bits"),
        ({"leaf_bits": 11}, "classifiers.t.trees.leaf_bits"),
        ({"trees": 0}, "classifiers.t.trees.trees"),
        ({"hidden": [3]}, "classifiers.t.trees.hidden: unknown key"),
        ({"kind": "forest"}, "classifiers.t: .*'mlp'"),
        ({"kind": None}, "classifiers.t"),
    ],
)
def test_settings_out_of_range_are_named(wrong, words):
    with pytest.raises(InputError, match=words):
        load_config({"classifiers": {"t": {"kind": "trees"} | wrong}})


def test_a_rival_without_a_kind_is_told_so():
    with pytest.raises(InputError, match=r"classifiers\.t: the key 'kind' is missing"):
        load_config({"classifiers": {"t": {"depth": 3}}})
