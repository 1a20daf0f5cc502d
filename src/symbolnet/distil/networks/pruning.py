"""Which components of the messages are live: of `bottleneck` the first ones, of `pruned` the best.

SymbolNet's own idea: what matters least is taken away while the network trains. A component counts
by its deviation over pairs times the norm of the weights that lead on from it, without what those
before it have said already: two components that say the same are one. Their number falls evenly
from all to the dimension of space, between 15 and 60 % of the steps.
"""

import torch
from torch import Tensor

from symbolnet.config import GraphTraining
from symbolnet.distil.networks.form import Form, Weights

_FIRST, _LAST = 0.15, 0.60


def first_live(form: Form, spec: GraphTraining) -> Tensor:
    """Return which components (m, w) are live before the first step."""
    live = torch.ones(form.members, form.messages)
    for k, (variant, _) in enumerate(spec.members()):
        if variant == "bottleneck":
            live[k, form.dimension :] = 0
    return live


def prune(
    live: Tensor, shown: Tensor, weights: Weights, form: Form, spec: GraphTraining, share: float
) -> None:
    """Take components from the members of `pruned`, in place, by the `share` of steps done."""
    kept = _kept(form, share)
    for k, (variant, _) in enumerate(spec.members()):
        if variant == "pruned" and live[k].sum() > kept:
            best = ranked(shown[k], weights["node0.weight"][k], kept)
            live[k] = torch.zeros(form.messages).index_fill(0, best, 1.0)


def ranked(shown: Tensor, onward: Tensor, count: int) -> Tensor:
    """Return the numbers (count,) of the components of messages (..., w) that matter most.

    Each is the one whose part that is new is largest: a Cholesky decomposition with pivots. Pairs
    count by 1/(|m| + median |m|), since the squares of a few close ones would drown the rest.
    """
    width = shown.shape[-1]
    messages = shown.reshape(-1, width)
    messages = (messages - messages.mean(dim=0)) * onward[-width:].norm(dim=1)
    size = messages.norm(dim=1, keepdim=True)
    messages = messages / (size + size.median() + 1e-30)
    left, found = (messages.T @ messages).double(), []
    for _ in range(count):
        best = int(left.diagonal().argmax())
        found.append(best)
        column = left[:, best].clone()
        left -= torch.outer(column, column) / column[best].clamp(min=1e-30)
    return torch.tensor(found)


def _kept(form: Form, share: float) -> int:
    """Return how many components stay after a share of the steps."""
    done = min(max((share - _FIRST) / (_LAST - _FIRST), 0.0), 1.0)
    return round(form.messages - (form.messages - form.dimension) * done)
