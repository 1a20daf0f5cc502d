"""Graphs as da4ml's combinational logic: shifts, adders, tables and a tournament for a decision."""

import math
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import numpy as np

from symbolnet.errors import InputError
from symbolnet.firmware.graph.decision import contenders, tournament
from symbolnet.firmware.graph.fixed import Fixed
from symbolnet.firmware.graph.graph import (
    Argmax,
    Graph,
    Input,
    Linear,
    Multiply,
    Node,
    Output,
    Table,
    compared,
    weights,
)

Variable = Any  # da4ml's FixedVariable: the package ships no types
Logic = Any  # its CombLogic
_LEVELS = (1, -1, -1)  # an adder of any width counts as one level
_EXACT = 2**24  # da4ml holds constants of matrices in float32, and rounds wider table entries


def trace(graph: Graph) -> Logic:
    """Return da4ml's combinational logic of a graph."""
    from da4ml.trace import FixedVariable, HWConfig, comb_trace

    ports = [FixedVariable(*_interval(node), hwconf=HWConfig(*_LEVELS)) for node in graph.inputs()]
    results: list[Variable] = [None] * len(graph.nodes)
    unused = iter(ports)
    for level in _levels(graph):
        sums = [p for p in level if isinstance(graph.nodes[p], Linear)]
        for places in _sharing(graph, sums):
            for place, total in zip(places, _sums(graph, places, results), strict=True):
                results[place] = total
        for place in level:
            node = graph.nodes[place]
            if isinstance(node, Input):
                results[place] = next(unused)
            elif not isinstance(node, Linear):
                results[place] = _traced(node, graph, [results[s] for s in node.sources])
    outputs = [r for r, n in zip(results, graph.nodes, strict=True) if isinstance(n, Output)]
    return _with_bits(comb_trace(ports, outputs, keep_dead_inputs=True), graph)


def _with_bits(logic: Logic, graph: Graph) -> Logic:
    """Give an output that is 0 for every input one bit; da4ml gives it none."""
    ops = list(logic.ops)
    for place, node in zip(logic.out_idxs, graph.outputs(), strict=True):
        if node.interval == (0, 0):
            step = node.format.step
            ops[place] = ops[place]._replace(qint=ops[place].qint._replace(max=step, step=step))
    return logic._replace(ops=ops)


def _interval(node: Node) -> tuple[float, float, float]:
    step = node.format.step
    return node.interval[0] * step, node.interval[1] * step, step


def _levels(graph: Graph) -> list[list[int]]:
    """Return the places by their distance from the inputs, so that sums side by side share."""
    depths: list[int] = []
    for node in graph.nodes:
        before = () if isinstance(node, Input) else node.sources
        depths.append(1 + max((depths[place] for place in before), default=-1))
    levels: list[list[int]] = [[] for _ in range(max(depths) + 1)]
    for place, depth in enumerate(depths):
        levels[depth].append(place)
    return levels


def _sharing(graph: Graph, places: list[int]) -> list[list[int]]:
    """Return the sums of a level that may share adders, and each alone that takes no adder.

    da4ml's search for what to share takes the cube of their number: minutes for 300 addresses.
    """
    alone = [place for place in places if _is_address(graph, place)]
    together = [place for place in places if place not in set(alone)]
    return [*([place] for place in alone), *([together] if together else [])]


def _is_address(graph: Graph, place: int) -> bool:
    """Tell whether a sum puts single bits side by side."""
    node = graph.nodes[place]
    assert isinstance(node, Linear)
    factors = weights(node, graph.nodes)
    apart = min(factors, default=0) > 0 and sum(factors) == reduce(or_, factors)
    bits = all(graph.nodes[source].interval == (0, 1) for source in node.sources)
    return bits and apart and not node.offset


def _traced(node: Node, graph: Graph, parts: list[Variable]) -> Variable:
    if isinstance(node, Multiply):
        product = parts[0] * parts[1]
        return _as_tree(product, parts)
    if isinstance(node, Table):
        return _looked_up(node, graph.nodes[node.sources[0]], parts[0])
    if isinstance(node, Argmax):
        return number_of_largest(node, graph, parts)
    if isinstance(node, Output):
        return _put_out(node, parts[0])
    return _quantised(parts[0], node.format)


def _put_out(node: Output, part: Variable) -> Variable:
    """Return what is put out; what is the same for every input is a constant, however made."""
    from da4ml.trace import FixedVariable

    low, high = node.interval
    if low < high:
        return part
    return FixedVariable.from_const(low * node.format.step, part.hwconf)


def _quantised(part: Variable, target: Fixed) -> Variable:
    """Round and saturate; a product in the level behind it, for da4ml gives no depth to either."""
    integer, fraction, rounding = target.integer, target.fraction, target.rounding
    signed, whole, fine = part.kif
    if part.opr == "vmul":
        if rounding == "RND" and fine > fraction:
            part, rounding = part + 2.0 ** (-fraction - 1), "TRN"
        else:  # the same bits again, as a value of their own
            part = part.quantize(signed, whole, min(fine, fraction), _force_factor_clear=True)
        part.latency += 1
    return part.quantize(int(target.signed), integer, fraction, target.overflow, rounding)


def _as_tree(product: Variable, parts: list[Variable]) -> Variable:
    """Give a product the depth of an adder tree; da4ml assumes a row of adders."""
    if product.opr == "vmul":
        narrow = min(sum(part.kif) for part in parts)
        depth = 1 + math.ceil(math.log2(max(2, narrow)))
        product.latency = max(part.latency for part in parts) + depth
    return product


def _looked_up(node: Table, source: Node, part: Variable) -> Variable:
    """Look up da4ml's range of the source, which may be wider or narrower than the proven one."""
    largest = max(abs(entry) for entry in node.entries)
    if largest >= _EXACT:  # da4ml's tables lose the lowest bits of wider entries
        do = "choose a model of smaller values or coarser formats"
        raise InputError(f"table entries of less than {_EXACT} steps", f"{largest}", do)
    low, high, step = (float(value) for value in part.qint)
    count = round((high - low) / step) + 1 if high > low else 1
    reached = low / source.format.step + np.arange(count) * (step / source.format.step)
    places = np.clip(np.rint(reached).astype(np.int64) - source.interval[0], 0, None)
    entries = np.array(node.entries, np.float64)[np.minimum(places, len(node.entries) - 1)]
    return part.lookup(entries * node.format.step)


def _sums(graph: Graph, places: list[int], results: Sequence[Variable]) -> list[Variable]:
    """Return the sums of one level, from one matrix of constants over all their sources."""
    from da4ml.trace import FixedVariable, FixedVariableArray, HWConfig

    nodes = [node for place in places if isinstance(node := graph.nodes[place], Linear)]
    read = sorted({source for node in nodes for source in node.sources})
    offsets = [node.offset * node.format.step for node in nodes]
    if not read:
        return [FixedVariable.from_const(offset, HWConfig(*_LEVELS)) for offset in offsets]
    sources = np.array([results[place] for place in read], dtype=object)
    # One matrix for all of them: da4ml then shares adders between the sums.
    matrix = _matrix(nodes, read)
    scale = 2 ** max(node.factor_fraction for node in nodes)
    if np.abs(matrix * scale).max() < _EXACT:
        totals = (FixedVariableArray(sources) @ matrix)._vars
    else:
        totals = [_dot(sources, column) for column in matrix.T]
    return [total + offset for total, offset in zip(totals, offsets, strict=True)]


def _matrix(nodes: list[Linear], read: list[int]) -> np.ndarray:
    matrix = np.zeros((len(read), len(nodes)))
    for column, node in enumerate(nodes):
        for source, factor in zip(node.sources, node.factors, strict=True):
            matrix[read.index(source), column] = factor * 2.0**-node.factor_fraction
    return matrix


def _dot(sources: np.ndarray, column: np.ndarray) -> Variable:
    terms = [
        source * float(weight) for source, weight in zip(sources, column, strict=True) if weight
    ]
    return sum(terms[1:], start=terms[0]) if terms else sources[0] * 0


class _Entrant(NamedTuple):
    value: Variable
    number: Variable


def number_of_largest(node: Argmax, graph: Graph, parts: Sequence[Variable]) -> Variable:
    """Return da4ml's variable of the number of the largest part, the first of equal ones."""
    from da4ml.trace import FixedVariable

    able = contenders(node.sources, compared(node, graph.nodes))
    hardware = parts[0].hwconf
    entrants = [_Entrant(parts[place], FixedVariable.from_const(place, hardware)) for place in able]
    return tournament(entrants, _match).number


def _match(first: _Entrant, second: _Entrant) -> _Entrant:
    """Return the second where it is larger, else the first; what is not read is not made."""
    difference = first.value - second.value
    if difference.low >= 0 or difference.high < 0:
        return first if difference.low >= 0 else second
    pairs = zip(second, first, strict=True)
    return _Entrant(*(difference.msb_mux(larger, equal) for larger, equal in pairs))
