"""The forces of the simulations: potentials of pairs, and the accelerations that follow.

As simulate.py of Cranmer et al. 2020 (arXiv:2006.11287): with r the distance and r' = r + e, where
the softening e is 0.01, a pair has the potential U(r'), and body i the acceleration -dU/dx_i / m_i.
Arrays have the simulations last, which numpy is fastest with: positions (dim, n, s), masses (n, s).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from symbolnet.config import Simulation

Array = np.ndarray
SWITCH = 2.0  # r' from which the discontinuous spring pulls
_TINY = 1e-300  # two bodies at one place have no direction: no force, not a division by zero


class Force(NamedTuple):
    """Potential and pull dU/dr' of a pair, of r', the product of masses and that of charges."""

    potential: Callable[[Array, Array, Array], Array]
    pull: Callable[[Array, Array, Array], Array]


def _switched_energy(r: Array, _mm: Array, _qq: Array) -> Array:
    """Return what is conserved; the paper's potential, 0 below the switch, jumps there."""
    rest: Array = np.maximum((r - 1) ** 2, (SWITCH - 1) ** 2)
    return rest


_SPRING = Force(lambda r, mm, qq: (r - 1) ** 2, lambda r, mm, qq: 2 * (r - 1))
FORCES = {
    "spring": _SPRING,
    "damped": _SPRING,
    "string": _SPRING,
    "r1": Force(lambda r, mm, qq: mm * np.log(r), lambda r, mm, qq: mm / r),
    "r2": Force(lambda r, mm, qq: -mm / r, lambda r, mm, qq: mm / r**2),
    "charge": Force(lambda r, mm, qq: qq / r, lambda r, mm, qq: -qq / r**2),
    "charge1": Force(lambda r, mm, qq: -qq * np.log(r), lambda r, mm, qq: -qq / r),
    "superposition": Force(lambda r, mm, qq: (qq - mm) / r, lambda r, mm, qq: (mm - qq) / r**2),
    "discontinuous": Force(
        _switched_energy, lambda r, mm, qq: np.where(r >= SWITCH, 2 * (r - 1), 0.0)
    ),
}


class System(NamedTuple):
    """What acts on the bodies of many simulations: pairs (first, second), force, drag, weight.

    `into` (n, pairs) has +1 where a pair pulls a body towards its second one, -1 for the second;
    `drag` (n, 1) is divided by the mass; `weight` pulls along -y (string); accelerations stay below
    `limit`.
    """

    force: Force
    first: Array
    second: Array
    into: Array
    softening: float
    drag: Array
    weight: float
    limit: float | None


def system_of(spec: Simulation) -> System:
    """Return the system of the settings of a simulation."""
    first, second = np.triu_indices(spec.bodies, 1)
    if spec.force == "string":  # only neighbours are tied
        near = second - first == 1
        first, second = first[near], second[near]
    pairs = np.arange(len(first))
    into = np.zeros((spec.bodies, len(first)))
    into[first, pairs], into[second, pairs] = 1.0, -1.0
    weight = 1.0 if spec.force == "string" else 0.0
    acting = FORCES[spec.force], first, second, into
    return System(*acting, spec.softening, _drag(spec), weight, spec.limit)


def _drag(spec: Simulation) -> Array:
    """Return the drag of each body.

    The paper puts x.v/n of the first body of each pair into the potential, so that body k of
    0..n-1 feels (n - 1 - k)/n; an even drag is the mean of that.
    """
    count = spec.bodies
    if spec.force != "damped":
        return np.zeros((count, 1))
    each = (count - 1 - np.arange(count))[:, None] / count
    return np.full_like(each, each.mean()) if spec.even_drag else each


def accelerations(
    system: System, positions: Array, velocities: Array, masses: Array, charges: Array
) -> Array:
    """Return the accelerations (dim, n, s) of all bodies."""
    apart = positions[:, system.second] - positions[:, system.first]
    r = np.sqrt((apart**2).sum(axis=0))
    mm, qq = (_product(system, one) for one in (masses, charges))
    pull = system.force.pull(r + system.softening, mm, qq) / np.maximum(r, _TINY)
    forces: Array = system.into @ (pull * apart)
    if system.drag.any():
        forces = forces - system.drag * velocities
    found: Array = forces / masses
    if system.weight:
        found[1] -= system.weight
    return found if system.limit is None else limited(found, system.limit)


def limited(found: Array, limit: float) -> Array:
    """Return accelerations (dim, ...) that come near a limit and do not pass it."""
    return np.asarray(found / np.sqrt(1 + (found**2).sum(axis=0) / limit**2))


def energy(
    system: System, positions: Array, velocities: Array, masses: Array, charges: Array
) -> Array:
    """Return the energy (s,) of motion and position; a drag and a limit do not keep it."""
    apart = positions[:, system.second] - positions[:, system.first]
    r = np.sqrt((apart**2).sum(axis=0)) + system.softening
    mm, qq = (_product(system, one) for one in (masses, charges))
    motion = 0.5 * masses * (velocities**2).sum(axis=0)
    height = system.weight * masses * positions[1]
    total: Array = (motion + height).sum(axis=0) + system.force.potential(r, mm, qq).sum(axis=0)
    return total


def _product(system: System, values: Array) -> Array:
    product: Array = values[system.first] * values[system.second]
    return product
