"""The table of presets: which masks, loss and projection a training uses."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from symbolnet.network.loss import notebook_loss, notebook_project
from symbolnet.network.masks import Masks, Sections, masks_of


class Preset(NamedTuple):
    """One form of pruning.

    `masks` makes the masks from the parameters, `loss(error, sections, sparsity, targets)` gives
    one value per member, `project` puts the parameters back in range, in place, after a step.
    """

    masks: Callable[[Sections], Masks]
    loss: Callable[[Tensor, Sections, Tensor, Tensor], Tensor]
    project: Callable[[Sections], None]


PRESETS = {"notebook": Preset(masks_of, notebook_loss, notebook_project)}
