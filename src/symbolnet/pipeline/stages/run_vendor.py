"""Stage `run_vendor`: HLS project and RTL through the vendor's tools, where there are any."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from symbolnet.artifact import Record, scratch, write_json
from symbolnet.config import VendorJob
from symbolnet.firmware.evidence.vendor import Tool, find_tools, missing, run_hls, run_rtl
from symbolnet.pipeline.marks import In, Writes

DATA = ("schema/vendor.json",)
_FLOWS: tuple[tuple[str, str, Callable[[Path, Path, Tool], Record]], ...] = (
    ("hls", "hls4ml project after csim, csynth and cosim: estimates of C synthesis", run_hls),
    ("rtl", "Verilog after out-of-context synthesis, placement and routing", run_rtl),
)


def run_vendor(
    hls: In, rtl: In, result: Annotated[Path, Writes("vendor")], spec: VendorJob
) -> None:
    """Write what the tools report, or one line that says why nothing was measured."""
    tools = {} if spec.vendor == "off" else find_tools()
    reason = "switched off" if spec.vendor == "off" else missing(tools)
    projects, results = {"hls": hls, "rtl": rtl}, []
    with scratch(result) as folder:
        folder.mkdir(exist_ok=True)
        for kind, label, run in _FLOWS:
            if kind in tools:
                figures = run(projects[kind], folder / kind, tools[kind])
                results.append(_record(kind, label, tools[kind], spec) | figures)
    record = {"available": bool(results), "reason": reason or None, "results": results}
    write_json(result, record, "vendor")
    print(f"not measured: {reason}" if reason else f"{len(results)} flows measured")


def _record(kind: str, label: str, tool: Tool, spec: VendorJob) -> Record:
    blank = dict.fromkeys(("latency_cycles", "initiation_interval", "carry", "slack_ns"))
    words = {"tool": tool.name, "tool_version": tool.version, "part": spec.part}
    origin = f"measured here by {tool.name}"
    return {"kind": kind, "label": label, "origin": origin} | words | blank
