"""Preset `products`: what a photograph shows, in whatever light: sums of products of two sums.

Output of class k: o_k = b_k + sum_j V_kj (c_kj + sum_i w_kji x_i) (c'_kj + sum_i w'_kji x_i).
A picture turned into its negative changes the sign of both sums, and not their product.
"""

import math
from functools import partial

import torch
from torch import Tensor

from symbolnet.config import ProductTraining
from symbolnet.network.checkpoint import stamp_of
from symbolnet.network.device import prepare_device
from symbolnet.network.epochs import run_epochs
from symbolnet.network.group_masks import ramp
from symbolnet.network.job import Job
from symbolnet.network.product_layout import Product
from symbolnet.network.product_masks import (
    nodes_allowed,
    priced,
    product_sparsity,
    without_constants,
)
from symbolnet.network.product_members import write_products
from symbolnet.network.product_problem import ProductProblem, initial_products, product_problem
from symbolnet.network.state import State
from symbolnet.network.weights import ClassWeights, right_share

VALIDATION_CHUNK = 2000


def train_products(job: Job, spec: ProductTraining) -> None:
    """Train all members and write their files; a killed job goes on from its checkpoint."""
    problem = product_problem(job.dataset, spec, prepare_device(spec))
    state = run_products(problem, job, stamp_of(spec, job.dataset_sha256))
    write_products(job, problem, pruned(problem, state.parameters, 1.0), state)


def run_products(problem: ProductProblem, job: Job, stamp: str) -> State:
    """Train to the last epoch; whatever interrupts one, the state of its start is saved."""
    start, epoch = partial(initial_products, problem), partial(product_epoch, problem)
    return run_epochs(problem.spec, job, stamp, problem.x_train.device, start, epoch)


def pruned(problem: ProductProblem, rows: Tensor, factor: float) -> list[Product]:
    """Return the parts of the rows with the weights that the nodes times a factor allow."""
    spec, layout = problem.spec, problem.layout
    parts = []
    for part, target in zip(layout.parts(rows.detach()), spec.targets, strict=True):
        weight = priced(part.weight, factor * nodes_allowed(target, layout.classes), spec.one)
        parts.append(part._replace(weight=without_constants(weight)))
    return parts


def product_epoch(problem: ProductProblem, state: State) -> Tensor:
    """Take every step of one epoch; return its row of the history, (m, columns) float64."""
    rows, spec, device = len(problem.x_train), problem.spec, problem.x_train.device
    order = torch.stack([torch.randperm(rows, generator=g) for g in state.generators]).to(device)
    total = torch.zeros(len(spec.seeds), len(spec.targets), device=device).double()
    factor = 1.0
    for step in range(problem.steps):
        progress = (len(state.history) + step / problem.steps) / spec.epochs
        factor = ramp(progress, spec.start, spec.ramp)
        batch = order[:, step * spec.batch : (step + 1) * spec.batch]
        total += _step(problem, state, factor, batch, progress)
    measured = _measured(problem, pruned(problem, state.parameters, factor))
    # Twice, as the columns ask: with and without sparsity terms, of which there are none.
    loss = (total / problem.steps).flatten().unsqueeze(1).expand(-1, 2)
    return torch.cat([loss, measured], dim=1).cpu()


def product_outputs(part: Product, x: Tensor) -> Tensor:
    """Return the outputs o (s, n, k) of one target for batches x (s, n, d)."""
    sums = torch.baddbmm(part.shift.unsqueeze(1), x, part.weight)
    first, second = sums.chunk(2, dim=2)
    values = first * second * part.outer.unsqueeze(1)
    classes = part.bias.shape[1]
    return values.unflatten(2, (classes, -1)).sum(dim=3) + part.bias.unsqueeze(1)


def product_gradient(
    part: Product, x: Tensor, label: Tensor, weights: ClassWeights | None = None
) -> tuple[Tensor, Tensor]:
    """Return the gradient of the loss by the row of one target, (s, p), and the loss (s,).

    That of a weight is given to it whether it is pruned or set to one, or not (straight through).
    """
    leaves = Product(*[values.detach().requires_grad_() for values in part])
    outputs = product_outputs(leaves, x) * leaves.temperature.exp().unsqueeze(2)
    log = torch.log_softmax(outputs, dim=2).gather(2, label.unsqueeze(2))
    each = log.squeeze(2) if weights is None else log.squeeze(2) * weights.of(label)
    loss = -each.mean(dim=1)
    # Members are independent, so the gradient of the sum holds the gradient of each.
    gradients = torch.autograd.grad(loss.sum(), leaves)
    return torch.cat([g.flatten(1) for g in gradients], dim=1), loss.detach()


def _step(
    problem: ProductProblem, state: State, factor: float, batch: Tensor, progress: float
) -> Tensor:
    """One step of Adam on a batch (s, n) of row numbers; return the loss (s, t)."""
    x, label = problem.x_train[batch], problem.y_train[batch]
    parts = pruned(problem, state.parameters, factor)
    found = [product_gradient(part, x, label, problem.weights) for part in parts]
    gradients, losses = zip(*found, strict=True)
    rate = problem.spec.learning_rate * (1 + math.cos(math.pi * progress)) / 2
    state.adam.update(state.parameters, torch.cat(gradients, dim=1), rate)
    return torch.stack(losses, dim=1)


def _measured(problem: ProductProblem, parts: list[Product]) -> Tensor:
    """Accuracy on validation data and the sparsities in the order of the history, (m, 5)."""
    right = torch.stack([_accuracy(problem, part) for part in parts], dim=1)
    sparsity = product_sparsity([part.weight for part in parts], problem.layout.inputs)
    return torch.cat([right.flatten().unsqueeze(1), sparsity], dim=1)


def _accuracy(problem: ProductProblem, part: Product) -> Tensor:
    """Return the share of validation rows told right by the members of one target, (s,)."""
    right, xs, ys = [], problem.x_validation, problem.y_validation
    for x, y in zip(xs.split(VALIDATION_CHUNK), ys.split(VALIDATION_CHUNK), strict=True):
        outputs = product_outputs(part, x.expand(len(part.bias), -1, -1))
        right.append(outputs.argmax(dim=2) == y)
    return right_share(torch.cat(right, dim=1), ys, problem.weights)
