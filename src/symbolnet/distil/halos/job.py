"""The training of the network of haloes in steps that the loop of all trainings takes."""

import torch
from torch import Tensor

from symbolnet.config import HaloTraining
from symbolnet.distil.halos.network import HaloGraph, first_weights, predicted
from symbolnet.distil.networks.adam import Descent, State, thawed
from symbolnet.distil.networks.form import Weights
from symbolnet.training.method import Log, Tensors


class HaloNetwork(Descent[State]):
    """The network of haloes (training/method.py), of the mean absolute error, as in the paper."""

    def __init__(self, graph: HaloGraph, spec: HaloTraining) -> None:
        super().__init__(spec)
        self._graph, self._spec = graph, spec
        self._count = torch.bincount(graph.receiver, minlength=len(graph.target))
        self._first = self._count.cumsum(0) - self._count  # edges lie by their receivers

    def start(self) -> State:
        """Return the state before the first step."""
        random = torch.Generator().manual_seed(self._spec.seed)
        return self._state(first_weights(self._spec), random)

    def step(self, state: State, _log: Log) -> None:
        """Take some steps of Adam."""
        total, count = torch.zeros(()), self.together(state)
        for _ in range(count):
            total += self._descend(state) / count
        state.history.append(total)

    def line(self, state: State) -> str:
        """Say where the training stands."""
        error = f"{state.history[-1]:.4f}" if state.history else "-"
        return f"step {state.done}/{self._spec.steps}  relative error {error}"

    def thaw(self, tensors: Tensors) -> State:
        """Return the state that `freeze` copied."""
        names = first_weights(self._spec)
        state = self._state({name: tensors[name] for name in names}, torch.Generator())
        thawed(state, tensors)
        return state

    def _state(self, weights: Weights, random: torch.Generator) -> State:
        held, adam = self.adam_of(weights)
        return State(weights=held, adam=adam, random=random)

    def _descend(self, state: State) -> Tensor:
        """Take a step of Adam; return the error of its batch."""
        batch = self._batch(state.random)
        error = (predicted(state.weights, batch) - batch.target).abs().mean()
        self.descend(state, error)
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
