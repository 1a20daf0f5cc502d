"""The trained state of `groups` to its three files: networks, history, what became of each."""

from typing import Any

import numpy as np
import torch

from symbolnet.artifact import write_json, write_text
from symbolnet.config import Architecture, Budget, Layer
from symbolnet.network.group_layout import GroupLayout, Parts
from symbolnet.network.group_problem import GroupProblem
from symbolnet.network.history import COLUMNS, SPARSITIES, history_csv
from symbolnet.network.job import Job
from symbolnet.network.masked import MaskedLayer, MaskedNetwork
from symbolnet.network.record import job_record
from symbolnet.network.state import State
from symbolnet.network.store import save_networks

DATA = ("schema/members.json",)
FUNCTION = "tanh"


def write_groups(job: Job, problem: GroupProblem, parts: Parts, state: State) -> None:
    """Write network.safetensors, history.csv and members.json; `parts` hold 0/1 weights."""
    networks = [
        group_network(problem, parts, seed, target) for seed, target, _ in _members(problem)
    ]
    named = {f"{job.name}-{k:03d}": network for k, network in enumerate(networks)}
    save_networks(job.network, problem.spec, _architecture(problem.layout), named)
    write_text(job.history, history_csv(list(named), state.history))
    records = [
        _member(problem, state, k, identity, network)
        for k, (identity, network) in enumerate(named.items())
    ]
    record = job_record(job.name, problem.spec, state, records, problem.weights)
    write_json(job.members, record, "members")


def group_network(problem: GroupProblem, parts: Parts, seed: int, target: int) -> MaskedNetwork:
    """Return one member as a symbolic layer of one function more than any target has, per class.

    The last of each class is the bare sum: a pruned function, so the identity, of coefficient 1.
    """
    layout = problem.layout
    classes, width = layout.classes, max(layout.functions) + 1
    weight = _weight(problem, parts.scores[seed], target)
    shift = _by_class(layout, parts.shift[seed], target)
    outer = _by_class(layout, parts.outer[seed], target)
    outer[:, -1] = 1.0
    output = outer[:, :, None] * np.eye(classes, dtype=np.float32)[:, None, :]
    bias = parts.bias[seed].view(-1, classes)[target].cpu().numpy()
    kept = np.tile(np.arange(width) < width - 1, classes)
    names = (FUNCTION,) * len(kept)
    layer = MaskedLayer(weight, shift.reshape(-1), names, kept, (), np.zeros(0, bool))
    return MaskedNetwork(weight.max(axis=1) > 0, (layer,), output.reshape(-1, classes), bias)


def _weight(problem: GroupProblem, taken: torch.Tensor, target: int) -> np.ndarray:
    """Return the 0/1 weights of one target for all inputs, (d, k (widest + 1))."""
    layout, functions = problem.layout, problem.layout.functions[target]
    block = taken.split(layout.columns, dim=1)[target].cpu().numpy()
    inside, bare = np.split(block, [layout.classes * functions], axis=1)
    weight = np.zeros((problem.inputs, layout.classes, max(layout.functions) + 1), np.float32)
    columns = problem.columns.numpy()
    weight[columns, :, :functions] = inside.reshape(len(columns), layout.classes, functions)
    weight[columns, :, -1] = bare
    return weight.reshape(problem.inputs, -1)


def _by_class(layout: GroupLayout, values: torch.Tensor, target: int) -> np.ndarray:
    """Values of the functions of one target, (k, widest + 1), zero where it has fewer."""
    mine = values.split(layout.function_columns)[target].cpu().numpy()
    table = np.zeros((layout.classes, max(layout.functions) + 1), np.float32)
    table[:, : layout.functions[target]] = mine.reshape(layout.classes, layout.functions[target])
    return table


def _architecture(layout: GroupLayout) -> Architecture:
    units = layout.classes * (max(layout.functions) + 1)
    return Architecture(layers=[Layer(unary=units, binary=0)], unary_operators=[FUNCTION])


def _members(problem: GroupProblem) -> list[tuple[int, int, Budget]]:
    """Return number of the seed, number of the target and the target of each member."""
    spec = problem.spec
    seeds = range(len(spec.seeds))
    return [(s, t, target) for s in seeds for t, target in enumerate(spec.targets)]


def _member(
    problem: GroupProblem, state: State, k: int, identity: str, network: MaskedNetwork
) -> dict[str, Any]:
    """One member; its train_seconds are its equal share of the job that trained all of them."""
    seed, _, target = _members(problem)[k]
    last = dict(zip(COLUMNS, state.history[-1][k].tolist(), strict=True))
    accuracies = [entry[k, COLUMNS.index("accuracy_validation")].item() for entry in state.history]
    return {
        "id": identity,
        "seed": problem.spec.seeds[seed],
        "targets": None,
        "complexity_target": target.complexity,
        "sparsity": {name.removeprefix("sparsity_"): last[name] for name in SPARSITIES},
        "inputs_kept": network.input_kept.nonzero()[0].tolist(),
        "accuracy_validation": last["accuracy_validation"],
        "accuracy_validation_best": max(accuracies),
        "diverged": not bool(torch.isfinite(state.history[-1][k]).all()),
        "train_seconds": round(state.seconds / len(_members(problem)), 3),
    }
