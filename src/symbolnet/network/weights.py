"""What a row counts by its class, for every kind of training."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.config import Weighted
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError


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

    `balanced` gives a class of n_k among n rows n / (K n_k). Raises InputError for a quantity, and
    for a class that the data set has not.
    """
    if spec.class_weights is None:
        return None
    if dataset.task != "classification":
        raise InputError("classes, for class_weights", dataset.task, "leave `class_weights` out")
    counts = np.bincount(dataset.y_train, minlength=len(dataset.class_names))
    asked = np.ones(len(counts))
    if spec.class_weights == "balanced":
        asked = 1 / counts
    else:
        for name, weight in spec.class_weights.items():
            asked[_place(name, dataset.class_names)] = weight
    values = asked * counts.sum() / (asked @ counts)
    return ClassWeights(dataset.class_names, torch.tensor(values, dtype=torch.float32).to(device))


def _place(name: str, classes: tuple[str, ...]) -> int:
    if name not in classes:
        expected = f"classes of the data set ({', '.join(classes)}) in class_weights"
        raise InputError(expected, name, "correct its name")
    return classes.index(name)


def right_share(right: Tensor, labels: Tensor, weights: ClassWeights | None) -> Tensor:
    """Return the share of rows (n,) that are right (..., n), each counted with its weight.

    With `balanced` weights, and as many rows of each class as in train, this is the mean over the
    classes of the share of their rows.
    """
    if weights is None:
        return right.double().mean(dim=-1)
    each = weights.of(labels).double()
    return (right * each).sum(dim=-1) / each.sum()
