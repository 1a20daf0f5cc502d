"""Generated text written again without running it: Verilog of a graph, HLS of formulas."""

from pathlib import Path

from symbolnet.audit.check import Check, judged
from symbolnet.audit.difference import difference
from symbolnet.config import Firmware
from symbolnet.expression.store import load_expressions
from symbolnet.files import file_of
from symbolnet.firmware.graph import load_graph
from symbolnet.firmware.hls import write_project
from symbolnet.firmware.rtl import write_rtl
from symbolnet.firmware.units import expressions_in


def rewrite_rtl(folder: Path, scratch: Path, settings: Firmware, name: str) -> Check:
    """Write the Verilog of a graph again and compare every file."""
    write_rtl(load_graph(folder / file_of("graph")), scratch / "rtl", settings)
    return _compared(folder / "rtl", scratch / "rtl", name)


def rewrite_hls(folder: Path, scratch: Path, settings: Firmware, name: str) -> Check:
    """Write the HLS project of the formulas again and compare every file."""
    scratch.mkdir(parents=True, exist_ok=True)
    units = load_graph(folder / file_of("graph")).units
    chosen = expressions_in(load_expressions(folder / file_of("expressions")), units)
    write_project(chosen, scratch / "hls", settings)
    return _compared(folder / "hls", scratch / "hls", name)


def _compared(stored: Path, fresh: Path, name: str) -> Check:
    fault = difference(stored, fresh, 0.0)
    return judged(name, [] if fault is None else [fault], "same text, not run (--quick)")
