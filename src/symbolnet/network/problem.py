"""What a training works on: settings, layout, targets and data as tensors on the device."""

from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import Training
from symbolnet.data.dataset import Dataset
from symbolnet.network.layout import Layout, layout_of
from symbolnet.network.state import members_of

# Copies of a layer's units, of its outputs and of the weights that a step and its gradient hold.
UNITS, OUTPUTS, WEIGHTS = 6, 6, 4


class Problem(NamedTuple):
    """Settings, layout, sparsity targets (m, 4) and the data on the device.

    `x_train` is (n, d); `y_train` (n, k) holds classes one-hot, or the values of a regression;
    `y_validation` holds class indices (n,), or values (n, k).
    """

    spec: Training
    layout: Layout
    targets: Tensor
    x_train: Tensor
    y_train: Tensor
    x_validation: Tensor
    y_validation: Tensor
    task: str = "classification"


def problem_of(dataset: Dataset, spec: Training, device: torch.device) -> Problem:
    """Return the data and the settings of a training as tensors; the test set is left out."""
    classes, labelled = len(dataset.class_names), dataset.task == "classification"
    y_train, y_validation = (
        torch.from_numpy(dataset.y_train),
        torch.from_numpy(dataset.y_validation),
    )
    return Problem(
        spec,
        layout_of(spec, len(dataset.feature_names), classes),
        targets_of(spec, device),
        torch.from_numpy(dataset.x_train).to(device, torch.float32),
        (torch.eye(classes)[y_train] if labelled else y_train.to(torch.float32)).to(device),
        torch.from_numpy(dataset.x_validation).to(device, torch.float32),
        y_validation.to(device),
        dataset.task,
    )


def targets_of(spec: Training, device: torch.device) -> Tensor:
    """Return the targets of each member for weights, inputs, unary and binary operators, (m, 4)."""
    rows = [[t.weight, t.input, t.unary, t.binary] for _, t in members_of(spec)]
    return torch.tensor(rows, device=device)


def groups(problem: Problem, members: int, batches: int) -> list[tuple[slice, slice]]:
    """Return slices of the members that fit into `memory_gb` together, and of their batches.

    Members share batches as in forward.py; those of one batch are split only if it is the only one.
    """
    layers, batch = problem.layout.layers, problem.spec.batch
    values = sum(UNITS * v.n_units + OUTPUTS * (v.n_unary + v.n_binary) for v in layers)
    bytes_each = 4 * (batch * values + WEIGHTS * problem.layout.sections[0])
    fit = max(1, int(problem.spec.memory_gb * 1e9 / bytes_each))
    if batches == 1:
        return [(slice(i, i + fit), slice(0, 1)) for i in range(0, members, fit)]
    each = members // batches
    step = max(1, fit // each)
    return [
        (slice(i * each, (i + step) * each), slice(i, i + step)) for i in range(0, batches, step)
    ]
