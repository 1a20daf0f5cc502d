"""Cells of a netlist as gates: a wire is a table of other wires, some clock edges later.

The tables are those of the models of the cells that Yosys ships (`xilinx/cells_sim.v`).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Union

from symbolnet.errors import ToolError

Bit = Union[int, str]  # a net, or a constant: "0", "1"; an inner wire of a cell has a name
Pins = Mapping[str, list[Bit]]
Numbers = Mapping[str, int]

_NOT, _OR, _XOR = 0b01, 0b1110, 0b0110
_MUX = 0b11001010  # of I0, I1, S: S ? I1 : I0
_AND_NOT, _OR_OF_BOTH = 0b0010, 0b1110  # D and reset; D or set
_UNMODELLED = r"DSP\w+|RAMB\w+"
_IGNORED = ("$scopeinfo",)


class Gate(NamedTuple):
    """Bit k of `table` is the output where the inputs, the first being lowest, spell k."""

    output: Bit
    inputs: tuple[Bit, ...]
    table: int
    delay: int = 0


def has_gates(cells: Iterable[str]) -> bool:
    """Tell whether all cells are gates: DSP blocks and block RAM have no open model."""
    return not any(re.fullmatch(_UNMODELLED, cell) for cell in cells)


def gates(cells: Mapping[str, Any]) -> list[Gate]:
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


def _binary(text: Any) -> bool:
    return isinstance(text, str) and bool(text) and set(text) <= {"0", "1"}


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
