"""Scores to 0/1 weights: exactly as many inputs as the nodes allow, the highest scores win."""

import torch
from torch import Tensor

from symbolnet.config import Budget
from symbolnet.network.group_layout import GroupLayout

CLASS_NODES = 2  # the sum, and its constant
FUNCTION_NODES = 5  # product, coefficient, function, sum, constant; each input adds one


def inputs_allowed(target: Budget, classes: int) -> int:
    """Return how many inputs all sums of a member may have together: k (T - 2 - 5 J)."""
    overhead = CLASS_NODES + FUNCTION_NODES * target.functions
    return int(classes * (target.complexity - overhead) + 1e-9)


def ramp(progress: float, start: float, share: float) -> float:
    """Return the factor on the inputs allowed: from `start` to 1 at `share` of the steps."""
    return 1 + (start - 1) * max(0.0, 1 - progress / share) ** 2


def group_weights(
    layout: GroupLayout, scores: Tensor, targets: list[Budget], factor: float
) -> Tensor:
    """Return the weights (s, d, u) in {0, 1} for scores of that shape.

    Each member keeps its `factor * inputs_allowed` highest scores over all of its units: how they
    divide among classes and functions is for the training to find.
    """
    blocks = scores.split(layout.columns, dim=2)
    pairs = zip(blocks, targets, strict=True)
    kept = [_highest(b, int(factor * inputs_allowed(t, layout.classes))) for b, t in pairs]
    return torch.cat(kept, dim=2)


def group_sparsity(layout: GroupLayout, weights: Tensor, inputs: int) -> Tensor:
    """Return the pruned share of inputs, weights, functions and (none) binary operators, (m, 4).

    A member is a seed and a target; `inputs` counts those left out before training too.
    """
    blocks = weights.double().split(layout.columns, dim=2)
    used = torch.stack([block.amax(dim=2).sum(dim=1) for block in blocks], dim=1)
    kept = torch.stack([block.sum(dim=(1, 2)) for block in blocks], dim=1)
    units = torch.tensor(layout.columns, device=weights.device)
    alive = torch.stack([_functions_alive(layout, block) for block in blocks], dim=1)
    columns = [1 - used / inputs, 1 - kept / (inputs * units), 1 - alive, torch.zeros_like(kept)]
    return torch.stack([column.flatten() for column in columns], dim=1)


def _functions_alive(layout: GroupLayout, block: Tensor) -> Tensor:
    """Return the share of functions of any input (s,); 1 where a target has no functions."""
    functions = block[:, :, : block.shape[2] - layout.classes].amax(dim=1)
    return functions.mean(dim=1) if functions.shape[1] else block.new_ones(len(block))


def _highest(block: Tensor, count: int) -> Tensor:
    """Return 1 for the `count` highest values of each seed, (s, d, u)."""
    flat = block.reshape(len(block), -1)
    places = flat.topk(min(count, flat.shape[1]), dim=1, sorted=False).indices
    return torch.zeros_like(flat).scatter_(1, places, 1.0).view_as(block)
