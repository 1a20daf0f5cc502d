"""Haloes drawn in a log-normal density field: a mock, no simulation of gravity.

In each cell their number is Poisson's, in proportion to (1 + delta)^bias; they lie anywhere in it.
Masses, in units of the least, have the density dn/dM ~ M^-2 between 1 and
1 + heaviest (1 + delta), so that dense places have heavier haloes. Velocities are those of linear
theory, f times the displacement, in units of 100 km/s. What is to be predicted is the mean
overdensity of matter in a sphere around each halo.
"""

import numpy as np

from symbolnet.config import HaloMock
from symbolnet.distil.halos.field import Field, log_normal
from symbolnet.distil.halos.file import Halos

Array = np.ndarray


def draw(spec: HaloMock) -> Halos:
    """Draw the haloes of a mock."""
    random = np.random.default_rng(spec.seed)
    field = log_normal(spec, random)
    cells = _cells(field.delta, spec, random)
    within = np.stack(np.unravel_index(cells, field.delta.shape), axis=1)
    places = (within + random.random(within.shape)) * spec.box / spec.cells
    masses = _masses(1 + field.delta.ravel()[cells], spec, random)
    smooth = field.smoothed(spec.smoothing)
    return Halos(
        positions=places,
        velocities=spec.growth * _displacements(field, places),
        masses=masses,
        overdensities=smooth.at(smooth.delta, places),
        settings=spec,
    )


def _cells(delta: Array, spec: HaloMock, random: np.random.Generator) -> Array:
    """Draw the cell (h,) of every halo."""
    likely = (1 + delta.ravel()) ** spec.bias
    counts = random.poisson(spec.halos * likely / likely.sum())
    return np.repeat(np.arange(len(counts)), counts)


def _masses(dense: Array, spec: HaloMock, random: np.random.Generator) -> Array:
    """Draw masses (h,) at densities (h,) in units of the mean: the inverse of their share."""
    largest = 1 + spec.heaviest * dense
    drawn: Array = 1 / (1 - random.random(len(dense)) * (1 - 1 / largest))
    return drawn


def _displacements(field: Field, places: Array) -> Array:
    return np.stack([field.at(one, places) for one in field.displaced()], axis=1)
