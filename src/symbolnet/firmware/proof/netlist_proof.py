"""The synthesised netlist proved equal to the RTL, one output bit after the other."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from symbolnet.artifact import read_json
from symbolnet.errors import InputError, ToolError
from symbolnet.firmware.emit.interface import Layout, clock_edges
from symbolnet.firmware.evidence import synthesis
from symbolnet.firmware.evidence.netlist import Gate, has_gates, read_netlist
from symbolnet.firmware.evidence.synthesis import ModuleJson, Synthesis
from symbolnet.firmware.proof import sides, sweep
from symbolnet.firmware.proof.certificate import hashes
from symbolnet.firmware.proof.sides import Timed
from symbolnet.firmware.proof.sweep import Sweep

DATA = ("schema/netlist_proof.json",)
METHOD = (
    "Yosys reads the Verilog and writes it as single gates; the netlist is the one that was"
    " counted, made again by the same script. Both become one graph of ANDs and inverters; a"
    " register is a wire that is one clock edge older. Where a literal of the netlist has the"
    " values of one of the RTL on sampled inputs, the solver is asked whether they ever differ;"
    " if not, they are one from then on. An output bit is proved where both sides end as one"
    " literal, or the solver finds no input at which they differ, and both are as many edges old"
    " as the latency says. Assumed: inputs inside their words, the models of the cells, the solver,"
    " that Yosys reads Verilog rightly, and that its pass alumacc joins products with sums rightly,"
    " which is held to the Verilog as it stands on the sampled inputs. An entry of a table that no"
    " input reaches may be all 0 or all 1."
)
_PROVED, _DIFFERS, OPEN = "proved", "differs", "not decided in time"


class Sides(NamedTuple):
    """The bits of every output of the RTL and of the netlist, and the solver that joined them."""

    rtl: list[list[Timed]]
    netlist: list[list[Timed]]
    solver: Sweep


def prove_netlist(
    rtl: Path, resources: Mapping[str, Any], seconds: int, scratch: Path
) -> dict[str, Any]:
    """Synthesise as `resources.json` says in a scratch folder, and prove each output bit.

    Raises InputError where the netlist is not the one that was counted.
    """
    started = time.monotonic()
    made = _synthesised(rtl, resources, scratch / "netlist")
    layout: Layout = read_json(rtl / "interface.json")
    fault = ""
    try:
        rows = _solved(rtl, made, layout, seconds, scratch / "rtl")
    except ToolError as error:  # nothing is proved then, and the evidence says why
        fault = str(error)
        rows = _unchecked(layout, fault)
    return {
        "version": 1,
        "tool": f"{sweep.TOOL} and Yosys",
        "tool_version": f"{sweep.version()}; {made.version}",
        "method": METHOD,
        "rtl_sha256": hashes(rtl),
        "netlist_sha256": hashlib.sha256(made.netlist.encode()).hexdigest(),
        "cells": made.cells,
        "outputs": rows,
        "cones_proved": sum(row["proved"] for row in rows),
        "cones_total": sum(row["cones"] for row in rows),
        "reason": fault,
        "limit": seconds,
        "proof_seconds": round(time.monotonic() - started, 3),
    }


def _synthesised(rtl: Path, resources: Mapping[str, Any], scratch: Path) -> Synthesis:
    """Return the netlist that was counted last, made again."""
    counted = resources["runs"][-1]
    made = synthesis.synthesise(rtl, scratch, counted["dsp_allowed"], counted["bram_allowed"])
    if made.cells != counted["cells"]:
        found = f"{sum(made.cells.values())} cells of other kinds"
        raise InputError("the netlist of resources.json", found, "count_resources must run again")
    return made


def _solved(
    rtl: Path, made: Synthesis, layout: Layout, seconds: int, scratch: Path
) -> list[dict[str, Any]]:
    sweep.check_tools()
    if not has_gates(made.cells):
        raise ToolError("the netlist has DSP blocks or block RAMs, of which there is no open model")
    return _rows(read_sides(rtl, made.netlist, layout, seconds, scratch), layout)


def read_sides(rtl: Path, netlist: str, layout: Layout, seconds: float, scratch: Path) -> Sides:
    """Return RTL and netlist as literals of one graph, joined for so many seconds at most."""
    reader = Reader(layout, seconds)
    first = reader.rtl(rtl, scratch / "joined")
    _check_joining(reader.sampled(first), rtl, layout, scratch / "plain")
    reader.solver.start()
    return Sides(first, reader.netlist(netlist), reader.solver)


def _check_joining(found: list[list[int]], rtl: Path, layout: Layout, scratch: Path) -> None:
    """Raise ToolError where outputs are others than those of the RTL as it stands."""
    plain = Reader(layout, 0)  # draws the same inputs
    if plain.sampled(plain.rtl(rtl, scratch, joined=False)) != found:
        raise ToolError("Yosys changes what the RTL computes where it joins sums and products")


class Reader:
    """RTL and netlists of one layout as literals of one graph, over the same inputs."""

    def __init__(self, layout: Layout, seconds: float) -> None:
        self.solver, self._layout = Sweep(seconds), layout
        ports = layout["model_inp"]
        words = [self.solver.word(p["width"], p["signed"], *p["words"]) for p in ports]
        self._words = [word.bits for word in words]
        (self._undefined,) = self.solver.word(1, False, 0, 1).bits

    def rtl(self, rtl: Path, scratch: Path, joined: bool = True) -> list[list[Timed]]:
        """Return the bits of every output of RTL, which Yosys reads in an empty scratch folder."""
        module = sides.read_rtl(rtl, scratch, joined)
        return self._outputs(module, sides.rtl_gates(module["cells"]))

    def netlist(self, netlist: str) -> list[list[Timed]]:
        """Return those of a netlist, JSON of Yosys."""
        return self._outputs(*read_netlist(netlist))

    def sampled(self, outputs: list[list[Timed]]) -> list[list[int]]:
        """Return the values of outputs, bit by bit, on the inputs that are sampled."""
        return [[self.solver.sampled(bit.literal) for bit in bits] for bits in outputs]

    def _outputs(self, module: ModuleJson, found: Sequence[Gate]) -> list[list[Timed]]:
        graph, words = self.solver.graph, self._words
        return sides.outputs(graph, module, found, self._layout, words, self._undefined)


def _rows(found: Sides, layout: Layout) -> list[dict[str, Any]]:
    edges, rows = clock_edges(layout), []
    for port, ours, theirs in zip(layout["model_out"], found.rtl, found.netlist, strict=True):
        pairs = zip(ours, theirs, strict=True)
        rows.append(_row(port["name"], [_result(found.solver, *pair, edges) for pair in pairs]))
    return rows


def _result(solver: Sweep, ours: Timed, theirs: Timed, edges: int) -> str:
    for side, wire in (("the RTL", ours), ("the netlist", theirs)):
        if wire.age not in (None, edges):
            return f"{side} takes {wire.age} clock edges, not {edges}"
    equal = solver.equal(ours.literal, theirs.literal)
    return OPEN if equal is None else _PROVED if equal else _DIFFERS


def _row(name: str, results: Sequence[str]) -> dict[str, Any]:
    left = [{"bit": k, "result": one} for k, one in enumerate(results) if one != _PROVED]
    return {
        "output": name,
        "cones": len(results),
        "proved": len(results) - len(left),
        "not_proved": left,
    }


def _unchecked(layout: Layout, fault: str) -> list[dict[str, Any]]:
    return [_row(port["name"], [fault] * port["width"]) for port in layout["model_out"]]
