"""Where everything lies in the one parameter row of a member, and the masks that follow from it.

Inside training the units of a layer are ordered by operator, so that each operator works on one
contiguous block; `units` and `outputs` say which unit of the paper's cyclic order (masked.py) each
of them is. A row is [weights and biases | their thresholds | input | unary | binary thresholds].
Masks are 0/1 with a straight-through gradient (paper section 2, method 2).
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from symbolnet.config import Layer, PaperTraining
from symbolnet.network.masked import cyclic
from symbolnet.operators import OPERATORS, Operator


class Group(NamedTuple):
    """Units of one operator, neighbours inside training."""

    operator: Operator
    members: tuple[int, ...]


class LayerLayout(NamedTuple):
    """One symbolic layer of `inputs` inputs, its groups in order of first appearance."""

    inputs: int
    unary: tuple[Group, ...]
    binary: tuple[Group, ...]

    @property
    def n_unary(self) -> int:
        """Unary operators, u."""
        return sum(len(group.members) for group in self.unary)

    @property
    def n_binary(self) -> int:
        """Binary operators, b."""
        return sum(len(group.members) for group in self.binary)

    @property
    def n_units(self) -> int:
        """Linear units, u + 2b."""
        return self.n_unary + 2 * self.n_binary

    @property
    def outputs(self) -> list[int]:
        """Place in the paper's order of each output (u + b)."""
        shifted = [self.n_unary + j for group in self.binary for j in group.members]
        return [i for group in self.unary for i in group.members] + shifted

    @property
    def units(self) -> list[int]:
        """Place in the paper's order of each unit: all unary, all left, then all right operands."""
        u, pairs = self.n_unary, [j for group in self.binary for j in group.members]
        return self.outputs[:u] + [u + 2 * j for j in pairs] + [u + 2 * j + 1 for j in pairs]


class Layout(NamedTuple):
    """Shape of a network: d inputs, symbolic layers, k linear outputs."""

    inputs: int
    layers: tuple[LayerLayout, ...]
    outputs: int

    @property
    def matrices(self) -> list[tuple[int, int]]:
        """(rows, columns) of every weight matrix, (units, inputs), the output layer last."""
        last = self.layers[-1]
        hidden = [(layer.n_units, layer.inputs) for layer in self.layers]
        return [*hidden, (self.outputs, last.n_unary + last.n_binary)]

    @property
    def weight_sizes(self) -> list[int]:
        """Lengths of the pieces of the weight section: matrix, bias, matrix, bias, ..."""
        return [size for rows, columns in self.matrices for size in (rows * columns, rows)]

    @property
    def sections(self) -> list[int]:
        """Lengths of a row's five sections."""
        weights = sum(self.weight_sizes)
        unary = sum(layer.n_unary for layer in self.layers)
        binary = sum(layer.n_binary for layer in self.layers)
        return [weights, weights, self.inputs, unary, binary]


SLOPE = 5.0


class Sections(NamedTuple):
    """Views of the five sections of the parameter rows, each (m, size)."""

    weight: Tensor
    weight_threshold: Tensor
    input_threshold: Tensor
    unary_threshold: Tensor
    binary_threshold: Tensor


class Masks(NamedTuple):
    """One 0/1 value for each weight or bias, input, unary and binary operator, each (m, size)."""

    weight: Tensor
    input: Tensor
    unary: Tensor
    binary: Tensor


class _Step(torch.autograd.Function):
    """theta(x) forward, k s(kx)(1 - s(kx)) backward; the sigmoid form stays finite for all x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        # Not torch.sigmoid: it rounds the last elements of a tensor otherwise than the rest.
        s = (-SLOPE * x).exp_().add_(1).reciprocal_()
        return gradients[0] * torch.addcmul(s, s, s, value=-1).mul_(SLOPE)


def layout_of(spec: PaperTraining, inputs: int, outputs: int) -> Layout:
    """Return the layout of the networks of a training on d inputs and k classes."""
    layers: list[LayerLayout] = []
    for layer in spec.layers:
        layers.append(_layer(spec, layer, inputs))
        inputs = layer.unary + layer.binary
    return Layout(layers[0].inputs, tuple(layers), outputs)


def _layer(spec: PaperTraining, layer: Layer, inputs: int) -> LayerLayout:
    unary = _groups(cyclic(spec.unary_operators, layer.unary))
    return LayerLayout(inputs, unary, _groups(cyclic(spec.binary_operators, layer.binary)))


def _groups(names: list[str]) -> tuple[Group, ...]:
    members: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        members.setdefault(name, []).append(i)
    return tuple(Group(OPERATORS[name], tuple(places)) for name, places in members.items())


def step(x: Tensor) -> Tensor:
    """Return 1 where x > 0, else 0, with the straight-through gradient."""
    result: Tensor = _Step.apply(x)  # type: ignore[no-untyped-call]
    return result


def sections_of(layout: Layout, rows: Tensor) -> Sections:
    """Split parameter rows (m, p) into their sections."""
    return Sections(*rows.split(layout.sections, dim=1))


def masks_of(sections: Sections) -> Masks:
    """Return the masks: theta(|w| - t) for weights and biases, theta(1 - t) for the others."""
    return Masks(
        step(sections.weight.abs() - sections.weight_threshold),
        step(1 - sections.input_threshold),
        step(1 - sections.unary_threshold),
        step(1 - sections.binary_threshold),
    )


def sparsity_of(masks: Masks) -> Tensor:
    """Return the pruned share of weights, inputs, unary and binary operators, (m, 4).

    The share of a kind the network has none of is 0.
    """
    with torch.no_grad():
        return torch.stack([_pruned(mask) for mask in masks], dim=1)


def _pruned(mask: Tensor) -> Tensor:
    return 1 - mask.mean(dim=1) if mask.shape[1] else mask.new_zeros(len(mask))
