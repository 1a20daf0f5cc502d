"""The training of graph networks in steps that the loop of all trainings takes.

Which components of the messages are live: of `bottleneck` the first ones, of `pruned` the best,
SymbolNet's own idea: what matters least is taken away while the network trains. A component counts
by its deviation over pairs times the norm of the weights that lead on from it, without what those
before it have said already: two components that say the same are one. Their number falls evenly
from all to the dimension of space, between 15 and 60 % of the steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import GraphTraining
from symbolnet.distil.networks.adam import TOGETHER, Descent, thawed
from symbolnet.distil.networks.adam import State as AdamState
from symbolnet.distil.networks.form import (
    Form,
    Weights,
    first_weights,
    form_of,
    hamiltonian_accelerations,
    messages,
    summed,
)
from symbolnet.distil.networks.graphs import Graphs
from symbolnet.training.method import Log, Tensors

_FIRST, _LAST = 0.15, 0.60


_HAMILTONIAN = 1e-6  # weight of its penalty (paper)


class Outcome(NamedTuple):
    """What members make of a batch: error (m,), penalty (m,), messages (m, b, n - 1, n, w)."""

    error: Tensor
    penalty: Tensor
    shown: Tensor | None


Loss = Callable[[Weights, Graphs, Tensor, torch.Generator], Outcome]


COLUMNS = ("error", "penalty", "messages")
_MOST_TRANSLATION = 3.0  # deviation of the random translation of a batch (paper)


@dataclass(kw_only=True)
class State(AdamState):
    """Where a training stands; `history` has (m, 3) for every step of the loop."""

    live: Tensor


class GraphNetworks(Descent[State]):
    """The members of a training of graph networks (training/method.py)."""

    def __init__(self, graphs: Graphs, spec: GraphTraining, kinds: int = 0) -> None:
        super().__init__(spec)
        self._graphs, self._spec = graphs, spec
        self.form: Form = form_of(spec, graphs.places.shape[-1], kinds)
        self.scale = float(graphs.accelerations.norm(dim=-1).median())
        self._loss = loss_of(self.form, spec, self.scale)

    def start(self) -> State:
        """Return the state before the first step."""
        weights = first_weights(self.form, [seed for _, seed in self._spec.members()])
        random = torch.Generator().manual_seed(self._spec.seeds[0])
        return self._state(weights, first_live(self.form, self._spec), random)

    def step(self, state: State, _log: Log) -> None:
        """Take some steps of Adam, then prune."""
        totals, count = torch.zeros(self.form.members, 2), self.together(state)
        for _ in range(count):
            totals += self._descend(state) / count
        state.history.append(torch.cat((totals, state.live.sum(dim=1, keepdim=True)), dim=1))

    def line(self, state: State) -> str:
        """Say where the training stands."""
        errors = " ".join(f"{one:.4f}" for one in state.history[-1][:, 0]) if state.history else "-"
        return f"step {state.done}/{self._spec.steps}  relative errors {errors}"

    def freeze(self, state: State) -> Tensors:
        """Return a copy of the state as named tensors."""
        return super().freeze(state) | {"live": state.live.clone()}

    def thaw(self, tensors: Tensors) -> State:
        """Return the state that `freeze` copied."""
        names = first_weights(self.form, [0] * self.form.members)
        weights = {name: tensors[name] for name in names}
        state = self._state(weights, tensors["live"], torch.Generator())
        thawed(state, tensors)
        return state

    def _state(self, weights: Weights, live: Tensor, random: torch.Generator) -> State:
        held, adam = self.adam_of(weights)
        return State(weights=held, adam=adam, random=random, live=live.clone())

    def _descend(self, state: State) -> Tensor:
        """Take a step of Adam; return error and penalty (m, 2) of its batch."""
        batch = self._batch(state.random)
        error, penalty, shown = self._loss(state.weights, batch, state.live, state.random)
        self.descend(state, (error + penalty).sum())
        if state.done % TOGETHER == 0 and shown is not None:
            share, weights = self.share(state), state.weights
            prune(state.live, shown.detach(), weights, self.form, self._spec, share)
        state.done += 1
        return torch.stack((error.detach(), penalty.detach()), dim=1)

    def _batch(self, random: torch.Generator) -> Graphs:
        which = torch.randint(self._graphs.number, (self._spec.batch,), generator=random)
        batch = self._graphs.take(which)
        if self.form.relative:
            return batch
        moved = torch.randn(self.form.dimension, generator=random) * _MOST_TRANSLATION
        return batch._replace(places=batch.places + moved)


def loss_of(form: Form, spec: GraphTraining, scale: float) -> Loss:
    """Return the loss of a training; `scale` the median size, masks (m, w) hide messages."""

    def of_messages(
        weights: Weights, graphs: Graphs, live: Tensor, random: torch.Generator
    ) -> Outcome:
        found = messages(form, weights, graphs)
        shown, divergence = _sampled(found, random) if form.kl else (found, None)
        shown = shown * live[:, None, None, None]
        error = error_of(summed(form, weights, graphs, shown), graphs)
        penalty = kl * divergence if divergence is not None else l1 * _size(form, shown)
        return Outcome(error, penalty, shown)

    def of_energy(weights: Weights, graphs: Graphs, _: Tensor, __: torch.Generator) -> Outcome:
        found, penalty = hamiltonian_accelerations(form, weights, graphs)
        return Outcome(error_of(found, graphs), _HAMILTONIAN * penalty, None)

    def error_of(found: Tensor, graphs: Graphs) -> Tensor:
        true = graphs.accelerations / scale
        wrong = (found - true).abs()
        if spec.loss == "relative":
            wrong = wrong / (1 + true.norm(dim=-1, keepdim=True))
        return wrong.mean(dim=(1, 2, 3))

    kl = spec.kl
    l1 = torch.tensor([spec.l1 if variant == "l1" else 0.0 for variant, _ in spec.members()])
    return of_energy if form.hamiltonian else of_messages


def _size(form: Form, shown: Tensor) -> Tensor:
    """Return the mean size (m,) of a message, a component of space each."""
    return shown.abs().sum(dim=-1).mean(dim=(1, 2, 3)) / form.dimension


def _sampled(found: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return messages drawn from normal distributions, and their divergence (m,) from N(0, 1).

    Of an output the first half are the means, the second the logarithms of the variances.
    """
    mean, logarithm = found.chunk(2, dim=-1)
    noise = torch.randn(mean.shape, generator=random)
    drawn = mean + noise * (logarithm / 2).exp()
    divergence = (mean**2 + logarithm.exp() - logarithm).sum(dim=-1) / 2
    return drawn, divergence.mean(dim=(1, 2, 3))


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
