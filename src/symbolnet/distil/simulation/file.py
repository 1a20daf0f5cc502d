"""The simulations as one .npz: what networks and laws are fitted to, and judged by.

Arrays, of s simulations of n bodies at t times: `times` float64 (t,); `positions`, `velocities` and
`accelerations` float64 (s, t, n, dim); `masses` and `charges` float64 (s, n); `energy_drift`
float64 (s,), the largest |E - E0| / max(1, |E0|), of a system with drag or limit what that took;
`integrator_steps` int64 (s,); `settings` JSON text, the settings of the simulation; `contract` = 1.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.config import Simulation
from symbolnet.distil.arrays import Contract, expect

CONTRACT = Contract(1, "simulations", "a simulation", "simulate them again", "simulate again")
Array = np.ndarray
_OF_STATES = ("positions", "velocities", "accelerations")
_OF_BODIES = ("masses", "charges")


class Simulations(NamedTuple):
    """The motion of bodies, and what they are; shapes as in the file."""

    times: Array
    positions: Array
    velocities: Array
    accelerations: Array
    masses: Array
    charges: Array
    energy_drift: Array
    integrator_steps: Array
    settings: Simulation


def save_simulations(path: Path, found: Simulations) -> None:
    """Check simulations and write them atomically."""
    _check(found, path)
    CONTRACT.save(path, found._asdict())


def load_simulations(path: Path) -> Simulations:
    """Read simulations; raise InputError where they break the contract."""
    simulations = Simulations(**CONTRACT.load(path, Simulations._fields, Simulation))
    _check(simulations, path)
    return simulations


def as_told(found: Simulations) -> Simulations:
    """Return simulations as networks and libraries see them: kinds in the place of hidden charges.

    A kind is its number in the settings.
    """
    kinds = np.array(found.settings.kinds)
    if not len(kinds):
        return found
    return found._replace(charges=np.abs(found.charges[..., None] - kinds).argmin(axis=-1) * 1.0)


def _check(found: Simulations, path: Path) -> None:
    bodies = found.masses.shape
    shape = (bodies[0], len(found.times), *bodies[1:], found.settings.dimension)
    for name in _OF_STATES:
        _expect(getattr(found, name).shape == shape, path, f"{name} of {shape}", "another shape")
    _expect(found.charges.shape == bodies, path, f"charges of {bodies}", found.charges.shape)
    _expect(bodies[1:] >= (2,), path, "2 bodies at least", bodies[1:])
    for name in (*_OF_STATES, *_OF_BODIES):
        finite = bool(np.isfinite(getattr(found, name)).all())
        _expect(finite, path, f"finite {name}", "NaN or infinity")
    _expect(bool((found.masses > 0).all()), path, "masses above 0", found.masses.min())
    _check_apart(found, path)


def _check_apart(found: Simulations, path: Path) -> None:
    """Raise InputError where two bodies lie at one place: their force has no direction there."""
    x = found.positions
    for i, j in zip(*np.triu_indices(x.shape[2], 1), strict=True):
        same = (x[:, :, i] == x[:, :, j]).all(axis=-1)
        if same.any():
            k, t = (int(axis[0]) for axis in np.nonzero(same))
            where = f"bodies {i} and {j} of simulation {k} at one place, time {found.times[t]:g}"
            _expect(False, path, "bodies at different places", where)


def _expect(truth: bool, path: Path, expected: str, found: object) -> None:
    expect(truth, path, expected, found, "simulate again")
