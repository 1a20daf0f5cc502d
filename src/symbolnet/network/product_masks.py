"""Weights of `products` to those that the nodes allow: near one they are one, and cheap."""

import torch
from torch import Tensor

from symbolnet.config import ProductBudget

CLASS_NODES = 2  # the sum, and its constant
PRODUCT_NODES = 6  # product, coefficient, and two sums with their constants
BARE, WEIGHTED = 1.0, 3.0  # nodes of an input, alone or times a coefficient


def nodes_allowed(target: ProductBudget, classes: int) -> float:
    """Return how many nodes the inputs of a member may cost together: k (T - 2 - 6 J)."""
    return classes * (target.complexity - CLASS_NODES - PRODUCT_NODES * target.products)


def priced(weight: Tensor, nodes: float, one: tuple[float, float]) -> Tensor:
    """Return the weights (s, d, u) that are kept, zero elsewhere.

    Those between the two numbers `one` are exactly 1. The largest magnitudes are kept as long as
    their nodes, summed in falling order of magnitude, are at most `nodes`.
    """
    flat = weight.flatten(1)
    bare = (flat > one[0]) & (flat < one[1])
    order = flat.abs().argsort(dim=1, descending=True, stable=True)
    spent = torch.where(bare, BARE, WEIGHTED).gather(1, order).cumsum(dim=1)
    kept = torch.zeros_like(flat, dtype=torch.bool).scatter_(1, order, spent <= nodes)
    return torch.where(kept, torch.where(bare, 1.0, flat), 0.0).view_as(weight)


def without_constants(weight: Tensor) -> Tensor:
    """Drop the inputs of a sum whose partner has none.

    A constant times a sum would be multiplied out, and give each input a coefficient that is not
    in the count.
    """
    alive = (weight != 0).any(dim=1, keepdim=True)
    return weight * alive.roll(alive.shape[2] // 2, dims=2)


def product_sparsity(weights: list[Tensor], inputs: int) -> Tensor:
    """Return the pruned share of inputs, weights, (no) functions and products, (m, 4).

    `weights` are those of each target, (s, d, u); members are ordered by seed, then by target.
    """
    columns = []
    for weight in weights:
        kept = (weight != 0).double()
        used, alive = kept.amax(dim=2).sum(dim=1), kept.amax(dim=1)
        shares = [1 - used / inputs, 1 - kept.mean(dim=(1, 2)), torch.zeros_like(used)]
        columns.append(torch.stack([*shares, 1 - alive.mean(dim=1)], dim=1))
    return torch.stack(columns, dim=1).flatten(0, 1)
