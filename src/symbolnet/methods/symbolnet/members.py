"""The points of the fronts as members: networks, their histories, what became of each."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from symbolnet.artifact import write_json, write_text
from symbolnet.config import Architecture, Layer, SymbolNetTraining
from symbolnet.methods.symbolnet.point import TRACE, Data, Point, measured
from symbolnet.methods.symbolnet.record import Progress
from symbolnet.methods.symbolnet.units import OPERATORS, PRODUCT, Units
from symbolnet.network.history import COLUMNS, SCORE, SCORES, SPARSITIES, history_csv
from symbolnet.network.job import Job
from symbolnet.network.masked import MaskedLayer, MaskedNetwork
from symbolnet.network.store import save_networks

DATA = ("schema/members.json",)
_ALIVE = tuple(TRACE.index(name.removeprefix("sparsity_")) for name in SPARSITIES)


def write_front(job: Job, spec: SymbolNetTraining, data: Data, progress: Progress) -> None:
    """Write network.safetensors, history.csv and members.json."""
    points, width = progress.kept, len(job.dataset.feature_names)
    ids = [f"{job.name}-{k:03d}" for k in range(len(points))]
    architecture = architecture_of([point.units for point in points])
    networks = [
        network_of(_in_own_units(point.units, data.scale), architecture, data.inputs, width)
        for point in points
    ]
    kind = np.float32 if data.scale is None else np.float64
    save_networks(job.network, spec, architecture, dict(zip(ids, networks, strict=True)), kind)
    sizes = _sizes(networks[0])
    rows = [measured(point.units, data) for point in points]
    histories = [_history(progress, p, row, sizes) for p, row in zip(points, rows, strict=True)]
    write_text(job.history, _csv(ids, histories, data.task))
    record = _record(job.name, spec, progress)
    record["class_weights"] = data.weights and data.weights.record()
    share = {"train_seconds": round(progress.seconds / len(ids), 3)}
    record["members"] = [
        _member(name, spec, point, network, history) | _scores(history, data.task) | share
        for name, point, network, history in zip(ids, points, networks, histories, strict=True)
    ]
    write_json(job.members, record, "members")


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
    unary = [OPERATORS[code] for code in range(PRODUCT) for _ in range(counts[code])]
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
    return [free[OPERATORS[code]].pop() for code in units.operator]


def _sizes(network: MaskedNetwork) -> np.ndarray:
    """Return how many inputs, constants, unary and binary operators a member has room for."""
    layer = network.layers[0]
    arrays = (layer.weight, layer.bias, network.output_weight, network.output_bias)
    constants = sum(array.size for array in arrays)
    room = (len(network.input_kept), constants, len(layer.unary), len(layer.binary))
    return np.array(room, np.float64)


def _history(
    progress: Progress, point: Point, last: np.ndarray, sizes: np.ndarray
) -> list[torch.Tensor]:
    """Return the way to a point in the columns of history.csv; its last row is the rounded one."""
    rows = np.stack([*progress.traces[point.seed, point.task][: point.row + 1], last])
    sparsity = np.maximum(0, 1 - rows[:, list(_ALIVE)] / np.maximum(sizes, 1))
    measured_columns = [TRACE.index(name) for name in COLUMNS[:3]]
    return list(torch.from_numpy(np.concatenate([rows[:, measured_columns], sparsity], axis=1)))


def _csv(ids: list[str], histories: list[list[torch.Tensor]], task: str) -> str:
    """Return the history of members that have taken different numbers of events."""
    tables = [
        history_csv([name], [row.unsqueeze(0) for row in rows], task).splitlines(keepends=True)
        for name, rows in zip(ids, histories, strict=True)
    ]
    return "".join([tables[0][0], *(line for table in tables for line in table[1:])])


def _record(name: str, spec: SymbolNetTraining, progress: Progress) -> dict[str, Any]:
    return {
        "training": name,
        "method": spec.method,
        "epochs": max(len(rows) for rows in progress.traces.values()),
        "threads": spec.threads,
        "device": "cpu",
        "torch": torch.__version__,
        "train_seconds": round(progress.seconds, 3),
    }


def _member(
    name: str,
    spec: SymbolNetTraining,
    point: Point,
    network: MaskedNetwork,
    history: list[torch.Tensor],
) -> dict[str, Any]:
    last = dict(zip(COLUMNS, history[-1].tolist(), strict=True))
    return {
        "id": name,
        "seed": spec.seeds[point.seed],
        "targets": None,
        "sparsity": {kind.removeprefix("sparsity_"): last[kind] for kind in SPARSITIES},
        "inputs_kept": np.flatnonzero(network.input_kept).tolist(),
        "diverged": False,
    }


def _scores(history: list[torch.Tensor], task: str) -> dict[str, float]:
    """Return the validation score of a point, and the best on the way to it."""
    scores, name = [row[COLUMNS.index(SCORE)].item() for row in history], SCORES[task]
    return {name: scores[-1], f"{name}_best": max(scores)}
