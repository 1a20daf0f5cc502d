"""How many single mutations of netlist and Verilog the proofs notice, and how many the vectors.

    python benchmarks/mutants.py results/default/firmware/jets/c30 --netlist 1000 --rtl 100

The folder has graph.json, rtl/, vectors.npz. The Verilog is held to both proofs of it. Whether a
mutant computes another function is decided by the solver, for all words that the ports can take. A
mutant of the netlist is one bit of a LUT, two wires swapped, a wire in place of another or a
constant; one of the Verilog a number of a cell (plus to minus too), a range of bits, an entry
of a table or two operands swapped.
"""

import argparse
import json
import random
import re
import shutil
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from symbolnet.artifact import read_arrays, read_json, write_json
from symbolnet.errors import InputError, ToolError
from symbolnet.firmware.emit.interface import clock_edges
from symbolnet.firmware.evidence.netlist import simulate_netlist
from symbolnet.firmware.evidence.synthesis import synthesise
from symbolnet.firmware.evidence.vectors import together
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.firmware.proof.bitwise_proof import prove_bitwise
from symbolnet.firmware.proof.certificate import prove
from symbolnet.firmware.proof.languages import LANGUAGES
from symbolnet.firmware.proof.netlist_proof import Reader

TOP = "symbolnet"
SECONDS = 36000
SECOND = 120  # for the second proof of one mutant


class Design:
    """A design as literals of one graph: Verilog and netlist, joined once for all mutants."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder, self.scratch = folder, scratch
        self.layout = read_json(folder / "rtl/interface.json")
        self.graph = load_graph(folder / "graph.json")
        self.ports, self.expected = together(read_arrays(folder / "vectors.npz"))
        made = synthesise(folder / "rtl", scratch / "netlist", False, False)
        self.netlist = json.loads(made.netlist)
        self.reader = Reader(self.layout, SECONDS)
        self.rtl = self.literals(folder / "rtl")
        self.reader.solver.start()
        if self.differs(self.literals_of_netlist(self.netlist)) is not False:
            raise ToolError("the design itself is not proved: nothing to tell mutants from")
        self.values = self.at_vectors()

    def literals(self, rtl: Path) -> list:
        place = self.scratch / "rtl"
        shutil.rmtree(place, ignore_errors=True)
        return self.reader.rtl(rtl, place)

    def literals_of_netlist(self, netlist: dict) -> list:
        return self.reader.netlist(json.dumps(netlist))

    def differs(self, found: list) -> bool | None:
        """Tell whether outputs are others than those of the Verilog; None: not decided."""
        edges, unknown = clock_edges(self.layout), False
        for ours, theirs in zip(self.rtl, found, strict=True):
            for a, b in zip(ours, theirs, strict=True):
                if b.age not in (None, edges):
                    return True
                equal = self.reader.solver.equal(a.literal, b.literal)
                if equal is False:
                    return True
                unknown |= equal is None
        return None if unknown else False

    def at_vectors(self) -> list[int]:
        """Return what the first literals of the graph are at all vectors, a bit for each."""
        values = [0]
        for column, port in zip(self.ports.T, self.layout["model_inp"], strict=True):
            for place in range(port["width"]):
                bits = np.packbits(column >> place & 1, bitorder="little")
                values.append(int.from_bytes(bits.tobytes(), "little"))
        return [*values, 0]  # what is undefined is 0

    def seen_in_verilog(self, found: list) -> bool:
        """Tell whether a vector shows that literals of outputs are others than the Verilog's."""
        fanins, ones = self.reader.solver.graph.fanins, (1 << len(self.ports)) - 1

        def value(literal: int) -> int:
            return self.values[literal >> 1] ^ (ones if literal & 1 else 0)

        for a, b in fanins[len(self.values) :]:
            self.values.append(value(a) & value(b))
        pairs = zip(self.rtl, found, strict=True)
        return any(
            value(a.literal) != value(b.literal)
            for ours, theirs in pairs
            for a, b in zip(ours, theirs, strict=True)
        )

    def seen(self, netlist: dict) -> bool:
        """Tell whether a vector shows that a netlist computes something else."""
        try:
            text = json.dumps(netlist)
            outputs = simulate_netlist(text, self.graph, self.layout, self.ports)
        except ToolError:  # a loop, a loose wire, another latency
            return True
        return bool(np.any(outputs != self.expected))


def flip(cell: dict, draw: random.Random, _wires: list) -> None:
    bits = list(cell["parameters"]["INIT"])
    place = draw.randrange(len(bits))
    bits[place] = "10"[int(bits[place])]
    cell["parameters"]["INIT"] = "".join(bits)


def swap(cell: dict, draw: random.Random, _wires: list) -> None:
    pins = cell["connections"]
    first, second = draw.sample([pin for pin in pins if pin != "O"], 2)
    pins[first], pins[second] = pins[second], pins[first]


def rewire(cell: dict, draw: random.Random, wires: list) -> None:
    pin = draw.choice([pin for pin in cell["connections"] if pin not in ("O", "CO", "Q", "C")])
    bits = cell["connections"][pin]
    bits[draw.randrange(len(bits))] = draw.choice([*wires, "0", "1"])


NETLIST = {  # a mutation, and the cells that it is of
    "a bit of a LUT": (flip, r"LUT[1-6]"),
    "two wires swapped": (swap, r"LUT[2-6]|MUXF\d"),
    "a wire replaced": (rewire, r"LUT[1-6]|MUXF\d|CARRY4|FD[RS]E"),
}


class Judged(NamedTuple):
    """A kind of mutation, whether the mutant computes something else, and who noticed."""

    kind: str
    changed: bool | None
    noticed: dict[str, bool]


def netlist_mutant(design: Design, draw: random.Random) -> tuple[str, dict]:
    """Return what was done to a netlist, and the netlist."""
    kind = draw.choice(list(NETLIST))
    change, pattern = NETLIST[kind]
    netlist = deepcopy(design.netlist)
    cells = netlist["modules"][TOP]["cells"]
    name = draw.choice([n for n, cell in cells.items() if re.fullmatch(pattern, cell["type"])])
    own = ("O", "CO", "Q")
    wires = [b for c in cells.values() for pin in own for b in c["connections"].get(pin, [])]
    change(cells[name], draw, wires)
    return kind, netlist


def judged_netlist(design: Design, draw: random.Random) -> Judged:
    """Return the kind of a mutant, whether it computes something else, and who noticed."""
    while True:
        kind, netlist = netlist_mutant(design, draw)
        if netlist != design.netlist:
            break
    try:
        changed = design.differs(design.literals_of_netlist(netlist))
    except ToolError:
        changed = True  # a loop, or clock cycles that meet: refused by name
    noticed = {"proof": changed is not False, "vectors": design.seen(netlist)}
    return Judged(kind, changed, noticed)


CELL = r"(shift_adder|mux|multiplier|negative) #\(([-\d, ]+)\) op_\d+ \((.*)\);"


def number(text: str, draw: random.Random) -> str:
    """Change a number of a cell: a width, a sign, a shift, or plus to minus."""
    (cell,) = re.finditer(CELL, text)
    values = [int(v) for v in cell[2].split(",")]
    place = draw.randrange(len(values))
    values[place] = 1 - values[place] if values[place] in (0, 1) else values[place] - 1
    return text.replace(f"({cell[2]})", f"({', '.join(map(str, values))})", 1)


def operands(text: str, draw: random.Random) -> str:
    (cell,) = re.finditer(CELL, text)
    parts = cell[3].split(", ")
    first, second = (0, 1) if len(parts) == 3 else (1, 2)
    parts[first], parts[second] = parts[second], parts[first]
    return text.replace(cell[3], ", ".join(parts), 1)


def bits(text: str, draw: random.Random) -> str:
    ranges = list(re.finditer(r"\[(\d+):(\d+)\]", text))
    one = draw.choice(ranges[1:])
    low, high = int(one[2]), int(one[1])
    step = 1 if low == 0 else draw.choice((1, -1))
    return f"{text[: one.start()]}[{high + step}:{low + step}]{text[one.end() :]}"


VERILOG = {
    "a number of a cell": (number, CELL),
    "two operands swapped": (operands, r"(shift_adder|mux) #\(([-\d, ]+)\) op_\d+ \((.*)\);"),
    "a range of bits": (bits, r"(assign|op_\d+).*\[\d+:\d+\].*\[\d+:\d+\]"),
}


def rtl_mutant(rtl: Path, draw: random.Random) -> str:
    """Change one line of the stages, or one bit of an entry of a table; return what."""
    kind = draw.choice([*VERILOG, "an entry of a table"])
    if kind == "an entry of a table":
        path = draw.choice(sorted((rtl / "src/memfiles").iterdir()))
        words = path.read_text(encoding="utf-8").split()
        place = draw.choice([k for k, word in enumerate(words) if "X" not in word])
        words[place] = f"{int(words[place], 16) ^ 1:0{len(words[place])}X}"
        path.write_text("\n".join(words) + "\n", encoding="utf-8")
        return kind
    change, pattern = VERILOG[kind]
    lines = [
        (path, k)
        for path in sorted((rtl / "src").glob(f"{TOP}*.v"))
        if "wrapper" not in path.name
        for k, line in enumerate(path.read_text(encoding="utf-8").splitlines())
        if re.search(pattern, line)
    ]
    if not lines:
        return ""
    path, k = draw.choice(lines)
    text = path.read_text(encoding="utf-8").splitlines()
    text[k] = change(text[k], draw)
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return kind


def judged_rtl(design: Design, draw: random.Random) -> Judged:
    """Return the kind of a mutant, whether it computes something else, and who noticed."""
    rtl = design.scratch / "mutant"
    shutil.rmtree(rtl, ignore_errors=True)
    shutil.copytree(design.folder / "rtl", rtl)
    kind = rtl_mutant(rtl, draw)
    if not kind:
        return judged_rtl(design, draw)
    try:
        found = design.literals(rtl)
        changed, seen = design.differs(found), design.seen_in_verilog(found)
    except (ToolError, KeyError, ValueError):
        seen = changed = True  # no Verilog any more, or clock cycles that meet
    noticed = {"proof": refused(prove, design, rtl), "second proof": refused(second, design, rtl)}
    return Judged(kind, changed, noticed | {"vectors": seen})


def refused(proof: Callable[[Path, Path], dict], design: Design, rtl: Path) -> bool:
    """Tell whether a proof leaves a node open."""
    try:
        made = proof(design.folder / "graph.json", rtl)
        return made["nodes_proved"] < made["nodes_total"]
    except (InputError, ToolError):
        return True


def second(graph: Path, rtl: Path) -> dict:
    """Return what the second proof says of the Verilog."""
    with TemporaryDirectory() as scratch:
        made = prove_bitwise(graph, rtl, SECOND, Path(scratch), LANGUAGES[:1])
    return made["languages"][0]


def told(rows: list[Judged]) -> list[dict]:
    """Return by kind how many mutants there are, how many compute something else, and who saw."""
    found = []
    for kind in [*sorted({row.kind for row in rows}), "all"]:
        own = [row for row in rows if kind in (row.kind, "all")]
        changed = [row for row in own if row.changed]
        same = [row for row in own if row.changed is False]
        counts = {"kind": kind, "mutants": len(own), "another function": len(changed)}
        counts |= {"same function": len(same), "not decided": len(own) - len(changed) - len(same)}
        for who in rows[0].noticed:
            counts[f"noticed by {who}"] = sum(row.noticed[who] for row in changed)
            counts[f"refused by {who} all the same"] = sum(row.noticed[who] for row in same)
        found.append(counts)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--netlist", type=int, default=0)
    parser.add_argument("--rtl", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    record = {}
    with TemporaryDirectory() as scratch:
        design = Design(given.folder, Path(scratch))
        for name, count, one in (
            ("netlist", given.netlist, judged_netlist),
            ("Verilog", given.rtl, judged_rtl),
        ):
            if not count:
                continue
            draw, started = random.Random(given.seed), time.process_time()
            rows = []
            for k in range(count):
                rows.append(one(design, draw))
                if (k + 1) % 10 == 0:
                    print(f"{name} {k + 1}: {told(rows)[-1]}", flush=True)
            record[name] = told(rows)
            for row in record[name]:
                print(name, row)
            print(f"{name}: {time.process_time() - started:.0f} s of the processor")
    if given.out is not None:
        write_json(given.out, record)


if __name__ == "__main__":
    main()
