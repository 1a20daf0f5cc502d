"""Masked weights and a batch to the outputs of all members at once (method section 1)."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from symbolnet.methods.paper.layout import Group, LayerLayout, Layout, Masks, Sections
from symbolnet.operators import Operator

LANES = 64


def forward(layout: Layout, sections: Sections, masks: Masks, x: Tensor) -> Tensor:
    """Return the outputs (m, k, n) for batches x (s, d, n); s divides m.

    Members are ordered by batch: the first m / s of them share the first batch. The input mask
    multiplies the columns of the first matrix instead of x: the same product, without a gradient
    of the size of the batch. Where a function gives infinity or NaN (exp overflows, pow of a
    negative base) so does the member, pruned operator or not, as in the authors' notebook.
    """
    return propagate(layout, sections.weight * masks.weight, masks, x)


def propagate(
    layout: Layout, weight: Tensor, masks: Masks, x: Tensor, seen: list[Tensor] | None = None
) -> Tensor:
    """Return the outputs of weights (m, p) already masked; `seen` collects each layer's z."""
    parts = pieces(layout, weight)
    unary = masks.unary.split([layer.n_unary for layer in layout.layers], dim=1)
    binary = masks.binary.split([layer.n_binary for layer in layout.layers], dim=1)
    hidden = x
    for i, layer in enumerate(layout.layers):
        matrix, bias = parts[i]
        kept = torch.cat([unary[i], binary[i]], dim=1).unsqueeze(2)
        z = _linear(matrix * masks.input.unsqueeze(1) if i == 0 else matrix, bias, hidden)
        if seen is not None:
            seen.append(z)
        hidden = _operate(layer, z, kept)
    return _linear(*parts[-1], hidden)


def pieces(layout: Layout, weight: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Matrix (m, rows, columns) and bias (m, rows, 1) of every layer."""
    flat = weight.split(layout.weight_sizes, dim=1)
    shapes = enumerate(layout.matrices)
    return [(flat[2 * i].view(-1, *shape), flat[2 * i + 1].unsqueeze(2)) for i, shape in shapes]


def operations(layer: LayerLayout, z: Tensor) -> list[tuple[Group, tuple[Tensor, ...]]]:
    """Return the groups of a layer with the units (m, size, n) that each works on."""
    sizes = [len(group.members) for group in (*layer.unary, *layer.binary, *layer.binary)]
    blocks, count = z.split(sizes, dim=1), len(layer.unary)
    found: list[tuple[Group, tuple[Tensor, ...]]] = []
    found += [(group, (blocks[i],)) for i, group in enumerate(layer.unary)]
    for j, group in enumerate(layer.binary, start=count):
        found.append((group, (blocks[j], blocks[j + len(layer.binary)])))
    return found


def applied(operator: Operator, operands: tuple[Tensor, ...]) -> Tensor:
    """Apply an operator to units (m, size, n).

    The columns are filled up to a multiple of `LANES`: what fills no vector of the processor torch
    computes one by one, and rounds otherwise, in the last member alone or in each.
    """
    rows = operands[0].shape[2]
    if rows % LANES == 0:
        return _values(operator, operands)
    filled = tuple(pad(operand, (0, -rows % LANES)) for operand in operands)
    return _values(operator, filled)[:, :, :rows]


def _values(operator: Operator, operands: tuple[Tensor, ...]) -> Tensor:
    values: Tensor = operator.function(torch, *operands)
    return values


def pruned(operands: tuple[Tensor, ...]) -> Tensor:
    """What a pruned operator gives: its argument, or the sum of its two."""
    return operands[0] if len(operands) == 1 else operands[0] + operands[1]


def _linear(weight: Tensor, bias: Tensor, hidden: Tensor) -> Tensor:
    """Weights (m, units, w), biases (m, units, 1) on (s, w, n) to (m, units, n).

    One product for each member: in one for all of them, the rounding of a member depends on how
    many there are. A row or a column alone is filled up to two: of a vector MKL adds the product to
    the bias without rounding it first, on some processors and only where a member is alone.
    """
    each, rows = len(weight) // len(hidden), hidden.shape[2]
    weight, hidden = _widened(weight, 2), _widened(_widened(hidden, 2), 1)
    if each == 1:
        return torch.baddbmm(bias, weight, hidden)[:, :, :rows]
    parts = zip(bias.split(each), weight.split(each), hidden, strict=True)
    found = [torch.baddbmm(b, matrix, x.expand(each, -1, -1)) for b, matrix, x in parts]
    return (found[0] if len(found) == 1 else torch.cat(found))[:, :, :rows]


def _widened(values: Tensor, axis: int) -> Tensor:
    """Return values (m, a, b) with a second place of zeros along an axis that has only one."""
    if values.shape[axis] > 1:
        return values
    return torch.cat([values, torch.zeros_like(values)], dim=axis)


def _operate(layer: LayerLayout, z: Tensor, kept: Tensor) -> Tensor:
    """Apply the operators to units (m, u + 2b, n); pruned ones are the identity or addition."""
    sizes = [len(group.members) for group in (*layer.unary, *layer.binary)]
    switches = kept.split(sizes, dim=1)
    parts = [
        torch.lerp(pruned(operands), applied(group.operator, operands), switch)
        for (group, operands), switch in zip(operations(layer, z), switches, strict=True)
    ]
    return torch.cat(parts, dim=1)
