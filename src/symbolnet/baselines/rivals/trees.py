"""Boosted oblivious trees as a graph: bits of comparisons address tables of scores.

What FQTree and TreeLUT make of boosted trees, with one set of comparisons a tree for all classes.
"""

from typing import NamedTuple

import numpy as np

from symbolnet.baselines.rivals.boosting import (
    Leaves,
    Tree,
    boosted,
    cross_entropy,
    refitted,
)
from symbolnet.baselines.rivals.built import Built, side_by_side, sum_of_tables
from symbolnet.baselines.rivals.inputs import Grids, grids_of
from symbolnet.config import Trees
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.firmware.graph.nodes import Nodes

RIDGES = (1.0, 10.0, 50.0)  # of the leaves; tried on validation rows
FRACTIONS = (0, 1, 2, 3)  # fraction bits of the leaves; likewise
MOST_INPUTS = 256  # every level of every tree makes histograms of all of them


class Forest(NamedTuple):
    """Trees on the grids of their inputs, and their rounded leaves."""

    grids: Grids
    trees: tuple[Tree, ...]
    leaves: Leaves

    def numbers(self, x: np.ndarray) -> np.ndarray:
        """Return the number of the leaf (n, trees) of standardised inputs (n, d)."""
        return _numbers(self.trees, self.grids.mantissas(x))

    def scores(self, x: np.ndarray) -> np.ndarray:
        """Return the scores (n, classes) of standardised inputs (n, d)."""
        return self.leaves.scores(self.numbers(x))


class Rows(NamedTuple):
    """Numbers of the leaves (n, trees) and classes (n,) of rows."""

    numbers: np.ndarray
    y: np.ndarray


def build(dataset: Dataset, spec: Trees, nodes: Nodes) -> Built:
    """Train trees and add their nodes."""
    forest = train(dataset, spec)
    places = add_scores(nodes, forest)
    return Built(places, forest.scores(dataset.x_test), summary(forest, spec))


def train(dataset: Dataset, spec: Trees) -> Forest:
    """Grow trees on training rows; refit their leaves, the best of them by validation rows."""
    _check_width(dataset)
    grids = grids_of(dataset.x_train, spec.input_bits)
    x, classes = grids.mantissas(dataset.x_train), len(dataset.class_names)
    low = grids.ends[0]
    grown = boosted(x - low, dataset.y_train, classes, spec.trees, spec.depth, spec.shrinkage)
    trees = tuple(tree._replace(thresholds=_moved(tree, low)) for tree in grown)
    if not trees:
        do = "leave this rival out of `rivals`"
        raise InputError("an input that tells classes apart", "no comparison that does", do)
    known = Rows(_numbers(trees, x), dataset.y_train)
    judged = _numbers(trees, grids.mantissas(dataset.x_validation))
    leaves = _chosen(spec, classes, known, Rows(judged, dataset.y_validation))
    return Forest(grids, trees, leaves)


def _check_width(dataset: Dataset) -> None:
    inputs = len(dataset.feature_names)
    if inputs > MOST_INPUTS:
        do = "leave trees out of `rivals` for this data set"
        raise InputError(f"at most {MOST_INPUTS} inputs for trees", f"{inputs}", do)


def _moved(tree: Tree, by: int) -> tuple[int, ...]:
    return tuple(threshold + by for threshold in tree.thresholds)


def _numbers(trees: tuple[Tree, ...], mantissas: np.ndarray) -> np.ndarray:
    return np.stack([tree.leaves(mantissas) for tree in trees], axis=1)


def _chosen(spec: Trees, classes: int, train: Rows, validation: Rows) -> Leaves:
    """Return the leaves of the ridge, grid and pass with the least loss on validation rows."""
    best, least = None, np.inf
    for fraction in FRACTIONS:
        for ridge in RIDGES:
            shape = train.numbers.shape[1], 1 << spec.depth, classes
            leaves = Leaves(np.zeros(shape, np.int64), fraction)
            for _ in range(spec.refits):
                leaves = refitted(leaves, *train, ridge, spec.leaf_bits)
                loss = cross_entropy(leaves.scores(validation.numbers), validation.y)
                if best is None or loss < least:
                    best, least = leaves, loss
    assert best is not None
    return best


def add_scores(nodes: Nodes, forest: Forest) -> list[int]:
    """Add comparisons, tables of leaves and sums; return the places of the scores."""
    addresses = [_address(nodes, forest.grids, tree) for tree in forest.trees]
    fraction, values = forest.leaves.fraction, forest.leaves.mantissas
    scores = []
    for k in range(values.shape[2]):
        rows = zip(addresses, values[:, :, k].tolist(), strict=True)
        reached = [(place, row[: nodes[place].interval[1] + 1]) for place, row in rows]
        scores.append(sum_of_tables(nodes, reached, fraction))
    return scores


def _address(nodes: Nodes, grids: Grids, tree: Tree) -> int:
    """Add the number of a tree's leaf: its comparisons side by side."""
    pairs = zip(tree.inputs, tree.thresholds, strict=True)
    return side_by_side(nodes, (grids.comparison(nodes, i, threshold) for i, threshold in pairs))


def summary(forest: Forest, spec: Trees) -> dict[str, int]:
    """Return the formats, and how many trees and different comparisons there are."""
    pairs = [pair for tree in forest.trees for pair in zip(*tree, strict=True)]
    bits = spec.model_dump(include={"input_bits", "leaf_bits"})
    return bits | {"trees": len(forest.trees), "comparisons": len(set(pairs))}
