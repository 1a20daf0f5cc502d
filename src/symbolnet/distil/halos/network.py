"""A graph network on lists of edges, and its training in steps for the loop of all trainings.

m_ij = phi_e(r_ij, ln M_j, |v_i - v_j|) and delta_i = phi_v(ln M_i, |v_i|, sum_j m_ij), two networks
of ReLU layers: a message of one component from every neighbour, summed. What the receiver is by
itself is left to phi_v, and directions to nobody: neither depends on how the box is turned.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.config import HaloTraining
from symbolnet.distil.halos.neighbours import Edges
from symbolnet.distil.networks.adam import Descent, State, thawed
from symbolnet.distil.networks.form import Weights, drawn
from symbolnet.training.method import Log, Tensors

Array = np.ndarray
_SUMMED = 0.02  # of a sum of messages: a hundred neighbours are usual


class Scale(NamedTuple):
    """What is measured in what: lengths, speeds, and targets by their median and spread."""

    radius: float
    speed: float
    middle: float
    spread: float


class HaloGraph(NamedTuple):
    """Edges as float32: inputs (e, 3) of messages, receivers (e,), own (h, 2) and targets (h,)."""

    edges: Tensor
    receiver: Tensor
    own: Tensor
    target: Tensor


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


def sizes(spec: HaloTraining) -> dict[str, tuple[int, int]]:
    """Return inputs and outputs of every layer by its name."""
    widths = [3, *[spec.hidden] * spec.layers, 1]
    return {
        f"{name}{i}": (widths[i], widths[i + 1])
        for name in ("message", "node")
        for i in range(spec.layers + 1)
    }


def first_weights(spec: HaloTraining) -> Weights:
    """Draw the weights by the seed."""
    return drawn(sizes(spec), [torch.Generator().manual_seed(spec.seed)])


def scale_of(edges: Edges, radius: float) -> Scale:
    """Return the scale of a training part."""
    middle = float(np.median(edges.target))
    spread = float(np.abs(edges.target - middle).mean()) or 1.0
    return Scale(radius, float(edges.own_speed.mean()) or 1.0, middle, spread)


def graph_of(edges: Edges, scale: Scale) -> HaloGraph:
    """Return edges as what the network reads."""
    fast, apart = edges.speed / scale.speed, edges.distance / scale.radius
    inputs = np.stack((apart, np.log(edges.mass), fast), axis=1)
    target = (edges.target - scale.middle) / scale.spread
    own = np.stack((np.log(edges.own_mass), edges.own_speed / scale.speed), axis=1)
    values = (torch.from_numpy(one.astype(np.float32)) for one in (inputs, own, target))
    edge, body, wanted = values
    return HaloGraph(edge, torch.from_numpy(edges.receiver), body, wanted)


def messages(weights: Weights, edges: Tensor) -> Tensor:
    """Return the messages (e, 1)."""
    return _network(weights, "message", edges)


def predicted(weights: Weights, graph: HaloGraph) -> Tensor:
    """Return the scaled overdensities (h,)."""
    sent = messages(weights, graph.edges)
    total = torch.zeros_like(graph.own[:, :1]).index_add_(0, graph.receiver, sent)
    return _network(weights, "node", torch.cat((graph.own, total * _SUMMED), dim=1))[:, 0]


def _network(weights: Weights, name: str, values: Tensor) -> Tensor:
    """Return what a network of ReLU layers makes of rows (n, i)."""
    last = sum(one.startswith(name) for one in weights) // 2 - 1
    for i in range(last + 1):
        values = torch.addmm(weights[f"{name}{i}.bias"][0], values, weights[f"{name}{i}.weight"][0])
        values = values if i == last else torch.relu(values)
    return values
