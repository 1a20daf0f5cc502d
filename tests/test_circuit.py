"""The picture of a fixed-point graph: every node and wire, in layers, or a summary of many."""

import re
import xml.etree.ElementTree as ET

import numpy as np

from circuits import X0, X1, X2, add, expression_set, gauss, mul, uniform_graph
from symbolnet.config import Precision
from symbolnet.firmware.graph.graph import Graph, sources
from symbolnet.report.circuit import NODES, circuit_figure


def small() -> Graph:
    chosen = expression_set(add(mul(0.3, gauss(X0)), mul(X1, X2)), add(X0, mul(2.0, X1)))
    x = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    return uniform_graph(chosen, x, Precision())


def corners(drawn: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in re.findall(r'<rect x="(\d+)" y="(\d+)"', drawn)]


def test_every_node_and_every_wire_is_drawn():
    graph = small()
    found = circuit_figure(graph, {})
    root = ET.fromstring(str(found.figure))
    assert not found.summarised and root.get("role") == "img" and found.words in str(root.attrib)
    places = corners(str(found.figure))
    assert len(places) == len(set(places)) == len(graph.nodes)
    wires = {(s, p) for p, node in enumerate(graph.nodes) for s in sources(node)}
    assert root[0].get("d", "").count("M") == len(wires)
    for start, end in wires:
        assert places[start][0] < places[end][0]
    assert len(root.findall(".//title")) == len(graph.nodes)


def test_boxes_lie_inside_and_never_on_each_other():
    found = str(circuit_figure(small(), {}).figure)
    width, height = (int(v) for v in re.findall(r'viewBox="0 0 (\d+) (\d+)"', found)[0])
    places = corners(found)
    assert all(x + 124 <= width and y + 24 <= height for x, y in places)
    by_column: dict[int, list[int]] = {}
    for x, y in places:
        by_column.setdefault(x, []).append(y)
    for column in by_column.values():
        assert min(np.diff(sorted(column)), default=30) >= 24


def test_a_large_graph_is_drawn_in_summary():
    graph = small()
    shift = len(graph.nodes)
    nodes = list(graph.nodes)
    while len(nodes) <= NODES:  # the same circuit again and again, for the picture alone
        base = len(nodes)
        nodes += [
            node._replace(sources=tuple(s + base for s in node.sources)) if sources(node) else node
            for node in graph.nodes[:shift]
        ]
    found = circuit_figure(graph._replace(nodes=tuple(nodes)), {})
    assert found.summarised and len(corners(str(found.figure))) < 40
    ET.fromstring(str(found.figure))


def test_names_are_never_markup():
    graph = small()
    evil = graph._replace(feature_names=("<script>&", *graph.feature_names[1:]))
    assert "<script>" not in str(circuit_figure(evil, {}).figure)
