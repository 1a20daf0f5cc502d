"""States of simulations as graphs: what the networks are trained and judged on."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.distil.simulation.file import Simulations

TRAIN = 0.75  # share of the simulations to train on: the first, as in the paper


class Graphs(NamedTuple):
    """Bodies of b graphs, float32: their motion (b, n, dim), masses and charges (b, n)."""

    places: Tensor
    velocities: Tensor
    accelerations: Tensor
    masses: Tensor
    charges: Tensor

    def take(self, which: Tensor) -> "Graphs":
        """Return some of the graphs."""
        return Graphs(*(one[which] for one in self))

    @property
    def number(self) -> int:
        """How many graphs there are."""
        return len(self.masses)


def part(simulations: Simulations, trained: bool) -> Simulations:
    """Return the simulations to train on, or those that no training sees."""
    count = int(TRAIN * len(simulations.masses))
    own = slice(count) if trained else slice(count, None)
    arrays = {
        name: value[own]
        for name, value in simulations._asdict().items()
        if name not in ("times", "settings")
    }
    return simulations._replace(**arrays)


def graphs_of(simulations: Simulations) -> Graphs:
    """Return every stored state as a graph, time after time within a simulation."""
    times = len(simulations.times)
    states = (simulations.positions, simulations.velocities, simulations.accelerations)
    bodies = (np.repeat(one, times, axis=0) for one in (simulations.masses, simulations.charges))
    arrays = (*(one.reshape(-1, *one.shape[2:]) for one in states), *bodies)
    return Graphs(*(torch.from_numpy(one.astype(np.float32)) for one in arrays))
