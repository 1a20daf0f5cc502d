"""Graphs to pipelined Verilog and VHDL through da4ml, and da4ml's own bit-accurate interpreter.

da4ml (https://github.com/calad0i/da4ml) makes constant multiplications from shared shifts and
adds; latencies are in adder levels, and a pipeline stage ends every `stage_depth` of them.
"""

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import write_json
from symbolnet.config import Firmware
from symbolnet.errors import InputError
from symbolnet.firmware.comparator import number_of_largest
from symbolnet.firmware.fixed import Fixed
from symbolnet.firmware.graph import (
    Argmax,
    Graph,
    Input,
    Linear,
    Multiply,
    Node,
    Output,
    Table,
)
from symbolnet.firmware.interface import interface
from symbolnet.firmware.vhdl import write_vhdl

NAME = "symbolnet"
_LEVELS = (1, -1, -1)  # an adder of any width counts as one level
_EXACT = 2**24  # da4ml holds constants of matrices in float32, and rounds wider table entries


def trace(graph: Graph) -> Any:
    """Return da4ml's combinational logic of a graph."""
    from da4ml.trace import FixedVariable, HWConfig, comb_trace

    ports = [FixedVariable(*_interval(node), hwconf=HWConfig(*_LEVELS)) for node in graph.inputs()]
    results: list[Any] = [None] * len(graph.nodes)
    unused = iter(ports)
    for level in _levels(graph):
        sums = [p for p in level if isinstance(graph.nodes[p], Linear)]
        for place, total in zip(sums, _sums(graph, sums, results), strict=True):
            results[place] = total
        for place in level:
            node = graph.nodes[place]
            if isinstance(node, Input):
                results[place] = next(unused)
            elif not isinstance(node, Linear):
                results[place] = _traced(node, graph, [results[s] for s in node.sources])
    outputs = [r for r, n in zip(results, graph.nodes, strict=True) if isinstance(n, Output)]
    return _with_bits(comb_trace(ports, outputs, keep_dead_inputs=True), graph)


def _with_bits(logic: Any, graph: Graph) -> Any:
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


def _traced(node: Node, graph: Graph, parts: list[Any]) -> Any:
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


def _put_out(node: Output, part: Any) -> Any:
    """Return what is put out; what is the same for every input is a constant, however made."""
    from da4ml.trace import FixedVariable

    low, high = node.interval
    if low < high:
        return part
    return FixedVariable.from_const(low * node.format.step, part.hwconf)


def _quantised(part: Any, target: Fixed) -> Any:
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


def _as_tree(product: Any, parts: list[Any]) -> Any:
    """Give a product the depth of an adder tree; da4ml assumes a row of adders."""
    if product.opr == "vmul":
        narrow = min(sum(part.kif) for part in parts)
        depth = 1 + math.ceil(math.log2(max(2, narrow)))
        product.latency = max(part.latency for part in parts) + depth
    return product


def _looked_up(node: Table, source: Node, part: Any) -> Any:
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


def _sums(graph: Graph, places: list[int], results: Sequence[Any]) -> list[Any]:
    """Return the sums of one level, from one matrix of constants over all their sources."""
    from da4ml.trace import FixedVariable, FixedVariableArray, HWConfig

    nodes = [node for place in places if isinstance(node := graph.nodes[place], Linear)]
    read = sorted({source for node in nodes for source in node.sources})
    offsets = [node.offset * node.format.step for node in nodes]
    if not read:
        return [FixedVariable.from_const(offset, HWConfig(*_LEVELS)) for offset in offsets]
    sources = np.array([results[place] for place in read], dtype=object)
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


def _dot(sources: np.ndarray, column: np.ndarray) -> Any:
    terms = [
        source * float(weight) for source, weight in zip(sources, column, strict=True) if weight
    ]
    return sum(terms[1:], start=terms[0]) if terms else sources[0] * 0


def interpret(logic: Any, graph: Graph, ports: np.ndarray) -> np.ndarray:
    """Return the output mantissas (n, outputs) that da4ml's interpreter computes for ports."""
    steps = np.array([node.format.step for node in graph.inputs()])
    return mantissas(logic.predict(np.ascontiguousarray(ports * steps), n_threads=1), graph)


def interpret_stages(graph: Graph, ports: np.ndarray, settings: Firmware) -> np.ndarray:
    """Return the output mantissas (n, outputs) of the pipeline, one stage after the other."""
    from da4ml.trace import to_pipeline

    stages = to_pipeline(trace(graph), settings.stage_depth, retiming=False, verbose=False)
    values = np.ascontiguousarray(ports * [node.format.step for node in graph.inputs()])
    for stage in stages.solutions:
        if not stage.lookup_tables:  # da4ml cannot write an empty list of tables
            stage = stage._replace(lookup_tables=None)
        values = stage.predict(values, n_threads=1)
    return mantissas(values, graph)


def mantissas(real: np.ndarray, graph: Graph) -> np.ndarray:
    """Return real outputs (n, outputs) as mantissas of the graph's output formats."""
    steps = np.array([node.format.step for node in graph.outputs()])
    return np.rint(np.asarray(real, np.float64) / steps).astype(np.int64)


def project(graph: Graph, folder: Path, settings: Firmware) -> Any:
    """Return da4ml's Verilog project of a graph; a `stage_depth` below 1 is combinational."""
    from da4ml.codegen import VerilogModel
    from da4ml.trace import to_pipeline

    logic = trace(graph)
    if settings.stage_depth > 0:
        logic = to_pipeline(logic, settings.stage_depth, retiming=False, verbose=False)
    part, clock_ns = settings.part, settings.clock_ns
    return VerilogModel(logic, NAME, folder, part_name=part, clock_period=clock_ns)


def latency_cycles(model: Any) -> int:
    """Return clock edges from the input's register to the output's; 0 for combinational logic."""
    return len(model._pipe.solutions) if model._pipe is not None else 0


def write_rtl(graph: Graph, folder: Path, settings: Firmware) -> int:
    """Write Verilog, VHDL, tables, constraints and the layout of the ports; return the latency.

    The same graph gives the same bytes, and no file names a folder.
    """
    model = project(graph, folder, settings)
    model.write()
    shutil.rmtree(folder / "model")
    write_vhdl(model, folder / "vhdl")
    cycles = latency_cycles(model)
    from da4ml.codegen.rtl.rtl_model import get_io_kifs

    formats = get_io_kifs(model._solution)
    write_json(folder / "interface.json", interface(graph, NAME, formats, cycles))
    return cycles
