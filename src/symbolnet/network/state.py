"""State of a running training: parameters, optimiser, generators, history."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from symbolnet.config import PaperTraining, Targets
from symbolnet.network.adam import Adam
from symbolnet.network.layout import Layout

INITIAL_SPREAD = 0.05


@dataclass
class State:
    """Everything a later epoch depends on; one generator per batch, one history entry per epoch.

    `parameters` are the rows (m, p); `effects` are running means that a preset prunes operators
    by, (m, operators), if it has such; a history entry is (m, columns) float64; `kept` are the rows
    (m, p) of the epochs to store (keep.py), if those need not be the last.
    """

    parameters: Tensor
    adam: Adam
    generators: list[torch.Generator]
    effects: Tensor = field(default_factory=lambda: torch.zeros(0))
    history: list[Tensor] = field(default_factory=list)
    seconds: float = 0.0
    kept: Tensor = field(default_factory=lambda: torch.zeros(0))


def members_of(spec: PaperTraining) -> list[tuple[int, Targets]]:
    """Return seed and targets of each member; members of one seed are neighbours.

    They share initial weights and batches, so nothing of a member depends on the others.
    """
    return [(seed, targets) for seed in spec.seeds for targets in spec.targets]


def initial_state(spec: PaperTraining, layout: Layout, device: torch.device) -> State:
    """Draw weights and biases from N(0, 0.05^2) by seed; thresholds start at 0."""
    generators = [torch.Generator().manual_seed(seed) for seed in spec.seeds]
    rows = torch.zeros(len(spec.seeds), sum(layout.sections))
    weights = layout.sections[0]
    for row, generator in zip(rows, generators, strict=True):
        row[:weights] = INITIAL_SPREAD * torch.randn(weights, generator=generator)
    parameters = rows.repeat_interleave(len(spec.targets), dim=0).to(device)
    adam = Adam(torch.zeros_like(parameters), torch.zeros_like(parameters))
    return State(parameters, adam, generators)


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
        "seconds": torch.tensor(state.seconds, dtype=torch.float64),
    }
    return {name: tensor.cpu().clone() for name, tensor in tensors.items()}


def thawed(tensors: dict[str, Tensor], device: torch.device) -> State:
    """Return the state that `frozen` copied."""
    moved: dict[str, Any] = {
        name: tensors[name].to(device)
        for name in ("parameters", "first", "second", "effects", "kept")
    }
    generators = [torch.Generator() for _ in tensors["generators"]]
    for generator, saved in zip(generators, tensors["generators"], strict=True):
        generator.set_state(saved.clone())
    adam = Adam(moved["first"], moved["second"], int(tensors["steps"]), float(tensors["beta2"]))
    history, seconds = list(tensors["history"]), float(tensors["seconds"])
    return State(
        moved["parameters"], adam, generators, moved["effects"], history, seconds, moved["kept"]
    )
