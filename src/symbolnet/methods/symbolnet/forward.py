"""Values and slopes of the units on a sample, in its precision; and what is measured of them."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.expression.price import GAUSS, IDENTITY, PRODUCT, SIN, SQUARE, TANH
from symbolnet.methods.symbolnet.likelihood import CROSS_ENTROPY, Likelihood, Response
from symbolnet.methods.symbolnet.units import Units

_BLOCK = 20_000  # rows at a time in float64: of 3,072 inputs 0.5 GB


class Sample(NamedTuple):
    """Inputs (n, d), targets (n, k) and what each row counts, (n, 1).

    Classes are one-hot, in float32. Quantities have a deviation of 1 and are in float64, as are
    their inputs: without noise their losses fall below 1e-9. To a prior a row is worth `multiple`.
    """

    x: Tensor
    target: Tensor
    weight: Tensor | None = None
    likelihood: Likelihood = CROSS_ENTROPY
    multiple: float = 1.0

    def part(self, rows: slice) -> "Sample":
        """Return some of the rows."""
        weight = None if self.weight is None else self.weight[rows]
        return self._replace(x=self.x[rows], target=self.target[rows], weight=weight)

    def rows(self, numbers: Tensor) -> "Sample":
        """Return rows by their numbers."""
        weight = None if self.weight is None else self.weight[numbers]
        return self._replace(x=self.x[numbers], target=self.target[numbers], weight=weight)

    def beside(self, other: "Sample") -> "Sample":
        """Return the rows of both."""
        weight = None
        if self.weight is not None and other.weight is not None:
            weight = torch.cat([self.weight, other.weight])
        x, target = torch.cat([self.x, other.x]), torch.cat([self.target, other.target])
        return self._replace(x=x, target=target, weight=weight)

    def weighed(self, values: Tensor) -> Tensor:
        """Return values (n, ...) times what their rows count."""
        return values if self.weight is None else values * self.weight

    def response(self, outputs: Tensor) -> Response:
        """Return the loss of outputs (n, k), with its derivatives."""
        return self.likelihood.response(outputs, self.target)

    def loss(self, outputs: Tensor) -> float:
        """Return the mean loss of the rows with outputs (n, k)."""
        return self.weighed(self.response(outputs).losses).sum(dim=1).mean().item()

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


@torch.inference_mode()
def loss_of(units: Units, sample: Sample) -> float:
    """Return the mean loss of the rows."""
    return sample.loss(run(units, sample.x).outputs)


def outputs_of(units: Units, sample: Sample) -> Tensor:
    """Return the outputs (n, k) of the rows in float64, as expressions are measured.

    In float32 a gauss far out is 0, and may then tie.
    """
    blocks = sample.x.split(_BLOCK)
    return torch.cat([run(units, block.double()).outputs for block in blocks])


def figures(units: Units, sample: Sample) -> tuple[float, float, float]:
    """Return the figures of units on a sample."""
    return figures_of(outputs_of(units, sample), sample)


def figures_of(outputs: Tensor, sample: Sample) -> tuple[float, float, float]:
    """Return loss, mean squared error (of probabilities), and accuracy or R2, all weighed."""
    kind = sample.likelihood
    squared = sample.weighed(kind.errors(outputs, sample.target)).mean().item()
    return sample.loss(outputs), squared, kind.score(outputs, sample.target, sample.weight)
