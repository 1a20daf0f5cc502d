"""Parameter rows to 0/1 masks with a straight-through gradient (paper section 2, method 2)."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from symbolnet.methods.paper.layout import Layout

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
