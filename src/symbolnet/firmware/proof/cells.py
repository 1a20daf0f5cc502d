"""The cells of a table: for which values of what it reads each of its entries is looked up.

A cell is a run of neighbouring mantissas of the source that have one address. The real value that
the source stands for is off by the source's own error: the cell is as much wider.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.errors import InputError
from symbolnet.expression.tree import Expression
from symbolnet.firmware.build.bounds import Bounds, bounds
from symbolnet.firmware.graph.fixed import quantised
from symbolnet.firmware.graph.graph import Linear, Node, Quantise, Table, weights
from symbolnet.firmware.proof.spans import Span, above, below

_MOST = 1 << 20  # cells of one table
_EXACT = 1 << 53  # mantissas below are float64 numbers
_PARTS = (16, 4)  # of a cell in each direction, where it has one, two: its enclosure is tighter
_SLACK = 1e-12  # relative, for the rounding of numpy's functions


class Read(NamedTuple):
    """What a table reads: `core` stands for `unit` times the number at a place of the graph.

    That number is above core / unit by `error`, and core / unit lies in `value`.
    """

    place: int
    core: Expression
    unit: float
    error: Span
    value: Span


class Cells(NamedTuple):
    """Cells: real ends (n, d, 2) of the d cores that a table reads, and their addresses (n,)."""

    boxes: np.ndarray
    addresses: np.ndarray


def before(place: int, nodes: Sequence[Node]) -> int:
    """Return the place of what a node was before it lost bits; itself where it lost none."""
    node = nodes[place]
    return node.sources[0] if isinstance(node, Quantise) else place


def cells_of(table: Table, nodes: Sequence[Node], reads: Sequence[Read]) -> Cells:
    """Return the cells of a table of one source, or of ports whose high bits are side by side."""
    (address,) = table.sources
    total = nodes[address]
    if len(reads) == 1:
        starts, stops, taken = _runs(nodes, reads[0].place, address)
        boxes = _boxes(reads[0], nodes, starts, stops)[:, None, :]
        kept = boxes[:, 0, 0] <= boxes[:, 0, 1]  # else no real value has that address
        return Cells(boxes[kept], taken[kept])
    assert isinstance(total, Linear)
    pairs = zip(reads, total.sources, strict=True)
    alone = [_runs(nodes, read.place, field) for read, field in pairs]
    if np.prod([float(len(taken)) for *_, taken in alone]) > _MOST:
        raise InputError(f"at most {_MOST:,} cells of a table", "more", "no bound")
    grid = np.meshgrid(*(np.arange(len(taken)) for *_, taken in alone), indexing="ij")
    picks = [axis.ravel() for axis in grid]
    rows = list(zip(reads, alone, picks, weights(total, nodes), strict=True))
    sides = [_boxes(one, nodes, runs[0], runs[1])[pick] for one, runs, pick, _ in rows]
    added = [weight * runs[2][pick] for _, runs, pick, weight in rows]
    return Cells(np.stack(sides, axis=1), total.offset + np.sum(added, axis=0))


def cells_at(
    table: Table, nodes: Sequence[Node], reads: Sequence[Read], seen: Sequence[np.ndarray]
) -> Cells:
    """Return for rows (n,) what each may stand for: the mantissas of all nodes are `seen`."""
    boxes = [_boxes(read, nodes, seen[read.place], seen[read.place]) for read in reads]
    return Cells(np.stack(boxes, axis=1), seen[table.sources[0]])


def _boxes(read: Read, nodes: Sequence[Node], starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Return the ends (n, 2) of the core where its place holds mantissas from starts to stops."""
    step = nodes[read.place].format.step
    low = np.maximum(starts * step - above(read.error.high), below(read.value.low))
    high = np.minimum(stops * step - below(read.error.low), above(read.value.high))
    ends = np.stack([low, high], axis=-1) * read.unit
    # Two ulps: ends are a difference and a product of exact numbers.
    away = np.array([-np.inf, np.inf])
    return np.asarray(np.nextafter(np.nextafter(ends, away), away))


def _runs(nodes: Sequence[Node], source: int, address: int) -> tuple[np.ndarray, ...]:
    """Return the first and the last mantissa of every run of one address, and the addresses."""
    low, high = nodes[source].interval
    drop, half, node = 0, 0, nodes[address]
    if isinstance(node, Quantise):
        drop = max(0, nodes[source].format.fraction - node.format.fraction)
        half = 1 << (drop - 1) if drop and node.format.rounding == "RND" else 0
    first, last = (low + half) >> drop, (high + half) >> drop
    if last - first >= _MOST or max(-low, high) >= _EXACT:
        raise InputError(f"at most {_MOST:,} cells of a table", f"{last - first + 1:,}", "no bound")
    numbers = np.arange(first, last + 1)
    starts = np.maximum((numbers << drop) - half, low)
    stops = np.minimum(((numbers + 1) << drop) - half - 1, high)
    taken = starts
    if isinstance(node, Quantise):
        taken = quantised(starts, nodes[source].format.fraction, node.format)
    return starts, stops, taken


def distances(
    table: Table, nodes: Sequence[Node], cells: Cells, f: Expression, cores: Sequence[Expression]
) -> tuple[Bounds, Bounds]:
    """Return bounds of entry - function, and of the function, for each cell (n,)."""
    low, high = _function_bounds(f, cores, cells.boxes)
    taken = entries_at(table, nodes, cells)
    return Bounds(taken - high, taken - low), Bounds(low, high)


def entries_at(table: Table, nodes: Sequence[Node], cells: Cells) -> np.ndarray:
    """Return the number (n,) that is looked up in each cell."""
    first = nodes[table.sources[0]].interval[0]
    entries = np.asarray(table.entries, np.float64)
    return np.asarray(entries[cells.addresses - first] * table.format.step)


def _function_bounds(
    f: Expression, cores: Sequence[Expression], boxes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    parts = _PARTS[min(len(cores), len(_PARTS)) - 1]
    cuts = np.linspace(0, 1, parts + 1)
    low, high = boxes[..., 0, None], boxes[..., 1, None]
    ends = low + (high - low) * cuts  # (n, cores, parts + 1)
    ends[..., -1:] = high
    grid = np.meshgrid(*(np.arange(parts) for _ in cores), indexing="ij")
    known = {
        core: Bounds(ends[:, number, pick.ravel()], ends[:, number, pick.ravel() + 1])
        for number, (core, pick) in enumerate(zip(cores, grid, strict=True))
    }
    found = bounds(f, known)
    shape = (len(boxes), parts ** len(cores))
    lowest = np.broadcast_to(found.low, shape).min(axis=1)
    highest = np.broadcast_to(found.high, shape).max(axis=1)
    return lowest - _SLACK * (1 + abs(lowest)), highest + _SLACK * (1 + abs(highest))
