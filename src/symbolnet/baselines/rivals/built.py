"""What the kinds of rivals have in common once they are trained."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.firmware.graph.nodes import Nodes


class Built(NamedTuple):
    """Places of the scores among the nodes, scores (n, classes) of the test rows, and formats.

    The scores of the test rows are those of the training's own arithmetic; `precision` says in
    numbers what the graph is made of.
    """

    scores: list[int]
    scores_test: np.ndarray
    precision: dict[str, int]


def side_by_side(nodes: Nodes, bits: Iterable[int]) -> int:
    """Add the number that bits make, the first of them the lowest, which takes no logic."""
    weights: dict[int, int] = {}
    for power, place in enumerate(bits):
        weights[place] = weights.get(place, 0) + (1 << power)
    return nodes.exact_sum(weights, 0, 0, 0)


def sum_of_tables(nodes: Nodes, tables: Iterable[tuple[int, Sequence[int]]], fraction: int) -> int:
    """Add tables and their sum; each is an address, and an entry for each value of its interval.

    What is the same at every address needs no table.
    """
    factors, offset = dict[int, int](), 0
    for address, entries in tables:
        if len(set(entries)) == 1:
            offset += entries[0]
        else:
            place = nodes.table(address, tuple(entries), fraction)
            factors[place] = factors.get(place, 0) + 1
    if not offset and list(factors.values()) == [1]:
        return next(iter(factors))
    return nodes.exact_sum(factors, 0, offset, fraction)
