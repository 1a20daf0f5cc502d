"""The fixed-point graph as a picture: nodes in layers from the inputs to the outputs.

A graph of many nodes is drawn in summary: one box for all nodes of a kind in a layer.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup

from symbolnet.firmware.graph.graph import (
    Argmax,
    Graph,
    Input,
    Linear,
    Multiply,
    Node,
    Output,
    Table,
    count_kinds,
    sources,
)

NODES = 150  # a graph of more than so many nodes is drawn in summary
_WIDTH, _HEIGHT, _ACROSS, _DOWN, _EDGE = 124, 24, 190, 34, 10
_SWEEPS = 6
_LONGEST = 17  # characters that fit into a box
_NAMES = {
    "input": ("{} input", "{} inputs"),
    "linear": ("{} sum", "{} sums"),
    "multiply": ("{} product", "{} products"),
    "table": ("{} table", "{} tables"),
    "quantise": ("{} cut", "{} cuts"),
    "argmax": ("{} comparison of all scores", "{} comparisons of all scores"),
    "output": ("{} output", "{} outputs"),
}


class Picture(NamedTuple):
    """The drawing, whether it is a summary, and what it holds in words."""

    figure: Markup
    summarised: bool
    words: str


class _Box(NamedTuple):
    layer: int
    kind: str
    text: str
    title: str


class _Drawing(NamedTuple):
    boxes: list[_Box]
    edges: set[tuple[int, int]]


def circuit_figure(graph: Graph, luts: Mapping[int, int]) -> Picture:
    """Draw a graph; what each node is, is also said in words, and its LUTs where they are known."""
    summarised = len(graph.nodes) > NODES
    drawing = _summary(graph, luts) if summarised else _whole(graph, luts)
    counts = {kind: number for kind, number in count_kinds(graph).items() if number}
    words = ", ".join(kind_words(kind, n) for kind, n in counts.items())
    label = f"Fixed-point graph of {graph.model}: {words}"
    return Picture(_drawn(drawing, label), summarised, words)


def kind_words(kind: str, number: int) -> str:
    """Return so many nodes of a kind in words."""
    return _NAMES[kind][number != 1].format(number)


def node_words(node: Node, graph: Graph) -> str:
    """Return what a node is, in words."""
    return _texts(node, graph)[1]


def _layers(graph: Graph) -> list[int]:
    """Return the longest way from an input to each node; outputs stand in a layer of their own."""
    layers: list[int] = []
    for node in graph.nodes:
        layers.append(1 + max((layers[place] for place in sources(node)), default=-1))
    last = max(layers)
    return [
        last if isinstance(node, Output) else layer
        for node, layer in zip(graph.nodes, layers, strict=True)
    ]


def _whole(graph: Graph, luts: Mapping[int, int]) -> _Drawing:
    boxes = []
    for place, (node, layer) in enumerate(zip(graph.nodes, _layers(graph), strict=True)):
        text, title = _texts(node, graph)
        boxes.append(_Box(layer, _kind(node), text, title + _cost([place], luts)))
    edges = {(s, place) for place, node in enumerate(graph.nodes) for s in sources(node)}
    return _Drawing(boxes, edges)


def _summary(graph: Graph, luts: Mapping[int, int]) -> _Drawing:
    layers = _layers(graph)
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place, node in enumerate(graph.nodes):
        groups[layers[place], _kind(node)].append(place)
    keys = list(groups)
    at = {place: k for k, key in enumerate(keys) for place in groups[key]}
    boxes = [
        _Box(layer, kind, words, words + _cost(places, luts))
        for (layer, kind), places in groups.items()
        for words in [kind_words(kind, len(places))]
    ]
    edges = {(at[s], at[p]) for p, node in enumerate(graph.nodes) for s in sources(node)}
    return _Drawing(boxes, {(a, b) for a, b in edges if a != b})


def _cost(places: list[int], luts: Mapping[int, int]) -> str:
    known = [luts[place] for place in places if place in luts]
    return f", {sum(known):,} LUT alone" if known else ""


def _kind(node: Node) -> str:
    return type(node).__name__.lower()


def _texts(node: Node, graph: Graph) -> tuple[str, str]:
    """Return what stands in the box of a node, and the whole of it."""
    bits = f"{node.format.width} bit"
    if isinstance(node, Input):
        name = graph.feature_names[node.variable]
        return name, f"input {name}, {bits}"
    if isinstance(node, Output):
        return node.name, f"output {node.name}, {bits}"
    if isinstance(node, Table):
        return f"table, {bits}", f"table of {len(node.entries)} entries of {bits}"
    if isinstance(node, Linear):
        return f"sum, {bits}", f"sum of {len(node.sources)} terms, {bits}"
    if isinstance(node, Argmax):
        return f"largest, {bits}", f"number of the largest of {len(node.sources)} scores, {bits}"
    if isinstance(node, Multiply):
        return f"product, {bits}", f"product, {bits}"
    return f"cut, {bits}", f"rounded to {bits}, {node.format.overflow}"


def _drawn(drawing: _Drawing, label: str) -> Markup:
    places = _placed(drawing)
    width = max(x for x, _ in places) + _WIDTH + 2 * _EDGE
    height = max(y for _, y in places) + _HEIGHT + 2 * _EDGE
    edges = "".join(_path(places[a], places[b]) for a, b in sorted(drawing.edges))
    boxes = [_box(box, *place) for box, place in zip(drawing.boxes, places, strict=True)]
    return Markup(
        '<svg class="circuit" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img"'
        ' aria-label="{2}"><path class="wire" d="{3}"/>{4}</svg>'
    ).format(width, height, label, edges, Markup("").join(boxes))


def _placed(drawing: _Drawing) -> list[tuple[int, int]]:
    """Return the corner of each box: layers from left to right, each centred."""
    columns = _ordered(drawing)
    tallest = max(len(column) for column in columns.values())
    corners: dict[int, tuple[int, int]] = {}
    for step, layer in enumerate(sorted(columns)):
        top = _EDGE + (tallest - len(columns[layer])) * _DOWN // 2
        for row, place in enumerate(columns[layer]):
            corners[place] = (_EDGE + step * _ACROSS, top + row * _DOWN)
    return [corners[place] for place in range(len(drawing.boxes))]


def _ordered(drawing: _Drawing) -> dict[int, list[int]]:
    """Return the boxes of each layer, ordered by the mean place of what they are wired to."""
    columns: dict[int, list[int]] = defaultdict(list)
    for place, box in enumerate(drawing.boxes):
        columns[box.layer].append(place)
    wired: dict[int, list[int]] = defaultdict(list)
    for a, b in drawing.edges:
        wired[a].append(b)
        wired[b].append(a)
    for sweep in range(_SWEEPS):
        at = {p: (row + 0.5) / len(c) for c in columns.values() for row, p in enumerate(c)}
        for layer in sorted(columns, reverse=sweep % 2 == 1):
            middle = {p: _mean([at[q] for q in wired[p]], at[p]) for p in columns[layer]}
            columns[layer].sort(key=middle.__getitem__)
            at |= {p: (r + 0.5) / len(columns[layer]) for r, p in enumerate(columns[layer])}
    return columns


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    to, down = end[0], end[1] + _HEIGHT // 2
    bend = max(20, (to - x) // 2)
    return f"M{x} {y}C{x + bend} {y} {to - bend} {down} {to} {down}"


def _box(box: _Box, x: int, y: int) -> Markup:
    text = box.text if len(box.text) <= _LONGEST else box.text[: _LONGEST - 1] + "…"
    return Markup(
        '<g class="node {}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="5"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>'
    ).format(box.kind, box.title, x, y, _WIDTH, _HEIGHT, x + _WIDTH // 2, y + 16, text)
