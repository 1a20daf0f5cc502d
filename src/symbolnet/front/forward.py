"""Values and slopes of the units on a sample, in its precision; and what is measured of them."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.front.units import GAUSS, IDENTITY, PRODUCT, SIN, SQUARE, TANH, Units


class Sample(NamedTuple):
    """Inputs (n, d) float32 and classes, one-hot (n, k) float32; what each row counts, (n, 1)."""

    x: Tensor
    target: Tensor
    weight: Tensor | None = None

    def part(self, rows: slice) -> "Sample":
        """Return some of the rows."""
        weight = None if self.weight is None else self.weight[rows]
        return Sample(self.x[rows], self.target[rows], weight)

    def rows(self, numbers: Tensor) -> "Sample":
        """Return rows by their numbers."""
        weight = None if self.weight is None else self.weight[numbers]
        return Sample(self.x[numbers], self.target[numbers], weight)

    def weighed(self, values: Tensor) -> Tensor:
        """Return values (n, ...) times what their rows count."""
        return values if self.weight is None else values * self.weight

    def columns(self, inputs: np.ndarray) -> "Sample":
        """Return some of the inputs, by their sorted numbers."""
        if len(inputs) == self.x.shape[1]:
            return self
        return self._replace(x=self.x[:, torch.from_numpy(inputs)])


class Pass(NamedTuple):
    """Outputs (n, k); values y (n, u) and slopes dy/dz (n, u) for the two slots, all with e^s."""

    outputs: Tensor
    values: Tensor
    slopes: tuple[Tensor, Tensor]


def tensor(array: np.ndarray, kind: torch.dtype = torch.float32) -> Tensor:
    """Return an array as tensor in torch's own memory.

    Its alignment is then the same in every process, and with it the rounding of products.
    """
    return torch.tensor(np.ascontiguousarray(array), dtype=kind)


def run(units: Units, x: Tensor) -> Pass:
    """Return everything of a forward pass."""
    values, slopes = unit_values(units, x)
    bias = tensor(units.bias * units.factor, x.dtype)
    outputs = values @ tensor(units.output, x.dtype) + bias
    return Pass(outputs, values, slopes)


def unit_values(units: Units, x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Return values and slopes of all units."""
    left, right = (
        x @ tensor(units.weight[:, slot].T, x.dtype) + tensor(units.shift[:, slot], x.dtype)
        for slot in (0, 1)
    )
    values, slopes = torch.empty_like(left), torch.empty_like(left)
    for code in np.unique(units.operator):
        at = torch.from_numpy(np.flatnonzero(units.operator == code))
        values[:, at], slopes[:, at] = function_of(code, left[:, at], right[:, at])
    if units.scale[0]:
        values, slopes, left = (part * units.factor for part in (values, slopes, left))
    return values, (slopes, left)


def function_of(code: int, z: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Return f(z) and f'(z); of a product, its value and the other factor."""
    if code == PRODUCT:
        return z * other, other
    if code == IDENTITY:
        return z, torch.ones_like(z)
    if code == SQUARE:
        return z * z, 2 * z
    if code == TANH:
        value = torch.tanh(z)
        return value, 1 - value * value
    if code == SIN:
        return torch.sin(z), torch.cos(z)
    assert code == GAUSS
    value = torch.exp(-z * z)
    return value, -2 * z * value


def cross_entropy(units: Units, sample: Sample) -> float:
    """Return -mean_n sum_k t log softmax(o)."""
    logs = torch.log_softmax(run(units, sample.x).outputs, dim=1)
    return -sample.weighed(sample.target * logs).sum(dim=1).mean().item()


def figures(units: Units, sample: Sample) -> tuple[float, float, float]:
    """Return cross-entropy, mean squared error of the probabilities, and accuracy, all weighed.

    In float64, as expressions are measured: in float32 a gauss far out is 0, and may then tie.
    """
    outputs = run(units, sample.x.double()).outputs
    logs = torch.log_softmax(outputs, dim=1)
    loss = -sample.weighed(sample.target * logs).sum(dim=1).mean().item()
    squared = sample.weighed((logs.exp() - sample.target).square()).mean().item()
    right = (outputs.argmax(dim=1) == sample.target.argmax(dim=1)).double()
    each = torch.ones_like(right) if sample.weight is None else sample.weight[:, 0].double()
    return loss, squared, ((right * each).sum() / each.sum()).item()
