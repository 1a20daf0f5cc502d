"""The motion that a network or a law predicts, from the first states of given simulations."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from symbolnet.config import JudgeSpec
from symbolnet.distil.laws.motion import LawOfMotion, motion_of
from symbolnet.distil.networks.graphs import Graphs
from symbolnet.distil.networks.store import Trained
from symbolnet.distil.simulation.file import Simulations
from symbolnet.distil.simulation.integrate import integrate

Array = np.ndarray
# Accelerations (s, n, dim) of places, velocities, and the numbers (s,) of the simulations.
Pull = Callable[[Array, Array, Array], Array]
# A network of ReLU has kinks: the step would shrink at each, and its own error is far larger.
_ROUGH = 1e-4


class Path(NamedTuple):
    """Places (s, t, n, dim), NaN after a stop, and which simulations (s,) reached the end."""

    positions: Array
    finished: Array


def follow(found: Simulations, pull: Pull, spec: JudgeSpec, rough: bool) -> Path:
    """Follow the first simulations under other accelerations, at most `max_steps` of them."""
    count = min(spec.rollouts, len(found.masses))
    shape = found.positions.shape[2:]
    first = np.stack((found.positions[:count, 0], found.velocities[:count, 0]))

    def slope(state: Array, which: Array) -> Array:
        places, velocities = state.T.reshape(-1, 2, *shape).swapaxes(0, 1)
        moved = np.stack((velocities, pull(places, velocities, which)), axis=1)
        return moved.reshape(len(which), -1).T

    start = first.swapaxes(0, 1).reshape(count, -1).T
    tolerance = _ROUGH if rough else found.settings.tolerance
    path = integrate(slope, start, found.times, tolerance, spec.max_steps)
    places = path.states.transpose(2, 0, 1).reshape(count, len(found.times), 2, *shape)[:, :, 0]
    return Path(places, path.finished)


def law_slope(law: LawOfMotion, found: Simulations) -> Pull:
    """Return the accelerations of a law."""

    def pull(places: Array, velocities: Array, which: Array) -> Array:
        masses, charges = found.masses[which], found.charges[which]
        return law.accelerations(motion_of(places, velocities, places, masses, charges))

    return pull


def network_slope(network: Trained, found: Simulations) -> Pull:
    """Return the accelerations of a network of one member."""

    def pull(places: Array, velocities: Array, which: Array) -> Array:
        arrays = (places, velocities, places, found.masses[which], found.charges[which])
        graphs = Graphs(*(torch.from_numpy(one.astype(np.float32)) for one in arrays))
        return network.accelerations(graphs)[0].numpy().astype(np.float64)

    return pull
