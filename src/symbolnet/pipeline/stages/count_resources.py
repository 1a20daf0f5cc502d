"""Stage `count_resources`: LUTs, flip-flops and the rest of the Verilog, counted by Yosys."""

from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import read_arrays, read_json, scratch
from symbolnet.config import Firmware
from symbolnet.errors import ToolError
from symbolnet.firmware.emit.interface import Layout
from symbolnet.firmware.evidence import synthesis
from symbolnet.firmware.evidence.netlist import has_gates, simulate_netlist
from symbolnet.firmware.evidence.node_counts import count_nodes
from symbolnet.firmware.evidence.result import labelled, precision_text, write_result
from symbolnet.firmware.graph.graph import Graph, load_graph
from symbolnet.pipeline.marks import In, Out
from symbolnet.progress import Meter

_LABEL = "Yosys counts after synthesis (not Vivado's): compare only with the same script"
# Where the netlist is not wanted, or has a DSP block or block RAM, which have no open model.
_UNKNOWN = {"vectors": None, "corner_vectors": None, "mismatches": None}


def count_resources(rtl: In, graph: In, vectors: In, resources: Out, spec: Firmware) -> None:
    """Synthesise the Verilog as configured and, if that takes DSP blocks, without them too.

    The last netlist is computed and held to the reference, bit by bit. Every node of the graph is
    counted alone as well, as configured.
    """
    synthesis.check_tools()
    interface, built = read_json(rtl / "interface.json"), load_graph(graph)
    meter = Meter("runs of Yosys", seconds=0)
    with scratch(resources) as folder:
        runs = synthesis.synthesise_all(rtl, folder, spec.dsp, spec.bram)
        meter.tell(len(runs), len(runs) + 1)
        alone = count_nodes(built, rtl, folder / "alone", spec.dsp, spec.bram)
        meter.tell(len(runs) + 1, len(runs) + 1)
    wanted = spec.netlist and has_gates(runs[-1].cells)
    compared = _compared(runs[-1].netlist, built, vectors, interface) if wanted else _UNKNOWN
    figures = {
        "label": labelled(_LABEL, built),
        "origin": "measured here by Yosys" + "; its netlist computed gate by gate" * wanted,
        "tool": "Yosys",
        "tool_version": runs[0].version,
        "part": synthesis.PART,
        "precision": precision_text(interface["precision"]),
        **compared,
        **runs[0].counts,
        "alone": alone,
        "runs": [
            synthesis.record(run, dsp, spec.bram)
            for run, dsp in zip(runs, [spec.dsp, False], strict=False)
        ],
    }
    write_result(resources, "resources", figures)


def _compared(netlist: str, graph: Graph, vectors: Path, interface: Layout) -> dict[str, Any]:
    """Return how many vectors the netlist and the reference agree on: all, or ToolError."""
    arrays = read_arrays(vectors)
    ports = np.concatenate([arrays["ports"], arrays["corner_ports"]])
    expected = np.concatenate([arrays["outputs"], arrays["corner_outputs"]])
    outputs = simulate_netlist(netlist, graph, interface, ports)
    wrong = np.flatnonzero((outputs != expected).any(axis=1))
    if len(wrong):
        raise ToolError(
            f"the netlist differs from the int64 reference in {len(wrong)} of {len(expected)}"
            f" vectors; first in row {wrong[0]}: {outputs[wrong[0]].tolist()}, reference"
            f" {expected[wrong[0]].tolist()}"
        )
    tested = len(arrays["ports"])
    return {"vectors": tested, "corner_vectors": len(ports) - tested, "mismatches": 0}
