"""What a row counts by its class, for every kind of training."""

from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import Weighted
from symbolnet.data.dataset import Dataset
from symbolnet.data.row_weights import weights_by_class


class ClassWeights(NamedTuple):
    """Weights (k,) of the classes of these names; their mean over the training rows is 1."""

    names: tuple[str, ...]
    values: Tensor

    def of(self, labels: Tensor) -> Tensor:
        """Return the weight of each row by its class index; the shape is that of the labels."""
        return self.values[labels]

    def record(self) -> dict[str, float]:
        """Return the weights by name, six digits of each."""
        return {n: float(f"{w:.6g}") for n, w in zip(self.names, self.values.tolist(), strict=True)}


def class_weights(
    dataset: Dataset, spec: Weighted, device: torch.device | None = None
) -> ClassWeights | None:
    """Return the weights of a training on a data set; None where every row counts alike.

    See `weights_by_class` for what they are and what it refuses.
    """
    if spec.class_weights is None:
        return None
    values = weights_by_class(dataset, spec.class_weights)
    return ClassWeights(dataset.class_names, torch.tensor(values, dtype=torch.float32).to(device))


def right_share(right: Tensor, labels: Tensor, weights: ClassWeights | None) -> Tensor:
    """Return the share of rows (n,) that are right (..., n), each counted with its weight.

    With `balanced` weights, and as many rows of each class as in train, this is the mean over the
    classes of the share of their rows.
    """
    if weights is None:
        return right.double().mean(dim=-1)
    each = weights.of(labels).double()
    return (right * each).sum(dim=-1) / each.sum()
