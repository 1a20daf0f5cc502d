"""A data set and the settings of `groups` to tensors, and the state that training starts from."""

from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import GroupTraining
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.network.adam import Adam
from symbolnet.network.group_layout import GroupLayout, group_layout
from symbolnet.network.state import State
from symbolnet.network.weights import ClassWeights, class_weights

BETA2 = 0.99
SPREAD, OUTER, SHIFT, TEMPERATURE = 0.1, 3.0, -1.0, -1.0


class GroupProblem(NamedTuple):
    """Settings, layout, count of all inputs, those not left out, and the data on the device."""

    spec: GroupTraining
    layout: GroupLayout
    inputs: int
    columns: Tensor
    x_train: Tensor
    y_train: Tensor
    x_validation: Tensor
    y_validation: Tensor
    weights: ClassWeights | None = None

    @property
    def steps(self) -> int:
        """Steps of an epoch; the rows that fill no batch wait for the next order."""
        return max(1, len(self.x_train) // self.spec.batch)


def group_problem(dataset: Dataset, spec: GroupTraining, device: torch.device) -> GroupProblem:
    """Return the data less the inputs that are hardly ever lit; the test set is left out."""
    if dataset.task != "classification":
        do = "use the preset `compact`"
        raise InputError("classes, for the preset `groups`", dataset.task, do)
    lit = [float((abs(column) > spec.lit).mean()) for column in dataset.x_train.T]
    kept = [i for i, share in enumerate(lit) if share >= spec.rare]
    if not kept:
        found = f"none; the most frequent in {max(lit):.2g}"
        expected = f"an input above {spec.lit} in a share of {spec.rare} of train"
        raise InputError(expected, found, "lower `lit` or `rare`")
    layout = group_layout(spec, len(kept), len(dataset.class_names))
    x = [torch.from_numpy(part[:, kept]) for part in (dataset.x_train, dataset.x_validation)]
    y = [torch.from_numpy(label) for label in (dataset.y_train, dataset.y_validation)]
    (x_train, x_validation), (y_train, y_validation) = (
        [tensor.to(device) for tensor in part] for part in (x, y)
    )
    columns, weights = torch.tensor(kept), class_weights(dataset, spec, device)
    return GroupProblem(
        spec, layout, len(lit), columns, x_train, y_train, x_validation, y_validation, weights
    )


def initial_groups(problem: GroupProblem) -> State:
    """Draw scores from U(0, 0.1) by seed; functions start as -3, +3, -3, ... tanh(sum - 1)."""
    layout, spec = problem.layout, problem.spec
    rows = torch.zeros(len(spec.seeds), sum(layout.sizes))
    parts = layout.parts(rows)
    for scores, seed in zip(parts.scores, spec.seeds, strict=True):
        for block in scores.split(layout.columns, dim=1):
            # From the seed anew: a member starts alike whatever is trained beside it.
            generator = torch.Generator().manual_seed(seed)
            block.copy_(SPREAD * torch.rand(block.shape, generator=generator))
    parts.outer.copy_(torch.cat([_alternating(layout.classes, n) for n in layout.functions]))
    parts.shift.fill_(SHIFT)
    parts.temperature.fill_(TEMPERATURE)
    rows = rows.to(problem.x_train.device)
    adam = Adam(torch.zeros_like(rows), torch.zeros_like(rows), beta2=BETA2)
    return State(rows, adam, [torch.Generator().manual_seed(seed) for seed in spec.seeds])


def _alternating(classes: int, functions: int) -> Tensor:
    signs = [OUTER if j % 2 else -OUTER for j in range(functions)]
    return torch.tensor(signs, dtype=torch.float32).repeat(classes)
