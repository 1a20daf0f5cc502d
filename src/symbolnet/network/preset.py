"""The table of presets: how a training starts, takes a step, and reads masks off parameters."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import PaperTraining
from symbolnet.network.compact import compact_masks, compact_settled, compact_state, compact_step
from symbolnet.network.layout import Layout
from symbolnet.network.masks import Masks, Sections, masks_of
from symbolnet.network.notebook import notebook_step
from symbolnet.network.problem import Problem
from symbolnet.network.state import State, initial_state


class Preset(NamedTuple):
    """One form of pruning.

    `masks` makes the masks from the parameters, `start` draws the first state, `step` takes one
    step on a batch of row numbers, in place, and returns loss and error (2, m); `settled` is the
    first epoch, from 0, that `keep: best` may store.
    """

    masks: Callable[[Sections], Masks]
    start: Callable[[PaperTraining, Layout, torch.device], State]
    step: Callable[[Problem, State, Tensor], Tensor]
    settled: Callable[[Problem], int]


PRESETS = {
    "learned": Preset(masks_of, initial_state, notebook_step, lambda problem: 0),
    "exact": Preset(compact_masks, compact_state, compact_step, compact_settled),
}
