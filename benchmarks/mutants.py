"""How many single mutations of netlist and Verilog the proofs notice, and how many the vectors.

    python benchmarks/mutants.py results/default/firmware/jets/c30 --netlist 1000 --rtl 100

The folder has graph.json, rtl/, vectors.npz. Whether a mutant computes another function is decided
by the solver, for all words that the ports can take. A mutant of the netlist is one bit of a LUT,
two wires swapped, a wire in place of another or a constant; one of the Verilog a number of a cell
(plus to minus among them), a range of bits, an entry of a table or two operands swapped.
"""

import argparse
import json
import random
import re
import shutil
import time
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from symbolnet.artifact import read_arrays, read_json, write_json
from symbolnet.errors import InputError, ToolError
from symbolnet.firmware.emit.interface import clock_edges
from symbolnet.firmware.evidence.netlist import simulate_netlist
from symbolnet.firmware.evidence.synthesis import synthesise
from symbolnet.firmware.evidence.vectors import together
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.firmware.proof.certificate import prove
from symbolnet.firmware.proof.netlist_proof import Reader

TOP = "symbolnet"
SECONDS = 36000


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


def judged_netlist(design: Design, draw: random.Random) -> tuple[str, bool | None, bool, bool]:
    """Return the kind of a mutant, whether it computes something else, and who noticed."""
    while True:
        kind, netlist = netlist_mutant(design, draw)
        if netlist != design.netlist:
            break
    try:
        changed = design.differs(design.literals_of_netlist(netlist))
    except ToolError:
        changed = True  # a loop, or clock cycles that meet: refused by name
    return kind, changed, changed is not False, design.seen(netlist)


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


def judged_rtl(design: Design, draw: random.Random) -> tuple[str, bool | None, bool, bool]:
    """Return the kind of a mutant, whether it computes something else, and who noticed."""
    rtl = design.scratch / "mutant"
    shutil.rmtree(rtl, ignore_errors=True)
    shutil.copytree(design.folder / "rtl", rtl)
    kind = rtl_mutant(rtl, draw)
    if not kind:
        return judged_rtl(design, draw)
    try:
        made = synthesise(rtl, design.scratch / "synthesised", False, False)
        shutil.rmtree(design.scratch / "synthesised")
        seen = design.seen(json.loads(made.netlist))
        changed = design.differs(design.literals(rtl))
    except (ToolError, KeyError, ValueError):
        seen = changed = True  # no Verilog any more, or clock cycles that meet
    try:
        made = prove(design.folder / "graph.json", rtl)
        noticed = made["nodes_proved"] < made["nodes_total"]
    except (InputError, ToolError):
        noticed = True
    return kind, changed, noticed, seen


def told(rows: list[tuple[str, bool | None, bool, bool]]) -> list[dict]:
    """Return by kind how many mutants there are, how many compute something else, and who saw."""
    found = []
    for kind in [*sorted({row[0] for row in rows}), "all"]:
        own = [row for row in rows if kind in (row[0], "all")]
        changed = [row for row in own if row[1]]
        same = [row for row in own if row[1] is False]
        found.append(
            {
                "kind": kind,
                "mutants": len(own),
                "another function": len(changed),
                "noticed by proof": sum(row[2] for row in changed),
                "noticed by vectors": sum(row[3] for row in changed),
                "same function": len(same),
                "refused by proof all the same": sum(row[2] for row in same),
                "seen or refused by the simulator all the same": sum(row[3] for row in same),
                "not decided": sum(row[1] is None for row in own),
            }
        )
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
            draw, started = random.Random(given.seed), time.process_time()
            rows = []
            for k in range(count):
                rows.append(one(design, draw))
                if (k + 1) % 50 == 0:
                    print(f"{name} {k + 1}: {told(rows)[-1]}", flush=True)
            record[name] = told(rows)
            for row in record[name]:
                print(name, row)
            print(f"{name}: {time.process_time() - started:.0f} s of the processor")
    if given.out is not None:
        write_json(given.out, record)


if __name__ == "__main__":
    main()
