"""LUTs, flip-flops and the rest of the Verilog, counted by Yosys; its netlist computed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import read_json
from symbolnet.config import Firmware
from symbolnet.firmware.emit.interface import Layout
from symbolnet.firmware.evidence import synthesis
from symbolnet.firmware.evidence.netlist import has_gates, simulate_netlist
from symbolnet.firmware.evidence.node_counts import count_nodes
from symbolnet.firmware.evidence.result import Figures, labelled, precision_text
from symbolnet.firmware.evidence.vectors import mismatches, numbers_of, together
from symbolnet.firmware.graph.graph import Graph
from symbolnet.progress import Meter

_LABEL = "Yosys counts after synthesis (not Vivado's): compare only with the same script"
# Where the netlist is not wanted, or has a DSP block or block RAM, which have no open model.
_UNKNOWN = {"vectors": None, "corner_vectors": None, "mismatches": None}


def counted(
    rtl: Path, graph: Graph, vectors: Mapping[str, np.ndarray], spec: Firmware, scratch: Path
) -> Figures:
    """Synthesise the Verilog as configured and, if that takes DSP blocks, without them too.

    The last netlist is computed and held to the reference, bit by bit. Every node of the graph is
    counted alone as well, as configured.
    """
    synthesis.check_tools()
    interface: Layout = read_json(rtl / "interface.json")
    meter = Meter("runs of Yosys", seconds=0)
    runs = synthesis.synthesise_all(rtl, scratch, spec.dsp, spec.bram)
    meter.tell(len(runs), len(runs) + 1)
    alone = count_nodes(graph, rtl, scratch / "alone", spec.dsp, spec.bram)
    meter.tell(len(runs) + 1, len(runs) + 1)
    wanted = spec.netlist and has_gates(runs[-1].cells)
    compared = _compared(runs[-1].netlist, graph, vectors, interface) if wanted else _UNKNOWN
    return {
        "label": labelled(_LABEL, graph),
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


def _compared(
    netlist: str, graph: Graph, vectors: Mapping[str, np.ndarray], interface: Layout
) -> dict[str, Any]:
    """Return how many vectors the netlist and the reference agree on: all, or ToolError."""
    ports, expected = together(vectors)
    outputs = simulate_netlist(netlist, graph, interface, ports)
    return {**numbers_of(vectors), "mismatches": mismatches(outputs, expected, "the netlist")}
