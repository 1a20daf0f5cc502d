"""The points of the fronts as members: networks and their histories."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symbolnet.config import Architecture, SymbolNetTraining
from symbolnet.expression.price import FUNCTIONS, PRODUCT
from symbolnet.methods.symbolnet.laws.law import Law
from symbolnet.methods.symbolnet.laws.network import architecture_for, network_of_law, planned
from symbolnet.methods.symbolnet.point import TRACE, Data, Form, Point, measured
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
    architecture = architecture_of([point.form for point in points])
    networks = [
        _network(_in_own_units(point.form, data.scale), architecture, data, width)
        for point in points
    ]
    sizes = _sizes(networks[0])
    members = [
        Member(spec.seeds[p.seed], _history(progress, p, measured(p.form, data), sizes))
        for p in points
    ]
    single = data.scale is None  # of quantities, constants have more digits than float32 holds
    arrays = stacked(networks, np.float32 if single else np.float64)
    return Members(architecture, arrays, members, data.task, data.weights)


def _network(form: Form, architecture: Architecture, data: Data, width: int) -> MaskedNetwork:
    if isinstance(form, Units):
        return network_of(form, architecture, data.inputs, width)
    assert data.ruler is not None
    return network_of_law(form, data.ruler, architecture, data.inputs, width)


def _in_own_units(form: Form, scale: np.ndarray | None) -> Form:
    """Return units whose outputs are quantities as the data set has them, as those of laws are."""
    if scale is None or isinstance(form, Law):
        return form
    return replace(form, output=form.output * scale, bias=form.bias * scale)


def architecture_of(forms: Sequence[Form]) -> Architecture:
    """Return an architecture that has room for any of these: of units one layer."""
    unary, binary, read = Counter[str](), Counter[str](), 0
    for units in (form for form in forms if isinstance(form, Units)):
        counts = Counter(FUNCTIONS[code] for code in units.operator.tolist())
        binary |= Counter({"*": counts.pop(FUNCTIONS[PRODUCT], 0)})
        unary |= counts
        read = max(read, int(units.inputs.sum()))
    plans = [planned(form) for form in forms if isinstance(form, Law)]
    depth = max([1, *(len(plan.layers) for plan in plans)])
    deep = [planned(form, depth) for form in forms if isinstance(form, Law)]
    return architecture_for(deep, unary, binary, read if depth > 1 else 0)


def network_of(
    units: Units, architecture: Architecture, inputs: np.ndarray, width: int
) -> MaskedNetwork:
    """Return units as a network on all `width` inputs, of which they know the columns `inputs`.

    They are the last layer; layers before it pass on what they read.
    """
    split, binary = architecture.layers[0].unary, architecture.layers[0].binary
    names = tuple(architecture.unary_operators), tuple(architecture.binary_operators[:binary])
    read = np.zeros(width, bool)
    read[inputs] = units.inputs
    places = np.asarray(inputs)
    passing: list[MaskedLayer] = []
    for _ in architecture.layers[1:]:
        before = width if not passing else split + binary
        passing.append(_passing(places[units.inputs], before, names))
        places = np.zeros(len(inputs), np.int64)
        places[units.inputs] = np.arange(int(units.inputs.sum()))
    before = split + binary if passing else width
    weight, bias = np.zeros((before, split + 2 * binary)), np.zeros(split + 2 * binary)
    kept, output = np.zeros(split + binary, bool), np.zeros((split + binary, len(units.bias)))
    for u, column in enumerate(_columns(units, architecture)):
        slots = [column] if column < split else [2 * column - split, 2 * column - split + 1]
        for slot, place in enumerate(slots):
            weight[places[units.inputs], place] = units.weight[u, slot, units.inputs]
            bias[place] = units.shift[u, slot]
        kept[column], output[column] = True, units.output[u]
    layer = MaskedLayer(weight, bias, names[0], kept[:split], names[1], kept[split:])
    return MaskedNetwork(read, (*passing, layer), output, units.bias)


def _passing(
    places: np.ndarray, before: int, names: tuple[tuple[str, ...], tuple[str, ...]]
) -> MaskedLayer:
    """Return a layer whose first units pass on the values at `places` of `before` ones."""
    split, binary = map(len, names)
    weight = np.zeros((before, split + 2 * binary))
    weight[places, np.arange(len(places))] = 1.0
    bias, kept = np.zeros(split + 2 * binary), np.zeros(split, bool)
    return MaskedLayer(weight, bias, names[0], kept, names[1], np.zeros(binary, bool))


def _columns(units: Units, architecture: Architecture) -> list[int]:
    """Return the place of each unit among those of its operator."""
    size = architecture.layers[0]
    names = [*architecture.unary_operators[: size.unary]]
    names += architecture.binary_operators[: size.binary]
    free = {name: [i for i, n in enumerate(names) if n == name][::-1] for name in set(names)}
    return [free[FUNCTIONS[code]].pop() for code in units.operator]


def _sizes(network: MaskedNetwork) -> np.ndarray:
    """Return how many inputs, constants, unary and binary operators a member has room for."""
    arrays = [network.output_weight, network.output_bias]
    arrays += [array for layer in network.layers for array in (layer.weight, layer.bias)]
    constants = sum(array.size for array in arrays)
    unary, binary = (sum(len(names[k]) for names in _names(network)) for k in (0, 1))
    room = (len(network.input_kept), constants, unary, binary)
    return np.array(room, np.float64)


def _names(network: MaskedNetwork) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(layer.unary, layer.binary) for layer in network.layers]


def _history(progress: Progress, point: Point, last: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the way to a point in the columns of history.csv; its last row is the rounded one."""
    rows = np.stack([*progress.traces[point.seed, point.task][: point.row + 1], last])
    sparsity = np.maximum(0, 1 - rows[:, list(_ALIVE)] / np.maximum(sizes, 1))
    measured_columns = [TRACE.index(name) for name in COLUMNS[:3]]
    return np.concatenate([rows[:, measured_columns], sparsity], axis=1)
