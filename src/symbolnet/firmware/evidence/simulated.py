"""The Verilog of a graph run by Verilator, and da4ml's interpreter, held to every vector."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np

from symbolnet.config import Firmware
from symbolnet.firmware.emit.rtl import interpret
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.evidence.result import Figures, labelled
from symbolnet.firmware.evidence.simulate import check_tools, simulate
from symbolnet.firmware.evidence.vectors import agreement, mismatches, together
from symbolnet.firmware.graph.graph import Graph

_LABEL = "Verilog from da4ml, simulated by Verilator, held to the reference bit by bit"


def simulated(
    graph: Graph, vectors: Mapping[str, np.ndarray], spec: Firmware, scratch: Path
) -> Figures:
    """Return what the simulation of all vectors found; raise ToolError at a single difference."""
    check_tools()
    ports, expected = together(vectors)
    interpreted = mismatches(interpret(trace(graph), graph, ports), expected, "da4ml")
    simulation = simulate(graph, ports, scratch / "rtl", spec)
    found = mismatches(simulation.outputs, expected, "Verilator")
    return {
        "label": labelled(_LABEL, graph),
        "origin": "measured here by Verilator",
        "tool": "da4ml and Verilator",
        "tool_version": f"{version('da4ml')}, {version('verilator')}",
        **agreement(graph, vectors, found, interpreted),
        "latency_cycles": simulation.latency_cycles,
        "initiation_interval": 1,
    }
