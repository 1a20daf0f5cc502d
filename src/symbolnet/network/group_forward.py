"""0/1 weights and a batch to the outputs of all members of all seeds."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from symbolnet.network.group_layout import GroupLayout, Parts
from symbolnet.network.weights import ClassWeights


class Picks(NamedTuple):
    """The inputs of every unit of a seed: their numbers, unit after unit, and where each starts."""

    inputs: Tensor
    starts: Tensor


def picked(weights: Tensor) -> list[Picks]:
    """Return the picks of each seed for 0/1 weights (s, d, u)."""
    found = []
    for weight in weights:
        inputs = weight.t().nonzero(as_tuple=True)[1]
        counts = weight.sum(dim=0).long()
        found.append(Picks(inputs, counts.cumsum(0) - counts))
    return found


def picked_sums(picks: list[Picks], x: Tensor) -> Tensor:
    """Return the sums z (s, n, u) of what is picked of batches x (s, n, d).

    One weight in thirty is not zero: adding those up takes a fifth of the time of a product.
    """
    pairs = zip(picks, x, strict=True)
    sums = [embedding_bag(p.inputs, one.t().contiguous(), p.starts, mode="sum") for p, one in pairs]
    return torch.stack(sums).transpose(1, 2)


def group_outputs(layout: GroupLayout, parts: Parts, x: Tensor) -> Tensor:
    """Return the outputs o (s, n, t, k) for batches x (s, n, d); `parts.scores` are the weights.

    One product of matrices serves all members of a seed. The temperature is not applied: it does
    not move the largest output, and is no part of the expressions.
    """
    return outputs_of_sums(layout, parts, torch.bmm(x, parts.scores))


def outputs_of_sums(layout: GroupLayout, parts: Parts, sums: Tensor) -> Tensor:
    """Return the outputs o (s, n, t, k) for the sums (s, n, u) of all units, without constants."""
    z = sums.split(layout.columns, dim=2)
    outer = parts.outer.split(layout.function_columns, dim=1)
    shift = parts.shift.split(layout.function_columns, dim=1)
    values = [_sum(layout.classes, *units) for units in zip(z, outer, shift, strict=True)]
    bias = parts.bias.view(len(sums), 1, -1, layout.classes)
    return torch.stack(values, dim=2) + bias


def _sum(classes: int, z: Tensor, outer: Tensor, shift: Tensor) -> Tensor:
    """Return sum_j V_kj tanh(z_kj + c_kj) + z_k of one target, (s, n, k)."""
    inside, bare = z.split([z.shape[2] - classes, classes], dim=2)
    if not inside.shape[2]:
        return bare
    values = torch.tanh(inside + shift.unsqueeze(1)) * outer.unsqueeze(1)
    return values.unflatten(2, (classes, -1)).sum(dim=3) + bare


def group_loss(
    outputs: Tensor, temperature: Tensor, label: Tensor, weights: ClassWeights | None = None
) -> Tensor:
    """Return the cross-entropy (s, t) of softmax(exp(temperature) o) to labels (s, n).

    Outputs o are (s, n, t, k), the temperature is (s, t).
    """
    log = torch.log_softmax(outputs * temperature.exp()[:, None, :, None], dim=3)
    places = label[:, :, None, None].expand(*outputs.shape[:3], 1)
    chosen = log.gather(3, places).squeeze(3)
    if weights is not None:
        chosen = chosen * weights.of(label)[:, :, None]
    return -chosen.mean(dim=1)
