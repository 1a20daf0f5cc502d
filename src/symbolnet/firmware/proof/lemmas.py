"""What da4ml's library modules compute, proved by Yosys for every set of parameters in use.

Each lemma is a module of our own beside the emitted one: `bad` is 1 where the two differ, and the
SAT solver shows that no input makes it 1. The behaviour is written with plain `+`, `-` and `*`. A
table is one read-only memory, its entries compared one by one with those that the proof went by.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from symbolnet.firmware.evidence.synthesis import Bit, CellJson, ModuleJson
from symbolnet.firmware.proof.design_terms import read_memory
from symbolnet.firmware.proof.emitted import LIBRARY, Design, run_yosys

_SCRIPT = """\
read_verilog -defer {sources}
read_verilog lemmas.v
hierarchy -check -top lemmas
proc
flatten
memory -nomap
opt_clean
write_json memories.json
opt -full
"""


_TABLE = "lookup_table"


class Lemma(NamedTuple):
    """One module with one set of parameters, how many cells are such, and whether it holds."""

    module: str
    parameters: tuple[int | str, ...]
    cells: int
    proved: bool


def prove_lemmas(design: Design, rtl: Path, folder: Path) -> list[Lemma]:
    """Prove what every cell of a design computes, in an empty scratch folder."""
    used = sorted(
        Counter((c.module, c.parameters) for c in design.cells if c.module in LIBRARY).items(),
        key=str,
    )
    if not used:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*rtl.glob("src/static/*.v"), *rtl.glob("src/memfiles/*")]:
        (folder / path.name).write_bytes(path.read_bytes())
    statements = [_module(f"lemma_{i}", *key) for i, (key, _) in enumerate(used)]
    instances = "".join(f"lemma_{i} of_{i}();\n" for i in range(len(used)))
    top = f"module lemmas;\n{instances}endmodule\n"
    (folder / "lemmas.v").write_text("\n".join([*statements, top]), encoding="utf-8")
    sources = " ".join(f"{module}.v" for module in sorted({module for (module, _), _ in used}))
    asked = [i for i, ((module, _), _) in enumerate(used) if module != _TABLE]
    output = run_yosys(_SCRIPT.format(sources=sources) + _questions(asked), folder)
    memories = json.loads((folder / "memories.json").read_text(encoding="utf-8"))["modules"]
    proved = _answers(output)
    for i, ((module, parameters), _) in enumerate(used):
        if module == _TABLE and _is_memory(memories[f"lemma_{i}"], parameters, rtl):
            proved.add(f"lemma_{i}")
    return [Lemma(*key, n, f"lemma_{i}" in proved) for i, (key, n) in enumerate(used)]


def _questions(lemmas: Iterable[int]) -> str:
    return "".join(f"log ask lemma_{i}\nsat -prove bad 0 lemma_{i}\n" for i in lemmas)


def _answers(output: str) -> set[str]:
    """Return the lemmas that Yosys reports as proved."""
    parts = re.split(r"^ask (lemma_\d+)$", output, flags=re.MULTILINE)
    answers = zip(parts[1::2], parts[2::2], strict=True)
    return {name for name, text in answers if "SAT proof finished - no model found" in text}


def _module(name: str, module: str, parameters: tuple[int | str, ...]) -> str:
    values = dict(zip(LIBRARY[module][0], parameters, strict=True))
    widths = {p: values[w] if w else 1 for p, w in LIBRARY[module][1].items()}
    ports = [f"input [{int(width) - 1}:0] {port}" for port, width in widths.items()]
    ports += [f"output [{int(values['BW_OUT']) - 1}:0] out", "output bad"]
    given = ", ".join(f'"{p}"' if isinstance(p, str) else str(p) for p in parameters)
    nets = ", ".join([*(f".{port}({port})" for port in widths), ".out(out)"])
    width = int(values["BW_OUT"])
    lines = [
        f"(* keep_hierarchy *) module {name}({', '.join(ports)});",
        f"{module} #({given}) emitted ({nets});",
        *_behaviour(module, values, width),
        "endmodule",
    ]
    return "\n".join(lines) + "\n"


def _behaviour(module: str, values: dict[str, int | str], width: int) -> Iterable[str]:
    if module == _TABLE:
        return []
    if module == "negative":
        read = _read("a", "in", int(values["BW_IN"]), bool(values["IN_SIGNED"]), 1, width)
        return [read, *_compared("-a", width)]
    signs = bool(values["SIGNED0"]), bool(values["SIGNED1"])
    bits = int(values["BW_INPUT0"]), int(values["BW_INPUT1"])
    if module == "multiplier":
        return _product(bits, signs, width)
    shift = int(values["SHIFT1"])
    factors = 1 << max(-shift, 0), 1 << max(shift, 0)
    minus = values["IS_SUB" if module == "shift_adder" else "INVERT1"]
    result = ("a - b" if minus else "a + b") if module == "shift_adder" else _chosen(bool(minus))
    left, right = (
        _read(name, f"in{i}", bits[i], signs[i], factors[i], width) for i, name in enumerate("ab")
    )
    return [left, right, *_compared(result, width)]


def _chosen(minus: bool) -> str:
    return "key ? a : -b" if minus else "key ? a : b"


def _read(name: str, port: str, bits: int, signed: bool, factor: int, width: int) -> str:
    """Declare a port as a number modulo 2**width, times a constant."""
    wide = max(bits, width) + 1
    value = f"$signed({port})" if signed else f"$signed({{1'b0, {port}}})"
    constant = f"{wide}'d{factor % (1 << wide)}"
    return f"wire signed [{wide - 1}:0] {name}_; assign {name}_ = {value};\n" + (
        f"wire [{width - 1}:0] {name}; assign {name} = {name}_ * {constant};"
    )


def _compared(result: str, width: int) -> list[str]:
    return [
        f"wire [{width - 1}:0] expected; assign expected = {result};",
        "assign bad = out != expected;",
    ]


def _product(bits: tuple[int, int], signs: tuple[bool, bool], width: int) -> list[str]:
    """Write the product as the same word-level operator: Yosys then joins the two as one."""
    if signs == (False, False):
        product = "in0 * in1"
    else:
        read = [
            f"$signed(in{i})" if s else f"$signed({{1'b0, in{i}}})" for i, s in enumerate(signs)
        ]
        product = " * ".join(read)
    return [
        f"wire [{sum(bits) - 1}:0] product; assign product = {product};",
        *_compared("product", width),
    ]


def _is_memory(lemma: ModuleJson, parameters: tuple[int | str, ...], rtl: Path) -> bool:
    """Tell whether a module is one memory, read at its input, with the entries of a file.

    Yosys may keep a column of equal bits as a constant outside the memory.
    """
    bits, width, name = parameters
    expected = read_memory(rtl / "src" / "memfiles" / str(name))
    cells = [cell for cell in lemma["cells"].values() if cell["type"] != "$scopeinfo"]
    if len(expected) != 1 << int(bits) or not all(_is_plain(cell, lemma) for cell in cells):
        return False
    columns: dict[Bit, str] = {bit: bit * len(expected) for bit in ("0", "1")}
    for cell in cells:
        columns |= _columns(cell, len(expected))
    out = lemma["ports"]["out"]["bits"]
    if len(out) != int(width) or any(bit not in columns for bit in out):
        return False
    stored = [
        "".join(columns[bit][place] for bit in reversed(out)) for place in range(1 << int(bits))
    ]
    return all(
        entry is None or text == f"{entry:0{width}b}"
        for text, entry in zip(stored, expected, strict=True)
    )


def _is_plain(cell: CellJson, lemma: ModuleJson) -> bool:
    """Tell whether a cell is a memory without a clock or a write port, addressed by the input."""
    if cell["type"] != "$mem_v2" or cell["connections"]["RD_ADDR"] != lemma["ports"]["in"]["bits"]:
        return False
    shape = {"OFFSET": 0, "RD_PORTS": 1, "WR_PORTS": 0, "RD_CLK_ENABLE": 0}
    shape |= {"SIZE": 1 << len(lemma["ports"]["in"]["bits"])}
    return all(int(cell["parameters"][key], 2) == value for key, value in shape.items())


def _columns(cell: CellJson, size: int) -> dict[Bit, str]:
    """Return for each bit that a memory drives its value at every address from 0 up."""
    width, text = int(cell["parameters"]["WIDTH"], 2), cell["parameters"]["INIT"]
    entries = [text[end - width : end] for end in range(len(text), 0, -width)]  # last one first
    assert len(entries) == size
    nets = cell["connections"]["RD_DATA"]
    return {bit: "".join(entry[-1 - place] for entry in entries) for place, bit in enumerate(nets)}
