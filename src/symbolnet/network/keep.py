"""The epoch of each member that is stored: the last, or the best on validation data."""

import torch
from torch import Tensor

from symbolnet.network.history import COLUMNS, SCORE
from symbolnet.network.preset import PRESETS
from symbolnet.network.problem import Problem
from symbolnet.network.state import State


def kept_epochs(problem: Problem, history: list[Tensor]) -> Tensor:
    """Return the number, from 0, of the epoch kept of each member so far, (m,).

    With `keep: best` the best validation score among the epochs from the preset's `settled` on;
    of equal ones the latest, which was trained the longest.
    """
    last = torch.full((len(history[-1]),), len(history) - 1)
    first = PRESETS[problem.spec.thresholds].settled(problem)
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
