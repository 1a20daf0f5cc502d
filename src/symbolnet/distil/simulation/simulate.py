"""The motion of bodies from random first states, and how well their energy is kept."""

import numpy as np

from symbolnet.config import Simulation
from symbolnet.distil.simulation.file import Simulations
from symbolnet.distil.simulation.forces import System, accelerations, energy, system_of
from symbolnet.distil.simulation.integrate import Path, integrate
from symbolnet.errors import InputError
from symbolnet.progress import counted

Array = np.ndarray
_TOGETHER = 500  # simulations of one batch: more would not fit into a processor's cache


def simulate(spec: Simulation) -> Simulations:
    """Return the motion of all simulations; raise InputError where one cannot be followed."""
    system, times = system_of(spec), _times(spec)
    masses, charges, states = first_states(spec)
    batches = range(0, spec.simulations, _TOGETHER)
    paths = []
    for low in counted(batches, "batches of simulations"):
        some = slice(low, low + _TOGETHER)
        bodies = masses[:, some], charges[:, some]
        paths.append(move(system, *bodies, states[:, some], times, spec))
    whole = Path(*(np.concatenate(parts, axis=-1) for parts in zip(*paths, strict=True)))
    _check(whole, times, spec)
    return _simulations(system, whole, masses, charges, times, spec)


def _times(spec: Simulation) -> Array:
    kept: Array = np.arange(0, spec.steps + 1, spec.keep_every) * spec.time_of_step
    return kept


def first_states(spec: Simulation) -> tuple[Array, Array, Array]:
    """Draw masses (n, s), charges (n, s) and first states (2 dim n, s).

    As the paper: positions and velocities N(0, 1), masses exp(N(0, 1)), charges +1 or -1, or those
    of kinds. A string lies along x at first, its nodes one apart and half as far off their places.
    """
    random = np.random.default_rng(spec.seed)
    shape = (spec.bodies, spec.simulations)
    states = random.standard_normal((2, spec.dimension, *shape)) * spec.spread
    if spec.force == "string":
        states[0] *= 0.5
        states[0, 0] += np.arange(spec.bodies)[:, None]
    masses = np.exp(random.standard_normal(shape))
    if spec.kinds:
        charges = random.choice(spec.kinds, shape)
    else:
        charges = np.where(random.random(shape) < 0.5, -1.0, 1.0)
    return masses, charges, states.reshape(-1, spec.simulations)


def move(
    system: System, masses: Array, charges: Array, start: Array, times: Array, spec: Simulation
) -> Path:
    """Follow the bodies of some simulations, as many as `start` (2 dim n, s) has columns."""

    def slope(state: Array, which: Array) -> Array:
        positions, velocities = _parts(state, spec)
        found = accelerations(system, positions, velocities, masses[:, which], charges[:, which])
        return np.concatenate((velocities, found)).reshape(state.shape)

    return integrate(slope, start, times, spec.tolerance, spec.max_steps)


def _parts(state: Array, spec: Simulation) -> Array:
    """Return positions and velocities (2, dim, n, s) of states (2 dim n, s)."""
    return state.reshape(2, spec.dimension, spec.bodies, -1)


def _check(path: Path, times: Array, spec: Simulation) -> None:
    (lost,) = np.nonzero(~path.finished)
    if len(lost):
        k = int(lost[0])
        reached = times[np.isfinite(path.states[:, 0, k]).sum() - 1]
        found = (
            f"{len(lost)} of {len(path.finished)} that stopped, number {k} at {reached:g} after"
            f" {path.steps[k]} steps"
        )
        do = "ask for fewer steps, a larger softening or more max_steps"
        raise InputError(f"simulations that reach the time {times[-1]:g}", found, do)


def _simulations(
    system: System, path: Path, masses: Array, charges: Array, times: Array, spec: Simulation
) -> Simulations:
    states = [_parts(one, spec) for one in path.states]
    forces = [accelerations(system, x, v, masses, charges) for x, v in states]
    energies = np.stack([energy(system, x, v, masses, charges) for x, v in states])
    drift = np.abs(energies - energies[0]) / np.maximum(1.0, np.abs(energies[0]))
    return Simulations(
        times=times,
        positions=_first_simulations([one[0] for one in states]),
        velocities=_first_simulations([one[1] for one in states]),
        accelerations=_first_simulations(forces),
        masses=np.ascontiguousarray(masses.T),
        charges=np.ascontiguousarray(charges.T),
        energy_drift=drift.max(axis=0),
        integrator_steps=path.steps,
        settings=spec,
    )


def _first_simulations(states: list[Array]) -> Array:
    """Return arrays (dim, n, s), one for each time, as (s, t, n, dim)."""
    return np.ascontiguousarray(np.stack(states).transpose(3, 0, 2, 1))
