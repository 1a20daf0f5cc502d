"""The vendor's own tools where they are on PATH: HLS through co-simulation, RTL through routing.

Exit codes are checked, and reports of an earlier run are deleted first: a figure is of this run.
"""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

from symbolnet.artifact import Record
from symbolnet.errors import InputError, ToolError
from symbolnet.firmware.emit.rtl import NAME

RTL_TOOL = "vivado"
HLS_TOOLS = ("vitis-run", "vitis_hls", "vivado_hls")
_HLS_COMMANDS = {
    "vitis-run": ["--mode", "hls", "--tcl", "build_prj.tcl"],
    "vitis_hls": ["-f", "build_prj.tcl"],
    "vivado_hls": ["-f", "build_prj.tcl"],
}
_OPTIONS = {"reset": 1, "csim": 1, "synth": 1, "cosim": 1, "validation": 1, "export": 0}


class Tool(NamedTuple):
    """A program of the vendor, and what it says of its version."""

    name: str
    version: str


def find_tools() -> dict[str, Tool]:
    """Return the tools on PATH: `rtl` and `hls`, as far as there are any."""
    found = {"rtl": _first((RTL_TOOL,)), "hls": _first(HLS_TOOLS)}
    return {kind: Tool(name, _version(name)) for kind, name in found.items() if name}


def missing(tools: dict[str, Tool]) -> str:
    """Return what was looked for on PATH and not found; empty if nothing is missing."""
    looked = {"rtl": RTL_TOOL, "hls": " or ".join(HLS_TOOLS)}
    names = [name for kind, name in looked.items() if kind not in tools]
    return f"no {' and no '.join(names)} on PATH" if names else ""


def require_tools() -> None:
    """Raise InputError where a tool is missing, for a run that is not to start without."""
    lack = missing(find_tools())
    if lack:
        do = "load the vendor's settings or set `firmware.vendor: auto`"
        raise InputError("the vendor's tools (`firmware.vendor: require`)", lack, do)


def _first(names: tuple[str, ...]) -> str | None:
    return next((name for name in names if shutil.which(name)), None)


def _version(name: str) -> str:
    done = subprocess.run(
        [name, "-version"], capture_output=True, encoding="utf-8", errors="replace"
    )
    found = re.search(r"v?(\d{4}\.\d+(?:\.\d+)?)", done.stdout + done.stderr)
    return found[1] if found else "unknown"


def run_rtl(rtl: Path, folder: Path, tool: Tool) -> Record:
    """Place and route a copy of the RTL project out of context; return the routed figures."""
    shutil.copytree(rtl, folder)
    reports = folder / f"output_{NAME}"
    shutil.rmtree(reports, ignore_errors=True)
    options = ["-mode", "batch", "-nojournal", "-nolog", "-source", "build_vivado_prj.tcl"]
    _run([tool.name, *options], folder)
    stem = reports / "reports" / f"{NAME}_post_route"
    figures = utilization(_text(stem.with_name(f"{stem.name}_util.rpt")))
    slack = worst_slack(_text(stem.with_name(f"{stem.name}_timing.rpt")))
    clock = _clock(folder / "src" / f"{NAME}.xdc")
    return figures | {"clock_ns": clock, "slack_ns": slack, "period_ns": round(clock - slack, 4)}


def run_hls(hls: Path, folder: Path, tool: Tool) -> Record:
    """Take a copy of the HLS project through csim, csynth and cosim; return the estimates."""
    shutil.copytree(hls, folder)
    shutil.rmtree(folder / f"{NAME}_prj", ignore_errors=True)
    script = folder / "build_prj.tcl"
    text = script.read_text(encoding="utf-8")
    for option, value in _OPTIONS.items():
        text = re.sub(rf"(?m)^(\s+{option}\s+)\d$", rf"\g<1>{value}", text)
    script.write_text(text, encoding="utf-8")
    _run([tool.name, *_HLS_COMMANDS[tool.name]], folder)
    solution = folder / f"{NAME}_prj" / "solution1"
    if not re.search(r"\bPass\b", _text(solution / "sim" / "report" / f"{NAME}_cosim.rpt")):
        raise ToolError(f"{tool.name}: the co-simulation did not pass")
    return synthesis_estimates(_text(solution / "syn" / "report" / f"{NAME}_csynth.xml"))


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace"
    )
    if done.returncode:
        words = done.stdout + done.stderr
        raise ToolError.after(f"{command[0]} failed", done.returncode, words, "ERROR")


def _text(path: Path) -> str:
    if not path.is_file():
        raise ToolError(f"the tool left no report {path.name}")
    return path.read_text(encoding="utf-8")


def utilization(report: str) -> Record:
    """Return the counts of a routed design from Vivado's report_utilization."""
    used = {
        "lut": r"(?:CLB|Slice) LUTs\*?",
        "ff": r"(?:CLB|Slice) Registers",
        "dsp": r"DSPs",
        "carry": r"CARRY8",
        "bram": r"Block RAM Tile",
    }
    return {name: _used(pattern, report) for name, pattern in used.items()}


def _used(row: str, report: str) -> float:
    found = re.search(rf"\|\s*{row}\s*\|\s*([\d.]+)\s*\|", report)
    if found is None:
        raise ToolError(f"no row {row} in the utilization report")
    value = float(found[1])
    return int(value) if value.is_integer() else value  # half a tile of block RAM


def worst_slack(report: str) -> float:
    """Return the worst negative slack in ns from Vivado's report_timing_summary."""
    found = re.search(r"WNS\(ns\).*\n[\s-]+\n\s*(-?[\d.]+)", report)
    if found is None:
        raise ToolError("no worst slack in the timing report")
    return float(found[1])


def _clock(constraints: Path) -> float:
    found = re.search(r"set clock_period ([\d.]+)", _text(constraints))
    if found is None:
        raise ToolError("no clock period in the constraints")
    return float(found[1])


def synthesis_estimates(report: str) -> Record:
    """Return the estimates of csynth from its XML report."""
    root = ET.fromstring(report)
    counts = {"lut": "LUT", "ff": "FF", "bram": "BRAM_18K"}
    figures: Record = {
        name: int(_value(root, f"AreaEstimates/Resources/{tag}")) for name, tag in counts.items()
    }
    dsp = root.findtext("AreaEstimates/Resources/DSP") or _value(
        root, "AreaEstimates/Resources/DSP48E"
    )
    summary = "PerformanceEstimates/SummaryOfOverallLatency"
    timing = "PerformanceEstimates/SummaryOfTimingAnalysis"
    return figures | {
        "dsp": int(dsp),
        "latency_cycles": int(_value(root, f"{summary}/Worst-caseLatency")),
        "initiation_interval": int(_value(root, f"{summary}/Interval-max")),
        "clock_ns": float(_value(root, "UserAssignments/TargetClockPeriod")),
        "period_ns": float(_value(root, f"{timing}/EstimatedClockPeriod")),
    }


def _value(root: ET.Element, path: str) -> str:
    found = root.findtext(path)
    if found is None:
        raise ToolError(f"no {path} in the synthesis report")
    return found
