"""RTL and netlist as literals of one graph, registers matched by depth.

A pipeline only feeds forward: where all paths to a wire cross the same number of registers, its
bit is a function of the inputs that many clock edges before. So a register is a wire that is one
edge older, and wires of different ages may not meet.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from symbolnet.errors import ToolError
from symbolnet.firmware.emit.interface import Layout
from symbolnet.firmware.emit.rtl import NAME
from symbolnet.firmware.evidence.netlist import Gate, age_after, in_order, port_bits
from symbolnet.firmware.evidence.synthesis import Bit, CellJson, ModuleJson, collect, run_script
from symbolnet.firmware.proof.inverters import FALSE, TRUE, Inverters, Literal

UNDEFINED = "undefined"  # what an entry reads as that no value of the inputs reaches
# Yosys reads the RTL and makes single gates of every operator; tables stay memories. Carries go
# from bit to bit, as in the device, where its own library would look ahead. `alumacc` joins
# products with the sums that read them, as the synthesis does: then both sides add the same rows in
# the same order, and a solver need not know what a product is.
_SCRIPT = """\
read_verilog -defer {sources}
hierarchy -check -top {top}
proc
flatten
memory -nordff -nomap
opt_clean
{joining}techmap -map carries.txt -map +/techmap.v
simplemap
opt_clean
write_json gates.json
"""
_JOINING = "alumacc\nopt_clean\n"
_CARRIES = """\
(* techmap_celltype = "$lcu" *)
module carries (P, G, CI, CO);
  parameter WIDTH = 2;
  (* force_downto *) input [WIDTH-1:0] P, G;
  input CI;
  (* force_downto *) output [WIDTH-1:0] CO;
  genvar i;
  generate
    for (i = 0; i < WIDTH; i = i + 1) begin : bits
      if (i == 0) assign CO[i] = G[i] | P[i] & CI;
      else assign CO[i] = G[i] | P[i] & CO[i-1];
    end
  endgenerate
endmodule
"""
_GATES = {  # the bits of Y where A and B spell 0, 1, 2, 3
    "$_AND_": 0b1000,
    "$_NAND_": 0b0111,
    "$_OR_": 0b1110,
    "$_NOR_": 0b0001,
    "$_XOR_": 0b0110,
    "$_XNOR_": 0b1001,
    "$_ANDNOT_": 0b0010,
    "$_ORNOT_": 0b1011,
}
_NOT, _BUFFER, _MUX = 0b01, 0b10, 0b11001010
_FILLED = 0b11101010  # of entry, undefined, anything: an undefined entry is anything


class Timed(NamedTuple):
    """A literal, and how many clock edges it is older than the inputs; None: it has no inputs."""

    literal: Literal
    age: int | None


def read_rtl(rtl: Path, folder: Path, joined: bool = True) -> ModuleJson:
    """Return the RTL as single gates, read by Yosys in an empty scratch folder.

    Products are joined with sums unless the RTL is wanted as it stands.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = " ".join(collect(rtl, folder))
    (folder / "carries.txt").write_text(_CARRIES, encoding="utf-8")
    joining = _JOINING if joined else ""
    script = _SCRIPT.format(sources=sources, top=NAME, joining=joining)
    (folder / "run.ys").write_text(script, encoding="utf-8")
    run_script(folder)
    text = (folder / "gates.json").read_text(encoding="utf-8")
    module: ModuleJson = json.loads(text)["modules"][NAME]
    return module


def rtl_gates(cells: Mapping[str, CellJson]) -> list[Gate]:
    """Return the gates of RTL as Yosys writes them; raise ToolError for another kind."""
    return [gate for name, cell in cells.items() for gate in _rtl_gates(name, cell)]


def _rtl_gates(name: str, cell: CellJson) -> Iterator[Gate]:
    kind, pins = cell["type"], cell["connections"]
    if kind in _GATES:
        yield Gate(pins["Y"][0], (pins["A"][0], pins["B"][0]), _GATES[kind])
    elif kind in ("$_NOT_", "$_BUF_"):
        yield Gate(pins["Y"][0], (pins["A"][0],), _NOT if kind == "$_NOT_" else _BUFFER)
    elif kind == "$_MUX_":
        yield Gate(pins["Y"][0], (pins["A"][0], pins["B"][0], pins["S"][0]), _MUX)
    elif kind == "$_DFF_P_":
        yield Gate(pins["Q"][0], (pins["D"][0],), _BUFFER, delay=1)
    elif kind == "$mem_v2":
        yield from _table(name, cell)
    elif kind != "$scopeinfo":
        raise ToolError(f"no model of the cell {kind} ({name})")


def _table(name: str, cell: CellJson) -> Iterator[Gate]:
    """Yield the bits of a memory that is only read, without a clock."""
    address, shape = tuple(cell["connections"]["RD_ADDR"]), cell["parameters"]
    expected = {"OFFSET": 0, "RD_PORTS": 1, "WR_PORTS": 0, "RD_CLK_ENABLE": 0}
    expected |= {"SIZE": 1 << len(address)}
    if any(int(shape[key], 2) != value for key, value in expected.items()):
        raise ToolError(f"the RTL has a memory that is not a plain table: {name}")
    width, text = int(shape["WIDTH"], 2), shape["INIT"]
    entries = [text[end - width : end] for end in range(len(text), 0, -width)]  # last one first
    for place, output in enumerate(cell["connections"]["RD_DATA"]):
        column = [entry[-1 - place] for entry in entries]
        ones, open_ = (sum((bit == sign) << k for k, bit in enumerate(column)) for sign in "1x")
        if open_:
            parts: tuple[Bit, Bit] = f"{name}.{place}.1", f"{name}.{place}.x"
            yield Gate(parts[0], address, ones)
            yield Gate(parts[1], address, open_)
            yield Gate(output, (*parts, UNDEFINED), _FILLED)
        else:
            yield Gate(output, address, ones)


def outputs(
    graph: Inverters,
    module: ModuleJson,
    found: Sequence[Gate],
    layout: Layout,
    words: Sequence[Sequence[Literal]],
    undefined: Literal,
) -> list[list[Timed]]:
    """Return the bits of every output port; `words` are the literals of the input ports.

    Raises ToolError for a loop, an undriven wire or values of different cycles that meet.
    """
    wires: dict[Bit, Timed] = {"0": Timed(FALSE, None), "1": Timed(TRUE, None)}
    wires[UNDEFINED] = Timed(undefined, None)
    for pins, word in zip(port_bits(module, "model_inp", layout), words, strict=True):
        wires |= {pin: Timed(bit, 0) for pin, bit in zip(pins, word, strict=True)}
    for gate in in_order(found, "there is a loop"):
        wires[gate.output] = _computed(graph, gate, wires)
    every = port_bits(module, "model_out", layout)
    return [[_wire(wires, pin) for pin in pins] for pins in every]


def _wire(wires: Mapping[Bit, Timed], bit: Bit) -> Timed:
    if bit not in wires:
        raise ToolError(f"nothing drives the wire {bit}")
    return wires[bit]


def _computed(graph: Inverters, gate: Gate, wires: Mapping[Bit, Timed]) -> Timed:
    table, inputs = _settled(gate.table, [_wire(wires, bit) for bit in gate.inputs])
    age = age_after(gate, (wire.age for wire in inputs))
    return Timed(graph.looked_up(table, [wire.literal for wire in inputs]), age)


def _settled(table: int, inputs: Sequence[Timed]) -> tuple[int, list[Timed]]:
    """Return a table and its inputs without those that are constant or have no influence."""
    kept, bits = list(inputs), [table >> k & 1 for k in range(1 << len(inputs))]
    for place in reversed(range(len(inputs))):
        low, high = _halves(bits, place)
        literal = inputs[place].literal
        if literal in (FALSE, TRUE) or low == high:
            bits = high if literal == TRUE else low
            del kept[place]
    return sum(bit << k for k, bit in enumerate(bits)), kept


def _halves(bits: Sequence[int], place: int) -> tuple[list[int], list[int]]:
    """Return the entries of a table where one of its inputs is 0, and where it is 1."""
    low, high = list[int](), list[int]()
    for start in range(0, len(bits), 2 << place):
        low += bits[start : start + (1 << place)]
        high += bits[start + (1 << place) : start + (2 << place)]
    return low, high
