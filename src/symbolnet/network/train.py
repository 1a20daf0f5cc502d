"""A data set to trained members: one batched program for all targets and seeds of a training."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from symbolnet.network.checkpoint import load_checkpoint, save_checkpoint
from symbolnet.network.forward import forward, pieces
from symbolnet.network.history import epoch_line
from symbolnet.network.keep import keep
from symbolnet.network.layout import Layout
from symbolnet.network.masks import sections_of, sparsity_of
from symbolnet.network.preset import PRESETS
from symbolnet.network.problem import Problem
from symbolnet.network.state import State, frozen, thawed
from symbolnet.network.weights import ClassWeights, right_share

Log = Callable[[str], None]
LOG_SECONDS = 5.0
VALIDATION_CHUNK = 2048


def train_members(problem: Problem, checkpoint: Path, stamp: str, log: Log) -> State:
    """Train to the last epoch, from the checkpoint if its stamp agrees; return the final state.

    Whatever interrupts an epoch (SIGTERM arrives as SystemExit), the state of its start is saved.
    """
    state = _start(problem, checkpoint, stamp, log)
    began = spoke = time.monotonic() - state.seconds
    while len(state.history) < problem.spec.epochs:
        saved, before = frozen(state), time.monotonic()
        try:
            state.history.append(run_epoch(problem, state))
            keep(problem, state)
        except BaseException:
            save_checkpoint(checkpoint, stamp, saved)
            raise
        state.seconds = time.monotonic() - began
        if time.monotonic() - spoke > LOG_SECONDS or len(state.history) == problem.spec.epochs:
            spoke = time.monotonic()
            times = state.seconds, spoke - before
            log(epoch_line(state.history, problem.spec.epochs, *times, problem.task))
        _warn_of_divergence(state.history, log)
        if len(state.history) % problem.spec.checkpoint_every == 0:
            save_checkpoint(checkpoint, stamp, frozen(state))
    return state


def run_epoch(problem: Problem, state: State) -> Tensor:
    """Take every step of one epoch; return its row of the history, (m, columns) float64."""
    rows = len(problem.x_train)
    order = torch.stack([torch.randperm(rows, generator=g) for g in state.generators])
    order = order.to(problem.x_train.device)
    total = torch.zeros(2, len(state.parameters), dtype=torch.float64, device=order.device)
    for start in range(0, rows, problem.spec.batch):
        batch = order[:, start : start + problem.spec.batch]
        total += _step(problem, state, batch) * batch.shape[1]
    return torch.cat([total.T / rows, _measured(problem, state.parameters)], dim=1).cpu()


def predict(layout: Layout, thresholds: str, rows: Tensor, x: Tensor) -> Iterator[Tensor]:
    """Yield the outputs (m, k, chunk) for inputs x (n, d), chunk by chunk."""
    sections = sections_of(layout, rows)
    with torch.no_grad():
        masks = PRESETS[thresholds].masks(sections)
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


def _start(problem: Problem, checkpoint: Path, stamp: str, log: Log) -> State:
    device = problem.x_train.device
    tensors = load_checkpoint(checkpoint, stamp, log)
    if tensors is None:
        state = PRESETS[problem.spec.thresholds].start(problem.spec, problem.layout, device)
        _forget_zeros(problem, state.parameters)
        return state
    state = thawed(tensors, device)
    log(f"resumed after epoch {len(state.history)} from {checkpoint.name}")
    return state


def _forget_zeros(problem: Problem, rows: Tensor) -> None:
    """Set to 0 the weights of inputs that are 0 in all of train, in place.

    No gradient ever reaches them: what they were drawn as would stand in the formulas.
    """
    weight, _ = pieces(problem.layout, sections_of(problem.layout, rows).weight)[0]
    weight[:, :, ~problem.x_train.any(dim=0)] = 0


def _step(problem: Problem, state: State, batch: Tensor) -> Tensor:
    return PRESETS[problem.spec.thresholds].step(problem, state, batch)


def _measured(problem: Problem, rows: Tensor) -> Tensor:
    """Accuracy or R2 on validation data, and the sparsities in the history's order, (m, 5)."""
    layout, thresholds = problem.layout, problem.spec.thresholds
    with torch.no_grad():
        score = SCORES[problem.task]
        known = {} if problem.weights is None else {"weights": problem.weights}
        right = score(layout, thresholds, rows, problem.x_validation, problem.y_validation, **known)
        sparsity = sparsity_of(PRESETS[thresholds].masks(sections_of(layout, rows)))
    return torch.cat([right.unsqueeze(1), sparsity[:, [1, 0, 2, 3]]], dim=1)


def _warn_of_divergence(history: list[Tensor], log: Log) -> None:
    broken = ~history[-1][:, 0].isfinite()
    if len(history) > 1:
        broken &= history[-2][:, 0].isfinite()
    for k in broken.nonzero().flatten().tolist():
        log(f"member {k}: loss is not finite in epoch {len(history)}; it has diverged")
