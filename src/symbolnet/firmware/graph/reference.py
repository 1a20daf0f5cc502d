"""The int64 reference: what the hardware must compute, node by node, in plain numpy."""

from collections.abc import Sequence

import numpy as np

from symbolnet.errors import InputError
from symbolnet.firmware.graph.decision import indicators
from symbolnet.firmware.graph.fixed import from_real, quantised
from symbolnet.firmware.graph.graph import (
    Argmax,
    Graph,
    Input,
    Linear,
    Multiply,
    Node,
    Output,
    Table,
    shifts,
    weights,
)
from symbolnet.firmware.graph.scaling import restored


def input_mantissas(graph: Graph, x: np.ndarray) -> np.ndarray:
    """Return the ports (n, inputs) for standardised inputs (n, d): rounded, then saturated."""
    columns = [_port(node, x) for node in graph.inputs()]
    return np.stack(columns, axis=1)


def raw_mantissas(graph: Graph, raw: np.ndarray) -> np.ndarray:
    """Return the ports (n, inputs) for raw inputs (n, d), standardised as the graph says."""
    x = np.zeros(raw.shape, np.float32)
    for node, standard in zip(graph.inputs(), graph.scaler, strict=True):
        x[:, node.variable] = (raw[:, node.variable] - standard.mean) / standard.scale
    return input_mantissas(graph, x)


def saturated(graph: Graph, x: np.ndarray) -> np.ndarray:
    """Return for each row and port (n, inputs) whether the input lay outside its interval."""
    ports = []
    for node in graph.inputs():
        wide = from_real(x[:, node.variable], node.format.fraction)
        ports.append((wide < node.interval[0]) | (wide > node.interval[1]))
    return np.stack(ports, axis=1)


def _port(node: Input, x: np.ndarray) -> np.ndarray:
    if node.variable >= x.shape[1]:
        raise InputError(f"input x{node.variable}", f"{x.shape[1]} inputs", "use the same data set")
    return np.asarray(np.clip(from_real(x[:, node.variable], node.format.fraction), *node.interval))


def run(graph: Graph, ports: np.ndarray) -> np.ndarray:
    """Return the output mantissas (n, outputs) for port mantissas (n, inputs), all int64."""
    results = run_all(graph, ports)
    outputs = [r for r, n in zip(results, graph.nodes, strict=True) if isinstance(n, Output)]
    return np.stack(outputs, axis=1)


def run_all(graph: Graph, ports: np.ndarray) -> list[np.ndarray]:
    """Return the mantissas (n,) of every node for port mantissas (n, inputs), all int64."""
    results: list[np.ndarray] = []
    columns = iter(np.asarray(ports, np.int64).T)
    for node in graph.nodes:
        if isinstance(node, Input):
            results.append(next(columns))
        else:
            parts = [results[source] for source in node.sources]
            results.append(computed(node, graph.nodes, parts, len(ports)))
    return results


def computed(
    node: Node, nodes: Sequence[Node], parts: Sequence[np.ndarray], rows: int
) -> np.ndarray:
    """Return the mantissas (rows,) of a node, not an input, from those of its sources."""
    if isinstance(node, Linear):
        total = np.full(rows, node.offset, np.int64)
        for weight, part in zip(weights(node, nodes), parts, strict=True):
            total += weight * part
        return total
    if isinstance(node, Multiply):
        return np.asarray(parts[0] * parts[1])
    if isinstance(node, Output | Input):
        return parts[0]
    if isinstance(node, Argmax):
        aligned = [part << up for part, up in zip(parts, shifts(node, nodes), strict=True)]
        return np.asarray(np.argmax(aligned, axis=0))
    source = nodes[node.sources[0]]
    if isinstance(node, Table):
        return np.take(np.asarray(node.entries, np.int64), parts[0] - source.interval[0])
    return quantised(parts[0], source.format.fraction, node.format)


def real_outputs(graph: Graph, mantissas: np.ndarray) -> np.ndarray:
    """Return output mantissas (n, outputs) as real numbers, in the units of the graph."""
    steps = np.array([node.format.step for node in graph.outputs()])
    return restored(mantissas * steps, graph.units)


def scores(graph: Graph, mantissas: np.ndarray) -> np.ndarray:
    """Return outputs (n, outputs) as scores (n, classes), whose largest is the class decided for.

    A class's number becomes 1 for this class and 0 for all others.
    """
    decision = graph.decision()
    if decision is None:
        return real_outputs(graph, mantissas)
    return indicators(mantissas[:, 0], len(decision.names))


def corner_ports(graph: Graph, random: int = 256, seed: int = 0) -> np.ndarray:
    """Return ports at their extremes: each alone, all together, and random choices of ends."""
    ends = np.array([node.interval for node in graph.inputs()], np.int64)
    zero = np.clip(0, ends[:, 0], ends[:, 1])
    alone = [
        np.where(np.arange(len(ends)) == i, ends[i, s], zero)
        for i in range(len(ends))
        for s in (0, 1)
    ]
    picks = np.random.default_rng(seed).integers(0, 2, (random, len(ends)))
    mixed = np.take_along_axis(ends[None], picks[:, :, None], axis=2)[:, :, 0]
    return np.concatenate([[zero, ends[:, 0], ends[:, 1]], alone, mixed])
