"""What a training works on, and its state: settings, layout, targets, parameters, Keras's Adam."""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from symbolnet.config import PaperTraining, Targets
from symbolnet.data.dataset import Dataset
from symbolnet.data.quantities import Quantities, quantities_of
from symbolnet.methods.paper.layout import Layout, layout_of
from symbolnet.training.weights import ClassWeights, class_weights

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


# Copies of a layer's units, of its outputs and of the weights that a step and its gradient hold.
UNITS, OUTPUTS, WEIGHTS = 6, 6, 4


class Problem(NamedTuple):
    """Settings, layout, sparsity targets (m, 4) and the data on the device.

    `x_train` is (n, d); `y_train` (n, k) holds classes one-hot, or the values of a regression;
    `y_validation` holds class indices (n,), or values (n, k). Values are reduced: losses, steps and
    thresholds are made for numbers about 1, and `quantities` says what they stand for. `weights`
    are those of the classes.
    """

    spec: PaperTraining
    layout: Layout
    targets: Tensor
    x_train: Tensor
    y_train: Tensor
    x_validation: Tensor
    y_validation: Tensor
    quantities: Quantities | None = None
    weights: ClassWeights | None = None

    @property
    def task(self) -> str:
        """Return the task of the data set."""
        return "classification" if self.quantities is None else "regression"

    def row_weights(self, wanted: Tensor) -> Tensor | None:
        """Return what each row counts, (s, 1, n), by its class one-hot (s, k, n)."""
        if self.weights is None:
            return None
        return (wanted * self.weights.values[:, None]).sum(dim=1, keepdim=True)


def problem_of(dataset: Dataset, spec: PaperTraining, device: torch.device) -> Problem:
    """Return the data and the settings of a training as tensors; the test set is left out."""
    regression = dataset.task == "regression"
    quantities = quantities_of(dataset.y_train).moved_if_far() if regression else None
    y_train, y_validation = _wanted(dataset, quantities)
    return Problem(
        spec,
        layout_of(spec, len(dataset.feature_names), len(dataset.class_names)),
        targets_of(spec, device),
        torch.from_numpy(dataset.x_train).to(device, torch.float32),
        y_train.to(device),
        torch.from_numpy(dataset.x_validation).to(device, torch.float32),
        y_validation.to(device),
        quantities,
        class_weights(dataset, spec, device),
    )


def _wanted(dataset: Dataset, quantities: Quantities | None) -> tuple[Tensor, Tensor]:
    """Return one-hot classes and class indices, or the reduced values of train and validation."""
    train, validation = dataset.y_train, dataset.y_validation
    if quantities is None:
        one_hot = torch.eye(len(dataset.class_names))[torch.from_numpy(train)]
        return one_hot, torch.from_numpy(validation)
    reduced = [quantities.reduced(values) for values in (train, validation)]
    return torch.from_numpy(reduced[0]).to(torch.float32), torch.from_numpy(reduced[1])


def targets_of(spec: PaperTraining, device: torch.device) -> Tensor:
    """Return the targets of each member for weights, inputs, unary and binary operators, (m, 4)."""
    rows = [[t.weight, t.input, t.unary, t.binary] for _, t in members_of(spec)]
    return torch.tensor(rows, device=device)


def groups(problem: Problem, members: int, batches: int) -> list[tuple[slice, slice]]:
    """Return slices of the members that fit into `memory_gb` together, and of their batches.

    Members share batches as in forward.py; those of one batch are split only if it is the only one.
    """
    layers, batch = problem.layout.layers, problem.spec.batch
    values = sum(UNITS * v.n_units + OUTPUTS * (v.n_unary + v.n_binary) for v in layers)
    bytes_each = 4 * (batch * values + WEIGHTS * problem.layout.sections[0])
    fit = max(1, int(problem.spec.memory_gb * 1e9 / bytes_each))
    if batches == 1:
        return [(slice(i, i + fit), slice(0, 1)) for i in range(0, members, fit)]
    each = members // batches
    step = max(1, fit // each)
    return [
        (slice(i * each, (i + step) * each), slice(i, i + step)) for i in range(0, batches, step)
    ]


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
