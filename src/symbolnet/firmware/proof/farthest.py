"""The largest distance between a score and its formula that a search finds: beside it, a bound
shows how close it is.
"""

from collections.abc import Mapping

import numpy as np

from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Expression
from symbolnet.firmware.build.parts import inputs_of
from symbolnet.firmware.graph.graph import Graph
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
    found = [_climbed(graph, place, expression, starts, read, sign) for sign in (-1.0, 1.0)]
    return -found[0], found[1]


def _climbed(
    graph: Graph,
    place: int,
    expression: Expression,
    starts: np.ndarray,
    ends: Mapping[int, np.ndarray],
    sign: float,
) -> float:
    """Return the largest of sign * (node - expression) that is found."""

    def distances(x: np.ndarray) -> np.ndarray:
        apart = sign * (all_values(graph, x)[place] - evaluate([expression], x)[:, 0])
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
