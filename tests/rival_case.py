"""Rows that the rivals are trained on in tests, and what each rival's graph is held to."""

import numpy as np

from circuits import X0, X1, X2, apply, expression_set, toy_data
from symbolnet.data.dataset import Dataset
from symbolnet.firmware.emit.rtl import interpret
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.graph.graph import Graph
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas, real_outputs, run

MODEL = expression_set(apply("tanh", X0), X1, X2)


def toy_rows(labelled: bool = False) -> Dataset:
    """Return 900 rows; the labels of the test set are no class, unless they are asked for."""
    found = toy_data(MODEL, rows=900)
    return found if labelled else found._replace(y_test=np.full_like(found.y_test, -1))


def exact(graph: Graph, x: np.ndarray) -> bool:
    """Tell whether da4ml's interpreter computes what the reference does, at rows and corners."""
    ports = np.concatenate([input_mantissas(graph, x), corner_ports(graph, 64)])
    return bool((interpret(trace(graph), graph, ports) == run(graph, ports)).all())


def computed(graph: Graph, x: np.ndarray) -> np.ndarray:
    """Return the scores (n, classes) of the reference."""
    return real_outputs(graph, run(graph, input_mantissas(graph, x)))
