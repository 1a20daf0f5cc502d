"""The training of graph networks in steps that the loop of all trainings takes."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbolnet.config import GraphTraining
from symbolnet.distil.networks.adam import TOGETHER, Descent, thawed
from symbolnet.distil.networks.adam import State as AdamState
from symbolnet.distil.networks.form import Form, Weights, first_weights, form_of
from symbolnet.distil.networks.graphs import Graphs
from symbolnet.distil.networks.loss import loss_of
from symbolnet.distil.networks.pruning import first_live, prune
from symbolnet.training.method import Log, Tensors

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
