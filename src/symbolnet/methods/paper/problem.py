"""What a training works on: settings, layout, targets and data as tensors on the device."""

from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import PaperTraining
from symbolnet.data.dataset import Dataset
from symbolnet.data.quantities import Quantities, quantities_of
from symbolnet.methods.paper.layout import Layout, layout_of
from symbolnet.methods.paper.state import members_of
from symbolnet.training.weights import ClassWeights, class_weights

# Copies of a layer's units, of its outputs and of the weights that a step and its gradient hold.
UNITS, OUTPUTS, WEIGHTS = 6, 6, 4


class Problem(NamedTuple):
    """Settings, layout, sparsity targets (m, 4) and the data on the device.

    `x_train` is (n, d); `y_train` (n, k) holds classes one-hot, or the values of a regression;
    `y_validation` holds class indices (n,), or values (n, k). Values are reduced: losses, steps and
    thresholds are made for numbers about 1, and `quantities` says what they stand for. `weights`
    are those of the classes.
    """

    spec: PaperTraining
    layout: Layout
    targets: Tensor
    x_train: Tensor
    y_train: Tensor
    x_validation: Tensor
    y_validation: Tensor
    quantities: Quantities | None = None
    weights: ClassWeights | None = None

    @property
    def task(self) -> str:
        """Return the task of the data set."""
        return "classification" if self.quantities is None else "regression"

    def row_weights(self, wanted: Tensor) -> Tensor | None:
        """Return what each row counts, (s, 1, n), by its class one-hot (s, k, n)."""
        if self.weights is None:
            return None
        return (wanted * self.weights.values[:, None]).sum(dim=1, keepdim=True)


def problem_of(dataset: Dataset, spec: PaperTraining, device: torch.device) -> Problem:
    """Return the data and the settings of a training as tensors; the test set is left out."""
    regression = dataset.task == "regression"
    quantities = quantities_of(dataset.y_train).moved_if_far() if regression else None
    y_train, y_validation = _wanted(dataset, quantities)
    return Problem(
        spec,
        layout_of(spec, len(dataset.feature_names), len(dataset.class_names)),
        targets_of(spec, device),
        torch.from_numpy(dataset.x_train).to(device, torch.float32),
        y_train.to(device),
        torch.from_numpy(dataset.x_validation).to(device, torch.float32),
        y_validation.to(device),
        quantities,
        class_weights(dataset, spec, device),
    )


def _wanted(dataset: Dataset, quantities: Quantities | None) -> tuple[Tensor, Tensor]:
    """Return one-hot classes and class indices, or the reduced values of train and validation."""
    train, validation = dataset.y_train, dataset.y_validation
    if quantities is None:
        one_hot = torch.eye(len(dataset.class_names))[torch.from_numpy(train)]
        return one_hot, torch.from_numpy(validation)
    reduced = [quantities.reduced(values) for values in (train, validation)]
    return torch.from_numpy(reduced[0]).to(torch.float32), torch.from_numpy(reduced[1])


def targets_of(spec: PaperTraining, device: torch.device) -> Tensor:
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
