"""Preset `groups`: few functions of sums of many bare inputs, chosen by straight-through scores.

Output of class k: o_k = b_k + sum_{i in S_k0} x_i + sum_j V_kj tanh(c_kj + sum_{i in S_kj} x_i).
Every inner weight is exactly 1, so that an input costs one node where a coefficient costs three.
"""

import math
from functools import partial

import torch
from torch import Tensor

from symbolnet.config import GroupTraining
from symbolnet.network.checkpoint import stamp_of
from symbolnet.network.device import prepare_device
from symbolnet.network.epochs import run_epochs
from symbolnet.network.group_forward import (
    Picks,
    group_loss,
    group_outputs,
    outputs_of_sums,
    picked,
    picked_sums,
)
from symbolnet.network.group_layout import Parts
from symbolnet.network.group_masks import group_sparsity, group_weights, ramp
from symbolnet.network.group_members import write_groups
from symbolnet.network.group_problem import GroupProblem, group_problem, initial_groups
from symbolnet.network.job import Job
from symbolnet.network.state import State
from symbolnet.network.weights import right_share

RENEWAL = 5  # steps between two choices of the inputs, which cost as much as a step
VALIDATION_CHUNK = 2000


def train_groups(job: Job, spec: GroupTraining) -> None:
    """Train all members and write their files; a killed job goes on from its checkpoint."""
    problem = group_problem(job.dataset, spec, prepare_device(spec))
    state = run_groups(problem, job, stamp_of(spec, job.dataset_sha256))
    write_groups(job, problem, weighted(problem, state.parameters, 1.0), state)


def run_groups(problem: GroupProblem, job: Job, stamp: str) -> State:
    """Train to the last epoch; whatever interrupts one, the state of its start is saved."""
    start, epoch = partial(initial_groups, problem), partial(group_epoch, problem)
    return run_epochs(problem.spec, job, stamp, problem.x_train.device, start, epoch)


def weighted(problem: GroupProblem, rows: Tensor, factor: float) -> Parts:
    """Return the parts of the rows, 0/1 weights in place of the scores."""
    parts = problem.layout.parts(rows.detach())
    weights = group_weights(problem.layout, parts.scores, problem.spec.targets, factor)
    return parts._replace(scores=weights)


def group_epoch(problem: GroupProblem, state: State) -> Tensor:
    """Take every step of one epoch; return its row of the history, (m, columns) float64."""
    rows, spec, device = len(problem.x_train), problem.spec, problem.x_train.device
    order = torch.stack([torch.randperm(rows, generator=g) for g in state.generators]).to(device)
    total = torch.zeros(len(state.parameters), len(spec.targets), device=device).double()
    for step in range(problem.steps):
        progress = (len(state.history) + step / problem.steps) / spec.epochs
        if step % RENEWAL == 0:
            factor = ramp(progress, spec.start, spec.ramp)
            picks = picked(weighted(problem, state.parameters, factor).scores)
        batch = order[:, step * spec.batch : (step + 1) * spec.batch]
        total += _step(problem, state, picks, batch, progress)
    measured = _measured(problem, weighted(problem, state.parameters, factor))
    # Twice, as the columns ask: with and without sparsity terms, of which there are none.
    loss = (total / problem.steps).flatten().unsqueeze(1).expand(-1, 2)
    return torch.cat([loss, measured], dim=1).cpu()


def group_gradient(
    problem: GroupProblem, parts: Parts, picks: list[Picks], batch: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the gradient of the loss by rows (s, p), and the loss (s, t), on a batch (s, n).

    `picks` are the 0/1 weights; their gradient is that of the scores, pruned or not (straight
    through), so that an input left out comes back where it would lower the loss.
    """
    x = problem.x_train[batch]
    sums = picked_sums(picks, x).requires_grad_()
    # In place of the scores, which the outputs depend on by the sums alone.
    leaves = Parts(sums, *[part.detach().requires_grad_() for part in parts[1:]])
    outputs = outputs_of_sums(problem.layout, leaves, sums)
    labels, weights = problem.y_train[batch], problem.weights
    loss = group_loss(outputs, leaves.temperature, labels, weights)
    # Members are independent, so the gradient of the sum holds the gradient of each.
    gradients = torch.autograd.grad(loss.sum(), leaves, materialize_grads=True)
    by_score = torch.bmm(x.transpose(1, 2), gradients[0])
    return torch.cat([g.flatten(1) for g in (by_score, *gradients[1:])], dim=1), loss.detach()


def _step(
    problem: GroupProblem, state: State, picks: list[Picks], batch: Tensor, progress: float
) -> Tensor:
    """One step of Adam on a batch (s, n) of row numbers; return the loss (s, t)."""
    parts = problem.layout.parts(state.parameters)
    gradient, loss = group_gradient(problem, parts, picks, batch)
    rate = problem.spec.learning_rate * (1 + math.cos(math.pi * progress)) / 2
    state.adam.update(state.parameters, gradient, rate)
    return loss


def _measured(problem: GroupProblem, parts: Parts) -> Tensor:
    """Accuracy on validation data and the sparsities in the order of the history, (m, 5)."""
    right = group_accuracy(problem, parts, problem.x_validation, problem.y_validation)
    sparsity = group_sparsity(problem.layout, parts.scores, problem.inputs)
    return torch.cat([right.flatten().unsqueeze(1), sparsity], dim=1)


def group_accuracy(problem: GroupProblem, parts: Parts, x: Tensor, y: Tensor) -> Tensor:
    """Return the share of inputs x (n, d) whose largest output is that of class y, (s, t)."""
    right = []
    for rows, label in zip(x.split(VALIDATION_CHUNK), y.split(VALIDATION_CHUNK), strict=True):
        batch = rows.expand(len(parts.temperature), -1, -1)
        outputs = group_outputs(problem.layout, parts, batch)
        right.append(outputs.argmax(dim=3) == label[:, None])
    return right_share(torch.cat(right, dim=1).transpose(1, 2), y, problem.weights)
