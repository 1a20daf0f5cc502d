"""The points of the fronts as members: networks and their histories."""

from collections import Counter
from dataclasses import replace

import numpy as np

from symbolnet.config import Architecture, Layer, SymbolNetTraining
from symbolnet.expression.price import FUNCTIONS, PRODUCT
from symbolnet.methods.symbolnet.point import TRACE, Data, Point, measured
from symbolnet.methods.symbolnet.record import Progress
from symbolnet.methods.symbolnet.units import Units
from symbolnet.network.masked import MaskedLayer, MaskedNetwork
from symbolnet.network.store import stacked
from symbolnet.training.members import COLUMNS, SPARSITIES
from symbolnet.training.method import Member, Members

_ALIVE = tuple(TRACE.index(name.removeprefix("sparsity_")) for name in SPARSITIES)


def members_of(progress: Progress, spec: SymbolNetTraining, data: Data, width: int) -> Members:
    """Return the points of all fronts as networks of `width` inputs."""
    points = progress.kept
    architecture = architecture_of([point.units for point in points])
    networks = [
        network_of(_in_own_units(point.units, data.scale), architecture, data.inputs, width)
        for point in points
    ]
    sizes = _sizes(networks[0])
    members = [
        Member(spec.seeds[p.seed], _history(progress, p, measured(p.units, data), sizes))
        for p in points
    ]
    arrays = stacked(networks, np.float32 if data.scale is None else np.float64)
    return Members(architecture, arrays, members, data.task, data.weights)


def _in_own_units(units: Units, scale: np.ndarray | None) -> Units:
    """Return units whose outputs are quantities as the data set has them."""
    if scale is None:
        return units
    return replace(units, output=units.output * scale, bias=units.bias * scale)


def architecture_of(all_units: list[Units]) -> Architecture:
    """Return one layer that has room for the operators of any of these units."""
    counts: Counter[int] = Counter()
    for units in all_units:
        counts |= Counter(units.operator.tolist())
    unary = [FUNCTIONS[code] for code in range(PRODUCT) for _ in range(counts[code])]
    return Architecture(
        layers=[Layer(unary=max(len(unary), 1), binary=counts[PRODUCT])],
        unary_operators=unary or ["identity"],
        binary_operators=["*"],
    )


def network_of(
    units: Units, architecture: Architecture, inputs: np.ndarray, width: int
) -> MaskedNetwork:
    """Return units as a network on all `width` inputs, of which they know the columns `inputs`."""
    split, binary = architecture.layers[0].unary, architecture.layers[0].binary
    columns = _columns(units, architecture)
    weight, bias = np.zeros((width, split + 2 * binary)), np.zeros(split + 2 * binary)
    kept, output = np.zeros(split + binary, bool), np.zeros((split + binary, len(units.bias)))
    for u, column in enumerate(columns):
        slots = [column] if column < split else [2 * column - split, 2 * column - split + 1]
        for slot, place in enumerate(slots):
            weight[inputs, place], bias[place] = units.weight[u, slot], units.shift[u, slot]
        kept[column], output[column] = True, units.output[u]
    names = tuple(architecture.unary_operators), tuple(["*"] * binary)
    layer = MaskedLayer(weight, bias, names[0], kept[:split], names[1], kept[split:])
    read = np.zeros(width, bool)
    read[inputs] = units.inputs
    return MaskedNetwork(read, (layer,), output, units.bias)


def _columns(units: Units, architecture: Architecture) -> list[int]:
    """Return the place of each unit among those of its operator."""
    names = [*architecture.unary_operators[: architecture.layers[0].unary]]
    names += ["*"] * architecture.layers[0].binary
    free = {name: [i for i, n in enumerate(names) if n == name][::-1] for name in set(names)}
    return [free[FUNCTIONS[code]].pop() for code in units.operator]


def _sizes(network: MaskedNetwork) -> np.ndarray:
    """Return how many inputs, constants, unary and binary operators a member has room for."""
    layer = network.layers[0]
    arrays = (layer.weight, layer.bias, network.output_weight, network.output_bias)
    constants = sum(array.size for array in arrays)
    room = (len(network.input_kept), constants, len(layer.unary), len(layer.binary))
    return np.array(room, np.float64)


def _history(progress: Progress, point: Point, last: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the way to a point in the columns of history.csv; its last row is the rounded one."""
    rows = np.stack([*progress.traces[point.seed, point.task][: point.row + 1], last])
    sparsity = np.maximum(0, 1 - rows[:, list(_ALIVE)] / np.maximum(sizes, 1))
    measured_columns = [TRACE.index(name) for name in COLUMNS[:3]]
    return np.concatenate([rows[:, measured_columns], sparsity], axis=1)
