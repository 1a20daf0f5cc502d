"""Verilog as Yosys hands it over in BTOR2: operators on words, and the bits that they read.

The format: https://doi.org/10.1007/978-3-319-96145-3_32. Concatenation, ranges, extension and
registers are wiring here: a bit is named by the operator that makes it. A register only delays; the
age of an operator is the number of them on every path to it, which must be one.
"""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple, Union

from symbolnet.errors import ToolError
from symbolnet.firmware.emit.rtl import NAME
from symbolnet.firmware.evidence.synthesis import run_script

Bit = Union[str, tuple[int, int]]  # "0", "1", or an operator and the place in what it makes
Bits = tuple[Bit, ...]
# What is undefined in the Verilog, such as an entry of a table, becomes an input: it is anything.
_SCRIPT = """\
{read}
hierarchy -check -top {top}
proc
flatten
memory -nordff -nomap
opt_clean
memory_map -rom-only
setundef -undriven -anyseq
opt_clean
write_btor rtl.btor
"""
_CONSTANTS = {"const": 2, "constd": 10, "consth": 16}
_UNARY = ["not", "neg", "redand", "redor", "redxor"]
_BINARY = ["add", "sub", "mul", "and", "or", "xor", "xnor", "nand", "nor", "sll", "srl", "sra"]
COMPARISONS = ["eq", "neq", "ugt", "ugte", "ult", "ulte", "sgt", "sgte", "slt", "slte"]
ARITY = (
    dict.fromkeys(_UNARY, 1) | dict.fromkeys([*_BINARY, *COMPARISONS], 2) | {"ite": 3, "input": 0}
)


class Operator(NamedTuple):
    """An operator of BTOR2 or an input: its width, and the bits of each operand, lowest first."""

    kind: str
    width: int
    operands: tuple[Bits, ...]


class Circuit(NamedTuple):
    """Operators, each after all that it reads; bits by the names of wires, inputs and outputs.

    `delays` are the registers on every path to an output; None where it depends on no input.
    """

    operators: dict[int, Operator]
    wires: dict[str, Bits]
    inputs: dict[str, Bits]
    outputs: dict[str, Bits]
    delays: dict[str, int | None]


def as_btor(read: str, folder: Path) -> str:
    """Return what Yosys reads by a command in a scratch folder, flattened, as BTOR2."""
    (folder / "run.ys").write_text(_SCRIPT.format(read=read, top=NAME), encoding="utf-8")
    run_script(folder)
    return (folder / "rtl.btor").read_text(encoding="utf-8")


def operator_of(bit: Bit) -> int:
    """Return the operator that makes a bit, which is no constant."""
    assert not isinstance(bit, str)
    return bit[0]


def number_of(bits: Sequence[Bit]) -> int:
    """Return the number that constant bits are, lowest first."""
    return int("0" + "".join(map(str, reversed(bits))), 2)


def together(found: Sequence[Bit]) -> int:
    """Return how many of the first bits are constants, or follow each other in one source."""
    first, count = found[0], 1
    if isinstance(first, str):
        while count < len(found) and isinstance(found[count], str):
            count += 1
        return count
    while count < len(found) and found[count] == (first[0], first[1] + count):
        count += 1
    return count


def read_btor(text: str, clocked: str) -> Circuit:
    """Return BTOR2 as a circuit without registers, whose input `clocked` is new at each edge.

    Raises ToolError for an operator that is not known, for a loop, and where values of different
    clock cycles meet.
    """
    lines = _Lines(text)
    settled = {
        k: one._replace(operands=tuple(map(lines.before, one.operands)))
        for k, one in lines.operators.items()
    }
    operators = {k: settled[k] for k in _in_order(settled)}
    start = operator_of(lines.inputs[clocked][0])
    age: dict[int, int | None] = {}
    for number in operators:
        read = [bit for bits in lines.operators[number].operands for bit in bits]
        age[number] = 0 if number == start else lines.age(read, age)
    outputs = {name: lines.before(bits) for name, bits in lines.outputs.items()}
    delays = {name: lines.age(bits, age) for name, bits in lines.outputs.items()}
    wires = {name: lines.before(bits) for name, bits in lines.wires.items()}
    return Circuit(operators, wires, lines.inputs, outputs, delays)


class _Lines:
    """The lines of BTOR2: operators, and every other line as bits that operators make."""

    def __init__(self, text: str) -> None:
        self.operators: dict[int, Operator] = {}
        self.wires, self.inputs, self.outputs = (
            dict[str, Bits](),
            dict[str, Bits](),
            dict[str, Bits](),
        )
        self._bits: dict[int, Bits] = {}
        self._widths: dict[int, int] = {}
        self._states, self._next = dict[int, Bits](), dict[Bit, Bit]()
        for line in text.splitlines():
            words = line.partition(";")[0].split()
            if words:
                self._take(int(words[0]), words[1], words[2:])
        for number, bits in self._states.items():
            if bits[0] not in self._next:  # it takes any value at any time
                self.operators[number] = Operator("input", len(bits), ())

    def _take(self, number: int, kind: str, words: Sequence[str]) -> None:
        if kind == "sort":
            self._widths[number] = int(words[1])
        elif kind == "output":
            self.outputs[words[1]] = self._of(words[0])
        elif kind == "next":
            self._next.update(zip(self._of(words[1]), self._of(words[2]), strict=True))
        elif kind != "init":
            width = self._widths[int(words[0])]
            bits = self._wired(number, kind, width, words[1:])
            self._bits[number] = (
                self._made(number, kind, width, words[1:]) if bits is None else bits
            )
            self._named(number, kind, words)

    def _named(self, number: int, kind: str, words: Sequence[str]) -> None:
        named = {"uext": 3, "sext": 3, "state": 1, "input": 1}.get(kind, len(words))
        for name in words[named:]:
            self.wires[name] = self._bits[number]
            if kind == "input":
                self.inputs[name] = self._bits[number]

    def _of(self, number: str) -> Bits:
        if int(number) not in self._bits:
            raise ToolError(f"the BTOR2 reads line {number}, which is none before")
        return self._bits[int(number)]

    def _made(self, number: int, kind: str, width: int, words: Sequence[str]) -> Bits:
        if kind not in ARITY:
            raise ToolError(f"no model of the operator {kind} (line {number} of the BTOR2)")
        read = tuple(self._of(word) for word in words[: ARITY[kind]])
        self.operators[number] = Operator(kind, width, read)
        return tuple((number, place) for place in range(width))

    def _wired(self, number: int, kind: str, width: int, words: Sequence[str]) -> Bits | None:
        """Return the bits of a line that makes none of its own; None for an operator."""
        if kind == "concat":
            return self._of(words[1]) + self._of(words[0])
        if kind == "slice":
            return self._of(words[0])[int(words[2]) : int(words[1]) + 1]
        if kind in ("uext", "sext"):
            low = self._of(words[0])
            return low + (low[-1] if kind == "sext" else "0",) * int(words[1])
        if kind == "state":
            self._states[number] = tuple((number, place) for place in range(width))
            return self._states[number]
        value = {"one": 1, "zero": 0, "ones": -1}.get(kind)
        if kind in _CONSTANTS:
            value = int(words[0], _CONSTANTS[kind])
        return None if value is None else tuple(str(value >> k & 1) for k in range(width))

    def before(self, bits: Bits) -> Bits:
        """Return bits as they are before all registers."""
        return tuple(self._source(bit)[0] for bit in bits)

    def _source(self, bit: Bit) -> tuple[Bit, int]:
        edges = 0
        while bit in self._next:
            bit, edges = self._next[bit], edges + 1
            if edges > len(self._next):
                raise ToolError("registers in a loop")
        return bit, edges

    def age(self, bits: Sequence[Bit], ages: Mapping[int, int | None]) -> int | None:
        """Return how many edges old some bits are; raise ToolError where they differ."""
        found = set()
        for bit in bits:
            source, edges = self._source(bit)
            own = None if isinstance(source, str) else ages[source[0]]
            found |= set() if own is None else {own + edges}
        if len(found) > 1:
            raise ToolError("values of different clock cycles meet")
        return found.pop() if found else None


def _in_order(operators: Mapping[int, Operator]) -> list[int]:
    """Return the operators so that each comes after all that it reads."""
    reads = {
        number: {bit[0] for bits in one.operands for bit in bits if not isinstance(bit, str)}
        for number, one in operators.items()
    }
    try:
        return list(TopologicalSorter(reads).static_order())
    except CycleError as error:
        raise ToolError("there is a loop") from error
