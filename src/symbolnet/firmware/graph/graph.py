"""The fixed-point graph: every node with its format and a proven interval; frozen JSON.

Mantissas are exact integers. A node's `interval` (low, high) bounds its mantissa for every input
inside the intervals of the input nodes; `check` proves it again from the node's sources.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Union

from symbolnet.artifact import read_json, write_json
from symbolnet.errors import InputError
from symbolnet.firmware.graph.decision import contenders
from symbolnet.firmware.graph.fixed import WIDEST, Fixed
from symbolnet.firmware.graph.scaling import Standard, Unit

DATA = ("schema/graph.json",)
_PORTS = ("units", "scaler")  # of a graph, one for each port; left out where there are none
Interval = tuple[int, int]


class Input(NamedTuple):
    """An input variable; values outside the interval saturate before they enter."""

    variable: int
    format: Fixed
    interval: Interval


class Linear(NamedTuple):
    """The exact sum of source * factor * 2**-factor_fraction, plus offset * 2**-fraction."""

    sources: tuple[int, ...]
    factors: tuple[int, ...]
    factor_fraction: int
    offset: int
    format: Fixed
    interval: Interval


class Multiply(NamedTuple):
    """The exact product of two sources."""

    sources: tuple[int, int]
    format: Fixed
    interval: Interval


class Table(NamedTuple):
    """One entry (mantissa) for each mantissa of the source's interval, from the lowest up."""

    sources: tuple[int]
    entries: tuple[int, ...]
    format: Fixed
    interval: Interval


class Quantise(NamedTuple):
    """The source rounded, then saturated or wrapped, into the format."""

    sources: tuple[int]
    format: Fixed
    interval: Interval


class Argmax(NamedTuple):
    """The place, from 0, of the largest of the sources; of equal ones that of the first."""

    sources: tuple[int, ...]
    names: tuple[str, ...]
    format: Fixed
    interval: Interval


class Output(NamedTuple):
    """The source under the name of a class, or the number of the class that is decided for."""

    sources: tuple[int]
    name: str
    format: Fixed
    interval: Interval


Node = Union[Input, Linear, Multiply, Table, Quantise, Argmax, Output]
_KINDS: dict[str, type[Node]] = {
    kind.__name__.lower(): kind
    for kind in (Input, Linear, Multiply, Table, Quantise, Argmax, Output)
}


class Graph(NamedTuple):
    """Nodes in the order of evaluation, and the name of the model they compute.

    `scaler` says how each input is standardised before it enters, and of a regression `units` what
    the value of each output stands for: from raw inputs to values nothing else is needed.
    """

    model: str
    feature_names: tuple[str, ...]
    precision: dict[str, int]
    nodes: tuple[Node, ...]
    units: tuple[Unit, ...] = ()
    scaler: tuple[Standard, ...] = ()

    def inputs(self) -> list[Input]:
        """Return the input nodes, in the order of the hardware's ports."""
        return [node for node in self.nodes if isinstance(node, Input)]

    def outputs(self) -> list[Output]:
        """Return the output nodes, in the order of the classes."""
        return [node for node in self.nodes if isinstance(node, Output)]

    def decision(self) -> Argmax | None:
        """Return the node whose number of a class is the only output; None: scores are put out."""
        return next((node for node in self.nodes if isinstance(node, Argmax)), None)


def count_kinds(graph: Graph) -> dict[str, int]:
    """Return how many nodes of each kind a graph has."""
    kinds = [type(node) for node in graph.nodes]
    return {name: kinds.count(kind) for name, kind in _KINDS.items()}


def sources(node: Node) -> tuple[int, ...]:
    """Return the places of the nodes that a node reads."""
    return () if isinstance(node, Input) else node.sources


def bound(node: Node, nodes: Sequence[Node]) -> Interval:
    """Return the interval that follows from a node's sources, in the node's own mantissas."""
    if isinstance(node, Input):
        return node.interval
    if isinstance(node, Linear):
        return _sum_bound(node, nodes)
    if isinstance(node, Multiply):
        return _product_bound(node, nodes)
    if isinstance(node, Table):
        return min(node.entries), max(node.entries)
    if isinstance(node, Argmax):
        able = contenders(node.sources, compared(node, nodes))
        return min(able), max(able)
    source = nodes[node.sources[0]]
    if isinstance(node, Output):
        return source.interval
    return _quantised_bound(source, node.format)


def weights(node: Linear, nodes: Sequence[Node]) -> list[int]:
    """Return what one mantissa unit of each source adds to the mantissa of the sum."""
    return [
        factor << (node.format.fraction - node.factor_fraction - nodes[source].format.fraction)
        for source, factor in zip(node.sources, node.factors, strict=True)
    ]


def shifts(node: Argmax, nodes: Sequence[Node]) -> list[int]:
    """Return by how many bits the mantissa of each source moves up to the finest fraction."""
    fractions = [nodes[source].format.fraction for source in node.sources]
    return [max(fractions) - fraction for fraction in fractions]


def compared(node: Argmax, nodes: Sequence[Node]) -> list[Interval]:
    """Return the intervals of the sources in the steps of the finest of them."""
    ends = zip(node.sources, shifts(node, nodes), strict=True)
    return [(nodes[s].interval[0] << up, nodes[s].interval[1] << up) for s, up in ends]


def _sum_bound(node: Linear, nodes: Sequence[Node]) -> Interval:
    low = high = node.offset
    for source, weight in zip(node.sources, weights(node, nodes), strict=True):
        ends = [weight * end for end in nodes[source].interval]
        low, high = low + min(ends), high + max(ends)
    return low, high


def _product_bound(node: Multiply, nodes: Sequence[Node]) -> Interval:
    left, right = (nodes[source].interval for source in node.sources)
    corners = [a * b for a in left for b in right]
    if node.sources[0] == node.sources[1]:  # a square: the corners would allow negative values
        low = 0 if left[0] <= 0 <= left[1] else min(corners)
        return low, max(left[0] ** 2, left[1] ** 2)
    return min(corners), max(corners)


def _quantised_bound(source: Node, target: Fixed) -> Interval:
    drop = source.format.fraction - target.fraction
    half = 1 << (drop - 1) if drop > 0 and target.rounding == "RND" else 0
    low, high = ((end + half) >> drop if drop > 0 else end << -drop for end in source.interval)
    if target.overflow == "SAT":
        low, high = (min(max(end, target.lowest), target.highest) for end in (low, high))
        return low, high
    return (low, high) if target.holds(low, high) else (target.lowest, target.highest)


def check(graph: Graph) -> None:
    """Prove every format and interval again; raise InputError at the first node that is wrong."""
    for place, node in enumerate(graph.nodes):
        fault = _fault(place, node, graph)
        if fault:
            found = f"{fault} at node {place} ({type(node).__name__.lower()})"
            raise InputError("a consistent fixed-point graph", found, "build it again")
    names = [node.name for node in graph.outputs()]
    if not names or not graph.inputs() or len(set(names)) != len(names):
        raise InputError("inputs and distinct outputs in the graph", "none or twice", "rebuild it")
    decision = graph.decision()
    if decision and [graph.nodes[node.sources[0]] for node in graph.outputs()] != [decision]:
        raise InputError("the number of the class as the only output", "others", "rebuild it")
    for what, of in ((graph.units, graph.outputs()), (graph.scaler, graph.inputs())):
        if len(what) not in (0, len(of)):
            found = f"{len(what)} for {len(of)} ports"
            raise InputError("units and a scaler of every port, or none", found, "rebuild it")


def _fault(place: int, node: Node, graph: Graph) -> str:
    if any(not 0 <= source < place for source in sources(node)):
        return "a source that is not an earlier node"
    if not 1 <= node.format.width <= WIDEST or not node.format.holds(*node.interval):
        return "an interval that its format cannot hold"
    if isinstance(node, Input):
        known = node.variable < len(graph.feature_names)
        return "" if known and node.interval[0] <= node.interval[1] else "a wrong input"
    shape = _shape_fault(node, graph.nodes)
    if shape:
        return shape
    return "" if bound(node, graph.nodes) == node.interval else "an interval that does not follow"


def _shape_fault(node: Node, nodes: Sequence[Node]) -> str:
    read = sources(node)
    first = nodes[read[0]] if read else None
    if isinstance(node, Linear):
        fractions = [nodes[source].format.fraction for source in node.sources]
        finest = max(fractions, default=0) + node.factor_fraction
        exact = len(node.factors) == len(node.sources) and node.format.fraction >= finest
        return "" if exact or not fractions else "an inexact sum"
    if isinstance(node, Multiply):
        fraction = sum(nodes[source].format.fraction for source in node.sources)
        return "" if node.format.fraction == fraction else "an inexact product"
    if isinstance(node, Table) and first is not None:
        low, high = first.interval
        return "" if len(node.entries) == high - low + 1 else "a table of another length"
    if isinstance(node, Argmax):
        named = len(set(node.names)) == len(node.names) == len(node.sources) > 1
        ends, common = compared(node, nodes) if named else [], Fixed(True, WIDEST, 0)
        exact = named and all(common.holds(*end) for end in ends) and not node.format.fraction
        return "" if exact else "a wrong comparison"
    if isinstance(node, Output) and first is not None:
        return "" if node.format == first.format else "an output of another format"
    return ""


def save_graph(path: Path, graph: Graph) -> None:
    """Check a graph and write it as canonical JSON."""
    check(graph)
    nodes = [_as_json(node) for node in graph.nodes]
    names = list(graph.feature_names)
    value = {**graph._asdict(), "feature_names": names, "nodes": nodes, "version": 1}
    for name in _PORTS:
        value |= {name: [one._asdict() for one in value.pop(name)]}
    write_json(path, {k: v for k, v in value.items() if v or k not in _PORTS}, "graph")


def load_graph(path: Path) -> Graph:
    """Read a graph, check it against the schema and prove every interval again."""
    value = read_json(path, "graph")
    nodes = tuple(_from_json(item) for item in value["nodes"])
    units = tuple(Unit(**unit) for unit in value.get("units", []))
    scaler = tuple(Standard(**one) for one in value.get("scaler", []))
    names = tuple(value["feature_names"])
    graph = Graph(value["model"], names, value["precision"], nodes, units, scaler)
    check(graph)
    return graph


def _as_json(node: Node) -> dict[str, Any]:
    fields = {name: list(v) if type(v) is tuple else v for name, v in node._asdict().items()}
    return {"kind": type(node).__name__.lower(), **fields, "format": node.format._asdict()}


def _from_json(item: dict[str, Any]) -> Node:
    kind = _KINDS[item["kind"]]
    fields = {name: item[name] for name in kind._fields}
    values: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()
    }
    return kind(**values | {"format": Fixed(**item["format"])})
