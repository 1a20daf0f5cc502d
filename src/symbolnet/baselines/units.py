"""Four small units a class, pruned by magnitude while they are trained.

    o_k = b_k + sum_i w_k0i x_i + sum_j V_kj f_j(c_kj + sum_i w_kji x_i),   f = gauss, tanh, tanh

Adam on the cross-entropy; the inputs are standardised while training. After a warm-up the number
of weights w falls exponentially with the steps, the smallest magnitudes first; a pruned weight does
not come back. Whenever the mean complexity has come down to an asked value, a copy of what is left
is trained for two epochs more, with a falling step size.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from symbolnet.baselines.sparse import Problem, pruning_schedule
from symbolnet.config import Baseline
from symbolnet.expression.price import AROUND, FACTOR, OFFSET, WEIGHTED
from symbolnet.expression.tree import Apply, Constant, Expression, Variable

FUNCTIONS = ("gauss", "tanh", "tanh")
_REFIT = 2  # epochs
_SPREAD = 0.05


class Units(NamedTuple):
    """w (d, k, 4), V (k, 3), c (k, 3) and b (k,); a pruned weight is 0. Unit 0 is linear."""

    weight: Tensor
    outer: Tensor
    shift: Tensor
    bias: Tensor


def unit_fits(problem: Problem, spec: Baseline, seed: int) -> Iterator[Units]:
    """Yield the units at each complexity asked for, from the largest to the smallest.

    The terms of the problem are the inputs; the units come back in inputs as they are.
    """
    units = _initial(problem, seed)
    mask, optimiser = torch.ones_like(units.weight), _adam(units, spec)
    asked = sorted(spec.complexities, reverse=True)
    for kept, rows in pruning_schedule(problem, spec, seed, mask.numel()):
        _descend(problem, rows, units, mask, optimiser)
        mask = _pruned(mask, units.weight, kept)
        while asked and _complexity(mask) <= asked[0]:
            asked.pop(0)
            yield _refitted(problem, spec, units, mask, seed)


def outputs(units: Units, x: Tensor) -> Tensor:
    """Return the outputs (n, k) for inputs (n, d)."""
    z = (x @ units.weight.flatten(1)).unflatten(1, units.weight.shape[1:])
    inside = z[:, :, 1:] + units.shift
    values = [_apply(name, inside[:, :, j]) for j, name in enumerate(FUNCTIONS)]
    result: Tensor = z[:, :, 0] + (torch.stack(values, dim=2) * units.outer).sum(dim=2) + units.bias
    return result


def unit_expressions(units: Units, inputs: list[int]) -> list[Expression]:
    """Return one expression per class; `inputs` are the numbers of the d inputs."""
    return [_class(units, k, inputs) for k in range(len(units.bias))]


def _class(units: Units, k: int, inputs: list[int]) -> Expression:
    bias = Constant(float(units.bias[k]))
    parts = [*_products(units.weight[:, k, 0], inputs), bias]
    for j, name in enumerate(FUNCTIONS):
        terms = _products(units.weight[:, k, j + 1], inputs)
        inside = Apply("Add", (*terms, Constant(float(units.shift[k, j]))))
        value = _tree(name, inside if terms else inside.arguments[0])
        parts.append(Apply("Mul", (Constant(float(units.outer[k, j])), value)))
    return Apply("Add", tuple(parts))


def _products(column: Tensor, inputs: list[int]) -> list[Expression]:
    places = column.nonzero().flatten().tolist()
    return [Apply("Mul", (Constant(float(column[i])), Variable(inputs[i]))) for i in places]


def _tree(name: str, inside: Expression) -> Expression:
    if name == "tanh":
        return Apply("tanh", (inside,))
    squared = Apply("Pow", (inside, Constant(2)))
    return Apply("exp", (Apply("Mul", (Constant(-1), squared)),))


def _apply(name: str, z: Tensor) -> Tensor:
    return torch.tanh(z) if name == "tanh" else torch.exp(-z.square())


def _initial(problem: Problem, seed: int) -> Units:
    generator = torch.Generator().manual_seed(seed)
    classes = int(problem.labels.max()) + 1
    shape = problem.terms.shape[1], classes, len(FUNCTIONS) + 1
    weight = _SPREAD * torch.randn(shape, generator=generator)
    outer = torch.tensor([1.0, 1.0, -1.0]).repeat(classes, 1)
    tensors = weight, outer, torch.zeros_like(outer), torch.zeros(classes)
    return Units(*[tensor.requires_grad_() for tensor in tensors])


def _adam(units: Units, spec: Baseline) -> torch.optim.Optimizer:
    return torch.optim.Adam(list(units), lr=spec.learning_rate)


def _descend(
    problem: Problem, rows: Tensor, units: Units, mask: Tensor, optimiser: torch.optim.Optimizer
) -> None:
    scores = outputs(units._replace(weight=units.weight * mask), problem.terms[rows])
    loss = cross_entropy(scores, problem.labels[rows])
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def _pruned(mask: Tensor, weight: Tensor, kept: int) -> Tensor:
    if kept >= int(mask.sum()):
        return mask
    score = (weight.detach().abs() * mask).flatten()
    smaller = torch.zeros_like(score)
    smaller[score.topk(kept).indices] = 1
    return smaller.view_as(mask) * mask


def _complexity(mask: Tensor) -> float:
    """Return the mean number of nodes of the expressions of a mask (d, k, 4)."""
    alive = mask[:, :, 1:].amax(dim=0).sum(dim=0)
    nodes = [FACTOR + AROUND[name] + OFFSET for name in FUNCTIONS]
    functions = sum(n * float(count) for n, count in zip(nodes, alive, strict=True))
    return OFFSET + (WEIGHTED * float(mask.sum()) + functions) / mask.shape[1]


def _refitted(problem: Problem, spec: Baseline, units: Units, mask: Tensor, seed: int) -> Units:
    """Train a copy on, its structure fixed; return it for inputs that are not standardised."""
    copy = Units(*[tensor.detach().clone().requires_grad_() for tensor in units])
    optimiser, generator = _adam(copy, spec), torch.Generator().manual_seed(seed)
    batches = -(-len(problem.labels) // spec.batch)
    for step in range(_REFIT * batches):
        if step % batches == 0:
            order = torch.randperm(len(problem.labels), generator=generator).split(spec.batch)
        share = (1 + math.cos(math.pi * step / (_REFIT * batches))) / 2
        optimiser.param_groups[0]["lr"] = spec.learning_rate * share
        _descend(problem, order[step % batches], copy, mask, optimiser)
    return _unscaled(problem, Units(*[tensor.detach().double() for tensor in copy]), mask)


def _unscaled(problem: Problem, units: Units, mask: Tensor) -> Units:
    weight = units.weight * mask / problem.scale[:, None, None]
    offset = (weight * problem.mean[:, None, None]).sum(dim=0)
    return Units(weight, units.outer, units.shift - offset[:, 1:], units.bias - offset[:, 0])
