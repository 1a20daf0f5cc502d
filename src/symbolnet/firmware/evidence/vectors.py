"""The int64 reference on the test set and on corner vectors: figures, and vectors to simulate."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import write_arrays
from symbolnet.data.dataset import Dataset
from symbolnet.errors import ToolError
from symbolnet.firmware.evidence.result import (
    Figures,
    compared,
    constant_decision,
    labelled,
    precision_text,
    test_scores,
    write_result,
)
from symbolnet.firmware.graph.graph import Graph, count_kinds
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas, run, saturated, scores

_LABEL = "fixed point, inputs quantised, computed by the int64 reference"


def vectors_of(graph: Graph, ports: np.ndarray) -> dict[str, np.ndarray]:
    """Return port words (n, inputs), those of corners, and what the reference makes of both."""
    corners = corner_ports(graph)
    return {
        "ports": ports,
        "outputs": run(graph, ports),
        "corner_ports": corners,
        "corner_outputs": run(graph, corners),
    }


def together(vectors: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the ports and the outputs of all vectors, corners last."""
    kinds = ("ports", "outputs")
    ports, outputs = (np.concatenate([vectors[k], vectors[f"corner_{k}"]]) for k in kinds)
    return ports, outputs


def numbers_of(vectors: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Return how many rows and how many corners there are."""
    return {"vectors": len(vectors["ports"]), "corner_vectors": len(vectors["corner_ports"])}


def mismatches(outputs: np.ndarray, expected: np.ndarray, tool: str) -> int:
    """Count vectors that differ in any bit; raise ToolError naming the first of them."""
    wrong = np.flatnonzero((outputs != expected).any(axis=1))
    if len(wrong):
        row = wrong[0]
        raise ToolError(
            f"{tool} differs from the int64 reference in {len(wrong)} of {len(expected)} vectors;"
            f" first in row {row}: {outputs[row].tolist()}, reference {expected[row].tolist()}"
        )
    return len(wrong)


def agreement(
    graph: Graph, vectors: Mapping[str, np.ndarray], found: int, interpreted: int
) -> Figures:
    """Return what was compared: all vectors, by a tool and by an interpreter."""
    return {
        "part": None,
        "precision": precision_text(graph.precision),
        **numbers_of(vectors),
        "mismatches": found,
        "interpreter_mismatches": interpreted,
    }


def write_vectors(
    graph: Graph, data: Dataset, true: np.ndarray, vectors: Path, reference: Path
) -> None:
    """Run the reference; compare it with the float scores `true` (n, classes) of the test set."""
    arrays = vectors_of(graph, input_mantissas(graph, data.x_test))
    outputs = arrays["outputs"]
    fixed, outside = scores(graph, outputs), saturated(graph, data.x_test)
    names = [graph.feature_names[node.variable] for node in graph.inputs()]
    figures = {
        "label": labelled(_LABEL, graph),
        "origin": "measured here by the int64 reference in numpy",
        "tool": "symbolnet",
        "tool_version": version("symbolnet"),
        "part": None,
        "precision": precision_text(graph.precision),
        **test_scores(data, fixed, true, ordered=graph.decision() is None),
        **compared(fixed, true, is_decision=graph.decision() is not None),
        **numbers_of(arrays),
        "saturated_rows": int(outside.any(axis=1).sum()),
        "saturated": {name: int(n) for name, n in zip(names, outside.sum(axis=0), strict=True)},
        "nodes": count_kinds(graph),
    }
    write_arrays(vectors, arrays)
    write_result(reference, "reference", figures)
    _warn(figures)


def _warn(figures: dict[str, Any]) -> None:
    """Say what an accuracy alone would hide: that the class is the same in every row."""
    name = constant_decision(figures)
    if name is not None:
        several = sum(rows > 0 for rows in figures["decided_float_test"].values())
        told = "so do the formulas" if several < 2 else f"the formulas tell {several} classes apart"
        print(f"warning: all {figures['vectors']} test rows are decided to be {name}; {told}")
