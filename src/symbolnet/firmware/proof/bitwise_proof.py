"""A second proof that the RTL computes the graph, node by node, by another reader and solver."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symbolnet.artifact import read_json, sha256
from symbolnet.errors import ToolError
from symbolnet.firmware.emit.interface import BitField, Layout, bits_of, clock_edges
from symbolnet.firmware.graph.graph import Graph, Input, Output, load_graph, sources
from symbolnet.firmware.graph.reference import run_all
from symbolnet.firmware.proof import smt as solver
from symbolnet.firmware.proof.btor import Bits, Circuit, read_btor
from symbolnet.firmware.proof.circuit_terms import CircuitTerms
from symbolnet.firmware.proof.emitted import yosys_version
from symbolnet.firmware.proof.languages import LANGUAGES, Language
from symbolnet.firmware.proof.node_terms import NodeTerms
from symbolnet.firmware.proof.samples import Samples
from symbolnet.firmware.proof.smt import Smt, Term, width_of

DATA = ("schema/bitwise_proof.json",)
METHOD = (
    "Yosys reads the RTL and writes it as operators on bit vectors (BTOR2); registers are wires, of"
    " one age on all paths. Nodes of the graph become bit vectors as graph.json defines them. From"
    " the inputs on, a wire that has the values of a node on sampled inputs is asked about: can the"
    " two differ, the nodes before being free words inside their intervals? If they can, what these"
    " nodes are is added, up to the inputs. Where they cannot, the wire is the node from then on."
    " Sums go to the solver with their terms in one order. An output is proved at its port; a node"
    " without a wire of its own where all that reads it is proved. Assumed: inputs inside their"
    " intervals, Yosys reads the RTL rightly, the intervals of the graph, which loading it derives"
    " again, and the solver. What is undefined in the RTL may be anything."
)
_ROWS = 64  # of sampled inputs
_TRIED = 6  # wires for a node
_SECONDS = 30.0  # for the question about one of them
OPEN = "not decided in time"
_WRONG = "the RTL computes another value"


class Found(NamedTuple):
    """What is known of a node: the wire that is it, or why it is not proved, and how deep."""

    wire: str | None
    fault: str
    depth: int


def prove_bitwise(
    graph: Path,
    rtl: Path,
    seconds: int,
    scratch: Path,
    languages: Sequence[Language] = LANGUAGES,
) -> dict[str, Any]:
    """Prove each node of a graph on the RTL in some languages, for so many seconds each."""
    started, built = time.monotonic(), load_graph(graph)
    layout: Layout = read_json(rtl / "interface.json")
    made = [_of(one, built, layout, rtl, seconds, scratch / one.name) for one in languages]
    return {
        "version": 1,
        "tool": f"{solver.TOOL} and Yosys",
        "tool_version": f"{solver.version()}; {yosys_version()}",
        "method": METHOD,
        "graph_sha256": sha256(graph),
        "languages": made,
        "limit": seconds,
        "proof_seconds": round(time.monotonic() - started, 3),
    }


def _of(
    language: Language, graph: Graph, layout: Layout, rtl: Path, seconds: int, scratch: Path
) -> dict[str, Any]:
    """Return what is proved of the RTL in one language."""
    rows, questions, fault = [Found(None, "", 0)] * len(graph.nodes), 0, ""
    try:
        solver.check_tools()
        circuit = read_btor(language.as_btor(rtl, scratch), "model_inp")
        proof = _Proof(graph, layout, circuit, seconds)
        rows, questions = proof.found(), proof.smt.questions
    except ToolError as error:  # nothing is proved then, and the evidence says why
        fault = str(error)
    nodes = _records(graph, rows, fault)
    return {
        "language": language.name,
        "read_by": language.reader(),
        "sha256": language.hashes(rtl),
        "nodes": nodes,
        "nodes_proved": sum(node["proved"] for node in nodes),
        "nodes_total": len(nodes),
        "questions": questions,
        "reason": fault,
    }


def _records(graph: Graph, rows: Sequence[Found], fault: str) -> list[dict[str, Any]]:
    faults = _faults(graph, [fault or row.fault for row in rows], rows)
    return [
        {
            "node": place,
            "kind": type(node).__name__.lower(),
            "wire": row.wire,
            "depth": row.depth,
            "proved": not reason,
            "reason": reason,
        }
        for place, (node, row, reason) in enumerate(zip(graph.nodes, rows, faults, strict=True))
    ]


def _faults(graph: Graph, own: Sequence[str], rows: Sequence[Found]) -> list[str]:
    """Return why nodes are not proved; one without a wire is where all that reads it is."""
    faults, read = list(own), set[int]()
    for place in reversed(range(len(faults))):
        node = graph.nodes[place]
        if not faults[place] and place not in read and not isinstance(node, Output):
            faults[place] = "no output depends on it" if rows[place].wire is None else ""
        for source in sources(node):
            read.add(source)
            if rows[source].wire is None:
                faults[source] = faults[source] or faults[place]
    return faults


class _Proof:
    """The proof of one circuit: nodes become cuts one after the other."""

    def __init__(self, graph: Graph, layout: Layout, circuit: Circuit, seconds: float) -> None:
        self._graph, self._layout, self._circuit = graph, layout, circuit
        self.smt = Smt(seconds)
        self._wires = CircuitTerms(self.smt, circuit)
        self._nodes = NodeTerms(self.smt, graph)
        self._values, self._named = _sampled(graph, layout, circuit)

    def found(self) -> list[Found]:
        """Return what is known of every node."""
        fault = self._late()
        inputs, outputs = iter(self._layout["model_inp"]), iter(self._layout["model_out"])
        rows = []
        for place, node in enumerate(self._graph.nodes):
            if isinstance(node, Input):
                rows.append(self._input(place, next(inputs)))
            elif isinstance(node, Output):
                rows.append(self._output(place, next(outputs), fault))
            else:
                rows.append(self._inner(place))
        return rows

    def _late(self) -> str:
        age, edges = self._circuit.delays["model_out"], clock_edges(self._layout)
        return "" if age in (None, edges) else f"the RTL takes {age} clock edges, not {edges}"

    def _input(self, place: int, port: BitField) -> Found:
        node, bits = self._graph.nodes[place], bits_of(self._circuit.inputs["model_inp"], port)
        low, high = node.interval
        if low == high:
            return Found(port["port"], "", 0)
        narrow = port["width"] < width_of(low, high) or (low < 0) > port["signed"]
        if narrow or port["fraction"] != node.format.fraction:
            return Found(None, "the port has another format than the input", 0)
        self._cut(place, tuple(bits), 0)
        return Found(port["port"], "", 0)

    def _output(self, place: int, port: BitField, fault: str) -> Found:
        node, bits = self._graph.nodes[place], bits_of(self._circuit.outputs["model_out"], port)
        drop = node.format.fraction - port["fraction"]
        low, high = (end >> max(drop, 0) for end in node.interval)
        if drop < 0 or len(bits) < width_of(low if port["signed"] else max(low, 0), high):
            return Found(None, "the port has another format than the output", 0)
        if low < 0 and not port["signed"]:
            return Found(None, "the port has no sign", 0)
        if fault:
            return Found(None, fault, 0)
        answer, depth = self._equal(place, tuple(bits), drop, float("inf"))
        return Found(port["port"] if answer == "" else None, answer, depth)

    def _inner(self, place: int) -> Found:
        """Return the first wire that is proved to be a node; all such wires are cut."""
        found = Found(None, "", 0)
        for name, bits, shift in list(self._candidates(place))[:_TRIED]:
            if place in self._nodes.cuts and self._is_value(place, bits, shift):
                continue
            answer, depth = self._equal(place, bits, shift, _SECONDS)
            if answer == "" and found.wire is None:
                found = Found(name, "", depth)
            if answer == "" and not self._wires.is_cut(bits):
                self._cut(place, bits, shift)
        return found

    def _candidates(self, place: int) -> Iterator[tuple[str, Bits, int]]:
        """Yield wires that have the values of a node, without `shift` bits that are always 0."""
        (low, high), values = self._graph.nodes[place].interval, self._values[place]
        if low == high:
            return
        lowest = min(((v & -v).bit_length() - 1 for v in values if v), default=0)
        for shift in range(lowest + 1):
            for width in sorted(self._named):
                if width >= width_of(low >> shift, high >> shift):
                    key = tuple((v >> shift) % (1 << width) for v in values)
                    for bits, name in self._named[width].get(key, {}).items():
                        yield name, bits, shift

    def _is_value(self, place: int, bits: Bits, shift: int) -> bool:
        """Tell whether bits are by now no more than the variable of a node."""
        term = self.smt.moved(self._wires.word(bits), shift)
        return bool(term == self._nodes.value(place, len(bits) + shift))

    def _cut(self, place: int, bits: Bits, shift: int) -> None:
        if place not in self._nodes.cuts:
            ends = [end >> shift for end in self._graph.nodes[place].interval]
            self.smt.variable(place, f"node {place}", *ends)
            self._nodes.cuts[place] = shift
        if shift == self._nodes.cuts[place]:
            self._wires.cut(bits, place)

    def _equal(self, place: int, bits: Bits, shift: int, limit: float) -> tuple[str, int]:
        """Return "" where bits are a node for all inputs, else why not, and how deep it was seen.

        Variables are free at first. While that lets the two differ, what they are is added.
        """
        ours = self._nodes.defined(place, len(bits) + shift)
        claims = [self.smt("DISTINCT", ours, self.smt.moved(self._wires.word(bits), shift))]
        known, depth = set[int](), 0
        until = time.process_time() + limit
        fresh = self.smt.inside(claims[0])
        defined: list[int] = []
        while True:
            claims += self.smt.between(sorted(fresh))
            known |= fresh
            answer = self.smt.holds(claims, until - time.process_time())
            if answer is None or answer is False:
                return (OPEN if answer is None else ""), depth
            missing = [k for k in sorted(known) if k not in defined and not self._is_input(k)]
            if not missing:
                return f"{_WRONG}, {self._example(answer)}", depth
            added = [self._definition(k) for k in missing]
            defined, claims, depth = [*defined, *missing], [*claims, *added], depth + 1
            fresh = frozenset().union(*(self.smt.inside(one) for one in added)) - known

    def _is_input(self, place: int) -> bool:
        return isinstance(self._graph.nodes[place], Input)

    def _definition(self, place: int) -> Term:
        """Return the claim that the variable of a node is what it computes."""
        width = self.smt.width(self.smt.variables[place].term) + self._nodes.cuts[place]
        form = {place: 1 << self._nodes.cuts[place]}
        return self.smt("EQUAL", self._nodes.defined(place, width), self.smt.sum(form, width))

    def _example(self, answer: Callable[[Term], int]) -> str:
        """Return words of the ports at which an output differs."""
        places = [k for k in self.smt.variables if self._is_input(k)]
        inputs = [k for k, node in enumerate(self._graph.nodes) if isinstance(node, Input)]
        ports = dict(zip(inputs, self._layout["model_inp"], strict=True))
        told = []
        for place in places:
            one = self.smt.variables[place]
            value = answer(one.term)
            if one.signed and value > one.high:
                value -= 1 << self.smt.width(one.term)
            told.append(f"{ports[place]['port']} = {value}")
        return f"for one where {', '.join(told)}"


def _sampled(
    graph: Graph, layout: Layout, circuit: Circuit
) -> tuple[list[list[int]], Mapping[int, Mapping[tuple[int, ...], dict[Bits, str]]]]:
    """Return the values of nodes at sampled inputs, and the wires by their width and values."""
    draw = random.Random(17)
    ends = [node.interval for node in graph.inputs()]
    columns = [
        [draw.choice(one) if row % 8 == 0 else draw.randint(*one) for row in range(_ROWS)]
        for one in ends
    ]
    words = [0] * _ROWS
    for column, port in zip(columns, layout["model_inp"], strict=True):
        low, size = port["lowest_bit"], 1 << port["width"]
        words = [word | value % size << low for word, value in zip(words, column, strict=True)]
    samples = Samples(circuit, {"model_inp": words}, _ROWS)
    named: dict[int, dict[tuple[int, ...], dict[Bits, str]]] = {}
    for name, bits in circuit.wires.items():
        group = named.setdefault(len(bits), {}).setdefault(tuple(samples.word(bits)), {})
        group.setdefault(bits, name)
    values = run_all(graph, np.array(columns, np.int64).T)
    return [column.tolist() for column in values], named
