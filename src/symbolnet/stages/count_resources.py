"""Stage `count_resources`: LUTs, flip-flops and the rest of the Verilog, counted by Yosys."""

from pathlib import Path

from symbolnet.artifact import read_json, scratch
from symbolnet.config import Firmware
from symbolnet.firmware.result import precision_text, write_result
from symbolnet.firmware.synthesis import FIGURES, PART, check_tools, synthesise_all


def count_resources(rtl: Path, resources: Path, spec: Firmware) -> None:
    """Synthesise the Verilog as configured and, if that takes DSP blocks, without them too."""
    check_tools()
    interface = read_json(rtl / "interface.json")
    with scratch(resources) as folder:
        runs, version = synthesise_all(rtl, folder, spec.dsp, spec.bram)
    figures = {
        "label": "Yosys counts after synthesis (not Vivado's): compare only with the same script",
        "origin": "measured here by Yosys",
        "tool": "Yosys",
        "tool_version": version,
        "part": PART,
        "precision": precision_text(interface["precision"]),
        **{figure: runs[0][figure] for figure in FIGURES},
        "runs": runs,
    }
    write_result(resources, "resources", figures)
