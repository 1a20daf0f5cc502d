"""The loop over the epochs of a job: log, checkpoint, and an interrupted epoch taken again."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from symbolnet.config import GroupTraining, ProductTraining
from symbolnet.network.checkpoint import load_checkpoint, save_checkpoint
from symbolnet.network.history import epoch_line
from symbolnet.network.job import Job
from symbolnet.network.state import State, frozen, thawed


def run_epochs(
    spec: GroupTraining | ProductTraining,
    job: Job,
    stamp: str,
    device: torch.device,
    start: Callable[[], State],
    epoch: Callable[[State], Tensor],
) -> State:
    """Train to the last epoch; whatever interrupts one, the state of its start is saved.

    `start` makes the first state where there is no checkpoint; `epoch` changes a state by one epoch
    and returns its row of the history.
    """
    state = _resumed(job, stamp, device) or start()
    began = time.monotonic() - state.seconds
    while len(state.history) < spec.epochs:
        before, started = frozen(state), time.monotonic()
        try:
            state.history.append(epoch(state))
        except BaseException:
            save_checkpoint(job.checkpoint, stamp, before)
            raise
        state.seconds = time.monotonic() - began
        job.log(epoch_line(state.history, spec.epochs, state.seconds, time.monotonic() - started))
        if len(state.history) % spec.checkpoint_every == 0:
            save_checkpoint(job.checkpoint, stamp, frozen(state))
    return state


def _resumed(job: Job, stamp: str, device: torch.device) -> State | None:
    saved = load_checkpoint(job.checkpoint, stamp, job.log)
    if saved is None:
        return None
    state = thawed(saved, device)
    job.log(f"resumed after epoch {len(state.history)} from {job.checkpoint.name}")
    return state
