"""What a training works on: settings, layout, targets and data as tensors on the device."""

from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import Training
from symbolnet.data.dataset import Dataset
from symbolnet.network.layout import Layout, layout_of
from symbolnet.network.state import members_of


class Problem(NamedTuple):
    """Settings, layout, targets (m, 4) and the data on the device; x (n, d), classes one-hot."""

    spec: Training
    layout: Layout
    targets: Tensor
    x_train: Tensor
    one_hot_train: Tensor
    x_validation: Tensor
    y_validation: Tensor


def problem_of(dataset: Dataset, spec: Training, device: torch.device) -> Problem:
    """Return the data and the settings of a training as tensors; the test set is left out."""
    classes = len(dataset.class_names)
    targets = [[t.weight, t.input, t.unary, t.binary] for _, t in members_of(spec)]
    return Problem(
        spec,
        layout_of(spec, len(dataset.feature_names), classes),
        torch.tensor(targets, device=device),
        torch.from_numpy(dataset.x_train).to(device, torch.float32),
        torch.eye(classes, device=device)[torch.from_numpy(dataset.y_train).to(device)],
        torch.from_numpy(dataset.x_validation).to(device, torch.float32),
        torch.from_numpy(dataset.y_validation).to(device),
    )
