"""Softmax regression on fixed terms t_j(x), pruned by magnitude while it is trained.

    o_k = b_k + sum_j M_jk V_jk (t_j - mean_j) / std_j,    loss = cross-entropy + penalty sum |M V|

The terms are standardised, so that |V_jk| is what a term contributes; it is held against the nodes
that the term costs. After a warm-up the number of terms falls exponentially with the steps, the
smallest |V_jk| / nodes_j first; a pruned term does not come back. Whenever the mean complexity
has come down to an asked value, a copy of what is left is fitted to convergence.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from symbolnet.config import Baseline
from symbolnet.expression.price import OFFSET
from symbolnet.progress import counted

_REFIT = 50  # iterations of L-BFGS
# Without it neighbouring terms cancel with large weights, which no rounding survives.
_RIDGE = 1e-4


class Weights(NamedTuple):
    """Weights (t, k) of the terms as they are, and biases (k,); a pruned weight is 0."""

    weight: np.ndarray
    bias: np.ndarray


class Problem(NamedTuple):
    """Standardised terms (n, t), labels (n,), and the nodes (t,) that a term and its weight cost.

    `mean` and `scale` (t,) undo the standardisation.
    """

    terms: Tensor
    labels: Tensor
    nodes: Tensor
    mean: Tensor
    scale: Tensor


def problem_of(values: np.ndarray, labels: np.ndarray, nodes: np.ndarray) -> Problem:
    """Return the problem made of the values (n, t) of the terms on the training rows."""
    terms = torch.from_numpy(values)
    mean, scale = terms.mean(dim=0), terms.std(dim=0)
    cost = torch.from_numpy(nodes).float()
    return Problem((terms - mean) / scale, torch.from_numpy(labels), cost, mean, scale)


def sparse_fits(problem: Problem, spec: Baseline, seed: int) -> Iterator[Weights]:
    """Yield the weights at each complexity asked for, from the largest to the smallest."""
    shape = problem.terms.shape[1], int(problem.labels.max()) + 1
    weight, mask = torch.zeros(shape, requires_grad=True), torch.ones(shape)
    bias = torch.zeros(shape[1], requires_grad=True)
    optimiser = torch.optim.Adam([weight, bias], lr=spec.learning_rate)
    asked = sorted(spec.complexities, reverse=True)
    for kept, rows in pruning_schedule(problem, spec, seed, mask.numel()):
        _descend(problem, rows, weight, bias, mask, spec.penalty, optimiser)
        mask = _pruned(mask, weight, problem.nodes, kept)
        while asked and _complexity(mask, problem.nodes) <= asked[0]:
            asked.pop(0)
            yield _refitted(problem, weight.detach(), bias.detach(), mask)


def pruning_schedule(
    problem: Problem, spec: Baseline, seed: int, weights: int
) -> Iterator[tuple[int, Tensor]]:
    """Yield for each step the number of weights to keep after it, and the rows of its batch."""
    generator = torch.Generator().manual_seed(seed)
    rows = len(problem.labels)
    start, end = (epochs * -(-rows // spec.batch) for epochs in (spec.warmup, spec.epochs))
    step = 0
    for _ in counted(range(spec.epochs), f"seed {seed}: epochs"):
        for batch in torch.randperm(rows, generator=generator).split(spec.batch):
            step += 1
            done = max(0.0, (step - start) / (end - start))
            yield round(weights ** (1 - done)), batch


def _descend(
    problem: Problem,
    rows: Tensor,
    weight: Tensor,
    bias: Tensor,
    mask: Tensor,
    penalty: float,
    optimiser: torch.optim.Optimizer,
) -> None:
    masked = weight * mask
    scores = problem.terms[rows] @ masked + bias
    loss = cross_entropy(scores, problem.labels[rows]) + penalty * masked.abs().sum()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def _pruned(mask: Tensor, weight: Tensor, nodes: Tensor, kept: int) -> Tensor:
    """Return the mask that keeps those of its terms that contribute most for their nodes."""
    if kept >= int(mask.sum()):
        return mask
    score = (weight.detach().abs() * mask / nodes[:, None]).flatten()
    smaller = torch.zeros_like(score)
    smaller[score.topk(kept).indices] = 1
    return smaller.reshape(mask.shape) * mask


def _complexity(mask: Tensor, nodes: Tensor) -> float:
    return float(mask.sum(dim=1) @ nodes) / mask.shape[1] + OFFSET


def _refitted(problem: Problem, weight: Tensor, bias: Tensor, mask: Tensor) -> Weights:
    """Minimise cross-entropy and a small ridge over what is left, the structure fixed."""
    used = mask.any(dim=1)
    terms, mask = problem.terms[:, used], mask[used]
    v, b = weight[used].clone().requires_grad_(), bias.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([v, b], max_iter=_REFIT, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        masked = v * mask
        fit = cross_entropy(terms @ masked + b, problem.labels)
        value = fit + _RIDGE * masked.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    raw = torch.zeros_like(weight, dtype=torch.float64)
    raw[used] = (v.detach() * mask).double() / problem.scale[used, None].double()
    return Weights(raw.numpy(), (b.detach().double() - problem.mean.double() @ raw).numpy())
