"""What each constant, input and operator contributes: the scores that `exact` prunes by.

A constant's score is the largest product of absolute weights over the paths through it, so that
what is kept lies on connected paths: the best path through a constant holds only constants of at
least its own score. All tensors are absolute values, units in the order of layout.py.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.methods.paper.forward import applied, operations, pieces, pruned
from symbolnet.methods.paper.layout import LayerLayout, Layout, Masks

BIAS, OUTPUT_BIAS = 0.3, 0.1
TIE = 1e-9


class Level(NamedTuple):
    """One symbolic layer as paths see it.

    `incoming` (m, w) and `outgoing` (m, u + b) are the best path products from the inputs; a
    kept product passes the smaller of its two operands, so each operand is capped by the other
    one (`caps`, (m, u + 2b); infinite for all other units).
    """

    incoming: Tensor
    caps: Tensor
    outgoing: Tensor


def levels_of(layout: Layout, weight: Tensor, masks: Masks) -> list[Level]:
    """Follow the best paths upwards through weights (m, p), pruned ones included."""
    levels: list[Level] = []
    incoming = masks.input
    kept = masks.binary.split([layer.n_binary for layer in layout.layers], dim=1)
    parts = pieces(layout, weight.abs())
    for layer, (matrix, _), both in zip(layout.layers, parts[:-1], kept, strict=True):
        levels.append(_level(layer, (matrix * incoming.unsqueeze(1)).amax(2), both, incoming))
        incoming = levels[-1].outgoing
    return levels


def reaches_of(layout: Layout, weight: Tensor, levels: list[Level]) -> list[Tensor]:
    """Follow the best paths downwards: what a unit's value is multiplied by, (m, u + 2b)."""
    parts = pieces(layout, weight.abs())
    reach = parts[-1][0].amax(1)
    reaches = [_of_units(layout.layers[-1], reach)]
    for i in range(len(layout.layers) - 1, 0, -1):
        # Capped paths: the slope between zero and the strength at hand, never above the path.
        cap = levels[i].caps.unsqueeze(2) / levels[i].incoming.unsqueeze(1)
        slopes = torch.minimum(parts[i][0], cap.nan_to_num(nan=torch.inf, posinf=torch.inf))
        reach = (slopes * reaches[0].unsqueeze(2)).amax(1)
        reaches.insert(0, _of_units(layout.layers[i - 1], reach))
    return reaches


def input_scores(layout: Layout, weight: Tensor, reaches: list[Tensor]) -> Tensor:
    """Return sum_u (|W_iu| r_u)^2 for each input i and the reach r of the first units, (m, d)."""
    matrix, _ = pieces(layout, weight.abs())[0]
    return (matrix * reaches[0].unsqueeze(2)).square_().sum(1)


def weight_scores(
    layout: Layout, weight: Tensor, levels: list[Level], reaches: list[Tensor]
) -> Tensor:
    """Return the best path product through every weight and bias, (m, p).

    A bias stands at the end of no path from the inputs: it counts as much as the weights that it
    is added to, at most, times `BIAS` (`OUTPUT_BIAS` in the output layer).
    """
    found: list[Tensor] = []
    parts = pieces(layout, weight.abs())
    for i, (layer, level, reach) in enumerate(zip(layout.layers, levels, reaches, strict=True)):
        matrix, bias = parts[i]
        flow = torch.minimum(matrix * level.incoming.unsqueeze(1), level.caps.unsqueeze(2))
        found.append((flow * reach.unsqueeze(2)).flatten(1))
        met = torch.minimum(bias.squeeze(2), _of_units(layer, level.outgoing))
        found.append(BIAS * met * reach)
    matrix, bias = parts[-1]
    hidden = levels[-1].outgoing
    found.append((matrix * hidden.unsqueeze(1)).flatten(1))
    found.append(OUTPUT_BIAS * bias.squeeze(2) * hidden.amax(1, keepdim=True))
    return torch.cat(found, dim=1).add_(weight.abs(), alpha=TIE)


def operator_scores(layout: Layout, weight: Tensor, seen: list[Tensor]) -> Tensor:
    """Return what pruning each operator would change in the outputs, (m, all unary + all binary).

    It is mean |f(z) - z|, or mean |z1 z2 - (z1 + z2)|, over the batch, times the summed absolute
    path products from there to the outputs; weights (m, p) are masked, `seen` is each layer's z.
    """
    unary: list[Tensor] = []
    binary: list[Tensor] = []
    downstream = _downstream(layout, weight)
    for layer, z, below in zip(layout.layers, seen, downstream, strict=True):
        changes = [
            (applied(group.operator, operands) - pruned(operands)).abs().mean(2)
            for group, operands in operations(layer, z)
        ]
        effect = torch.cat(changes, dim=1) * below
        unary.append(effect[:, : layer.n_unary])
        binary.append(effect[:, layer.n_unary :])
    return torch.cat([*unary, *binary], dim=1)


def _level(layer: LayerLayout, top: Tensor, kept: Tensor, incoming: Tensor) -> Level:
    unary, left, right = top.split([layer.n_unary, layer.n_binary, layer.n_binary], dim=1)
    free = torch.full_like(left, torch.inf)
    caps = [torch.full_like(unary, torch.inf), torch.where(kept > 0, right, free)]
    caps.append(torch.where(kept > 0, left, free))
    both = torch.where(kept > 0, torch.minimum(left, right), torch.maximum(left, right))
    return Level(incoming, torch.cat(caps, dim=1), torch.cat([unary, both], dim=1))


def _of_units(layer: LayerLayout, outputs: Tensor) -> Tensor:
    """Spread values of a layer's outputs (m, u + b) over the units (m, u + 2b) that make them."""
    binary = outputs[:, layer.n_unary :]
    return torch.cat([outputs, binary], dim=1)


def _downstream(layout: Layout, weight: Tensor) -> list[Tensor]:
    parts = pieces(layout, weight.abs())
    found = [parts[-1][0].sum(1)]
    for i in range(len(layout.layers) - 1, 0, -1):
        units = _of_units(layout.layers[i], found[0])
        found.insert(0, (parts[i][0] * units.unsqueeze(2)).sum(1))
    return found
