"""Straight-through descent: the states of thousands of inner constants from first derivatives.

For each output k, J units of its own, tanh of a sum or a product of two sums, and for tanh one bare
sum beside them:

    o_k = e^s (b_k + sum_i w_ki x_i + sum_j V_kj tanh(c_kj + sum_i w_kji x_i))
    o_k = b_k + sum_j V_kj (c_kj + sum_i w_kji x_i) (c'_kj + sum_i w'_kji x_i)

Inside tanh a constant is 0 or 1, inside products 0, 1 or free. In the forward pass the constants of
the largest scores |w| are kept as long as their nodes fit into the budget; the gradient is given to
all scores (straight through), so that what was left out comes back. The budget falls from `start`
times the nodes asked for to those nodes at `_RAMP` of the steps.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.expression.price import (
    AROUND,
    FACTOR,
    IDENTITY,
    NUMBER,
    OFFSET,
    PRODUCT,
    TANH,
    VARIABLE,
    WEIGHTED,
)
from symbolnet.methods.symbolnet.forward import Sample
from symbolnet.methods.symbolnet.units import FREE, ONE, PRUNED, Units, units_of

_RAMP = 0.6
_RENEWAL = 5  # steps between two choices of what is kept: a choice costs as much as a step
_CLIP = 5.0  # norm of a gradient above which it is scaled down: outliers break a descent
_MOMENTS = 0.9, 0.99  # of Adam
_BOUNDS = 0.5, 1.6  # inside products, weights between these are exactly 1


class Descent(NamedTuple):
    """Kind and number of the functions of each output, and the mean complexity asked for."""

    products: bool
    functions: int
    nodes: float

    @property
    def inner(self) -> float:
        """Nodes left to the inner weights of each output."""
        tanh = FACTOR + AROUND["tanh"] + OFFSET
        product = NUMBER + AROUND["*"] + 2 * OFFSET
        return self.nodes - OFFSET - (product if self.products else tanh) * self.functions

    @property
    def start(self) -> float:
        """Multiple of `inner` that the descent begins with."""
        return 2.0 if self.products else 1.5


class _Net(NamedTuple):
    """Scores w (d, columns), V (k, j), c (slots, k, j), b (k,) and s (1,)."""

    score: Tensor
    output: Tensor
    shift: Tensor
    bias: Tensor
    scale: Tensor


def descents_of(nodes: float, operators: tuple[int, ...] | None = None) -> list[Descent]:
    """Return the descents that are worth a trial for a budget, with two nodes inside or more.

    `operators` are the codes that are allowed, None all.
    """
    counts = {max(1, round(nodes / each)) for each in (25, 18)}
    tries = [Descent(False, count, nodes) for count in sorted(counts)]
    counts = {max(1, round(nodes / each)) for each in (60, 40)}
    tries += [Descent(True, count, nodes) for count in sorted(counts)]
    known = (TANH, PRODUCT) if operators is None else operators
    return [d for d in tries if d.inner >= 2 and (PRODUCT if d.products else TANH) in known]


def descend(
    descent: Descent, sample: Sample, steps: int, rate: float, generator: np.random.Generator
) -> Units:
    """Train from scratch and return units whose mean complexity is at most what was asked for."""
    draw = torch.Generator().manual_seed(int(generator.integers(2**62)))
    net = _initial(descent, sample, draw)
    means = [torch.zeros_like(part) for part in net]
    squares = [torch.zeros_like(part) for part in net]
    rows, batch = len(sample.x), _batch(len(sample.x))
    order = torch.randperm(rows, generator=draw)
    place, weights = 0, net.score
    for step in range(steps):
        progress = step / steps
        if step % _RENEWAL == 0:
            weights = _kept(descent, net, 1 + (descent.start - 1) * _ramp(progress))
        if place + batch > rows:
            order, place = torch.randperm(rows, generator=draw), 0
        few = order[place : place + batch]
        place += batch
        gradient = _gradient(descent, net, weights, sample.rows(few))
        size = rate * (1 + math.cos(math.pi * progress)) / 2
        _adam(net, gradient, means, squares, step + 1, size)
    return _units(descent, net, _kept(descent, net, 1.0), sample)


def _batch(rows: int) -> int:
    return min(250, max(20, rows // 10), rows)


def _ramp(progress: float) -> float:
    return max(0.0, 1 - progress / _RAMP) ** 2


def _initial(descent: Descent, sample: Sample, draw: torch.Generator) -> _Net:
    d, k, j = sample.x.shape[1], sample.target.shape[1], descent.functions
    signs = torch.tensor([-1.0, 1.0]).repeat(j)[:j].repeat(k, 1)
    if descent.products:
        score = 0.2 * torch.randn(d, 2 * k * j, generator=draw)
        return _Net(score, 0.05 * signs, torch.zeros(2, k, j), torch.zeros(k), torch.zeros(1))
    score = 0.1 * torch.rand(d, k * (j + 1), generator=draw)
    return _Net(score, 3 * signs, -torch.ones(1, k, j), torch.zeros(k), -torch.ones(1))


def _kept(descent: Descent, net: _Net, factor: float) -> Tensor:
    """Return the weights of the forward pass, (d, columns): the highest scores that fit."""
    score, budget = net.score, factor * descent.inner * len(net.bias)
    if not descent.products:
        count = min(int(budget + 1e-6), score.numel())
        places = score.flatten().topk(count, sorted=False).indices
        return torch.zeros(score.numel()).index_fill_(0, places, 1.0).view_as(score)
    kept, given = _fitting(score, budget), torch.zeros(score.shape[1], dtype=torch.bool)
    # A product with an empty sum would be left out, and its class a constant: it is given a one.
    while (empty := ~kept.any(dim=0)).any():
        given |= empty
        kept = _fitting(score, budget - VARIABLE * int(given.sum()))
        kept[score.abs().argmax(dim=0)[given], given] = 1.0
    return kept


def _fitting(score: Tensor, budget: float) -> Tensor:
    """Return the weights of products: the largest scores whose nodes fit into the budget."""
    one = (score > _BOUNDS[0]) & (score < _BOUNDS[1])
    most = max(0, min(int(budget), score.numel()))
    places = score.flatten().abs().topk(most).indices
    fit = torch.where(one, float(VARIABLE), float(WEIGHTED)).flatten()[places].cumsum(0) <= budget
    kept = torch.zeros(score.numel()).index_fill_(0, places[fit], 1.0).view_as(score)
    return kept * torch.where(one, 1.0, score)


def _gradient(descent: Descent, net: _Net, weights: Tensor, part: Sample) -> list[Tensor]:
    """Return the gradients of a batch; that of a weight is handed to its score."""
    sums = (part.x @ weights).requires_grad_()
    leaves = [value.detach().requires_grad_() for value in net[1:]]
    outputs = _outputs(descent, sums, *leaves)
    loss = part.weighed(part.response(outputs).losses).sum(dim=1).mean()
    first, *rest = torch.autograd.grad(loss, [sums, *leaves], materialize_grads=True)
    gradient = [part.x.T @ first, *rest]
    norm = math.sqrt(sum(float((g * g).sum()) for g in gradient))
    if not math.isfinite(norm):
        return [torch.zeros_like(g) for g in gradient]
    return [g * min(1.0, _CLIP / max(norm, 1e-12)) for g in gradient]


def _outputs(
    descent: Descent, sums: Tensor, output: Tensor, shift: Tensor, bias: Tensor, scale: Tensor
) -> Tensor:
    n, (k, j) = len(sums), output.shape
    if descent.products:
        left, right = (sums.view(n, 2, k, j) + shift).unbind(dim=1)
        return (left * right * output).sum(dim=2) + bias + 0 * scale
    inside = torch.tanh(sums[:, : k * j].view(n, k, j) + shift[0])
    return ((inside * output).sum(dim=2) + sums[:, k * j :] + bias) * scale.exp()


def _adam(
    net: _Net,
    gradient: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    step: int,
    size: float,
) -> None:
    first, second = _MOMENTS
    for value, slope, mean, square in zip(net, gradient, means, squares, strict=True):
        mean.mul_(first).add_(slope, alpha=1 - first)
        square.mul_(second).addcmul_(slope, slope, value=1 - second)
        deviation = (square / (1 - second**step)).sqrt_().add_(1e-8)
        value.addcdiv_(mean, deviation, value=-size / (1 - first**step))


def _units(descent: Descent, net: _Net, weights: Tensor, sample: Sample) -> Units:
    """Return the network as units; those of which a sum has no input are left out."""
    d, (k, j) = sample.x.shape[1], net.output.shape
    owner = np.repeat(np.arange(k), j)
    kind = [PRODUCT if descent.products else TANH] * (k * j)
    units = units_of(kind if descent.products else [*kind, *[IDENTITY] * k], d, k)
    rows = weights.T.double().numpy()
    if descent.products:
        units.weight[:] = rows.reshape(2, k * j, d).swapaxes(0, 1)
    else:
        units.weight[:, 0] = rows
        bare = np.arange(k)
        units.output[k * j + bare, bare], units.output_state[k * j + bare, bare] = 1, ONE
        units.scale[:] = net.scale.double().numpy()
    units.weight_state = np.where(units.weight == 0, PRUNED, np.where(units.weight == 1, ONE, FREE))
    slots = 2 if descent.products else 1
    units.shift[: k * j, :slots] = net.shift.double().numpy().reshape(slots, -1).T
    units.shift_state[: k * j, :slots] = FREE
    units.output[np.arange(k * j), owner] = net.output.double().numpy().ravel()
    units.output_state[np.arange(k * j), owner] = FREE
    units.bias[:] = net.bias.double().numpy()
    reads = np.asarray((units.weight_state > PRUNED).any(axis=2))
    units.select(reads[:, 0] & (reads[:, 1] | (units.operator != PRODUCT)))
    return units
