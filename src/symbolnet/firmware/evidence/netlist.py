"""The netlist that was counted, computed gate by gate, 64 vectors in a word.

A register delays and does nothing else, so that a vector needs to be computed once. Each wire has
an age, the clock edges between it and the inputs; wires of different ages must not meet in a gate,
and all outputs must be as old as the latency says.
"""

import graphlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from symbolnet.errors import ToolError
from symbolnet.firmware.emit.interface import BitField, Layout, bits_of, clock_edges
from symbolnet.firmware.emit.rtl import NAME
from symbolnet.firmware.evidence.synthesis import Bit, CellJson, ModuleJson
from symbolnet.firmware.graph.graph import Graph

Pins = Mapping[str, list[Bit]]
Numbers = Mapping[str, int]

_NOT, _OR, _XOR = 0b01, 0b1110, 0b0110
_MUX = 0b11001010  # of I0, I1, S: S ? I1 : I0
_AND_NOT, _OR_OF_BOTH = 0b0010, 0b1110  # D and reset; D or set
_UNMODELLED = r"DSP\w+|RAMB\w+"
_IGNORED = ("$scopeinfo",)
_CHUNK = 1 << 16  # vectors at a time: 8 KB for each wire
_ZERO, _ONES = np.uint64(0), np.uint64(2**64 - 1)
Words = np.ndarray | np.uint64  # of a constant one word stands for all


class Gate(NamedTuple):
    """Bit k of `table` is the output where the inputs, the first being lowest, spell k."""

    output: Bit
    inputs: tuple[Bit, ...]
    table: int
    delay: int = 0


def has_gates(cells: Iterable[str]) -> bool:
    """Tell whether all cells are gates: DSP blocks and block RAM have no open model."""
    return not any(re.fullmatch(_UNMODELLED, cell) for cell in cells)


def gates(cells: Mapping[str, CellJson]) -> list[Gate]:
    """Return the gates of the cells of a module, as Yosys writes them to JSON."""
    found: list[Gate] = []
    for name, cell in cells.items():
        if cell["type"] in _IGNORED:
            continue
        numbers = {key: int(text, 2) for key, text in cell["parameters"].items() if _binary(text)}
        try:
            found += _KINDS[cell["type"]](name, cell["connections"], numbers)
        except KeyError as error:
            raise ToolError(f"no model of the cell {cell['type']} ({name}: {error})") from error
    return found


def _binary(text: str) -> bool:
    return bool(text) and set(text) <= {"0", "1"}


def _lut(name: str, pins: Pins, numbers: Numbers) -> list[Gate]:
    inputs = tuple(pins[f"I{k}"][0] for k in range(len(pins) - 1))
    return [Gate(pins["O"][0], inputs, numbers["INIT"])]


def _inverter(name: str, pins: Pins, numbers: Numbers) -> list[Gate]:
    return [Gate(pins["O"][0], (pins["I"][0],), _NOT)]


def _mux(name: str, pins: Pins, numbers: Numbers) -> list[Gate]:
    return [Gate(pins["O"][0], (pins["I0"][0], pins["I1"][0], pins["S"][0]), _MUX)]


def _carry(name: str, pins: Pins, numbers: Numbers) -> list[Gate]:
    """A carry of four bits: CO_i = S_i ? CO_(i-1) : DI_i, O_i = S_i xor CO_(i-1)."""
    carry: Bit = f"{name}.C"
    found = [Gate(carry, (pins["CI"][0], pins["CYINIT"][0]), _OR)]
    for place, (value, select) in enumerate(zip(pins["DI"], pins["S"], strict=True)):
        found.append(Gate(pins["O"][place], (select, carry), _XOR))
        following = pins["CO"][place]
        found.append(Gate(following, (value, carry, select), _MUX))
        carry = following
    return found


def _register(pin: str, table: int) -> Callable[[str, Pins, Numbers], list[Gate]]:
    """A flip-flop that is always enabled, with a synchronous set or reset."""

    def made(name: str, pins: Pins, numbers: Numbers) -> list[Gate]:
        inverted = any(numbers.get(f"IS_{one}_INVERTED", 0) for one in ("C", "D", pin))
        if pins["CE"][0] != "1" or inverted:
            raise ToolError(f"the netlist has a register that is not a plain one: {name}")
        return [Gate(pins["Q"][0], (pins["D"][0], pins[pin][0]), table, delay=1)]

    return made


def _shift(name: str, pins: Pins, numbers: Numbers) -> list[Gate]:
    """A shift register of fixed length: the address is the length less one."""
    address = pins.get("A") or [pins[f"A{k}"][0] for k in range(4)]
    fixed = all(bit in ("0", "1") for bit in [*address, pins["CE"][0]])
    if not fixed or pins["CE"][0] != "1" or numbers.get("IS_CLK_INVERTED", 0):
        raise ToolError(f"the netlist has a shift register of no fixed length: {name}")
    length = sum((bit == "1") << place for place, bit in enumerate(address))
    return [Gate(pins["Q"][0], (pins["D"][0],), 0b10, delay=length + 1)]


_KINDS: dict[str, Callable[[str, Pins, Numbers], list[Gate]]] = {
    **{f"LUT{k}": _lut for k in range(1, 7)},
    **{f"MUXF{k}": _mux for k in (7, 8, 9)},
    "INV": _inverter,
    "CARRY4": _carry,
    "FDRE": _register("R", _AND_NOT),
    "FDSE": _register("S", _OR_OF_BOTH),
    "SRL16E": _shift,
    "SRLC32E": _shift,
}


class Wire(NamedTuple):
    """64 vectors in each word; no age where the value depends on no input."""

    words: Words
    age: int | None


def simulate_netlist(netlist: str, graph: Graph, layout: Layout, ports: np.ndarray) -> np.ndarray:
    """Return the output mantissas (n, outputs) of a netlist of this graph for port mantissas.

    `netlist` is JSON from Yosys, `layout` the place of each value in the ports (interface.json).
    Raises ToolError for cells without a model, a loop, or registers that do not fit together.
    """
    module, found = read_netlist(netlist)
    ordered = in_order(found, "the netlist has a loop")
    pins = port_bits(module, "model_inp", layout), port_bits(module, "model_out", layout)
    parts = [
        _outputs(ordered, pins, layout, ports[first : first + _CHUNK])
        for first in range(0, len(ports), _CHUNK)
    ]
    finer = [
        node.format.fraction - port["fraction"]
        for node, port in zip(graph.outputs(), layout["model_out"], strict=True)
    ]
    return np.asarray(np.concatenate(parts) << np.array(finer))


def read_netlist(netlist: str) -> tuple[ModuleJson, list[Gate]]:
    """Return the module of a netlist as JSON of Yosys, and its gates."""
    module: ModuleJson = json.loads(netlist)["modules"][NAME]
    return module, gates(module["cells"])


def port_bits(
    module: ModuleJson, port: Literal["model_inp", "model_out"], layout: Layout
) -> list[Sequence[Bit]]:
    """Return the bits of every value of a port, lowest first."""
    return [bits_of(module["ports"][port]["bits"], field) for field in layout[port]]


def in_order(found: Sequence[Gate], told: str) -> list[Gate]:
    """Return the gates each after those that it reads; raise ToolError, as told, for a loop."""
    by_output = {gate.output: gate for gate in found}
    try:
        order = graphlib.TopologicalSorter(
            {gate.output: gate.inputs for gate in found}
        ).static_order()
        return [by_output[bit] for bit in order if bit in by_output]
    except graphlib.CycleError as error:
        raise ToolError(told) from error


def age_after(gate: Gate, ages: Iterable[int | None], where: str = "") -> int | None:
    """Return the age of what a gate puts out; raise ToolError where inputs of two ages meet."""
    known = {age for age in ages if age is not None}
    if len(known) > 1:
        raise ToolError(f"values of different clock cycles meet in a gate{where}")
    return known.pop() + gate.delay if known else None


def _outputs(
    ordered: Sequence[Gate],
    pins: tuple[list[Sequence[Bit]], list[Sequence[Bit]]],
    layout: Layout,
    ports: np.ndarray,
) -> np.ndarray:
    wires: dict[Bit, Wire] = {"0": Wire(_ZERO, None), "1": Wire(_ONES, None)}
    for own, column in zip(pins[0], ports.T, strict=True):
        for place, bit in enumerate(own):
            wires[bit] = Wire(packed(column >> place), 0)
    for gate in ordered:
        wires[gate.output] = _computed(gate, wires)
    edges, values = clock_edges(layout), []
    for port, bits in zip(layout["model_out"], pins[1], strict=True):
        values.append(_number([_aged(wires, bit, edges) for bit in bits], port, len(ports)))
    return np.stack(values, axis=1)


def packed(bits: np.ndarray) -> np.ndarray:
    """Return the lowest bits of integers (n,) as words of 64."""
    found = np.packbits((bits & 1).astype(np.uint8), bitorder="little")
    return np.pad(found, (0, -len(found) % 8)).view(np.uint64)


def _computed(gate: Gate, wires: Mapping[Bit, Wire]) -> Wire:
    try:
        inputs = [wires[bit] for bit in gate.inputs]
    except KeyError as error:
        raise ToolError(f"nothing drives a wire of the netlist: {error}") from error
    age = age_after(gate, (wire.age for wire in inputs), " of the netlist")
    return Wire(looked_up(gate.table, [wire.words for wire in inputs]), age)


def looked_up(table: int, inputs: Sequence[Words]) -> Words:
    """Return the words of a table of some inputs, halved by the last of them."""
    bits = 1 << len(inputs)
    if table == 0 or table == (1 << bits) - 1:
        return _ONES if table else _ZERO
    *others, last = inputs
    half = bits // 2
    low, high = table & ((1 << half) - 1), table >> half
    if low == high:
        return looked_up(low, others)
    first, second = looked_up(low, others), looked_up(high, others)
    return first ^ ((first ^ second) & last)


def _aged(wires: Mapping[Bit, Wire], bit: Bit, edges: int) -> Words:
    if bit not in wires:
        raise ToolError("nothing drives an output of the netlist")
    words, age = wires[bit]
    if age not in (None, edges):
        raise ToolError(f"an output of the netlist comes after {age} clock edges, not {edges}")
    return words


def _number(words: Sequence[Words], port: BitField, rows: int) -> np.ndarray:
    """Return the numbers (rows,) that the bits of a port spell."""
    total = np.zeros(rows, np.int64)
    for place, word in enumerate(words):
        bytes_ = np.broadcast_to(word, (rows + 63) // 64).astype(np.uint64).view(np.uint8)
        bits = np.unpackbits(bytes_, bitorder="little")[:rows].astype(np.int64)
        sign = port["signed"] and place == port["width"] - 1
        total += bits * (-1 if sign else 1) << place
    return total
