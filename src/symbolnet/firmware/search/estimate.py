"""LUTs of a graph before synthesis, node by node: what a search of formats compares.

The rules follow what the pinned Yosys script makes of da4ml's Verilog without DSP blocks and block
RAM: a table bit is a function of its address bits, an adder takes a LUT per bit of its carry chain,
and a table bit of at most five address bits shares the LUT of the adder that it goes into.
"""

from collections.abc import Sequence

import numpy as np

from symbolnet.firmware.graph.decision import contenders
from symbolnet.firmware.graph.fixed import fitting
from symbolnet.firmware.graph.graph import (
    Argmax,
    Graph,
    Linear,
    Multiply,
    Node,
    Quantise,
    Table,
    compared,
    weights,
)

_ABSORBED = 5  # address bits of a table that fit beside the other operand of an adder
_LUT = 6  # inputs of a LUT of the UltraScale+
_SHARED = 0.3  # of a LUT: the rest of it is that of the adder behind


def node_luts(graph: Graph) -> list[float]:
    """Return the estimate of every node of a graph."""
    return [round(luts(node, graph.nodes), 6) for node in graph.nodes]


def luts(node: Node, nodes: Sequence[Node]) -> float:
    """Return the estimated LUTs of one node; `nodes` holds its sources."""
    if isinstance(node, Table):
        return float(sum(map(_column, supports(node, nodes[node.sources[0]]))))
    if isinstance(node, Linear):
        return float(_adders(node, nodes))
    if isinstance(node, Multiply):
        left, right = (nodes[source].format.width for source in node.sources)
        return float(left * right)
    if isinstance(node, Argmax):
        return float(_matches(node, nodes))
    if isinstance(node, Quantise) and node.format.overflow == "SAT":
        return float(node.format.width + _detector(node, nodes))
    if isinstance(node, Quantise) and node.format.rounding == "RND":
        cut = nodes[node.sources[0]].format.fraction > node.format.fraction
        return float(node.format.width if cut else 0)
    return 0.0


def supports(table: Table, source: Node) -> list[int]:
    """Return for each output bit of a table how many address bits it depends on."""
    low, high = source.interval
    address = source.format.width
    filled = np.clip(np.arange(source.format.lowest, source.format.highest + 1), low, high)
    entries = np.array(table.entries, np.int64)[filled - low]
    bits = (entries[:, None] >> np.arange(table.format.width)) & 1
    used = np.zeros(bits.shape[1], np.int64)
    for place in range(address):
        halves = bits.reshape(-1, 2, 2**place, bits.shape[1])
        used += (halves[:, 0] != halves[:, 1]).any(axis=(0, 1))
    return used.tolist()


def _column(support: int) -> float:
    """Return the LUTs of one table bit; a constant, a wire and an inverter take none."""
    if support <= _ABSORBED:
        return 0.0 if support < 2 else _SHARED
    return 2.0 ** max(0, support - _LUT)


def _adders(node: Linear, nodes: Sequence[Node]) -> int:
    """Return the bits of the carry chains of a row of adders, one per digit of each factor."""
    if is_side_by_side(node, nodes):
        return 0
    total, width = 0, 0
    for source, factor in zip(node.sources, node.factors, strict=True):
        digits = _digits(factor)
        part = nodes[source].format.width
        total += (digits - 1) * (part + 2)
        total += max(width, part) + 1 if width else 0
        width = max(width + 1, part) if width else part
    return total + (width if node.offset else 0)


def is_side_by_side(node: Linear, nodes: Sequence[Node]) -> bool:
    """Tell whether no two terms of a sum share a bit: fields of an address, which take no logic."""
    if node.offset or any(nodes[source].format.signed for source in node.sources):
        return False
    reached = 0
    pairs = zip(weights(node, nodes), node.sources, strict=True)
    for weight, source in sorted(pairs):
        if weight <= 0 or weight & (weight - 1) or weight >> reached == 0:
            return False
        reached = weight.bit_length() - 1 + nodes[source].format.width
    return True


def _matches(node: Argmax, nodes: Sequence[Node]) -> int:
    """Return a comparison per match, and for all but the last what passes the larger value on."""
    ends = compared(node, nodes)
    able = contenders(node.sources, ends)
    width = max(fitting(*ends[place], 0).width for place in able)
    matches = len(able) - 1
    return matches * width + (matches - 1) * (width + node.format.width)


def _digits(factor: int) -> int:
    """Return the number of signed digits that are not zero in the canonical form."""
    return ((3 * abs(factor)) ^ abs(factor)).bit_count()


def _detector(node: Quantise, nodes: Sequence[Node]) -> int:
    source = nodes[node.sources[0]].format
    return -(-(source.integer - node.format.integer + 1) // (_LUT - 1))
