"""The values of the words of emitted Verilog as terms of the inputs, cell by cell."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.errors import InputError
from symbolnet.firmware.evidence.synthesis import Bit
from symbolnet.firmware.proof.emitted import Cell, Design
from symbolnet.firmware.proof.terms import Form, Terms, plus, scaled


class Word(NamedTuple):
    """A word of the RTL: its bits are the low bits of a form, a number of edges after the input."""

    name: str
    form: Form
    width: int
    edges: int


class _Place(NamedTuple):
    word: int
    bit: int
    edges: int

    def after(self, count: int) -> "_Place":
        return self._replace(bit=self.bit + count)


class Unproved(InputError):
    """Verilog that no rule covers."""

    def __init__(self, found: str) -> None:
        super().__init__("Verilog that the rules of the proof cover", found, "prove it otherwise")


class DesignTerms:
    """Evaluates every cell of a flat design; a bit is known as (word, position, edges)."""

    def __init__(self, terms: Terms, design: Design, rtl: Path) -> None:
        self.terms, self.words = terms, list[Word]()
        self._design, self._rtl = design, rtl
        self._places: dict[Bit, tuple[int, int]] = {}
        self._drivers = {bit: cell for cell in design.cells for bit in cell.ports["out"]}

    def input(self, name: str, form: Form, bits: Sequence[Bit]) -> None:
        """Declare what stands in some bits of the input port."""
        self._declare(Word(name, form, len(bits), 0), bits)

    def _declare(self, word: Word, bits: Sequence[Bit]) -> None:
        self._places.update({bit: (len(self.words), place) for place, bit in enumerate(bits)})
        self.words.append(word)

    def evaluate(self) -> None:
        """Compute the words of all cells, each after what it reads."""
        done: set[str] = set()
        for first in self._design.cells:
            stack = [first]
            while stack:
                cell = stack[-1]
                waiting = [c for c in self._read_by(cell) if c.name not in done]
                if len(stack) > len(self._design.cells):
                    raise Unproved(f"a loop through {cell.name}")
                if waiting:
                    stack.append(waiting[0])
                    continue
                if stack.pop().name not in done:
                    self._evaluate(cell)
                    done.add(cell.name)

    def _read_by(self, cell: Cell) -> list[Cell]:
        bits = [bit for port, nets in cell.ports.items() if port != "out" for bit in nets]
        drivers = (self._drivers.get(self._unregistered(bit)[0]) for bit in bits)
        return [driver for driver in drivers if driver is not None]

    def _unregistered(self, bit: Bit) -> tuple[Bit, int]:
        """Return the bit before all registers, and how many there are."""
        edges, most = 0, len(self._design.registers)
        while bit in self._design.registers:
            bit, edges = self._design.registers[bit], edges + 1
            if edges > most:
                raise Unproved("registers in a loop")
        return bit, edges

    def _evaluate(self, cell: Cell) -> None:
        reads = [self.read(nets) for port, nets in sorted(cell.ports.items()) if port != "out"]
        edges = {edge for _, edge in reads if edge is not None}
        if len(edges) > 1:
            raise Unproved(f"{cell.name} reading values of different cycles")
        form = getattr(self, f"_{cell.module}")(cell)
        nets = cell.ports["out"]
        self._declare(Word(cell.name, form, len(nets), edges.pop() if edges else 0), nets)

    def read(self, bits: Sequence[Bit]) -> tuple[Form, int | None]:
        """Return a form equal to some bits modulo 2**len(bits), and its edges (None: constant)."""
        total, edges = Form((), 0), set[int]()
        place = 0
        while place < len(bits):
            form, count, edge = self._run(bits[place:])
            total = plus(total, scaled(form, 1 << place))
            edges |= {edge} if edge is not None else set()
            place += count
        if len(edges) > 1:
            raise Unproved("a word with bits of different cycles")
        return total, edges.pop() if edges else None

    def _run(self, bits: Sequence[Bit]) -> tuple[Form, int, int | None]:
        """Return the value of the first bits that belong together, their number and edges.

        The run that ends a vector is read as a signed number, copies of its sign included.
        """
        place = self._place(bits[0])
        if isinstance(place, str):
            return Form((), int(place)), 1, None
        count = 1
        while count < len(bits) and self._place(bits[count]) == place.after(count):
            count += 1
        copies = len(bits) - count
        last = list(bits[count:]) == [bits[count - 1]] * copies
        word = self.words[place.word]
        exact = not last or copies > 0
        form = self._slice(word, place.bit, count, last) if exact else self._low(word, place.bit)
        edges = word.edges + place.edges if word.form.terms else None
        return form, len(bits) if last else count, edges

    def _place(self, bit: Bit) -> "_Place | str":
        """Return where a bit comes from: a word, or a constant."""
        source, edges = self._unregistered(bit)
        if source in ("0", "1"):
            return str(source)
        if isinstance(source, str) or source not in self._places:
            raise Unproved("a bit that is undefined or that nothing drives")
        return _Place(*self._places[source], edges)

    def _low(self, word: Word, low: int) -> Form:
        """Return a form with the bits of a word from `low` up, right modulo their number."""
        return self.terms.floor(word.form, low)

    def _slice(self, word: Word, low: int, count: int, signed: bool) -> Form:
        """Return the bits low..low+count-1 of a word as a number."""
        if count == 1 and low == word.width - 1 and not signed:
            return self._sign(word)
        return self.terms.wrap(self._low(word, low), count, signed)

    def _sign(self, word: Word) -> Form:
        low, high = self.terms.interval(word.form)
        if -(1 << word.width - 1) <= low and high < 1 << word.width - 1:
            return self.terms.negative(word.form)
        return self.terms.wrap(self.terms.floor(word.form, word.width - 1), 1, False)

    def _operand(self, cell: Cell, port: str, signed: int | str) -> Form:
        bits = cell.ports[port]
        return self.terms.wrap(self.read(bits)[0], len(bits), bool(signed))

    def _shift_adder(self, cell: Cell) -> Form:
        _, _, signed0, signed1, _, shift, subtract = cell.parameters
        left, right = _shifted(
            self._operand(cell, "in0", signed0), self._operand(cell, "in1", signed1), int(shift)
        )
        return plus(left, scaled(right, -1 if subtract else 1))

    def _mux(self, cell: Cell) -> Form:
        _, _, signed0, signed1, _, shift, invert = cell.parameters
        yes, no = _shifted(
            self._operand(cell, "in0", signed0), self._operand(cell, "in1", signed1), int(shift)
        )
        key = self.terms.wrap(self._key(cell.ports["key"]), 1, False)
        return self.terms.choice(key, yes, scaled(no, -1 if invert else 1))

    def _rectifier(self, cell: Cell) -> Form:
        value = self._operand(cell, "in", False)
        key = self.terms.wrap(self._key(cell.ports["key"]), 1, False)
        return self.terms.choice(key, Form((), 0), value)

    def _key(self, bits: Sequence[Bit]) -> Form:
        place = self._place(bits[0])
        if isinstance(place, str):
            return Form((), int(place))
        return self._slice(self.words[place.word], place.bit, 1, False)

    def _multiplier(self, cell: Cell) -> Form:
        _, _, signed0, signed1, _ = cell.parameters
        left, right = self._operand(cell, "in0", signed0), self._operand(cell, "in1", signed1)
        return self.terms.product(left, right)

    def _negative(self, cell: Cell) -> Form:
        _, _, signed = cell.parameters
        return scaled(self._operand(cell, "in", signed), -1)

    def _lookup_table(self, cell: Cell) -> Form:
        bits, _, name = cell.parameters
        entries = read_memory(self._rtl / "src" / "memfiles" / str(name))
        form = self.read(cell.ports["in"])[0]
        argument, values = self.terms.over_one([form])
        if argument is None:
            raise Unproved(f"the table {cell.name}: its address depends on several values")
        places = values[0] & ((1 << int(bits)) - 1)
        known = [place < len(entries) and entries[place] is not None for place in places.tolist()]
        if not all(known):
            raise Unproved(f"the table {cell.name}: an address without an entry is reached")
        table = np.array([entry or 0 for entry in entries], np.int64)
        found = self.terms.tabulated([form], lambda read: table[read[0] & ((1 << int(bits)) - 1)])
        assert found is not None
        return found


def read_memory(path: Path) -> list[int | None]:
    """Return the entries of a table as `$readmemh` reads them, None where they are undefined."""
    if not path.is_file():
        raise InputError(f"the table {path.name}", "no such file", "write the RTL again")
    return [_entry(word, path) for word in path.read_text(encoding="utf-8").split()]


def _entry(word: str, path: Path) -> int | None:
    if set(word) == {"X"}:
        return None
    if not set(word) <= set("0123456789ABCDEF"):
        raise InputError("hexadecimal entries", f"{word[:20]!r} in {path.name}", "write it again")
    return int(word, 16)


def _shifted(left: Form, right: Form, shift: int) -> tuple[Form, Form]:
    return scaled(left, 1 << max(-shift, 0)), scaled(right, 1 << max(shift, 0))


def words_by_form(words: Iterable[Word]) -> dict[Form, str]:
    """Return the first word that has each form."""
    found: dict[Form, str] = {}
    for word in words:
        found.setdefault(word.form, word.name)
    return found
