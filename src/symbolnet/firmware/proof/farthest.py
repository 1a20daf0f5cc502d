"""The largest distance between a score and its formula that a search finds: beside it, a bound
shows how close it is.
"""

from collections.abc import Mapping

import numpy as np

from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Expression
from symbolnet.firmware.build.parts import inputs_of
from symbolnet.firmware.graph.graph import Graph, Input, Node, sources
from symbolnet.firmware.proof.distance import all_values

_SWEEPS = 3  # over all inputs; where tables read one input each, the first finds the extreme
_WORDS = 512  # of an input that are tried, ends of cells


def farthest(
    graph: Graph, place: int, expression: Expression, starts: np.ndarray
) -> tuple[float, float]:
    """Return the least and the largest of node - expression that are found, from rows (n, d) on.

    From the row where it is extreme one input after the other goes to the end of a cell that is
    best. Rows must lie in the inputs' ranges.
    """
    ends = {node.variable: _ends(node.interval, node.format.step) for node in graph.inputs()}
    read = {variable: ends[variable] for variable in sorted(inputs_of(expression))}
    own = _before(graph, place)  # the other scores' nodes need not be computed each time
    found = [_climbed(own, expression, starts, read, sign) for sign in (-1.0, 1.0)]
    return -found[0], found[1]


def _before(graph: Graph, place: int) -> Graph:
    """Return the nodes that one depends on, which is the last of them."""
    kept = {place}
    for at in range(place, -1, -1):
        if at in kept:
            kept |= set(sources(graph.nodes[at]))
    places = {old: new for new, old in enumerate(sorted(kept))}
    return graph._replace(nodes=tuple(_moved(graph.nodes[old], places) for old in places))


def _moved(node: Node, places: Mapping[int, int]) -> Node:
    if isinstance(node, Input):
        return node
    moved: Node = node._replace(sources=tuple(places[source] for source in node.sources))  # type: ignore[arg-type]
    return moved


def _climbed(
    graph: Graph,
    expression: Expression,
    starts: np.ndarray,
    ends: Mapping[int, np.ndarray],
    sign: float,
) -> float:
    """Return the largest of sign * (last node - expression) that is found."""

    def distances(x: np.ndarray) -> np.ndarray:
        apart = sign * (all_values(graph, x)[-1] - evaluate([expression], x)[:, 0])
        return np.where(np.isfinite(apart), apart, -np.inf)

    apart = distances(starts)
    best, row = apart.max(), starts[apart.argmax()]
    for _ in range(_SWEEPS):
        before = best
        for variable, tried in ends.items():
            rows = np.repeat(row[None], len(tried), axis=0)
            rows[:, variable] = tried
            apart = distances(rows)
            if apart.max() > best:
                best, row = apart.max(), rows[apart.argmax()]
        if best == before:
            break
    return float(best)


def _ends(interval: tuple[int, int], step: float) -> np.ndarray:
    """Return the first and the last number that become each word of an input."""
    words = np.unique(np.linspace(*interval, _WORDS).round())
    upper = np.nextafter((words + 0.5) * step, -np.inf)
    return np.concatenate([(words - 0.5) * step, upper])
