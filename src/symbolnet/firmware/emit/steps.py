"""A graph as steps of a program on plain integers: one assignment for each node, in any language.

What is written here is valid in C++ and Python alike but for what a `Dialect` says.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from symbolnet.firmware.graph.graph import (
    Argmax,
    Graph,
    Input,
    Interval,
    Linear,
    Multiply,
    Node,
    Output,
    Quantise,
    Table,
    compared,
    shifts,
    weights,
)
from symbolnet.firmware.graph.scaling import Standard, Unit


class Dialect(Protocol):
    """How a language writes what is not the same in all."""

    def clip(self, value: str, low: int, high: int) -> str:
        """Return a value brought into an interval."""

    def wrap(self, value: str, low: int, bits: int) -> str:
        """Return a value brought into 2**bits values from `low` on, higher bits lost."""

    def first_largest(self, values: list[str]) -> str:
        """Return the place of the first of the largest values."""

    def number(self, number: int) -> str:
        """Return a whole number."""


class Port(NamedTuple):
    """An input: its column, how it is standardised, steps of a 1, and the ends of its words."""

    column: int
    mean: float
    scale: float
    steps: float
    ends: Interval


def ports_of(graph: Graph) -> list[Port]:
    """Return the ports of a graph, whose inputs are raw where it says how they are standardised."""
    plain = (Standard(0.0, 1.0),) * len(graph.inputs())
    pairs = zip(graph.inputs(), graph.scaler or plain, strict=True)
    return [
        Port(n.variable, by.mean, by.scale, 2.0**n.format.fraction, n.interval) for n, by in pairs
    ]


class Result(NamedTuple):
    """An output: its value is offset + word * step; `up` bits more and it is as fine as all."""

    offset: float
    step: float
    up: int


def results_of(graph: Graph) -> list[Result]:
    """Return what the words of the outputs stand for."""
    nodes, plain = graph.outputs(), (Unit(0.0, 0),) * len(graph.outputs())
    finest = max(node.format.fraction for node in nodes)
    return [
        Result(unit.offset, node.format.step * unit.size, finest - node.format.fraction)
        for node, unit in zip(nodes, graph.units or plain, strict=True)
    ]


def placed(graph: Graph, kind: type[Node]) -> list[int]:
    """Return the places of all nodes of a kind."""
    return [place for place, node in enumerate(graph.nodes) if isinstance(node, kind)]


class Step(NamedTuple):
    """The value of a node: its name, an expression, and the ends of all that it passes through."""

    name: str
    value: str
    reach: Interval


def steps(graph: Graph, dialect: Dialect) -> Iterator[Step]:
    """Yield a step for each node but inputs and outputs, in the order of evaluation."""
    for place, node in enumerate(graph.nodes):
        if not isinstance(node, Input | Output):
            yield Step(
                name_of(place, graph), _value(node, place, graph, dialect), _reach(node, graph)
            )


def name_of(place: int, graph: Graph) -> str:
    """Return the name of a node's value: an output is called as what it puts out."""
    node = graph.nodes[place]
    return name_of(node.sources[0], graph) if isinstance(node, Output) else f"v{place}"


def tables(graph: Graph) -> Iterator[tuple[str, Table]]:
    """Yield the tables and their names."""
    for place, node in enumerate(graph.nodes):
        if isinstance(node, Table):
            yield f"t{place}", node


def _value(node: Node, place: int, graph: Graph, dialect: Dialect) -> str:
    read = [name_of(source, graph) for source in getattr(node, "sources", ())]
    if isinstance(node, Linear):
        return _sum(node, read, graph, dialect)
    if isinstance(node, Multiply):
        return f"{read[0]} * {read[1]}"
    if isinstance(node, Table):
        low = graph.nodes[node.sources[0]].interval[0]
        return f"t{place}[{_moved(read[0], -low, dialect)}]"
    if isinstance(node, Argmax):
        ups = shifts(node, graph.nodes)
        return dialect.first_largest(
            [_scaled(name, 1 << up, dialect) for name, up in zip(read, ups, strict=True)]
        )
    assert isinstance(node, Quantise)  # inputs and outputs have no step
    return _quantised(node, read[0], graph, dialect)


def _sum(node: Linear, read: list[str], graph: Graph, dialect: Dialect) -> str:
    pairs = zip(read, weights(node, graph.nodes), strict=True)
    terms = [_scaled(name, weight, dialect) for name, weight in pairs]
    return " + ".join([*terms, dialect.number(node.offset)] if node.offset or not terms else terms)


def _scaled(name: str, weight: int, dialect: Dialect) -> str:
    return name if weight == 1 else f"{name} * {dialect.number(weight)}"


def _moved(name: str, by: int, dialect: Dialect) -> str:
    return f"{name} + {dialect.number(by)}" if by else name


def _quantised(node: Quantise, name: str, graph: Graph, dialect: Dialect) -> str:
    target, value = node.format, name
    drop = graph.nodes[node.sources[0]].format.fraction - target.fraction
    if drop > 0:
        half = 1 << (drop - 1) if target.rounding == "RND" else 0
        value = f"({_moved(name, half, dialect)}) >> {drop}"
    elif drop < 0:
        value = _scaled(name, 1 << -drop, dialect)
    if target.overflow == "SAT":
        return dialect.clip(value, target.lowest, target.highest)
    return dialect.wrap(value, target.lowest, target.width)


def _reach(node: Node, graph: Graph) -> Interval:
    """Return the least and the largest number that may stand anywhere in a node's expression."""
    if isinstance(node, Linear):
        parts = zip(node.sources, weights(node, graph.nodes), strict=True)
        most = abs(node.offset) + sum(
            max(abs(weight * end) for end in graph.nodes[source].interval)
            for source, weight in parts
        )
        return min(-most, node.interval[0]), max(most, node.interval[1])
    ends = [
        node.interval,
        *(graph.nodes[source].interval for source in getattr(node, "sources", ())),
    ]
    if isinstance(node, Argmax):
        ends += compared(node, graph.nodes)
    if isinstance(node, Quantise):
        drop = graph.nodes[node.sources[0]].format.fraction - node.format.fraction
        ends += [(end[0] << -drop, end[1] << -drop) for end in ends if drop < 0]
        ends += [(end[0], end[1] + (1 << drop)) for end in ends if drop > 0]
        ends += [(node.format.lowest, node.format.highest)]
        low = min(end[0] for end in ends) - node.format.highest
        return low, max(end[1] for end in ends) - node.format.lowest
    return min(end[0] for end in ends), max(end[1] for end in ends)
