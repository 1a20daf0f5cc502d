"""Which tables of a KAN-like rival go first: those whose loss per LUT is least."""

from typing import NamedTuple

import numpy as np

from symbolnet.baselines.rivals.boosting import cross_entropy
from symbolnet.baselines.rivals.functions import Functions, luts_of_a_bit, table_bits

_AT_ONCE = 8  # at most one table in so many leaves at a time


class Edge(NamedTuple):
    """A table: that of an input for a word (layer 0), or that of a word for a score (layer 1)."""

    layer: int
    source: int
    target: int


class Rows(NamedTuple):
    """Rows to measure losses on, and what the tables make of them."""

    addresses: np.ndarray
    y: np.ndarray
    words: np.ndarray
    parts: np.ndarray
    scores: np.ndarray


def rows_of(functions: Functions, addresses: np.ndarray, y: np.ndarray) -> Rows:
    """Return words, parts and scores of inputs (n, inputs) that are counted from 0."""
    words = functions.words(addresses)
    return Rows(addresses, y, words, functions.parts(words), functions.scores(addresses))


def ranked(functions: Functions, rows: Rows, masks: tuple[np.ndarray, ...]) -> list[Edge]:
    """Return the tables that the masks leave, the one of least loss per LUT first."""
    before, found = cross_entropy(rows.scores, rows.y), []
    for layer, tables in enumerate((functions.first, functions.second)):
        costs = _costs(tables)
        for source, target in np.argwhere(masks[layer] > 0).tolist():
            edge = Edge(layer, source, target)
            after = cross_entropy(scores_without(functions, rows, edge), rows.y)
            found.append(((after - before) / costs[source, target], edge))
    return [edge for _, edge in sorted(found)]


def dispensable(
    functions: Functions, rows: Rows, masks: tuple[np.ndarray, ...], luts: float
) -> list[Edge]:
    """Return the first of the ranked tables that take so many LUTs, but a small share of all."""
    ranking = ranked(functions, rows, masks)
    costs = [_costs(tables) for tables in (functions.first, functions.second)]
    taken = np.cumsum([costs[edge.layer][edge.source, edge.target] for edge in ranking])
    count = 1 + int(np.searchsorted(taken, luts))
    return ranking[: min(count, max(1, len(ranking) // _AT_ONCE))]


def means_of(functions: Functions, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return the means of all tables: (inputs, words) in steps, (words, classes) as scores."""
    columns = zip(functions.first, rows.addresses.T, strict=True)
    first = np.stack([table[column].mean(axis=0) for table, column in columns])
    return first, rows.parts.mean(axis=0) * 2.0**-functions.fraction


def _costs(tables: np.ndarray) -> np.ndarray:
    """Return about how many LUTs each table and its adder take; a constant one next to none."""
    bits = table_bits(tables)
    return np.where(bits > 0, bits * (luts_of_a_bit(tables.shape[1]) + 1), 1e-3)


def scores_without(functions: Functions, rows: Rows, edge: Edge) -> np.ndarray:
    """Return the scores (n, classes) with the mean of a table in its place."""
    step, (layer, source, target) = 2.0**-functions.fraction, edge
    if layer:
        scores, part = rows.scores.copy(), rows.parts[:, source, target]
        scores[:, target] += (part.mean() - part) * step
        return scores
    part = functions.first[source, rows.addresses[:, source], target]
    words = np.rint(rows.words[:, target] - part + part.mean()).astype(np.int64)
    words = np.clip(words, 0, functions.second.shape[1] - 1)
    return np.asarray(
        rows.scores + (functions.second[target, words] - rows.parts[:, target]) * step
    )
