"""What a method of training is: the protocol that the loop and the writer know it by."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from torch import Tensor

from symbolnet.config import Architecture, Targets
from symbolnet.network.store import Arrays
from symbolnet.training.weights import ClassWeights

Log = Callable[[str], None]
Tensors = dict[str, Tensor]
State = TypeVar("State")


class Member(NamedTuple):
    """What became of one member.

    `history` (events, 7) has the columns of history.csv; `epoch`, from 0, is the row of it whose
    network is stored, None the last.
    """

    seed: int
    history: np.ndarray
    targets: Targets | None = None
    epoch: int | None = None


class Members(NamedTuple):
    """All members of a training, their networks as arrays stacked over them (network/store.py)."""

    architecture: Architecture
    networks: Arrays
    members: list[Member]
    task: str
    weights: ClassWeights | None
    device: str = "cpu"


class Steps(Protocol[State]):
    """A training that is taken in steps, each an epoch or an event, from a state or from nothing.

    A state and the settings are all that later steps depend on.
    """

    def start(self) -> State:
        """Return the state before the first step."""

    def step(self, state: State, log: Log) -> None:
        """Take a step, in place; what it breaks off in the middle of is taken again whole."""

    def finished(self, state: State) -> bool:
        """Tell whether there is no step left."""

    def due(self, state: State) -> bool:
        """Tell whether a checkpoint is worth writing after the last step."""

    def share(self, state: State) -> float:
        """Return the share of the work that is done."""

    def line(self, state: State) -> str:
        """Say where the training stands."""

    def freeze(self, state: State) -> Tensors:
        """Return a copy of the state as named tensors on the CPU."""

    def thaw(self, tensors: Tensors) -> State:
        """Return the state that `freeze` copied."""


class Method(Steps[State], Protocol[State]):
    """Such a training whose members are networks of symbolic operators."""

    def members(self, state: State) -> Members:
        """Return the members of a finished training."""
