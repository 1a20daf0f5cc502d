"""One epoch of all members, in one batched program, and the epoch of each that is stored.

`thresholds: learned` are the paper's equations (sections 1 to 3), trained as its authors do.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import PaperTraining
from symbolnet.methods.paper.exact import exact_masks, exact_settled, exact_state, exact_step
from symbolnet.methods.paper.forward import forward, pieces
from symbolnet.methods.paper.layout import (
    Layout,
    Masks,
    Sections,
    masks_of,
    sections_of,
    sparsity_of,
)
from symbolnet.methods.paper.loss import project, published_loss, squared_error
from symbolnet.methods.paper.problem import Adam, Problem, State, groups
from symbolnet.training.members import COLUMNS, SCORE
from symbolnet.training.method import Log
from symbolnet.training.weights import ClassWeights, right_share

INITIAL_SPREAD = 0.05


def learned_state(spec: PaperTraining, layout: Layout, device: torch.device) -> State:
    """Draw weights and biases from N(0, 0.05^2) by seed; thresholds start at 0."""
    generators = [torch.Generator().manual_seed(seed) for seed in spec.seeds]
    rows = torch.zeros(len(spec.seeds), sum(layout.sections))
    weights = layout.sections[0]
    for row, generator in zip(rows, generators, strict=True):
        row[:weights] = INITIAL_SPREAD * torch.randn(weights, generator=generator)
    parameters = rows.repeat_interleave(len(spec.targets), dim=0).to(device)
    adam = Adam(torch.zeros_like(parameters), torch.zeros_like(parameters))
    return State(parameters, adam, generators)


def losses(problem: Problem, rows: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
    """Return L and L_mse (m,) of parameter rows on a batch (s, n) of row numbers."""
    sections = sections_of(problem.layout, rows)
    masks = masks_of(sections)
    x = problem.x_train[batch].transpose(1, 2)
    wanted = problem.y_train[batch].transpose(1, 2)
    outputs = forward(problem.layout, sections, masks, x)
    error = squared_error(outputs, wanted, problem.row_weights(wanted))
    return published_loss(error, sections, sparsity_of(masks), problem.targets), error


def learned_step(problem: Problem, state: State, batch: Tensor) -> Tensor:
    """One step of Adam on a batch (s, n) of row numbers; return loss and error, (2, m)."""
    found = [
        _gradient(problem._replace(targets=problem.targets[part]), state.parameters[part], batch[b])
        for part, b in groups(problem, len(state.parameters), len(batch))
    ]
    gradient = torch.cat([gradient for gradient, _ in found])
    state.adam.update(state.parameters, gradient, problem.spec.learning_rate)
    project(sections_of(problem.layout, state.parameters))
    return torch.cat([values for _, values in found], dim=1)


def _gradient(problem: Problem, rows: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
    rows = rows.detach().requires_grad_(True)
    loss, error = losses(problem, rows, batch)
    # Members are independent, so the gradient of the sum holds the gradient of each.
    (gradient,) = torch.autograd.grad(loss.sum(), rows)
    return gradient, torch.stack([loss, error]).detach()


VALIDATION_CHUNK = 2048


class Form(NamedTuple):
    """One form of `thresholds`.

    `masks` makes the masks from the parameters, `start` draws the first state, `step` takes one
    step on a batch of row numbers, in place, and returns loss and error (2, m); `settled` is the
    first epoch, from 0, that `keep: best` may store.
    """

    masks: Callable[[Sections], Masks]
    start: Callable[[PaperTraining, Layout, torch.device], State]
    step: Callable[[Problem, State, Tensor], Tensor]
    settled: Callable[[Problem], int]


FORMS = {
    "learned": Form(masks_of, learned_state, learned_step, lambda problem: 0),
    "exact": Form(exact_masks, exact_state, exact_step, exact_settled),
}


def start(problem: Problem) -> State:
    """Draw the state before the first epoch."""
    state = FORMS[problem.spec.thresholds].start(
        problem.spec, problem.layout, problem.x_train.device
    )
    _forget_zeros(problem, state.parameters)
    return state


def run_epoch(problem: Problem, state: State) -> Tensor:
    """Take every step of one epoch; return its row of the history, (m, columns) float64."""
    rows = len(problem.x_train)
    order = torch.stack([torch.randperm(rows, generator=g) for g in state.generators])
    order = order.to(problem.x_train.device)
    total = torch.zeros(2, len(state.parameters), dtype=torch.float64, device=order.device)
    step = FORMS[problem.spec.thresholds].step
    for start in range(0, rows, problem.spec.batch):
        batch = order[:, start : start + problem.spec.batch]
        total += step(problem, state, batch) * batch.shape[1]
    return torch.cat([total.T / rows, _measured(problem, state.parameters)], dim=1).cpu()


def take_epoch(problem: Problem, state: State, log: Log) -> None:
    """Take an epoch, note its figures, and keep what is to be stored; in place."""
    state.history.append(run_epoch(problem, state))
    keep(problem, state)
    _warn_of_divergence(state.history, log)


def kept_epochs(problem: Problem, history: list[Tensor]) -> Tensor:
    """Return the number, from 0, of the epoch kept of each member so far, (m,).

    With `keep: best` the best validation score among the epochs from the form's `settled` on;
    of equal ones the latest, which was trained the longest.
    """
    last = torch.full((len(history[-1]),), len(history) - 1)
    first = FORMS[problem.spec.thresholds].settled(problem)
    if problem.spec.keep == "last" or len(history) <= first:
        return last
    rows = torch.stack(history[first:])
    scores = rows[:, :, COLUMNS.index(SCORE)].masked_fill(~rows.isfinite().all(dim=2), -torch.inf)
    return last - scores.flip(0).max(dim=0).indices


def keep(problem: Problem, state: State) -> None:
    """Copy the parameters of the members whose last epoch is the one to keep, in place."""
    if problem.spec.keep == "last":
        return
    now = kept_epochs(problem, state.history) == len(state.history) - 1
    if len(state.kept) == 0:
        state.kept = state.parameters.detach().clone()
    state.kept[now] = state.parameters.detach()[now]


def kept_rows(problem: Problem, state: State) -> Tensor:
    """Return the parameters (m, p) to store."""
    return (state.parameters if problem.spec.keep == "last" else state.kept).detach()


def predict(layout: Layout, thresholds: str, rows: Tensor, x: Tensor) -> Iterator[Tensor]:
    """Yield the outputs (m, k, chunk) for inputs x (n, d), chunk by chunk."""
    sections = sections_of(layout, rows)
    with torch.no_grad():
        masks = FORMS[thresholds].masks(sections)
        for part in x.split(VALIDATION_CHUNK):
            yield forward(layout, sections, masks, part.T.unsqueeze(0))


def accuracy(
    layout: Layout,
    thresholds: str,
    rows: Tensor,
    x: Tensor,
    y: Tensor,
    weights: ClassWeights | None = None,
) -> Tensor:
    """Return the share of inputs x (n, d) whose largest output is that of class y, (m,)."""
    chunks = zip(predict(layout, thresholds, rows, x), y.split(VALIDATION_CHUNK), strict=True)
    right = [outputs.argmax(dim=1) == label for outputs, label in chunks]
    return right_share(torch.cat(right, dim=1), y, weights)


def explained(layout: Layout, thresholds: str, rows: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return R2 = 1 - sum (y - prediction)^2 / sum (y - mean)^2 of values y (n, k), (m,).

    It is the mean over the targets that vary, so that none counts for being large.
    """
    missed = torch.zeros(len(rows), y.shape[1], dtype=torch.float64, device=rows.device)
    chunks = zip(predict(layout, thresholds, rows, x), y.split(VALIDATION_CHUNK), strict=True)
    for outputs, values in chunks:
        missed += (outputs - values.T).double().square().sum(dim=2)
    total = (y - y.mean(dim=0)).double().square().sum(dim=0)
    varies = total > 0
    return 1 - (missed[:, varies] / total[varies]).mean(dim=1)


SCORES = {"classification": accuracy, "regression": explained}


def _forget_zeros(problem: Problem, rows: Tensor) -> None:
    """Set to 0 the weights of inputs that are 0 in all of train, in place.

    No gradient ever reaches them: what they were drawn as would stand in the formulas.
    """
    weight, _ = pieces(problem.layout, sections_of(problem.layout, rows).weight)[0]
    weight[:, :, ~problem.x_train.any(dim=0)] = 0


def _measured(problem: Problem, rows: Tensor) -> Tensor:
    """Accuracy or R2 on validation data, and the sparsities in the history's order, (m, 5)."""
    layout, thresholds = problem.layout, problem.spec.thresholds
    with torch.no_grad():
        score = SCORES[problem.task]
        known = {} if problem.weights is None else {"weights": problem.weights}
        right = score(layout, thresholds, rows, problem.x_validation, problem.y_validation, **known)
        sparsity = sparsity_of(FORMS[thresholds].masks(sections_of(layout, rows)))
    return torch.cat([right.unsqueeze(1), sparsity[:, [1, 0, 2, 3]]], dim=1)


def _warn_of_divergence(history: list[Tensor], log: Log) -> None:
    broken = ~history[-1][:, 0].isfinite()
    if len(history) > 1:
        broken &= history[-2][:, 0].isfinite()
    for k in broken.nonzero().flatten().tolist():
        log(f"member {k}: loss is not finite in epoch {len(history)}; it has diverged")
