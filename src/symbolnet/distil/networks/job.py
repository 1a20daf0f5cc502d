"""The training of graph networks in steps that the loop of all trainings takes."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from symbolnet.config import GraphTraining
from symbolnet.distil.networks.adam import adam_of, frozen_adam, one_cycle, thaw_adam
from symbolnet.distil.networks.form import Form, Weights, first_weights, form_of
from symbolnet.distil.networks.graphs import Graphs
from symbolnet.distil.networks.loss import loss_of
from symbolnet.distil.networks.pruning import first_live, prune
from symbolnet.training.method import Log, Tensors

TOGETHER = 100  # steps of Adam that the loop takes as one; after each, messages are pruned
COLUMNS = ("error", "penalty", "messages")
_MOST_TRANSLATION = 3.0  # deviation of the random translation of a batch (paper)


@dataclass
class State:
    """Where a training stands; `history` has (m, 3) for every step of the loop."""

    weights: Weights
    adam: torch.optim.Adam
    live: Tensor
    random: torch.Generator
    done: int = 0
    history: list[Tensor] = field(default_factory=list)


class GraphNetworks:
    """The members of a training of graph networks (training/method.py)."""

    def __init__(self, graphs: Graphs, spec: GraphTraining, kinds: int = 0) -> None:
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
        last = min(state.done + TOGETHER, self._spec.steps)
        totals = torch.zeros(self.form.members, 2)
        count = last - state.done
        while state.done < last:
            totals += self._descend(state) / count
        state.history.append(torch.cat((totals, state.live.sum(dim=1, keepdim=True)), dim=1))

    def finished(self, state: State) -> bool:
        """Tell whether there is no step left."""
        return state.done >= self._spec.steps

    def due(self, state: State) -> bool:
        """Tell whether a checkpoint is worth writing."""
        every = max(self._spec.checkpoint_every // TOGETHER, 1) * TOGETHER
        return state.done % every == 0

    def share(self, state: State) -> float:
        """Return the share of the work that is done."""
        return state.done / self._spec.steps

    def line(self, state: State) -> str:
        """Say where the training stands."""
        errors = " ".join(f"{one:.4f}" for one in state.history[-1][:, 0]) if state.history else "-"
        return f"step {state.done}/{self._spec.steps}  relative errors {errors}"

    def freeze(self, state: State) -> Tensors:
        """Return a copy of the state as named tensors."""
        tensors = frozen_adam(state.weights, state.adam)
        history = torch.stack(state.history) if state.history else torch.empty(0, 0, 0)
        rest = {"live": state.live.clone(), "history": history}
        return {
            **tensors,
            **rest,
            "random": state.random.get_state(),
            "done": torch.tensor(state.done),
        }

    def thaw(self, tensors: Tensors) -> State:
        """Return the state that `freeze` copied."""
        names = first_weights(self.form, [0] * self.form.members)
        random = torch.Generator()
        random.set_state(tensors["random"])
        state = self._state({name: tensors[name] for name in names}, tensors["live"], random)
        thaw_adam(state.weights, state.adam, tensors)
        state.done, state.history = int(tensors["done"]), list(tensors["history"])
        return state

    def _state(self, weights: Weights, live: Tensor, random: torch.Generator) -> State:
        held, adam = adam_of(weights, self._spec.weight_decay)
        return State(held, adam, live.clone(), random)

    def _descend(self, state: State) -> Tensor:
        """Take a step of Adam; return error and penalty (m, 2) of its batch."""
        state.adam.param_groups[0]["lr"] = self._spec.learning_rate * one_cycle(self.share(state))
        batch = self._batch(state.random)
        error, penalty, shown = self._loss(state.weights, batch, state.live, state.random)
        state.adam.zero_grad(set_to_none=True)
        (error + penalty).sum().backward()
        state.adam.step()
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
