"""The netlist that was counted, computed gate by gate, 64 vectors in a word.

A register delays and does nothing else, so that a vector needs to be computed once. Each wire has
an age, the clock edges between it and the inputs; wires of different ages must not meet in a gate,
and all outputs must be as old as the latency says.
"""

import graphlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from symbolnet.errors import ToolError
from symbolnet.firmware.gates import Bit, Gate, gates
from symbolnet.firmware.graph import Graph
from symbolnet.firmware.rtl import NAME

_CHUNK = 1 << 16  # vectors at a time: 8 KB for each wire
_ZERO, _ONES = np.uint64(0), np.uint64(2**64 - 1)


class Wire(NamedTuple):
    """64 vectors in each word; no age where the value depends on no input."""

    words: Any
    age: int | None


def simulate_netlist(
    netlist: str, graph: Graph, layout: Mapping[str, Any], ports: np.ndarray
) -> np.ndarray:
    """Return the output mantissas (n, outputs) of a netlist of this graph for port mantissas.

    `netlist` is JSON from Yosys, `layout` the place of each value in the ports (interface.json).
    Raises ToolError for cells without a model, a loop, or registers that do not fit together.
    """
    module = json.loads(netlist)["modules"][NAME]
    ordered = _in_order(gates(module["cells"]))
    pins = {name: module["ports"][name]["bits"] for name in ("model_inp", "model_out")}
    parts = [
        _outputs(ordered, pins, layout, ports[first : first + _CHUNK])
        for first in range(0, len(ports), _CHUNK)
    ]
    finer = [
        node.format.fraction - port["fraction"]
        for node, port in zip(graph.outputs(), layout["model_out"], strict=True)
    ]
    return np.concatenate(parts) << np.array(finer)


def _in_order(found: Sequence[Gate]) -> list[Gate]:
    by_output = {gate.output: gate for gate in found}
    try:
        order = graphlib.TopologicalSorter(
            {gate.output: gate.inputs for gate in found}
        ).static_order()
        return [by_output[bit] for bit in order if bit in by_output]
    except graphlib.CycleError as error:
        raise ToolError("the netlist has a loop") from error


def _outputs(
    ordered: Sequence[Gate],
    pins: Mapping[str, Sequence[Bit]],
    layout: Mapping[str, Any],
    ports: np.ndarray,
) -> np.ndarray:
    wires: dict[Bit, Wire] = {"0": Wire(_ZERO, None), "1": Wire(_ONES, None)}
    for port, column in zip(layout["model_inp"], ports.T, strict=True):
        for bit in range(port["width"]):
            wires[pins["model_inp"][port["lowest_bit"] + bit]] = Wire(packed(column >> bit), 0)
    for gate in ordered:
        wires[gate.output] = _computed(gate, wires)
    latency = layout["latency_cycles"]
    edges = latency + 1 if latency else 0
    values = []
    for port in layout["model_out"]:
        bits = pins["model_out"][port["lowest_bit"] :][: port["width"]]
        values.append(_number([_aged(wires, bit, edges) for bit in bits], port, len(ports)))
    return np.stack(values, axis=1)


def packed(bits: np.ndarray) -> np.ndarray:
    """Return the lowest bits of integers (n,) as words of 64."""
    found = np.packbits((bits & 1).astype(np.uint8), bitorder="little")
    return np.pad(found, (0, -len(found) % 8)).view(np.uint64)


def _computed(gate: Gate, wires: Mapping[Bit, Wire]) -> Wire:
    try:
        inputs = [wires[bit] for bit in gate.inputs]
    except KeyError as error:
        raise ToolError(f"nothing drives a wire of the netlist: {error}") from error
    ages = {wire.age for wire in inputs if wire.age is not None}
    if len(ages) > 1:
        raise ToolError("values of different clock cycles meet in a gate of the netlist")
    age = ages.pop() + gate.delay if ages else None
    return Wire(looked_up(gate.table, [wire.words for wire in inputs]), age)


def looked_up(table: int, inputs: Sequence[Any]) -> Any:
    """Return the words of a table of some inputs, halved by the last of them."""
    bits = 1 << len(inputs)
    if table == 0 or table == (1 << bits) - 1:
        return _ONES if table else _ZERO
    *others, last = inputs
    half = bits // 2
    low, high = table & ((1 << half) - 1), table >> half
    if low == high:
        return looked_up(low, others)
    first, second = looked_up(low, others), looked_up(high, others)
    return first ^ ((first ^ second) & last)


def _aged(wires: Mapping[Bit, Wire], bit: Bit, edges: int) -> Any:
    if bit not in wires:
        raise ToolError("nothing drives an output of the netlist")
    words, age = wires[bit]
    if age not in (None, edges):
        raise ToolError(f"an output of the netlist comes after {age} clock edges, not {edges}")
    return words


def _number(words: Sequence[Any], port: Mapping[str, Any], rows: int) -> np.ndarray:
    """Return the numbers (rows,) that the bits of a port spell."""
    total = np.zeros(rows, np.int64)
    for place, word in enumerate(words):
        bytes_ = np.broadcast_to(word, (rows + 63) // 64).astype(np.uint64).view(np.uint8)
        bits = np.unpackbits(bytes_, bitorder="little")[:rows].astype(np.int64)
        sign = port["signed"] and place == port["width"] - 1
        total += bits * (-1 if sign else 1) << place
    return total
