"""State of a running training: parameters, Keras's Adam, generators, history."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from symbolnet.config import PaperTraining, Targets

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7
# Everything else is alike in all parts (steps) or of no use after the last epoch (generators).
_BY_MEMBER = ("parameters", "first", "second", "effects", "kept")


@dataclass
class Adam:
    """Moments of the gradient and the number of steps taken.

    Keras adds epsilon to sqrt(v) before the bias correction, torch after it; the notebook is
    Keras. Everything is element by element, so members never touch each other.
    """

    first: Tensor
    second: Tensor
    steps: int = 0
    beta2: float = BETA2

    def update(self, parameters: Tensor, gradient: Tensor, learning_rate: float) -> None:
        """Take one step in place."""
        self.steps += 1
        scale = math.sqrt(1 - self.beta2**self.steps) / (1 - BETA1**self.steps)
        with torch.no_grad():
            self.first.lerp_(gradient, 1 - BETA1)
            self.second.mul_(self.beta2).addcmul_(gradient, gradient, value=1 - self.beta2)
            denominator = self.second.sqrt().add_(EPSILON)
            parameters.addcdiv_(self.first, denominator, value=-learning_rate * scale)


@dataclass
class State:
    """Everything a later epoch depends on; one generator per batch, one history entry per epoch.

    `parameters` are the rows (m, p); `effects` are running means that `exact` prunes operators by,
    (m, operators); a history entry is (m, columns) float64; `kept` are the rows
    (m, p) of the epochs to store, if those need not be the last.
    """

    parameters: Tensor
    adam: Adam
    generators: list[torch.Generator]
    effects: Tensor = field(default_factory=lambda: torch.zeros(0))
    history: list[Tensor] = field(default_factory=list)
    kept: Tensor = field(default_factory=lambda: torch.zeros(0))


def members_of(spec: PaperTraining) -> list[tuple[int, Targets]]:
    """Return seed and targets of each member; members of one seed are neighbours.

    They share initial weights and batches, so nothing of a member depends on the others.
    """
    return [(seed, targets) for seed in spec.seeds for targets in spec.targets]


def frozen(state: State) -> dict[str, Tensor]:
    """Return a copy of the state as named tensors on the CPU."""
    tensors = {
        "parameters": state.parameters.detach(),
        "first": state.adam.first,
        "second": state.adam.second,
        "steps": torch.tensor(state.adam.steps),
        "beta2": torch.tensor(state.adam.beta2, dtype=torch.float64),
        "effects": state.effects,
        "kept": state.kept,
        "generators": torch.stack([generator.get_state() for generator in state.generators]),
        "history": torch.stack(state.history) if state.history else torch.zeros(0),
    }
    return {name: tensor.cpu().clone() for name, tensor in tensors.items()}


def thawed(tensors: dict[str, Tensor], device: torch.device) -> State:
    """Return the state that `frozen` copied."""
    moved: dict[str, Any] = {name: tensors[name].to(device) for name in _BY_MEMBER}
    generators = [torch.Generator() for _ in tensors["generators"]]
    for generator, saved in zip(generators, tensors["generators"], strict=True):
        generator.set_state(saved.clone())
    adam = Adam(moved["first"], moved["second"], int(tensors["steps"]), float(tensors["beta2"]))
    history = list(tensors["history"])
    return State(moved["parameters"], adam, generators, moved["effects"], history, moved["kept"])


def joined(parts: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the frozen state of neighbouring members together, after the last epoch."""
    together = {name: torch.cat([part[name] for part in parts]) for name in _BY_MEMBER}
    together["history"] = torch.cat([part["history"] for part in parts], dim=1)
    return {**parts[0], **together}
