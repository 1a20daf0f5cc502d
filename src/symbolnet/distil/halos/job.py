"""The training of the network of haloes in steps that the loop of all trainings takes."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from symbolnet.config import HaloTraining
from symbolnet.distil.halos.network import HaloGraph, first_weights, predicted
from symbolnet.distil.networks.adam import adam_of, frozen_adam, one_cycle, thaw_adam
from symbolnet.distil.networks.form import Weights
from symbolnet.training.method import Log, Tensors

TOGETHER = 100  # steps of Adam that the loop takes as one


@dataclass
class State:
    """Where a training stands; `history` has the mean error of every step of the loop."""

    weights: Weights
    adam: torch.optim.Adam
    random: torch.Generator
    done: int = 0
    history: list[Tensor] = field(default_factory=list)


class HaloNetwork:
    """The network of haloes (training/method.py), of the mean absolute error, as in the paper."""

    def __init__(self, graph: HaloGraph, spec: HaloTraining) -> None:
        self._graph, self._spec = graph, spec
        self._count = torch.bincount(graph.receiver, minlength=len(graph.target))
        self._first = self._count.cumsum(0) - self._count  # edges lie by their receivers

    def start(self) -> State:
        """Return the state before the first step."""
        random = torch.Generator().manual_seed(self._spec.seed)
        return self._state(first_weights(self._spec), random)

    def step(self, state: State, _log: Log) -> None:
        """Take some steps of Adam."""
        last, total = min(state.done + TOGETHER, self._spec.steps), torch.zeros(())
        count = last - state.done
        while state.done < last:
            total += self._descend(state) / count
        state.history.append(total)

    def finished(self, state: State) -> bool:
        """Tell whether there is no step left."""
        return state.done >= self._spec.steps

    def due(self, state: State) -> bool:
        """Tell whether a checkpoint is worth writing."""
        return state.done % (max(self._spec.checkpoint_every // TOGETHER, 1) * TOGETHER) == 0

    def share(self, state: State) -> float:
        """Return the share of the work that is done."""
        return state.done / self._spec.steps

    def line(self, state: State) -> str:
        """Say where the training stands."""
        error = f"{state.history[-1]:.4f}" if state.history else "-"
        return f"step {state.done}/{self._spec.steps}  relative error {error}"

    def freeze(self, state: State) -> Tensors:
        """Return a copy of the state as named tensors."""
        return {
            **frozen_adam(state.weights, state.adam),
            "history": torch.stack(state.history) if state.history else torch.empty(0),
            "random": state.random.get_state(),
            "done": torch.tensor(state.done),
        }

    def thaw(self, tensors: Tensors) -> State:
        """Return the state that `freeze` copied."""
        random = torch.Generator()
        random.set_state(tensors["random"])
        names = first_weights(self._spec)
        state = self._state({name: tensors[name] for name in names}, random)
        thaw_adam(state.weights, state.adam, tensors)
        state.done, state.history = int(tensors["done"]), list(tensors["history"])
        return state

    def _state(self, weights: Weights, random: torch.Generator) -> State:
        held, adam = adam_of(weights, self._spec.weight_decay)
        return State(held, adam, random)

    def _descend(self, state: State) -> Tensor:
        """Take a step of Adam; return the error of its batch."""
        state.adam.param_groups[0]["lr"] = self._spec.learning_rate * one_cycle(self.share(state))
        batch = self._batch(state.random)
        error = (predicted(state.weights, batch) - batch.target).abs().mean()
        state.adam.zero_grad(set_to_none=True)
        error.backward()
        state.adam.step()
        state.done += 1
        return error.detach()

    def _batch(self, random: torch.Generator) -> HaloGraph:
        """Draw receivers, with the edges to each."""
        which = torch.randint(len(self._graph.target), (self._spec.batch,), generator=random)
        count = self._count[which]
        receiver = torch.repeat_interleave(count)
        start = self._first[which] - (count.cumsum(0) - count)
        edges = torch.arange(len(receiver)) + start[receiver]
        graph = self._graph
        return HaloGraph(graph.edges[edges], receiver, graph.own[which], graph.target[which])
