"""Stage `count_resources`: LUTs, flip-flops and the rest of the Verilog, counted by Yosys."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import read_arrays, read_json, scratch
from symbolnet.config import Firmware
from symbolnet.errors import ToolError
from symbolnet.firmware import simulate, synthesis
from symbolnet.firmware.graph import load_graph
from symbolnet.firmware.netlist import can_simulate, simulate_netlist
from symbolnet.firmware.result import labelled, precision_text, write_result
from symbolnet.progress import Meter

_LABEL = "Yosys counts after synthesis (not Vivado's): compare only with the same script"


def count_resources(rtl: Path, graph: Path, vectors: Path, resources: Path, spec: Firmware) -> None:
    """Synthesise the Verilog as configured and, if that takes DSP blocks, without them too.

    The last netlist is simulated and held to the reference, bit by bit.
    """
    synthesis.check_tools()
    if spec.netlist:
        simulate.check_tools()
    interface = read_json(rtl / "interface.json")
    meter = Meter("runs of Yosys and Verilator", seconds=0)
    with scratch(resources) as folder:
        runs = synthesis.synthesise_all(rtl, folder, spec.dsp, spec.bram)
        meter.tell(len(runs), len(runs) + spec.netlist)
        simulated = _simulated(runs[-1], graph, vectors, folder / "netlist", spec)
    allowed, checked = [spec.dsp, False], simulated["mismatches"] is not None
    figures = {
        "label": labelled(_LABEL, load_graph(graph)),
        "origin": "measured here by Yosys" + ", simulated by Verilator" * checked,
        "tool": "Yosys" + " and Verilator" * checked,
        "tool_version": runs[0].version + f", {version('verilator')}" * checked,
        "part": synthesis.PART,
        "precision": precision_text(interface["precision"]),
        **simulated,
        **runs[0].counts,
        "runs": [
            synthesis.record(run, dsp, spec.bram) for run, dsp in zip(runs, allowed, strict=False)
        ],
    }
    write_result(resources, "resources", figures)


def _simulated(
    run: synthesis.Synthesis, graph: Path, vectors: Path, folder: Path, spec: Firmware
) -> dict[str, Any]:
    """Return the vectors run through a netlist; none if not wanted or a cell has no open model."""
    if not spec.netlist or not can_simulate(run.cells):
        return {"vectors": None, "corner_vectors": None, "mismatches": None}
    arrays = read_arrays(vectors)
    ports = np.concatenate([arrays["ports"], arrays["corner_ports"]])
    expected = np.concatenate([arrays["outputs"], arrays["corner_outputs"]])
    outputs = simulate_netlist(load_graph(graph), ports, run.netlist, folder, spec)
    wrong = np.flatnonzero((outputs != expected).any(axis=1))
    if len(wrong):
        raise ToolError(
            f"the netlist differs from the int64 reference in {len(wrong)} of {len(expected)}"
            f" vectors; first in row {wrong[0]}: {outputs[wrong[0]].tolist()}, reference"
            f" {expected[wrong[0]].tolist()}"
        )
    tested = len(arrays["ports"])
    return {"vectors": tested, "corner_vectors": len(ports) - tested, "mismatches": 0}
