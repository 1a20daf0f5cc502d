"""Sums of one-dimensional functions, and of functions of those sums, as integers in tables."""

from typing import NamedTuple

import numpy as np

from symbolnet.baselines.rivals.built import sum_of_tables
from symbolnet.baselines.rivals.inputs import Grids
from symbolnet.firmware.graph.nodes import Nodes

_ADDRESSES = 64  # of one LUT6


class Functions(NamedTuple):
    """Tables of inputs, whose sums are words, and tables of words, whose sums are scores.

    `first` (inputs, addresses, words) and `second` (words, addresses, classes) have a column of
    zeros where there is no table, `offsets` is (classes,). A word is its own address; scores have
    `fraction` fraction bits.
    """

    first: np.ndarray
    second: np.ndarray
    offsets: np.ndarray
    fraction: int

    def words(self, addresses: np.ndarray) -> np.ndarray:
        """Return the words (n, words) of inputs (n, inputs) that are counted from 0."""
        columns = zip(self.first, addresses.T, strict=True)
        return np.asarray(sum(table[column] for table, column in columns), np.int64)

    def parts(self, words: np.ndarray) -> np.ndarray:
        """Return what each word adds to each score (n, words, classes), in steps."""
        return np.asarray(self.second[np.arange(len(self.second)), words])

    def scores(self, addresses: np.ndarray) -> np.ndarray:
        """Return the scores (n, classes)."""
        total = self.parts(self.words(addresses)).sum(axis=1) + self.offsets
        scores: np.ndarray = total * 2.0**-self.fraction
        return scores


def table_bits(tables: np.ndarray) -> np.ndarray:
    """Return the bits (groups, columns) that entries (groups, addresses, columns) vary in."""
    spans = np.ptp(tables, axis=1).astype(np.int64)
    return np.asarray(np.ceil(np.log2(spans + 1)))


def estimated_luts(functions: Functions) -> float:
    """Return about how many LUTs the tables and the adders behind them take.

    Yosys counts differ; what this is for is to compare tables with each other.
    """
    tables = [(t, table_bits(t)) for t in (functions.first, functions.second)]
    lookups = sum(bits.sum() * luts_of_a_bit(t.shape[1]) for t, bits in tables)
    return float(lookups + sum(_adders(bits) for _, bits in tables))


def luts_of_a_bit(addresses: int) -> float:
    """Return how many LUTs a table of one bit takes; of several, multiplexers choose."""
    return 1.0 if addresses <= _ADDRESSES else 1.3 * addresses / _ADDRESSES


def _adders(bits: np.ndarray) -> float:
    """Return the LUTs of adding up each column: one adder less than there are tables."""
    return float((bits.sum(axis=0) - bits.max(axis=0)).sum())


def add_functions(nodes: Nodes, grids: Grids, functions: Functions) -> list[int]:
    """Add the tables and their sums; return the places of the scores."""
    words = {}
    for word, tables in enumerate(np.moveaxis(functions.first, 2, 0).tolist()):
        read = [(grids.port(nodes, i), row) for i, row in enumerate(tables) if any(row)]
        if read and functions.second[word].any():
            words[word] = sum_of_tables(nodes, read, 0)
    return [
        _score(nodes, words, functions.second[:, :, k], int(offset), functions.fraction)
        for k, offset in enumerate(functions.offsets)
    ]


def _score(
    nodes: Nodes, words: dict[int, int], tables: np.ndarray, offset: int, fraction: int
) -> int:
    """Add the score of a class; its offset goes into a table, where it takes no adder."""
    rows = []
    for word, place in words.items():
        low, high = nodes[place].interval
        rows.append((place, tables[word, low : high + 1]))
    varying = [row for row, (_, entries) in enumerate(rows) if np.ptp(entries)]
    if not varying:
        return nodes.exact_sum({}, 0, offset + sum(int(row[0]) for _, row in rows), fraction)
    place, entries = rows[varying[0]]
    rows[varying[0]] = place, entries + offset
    return sum_of_tables(nodes, ((place, row.tolist()) for place, row in rows), fraction)
