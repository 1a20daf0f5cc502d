"""A rival of any kind: trained, and as the fixed-point graph that hardware is made of."""

from typing import Any, NamedTuple

import numpy as np

from symbolnet.baselines.rivals import kan, lut, mlp, trees
from symbolnet.baselines.rivals.built import Built
from symbolnet.config import RivalJob
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.firmware.build.conversion import standards_of
from symbolnet.firmware.graph.graph import Graph, Input, check
from symbolnet.firmware.graph.nodes import Nodes

_KINDS: dict[str, Any] = {
    "kan": kan.build,
    "lut": lut.build,
    "mlp": mlp.build,
    "trees": trees.build,
}


class Rival(NamedTuple):
    """A graph, and its scores (n, classes) of the test rows in the arithmetic of the training."""

    graph: Graph
    scores_test: np.ndarray


def rival_of(name: str, dataset: Dataset, job: RivalJob) -> Rival:
    """Train a rival and return its graph; test rows are used for nothing but their scores.

    Raise InputError where the data set has no classes, or nothing that tells them apart.
    """
    if dataset.task != "classification":
        raise InputError("classes for a rival", dataset.task, "leave `rivals` empty")
    nodes = Nodes()
    built = _KINDS[job.classifier.kind](dataset, job.classifier, nodes)
    graph = graph_of(name, nodes, built, dataset, job.argmax)
    return Rival(graph, built.scores_test)


def graph_of(name: str, nodes: Nodes, built: Built, dataset: Dataset, argmax: bool) -> Graph:
    """Return the graph of scores that are among the nodes, or of the number of the largest."""
    read = [node.variable for node in nodes.list if isinstance(node, Input)]
    if not read:
        do = "leave this rival out of `rivals`, or give it other rows"
        raise InputError("a rival that reads an input", "scores that are constant", do)
    if argmax:
        nodes.argmax(built.scores, dataset.class_names)
    else:
        for place, class_name in zip(built.scores, dataset.class_names, strict=True):
            nodes.output(place, class_name)
    scaler = standards_of(dataset, read)
    names, listed = dataset.feature_names, tuple(nodes.list)
    graph = Graph(name, names, built.precision, listed, scaler=scaler)
    check(graph)
    return graph
