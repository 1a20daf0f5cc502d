"""Trainings by steps of Adam with a one-cycle step size: what all of them share."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from torch import Tensor

from symbolnet.config import GraphTraining, HaloTraining
from symbolnet.distil.networks.form import Weights
from symbolnet.training.method import Tensors

TOGETHER = 100  # steps of Adam that the loop takes as one
_WARM, _FROM, _TO = 0.3, 25.0, 1e4  # OneCycleLR's, as torch has them


@dataclass(kw_only=True)
class State:
    """Where a training stands; `history` has the figures of every step of the loop."""

    weights: Weights
    adam: torch.optim.Adam
    random: torch.Generator
    done: int = 0
    history: list[Tensor] = field(default_factory=list)


AnyState = TypeVar("AnyState", bound=State)


class Descent(Generic[AnyState]):
    """When such a training ends, what one step of Adam is, and its state as tensors."""

    def __init__(self, spec: GraphTraining | HaloTraining) -> None:
        self._steps, self._every = spec.steps, spec.checkpoint_every
        self._largest, self._decay = spec.learning_rate, spec.weight_decay

    def finished(self, state: AnyState) -> bool:
        """Tell whether there is no step left."""
        return state.done >= self._steps

    def due(self, state: AnyState) -> bool:
        """Tell whether a checkpoint is worth writing."""
        return state.done % (max(self._every // TOGETHER, 1) * TOGETHER) == 0

    def share(self, state: AnyState) -> float:
        """Return the share of the work that is done."""
        return state.done / self._steps

    def adam_of(self, weights: Mapping[str, Tensor]) -> tuple[Weights, torch.optim.Adam]:
        """Return a copy of weights that can be trained, and Adam on them."""
        held = {name: one.clone().requires_grad_() for name, one in weights.items()}
        return held, torch.optim.Adam(held.values(), lr=1.0, weight_decay=self._decay, fused=True)

    def together(self, state: AnyState) -> int:
        """Return how many steps of Adam the next step of the loop takes."""
        return min(TOGETHER, self._steps - state.done)

    def descend(self, state: AnyState, loss: Tensor) -> None:
        """Take a step of Adam, which the caller counts."""
        state.adam.param_groups[0]["lr"] = self._largest * one_cycle(self.share(state))
        state.adam.zero_grad(set_to_none=True)
        loss.backward()
        state.adam.step()

    def freeze(self, state: AnyState) -> Tensors:
        """Return a copy of the state as named tensors."""
        tensors = {name: one.detach().clone() for name, one in state.weights.items()}
        for name, one in state.weights.items():
            for key, value in state.adam.state.get(one, {}).items():
                tensors[f"adam.{key}.{name}"] = value.clone()
        return {
            **tensors,
            "history": torch.stack(state.history) if state.history else torch.empty(0),
            "random": state.random.get_state(),
            "done": torch.tensor(state.done),
        }


def thawed(state: State, tensors: Tensors) -> None:
    """Give a state before the first step what `freeze` copied but its weights."""
    for name, one in state.weights.items():
        full = {key: f"adam.{key}.{name}" for key in ("step", "exp_avg", "exp_avg_sq")}
        if full["step"] in tensors:
            state.adam.state[one] = {key: tensors[name] for key, name in full.items()}
    state.random.set_state(tensors["random"])
    state.done, state.history = int(tensors["done"]), list(tensors["history"])


def one_cycle(share: float) -> float:
    """Return the step size after a share of the steps, of the largest (Smith 2018, cosine)."""
    if share < _WARM:
        low, high, way = 1 / _FROM, 1.0, share / _WARM
    else:
        low, high, way = 1.0, 1 / (_FROM * _TO), (share - _WARM) / (1 - _WARM)
    return high + (low - high) * (1 + math.cos(math.pi * way)) / 2
