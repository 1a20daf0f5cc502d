"""Haloes drawn in a log-normal density field: a mock, no simulation of gravity.

The field fills a periodic box, after Coles and Jones 1991 (MNRAS 248, 1): 1 + delta =
exp(g) / <exp(g)>. The correlation of the normal field g is ln(1 + xi) with xi that of the linear
power spectrum (Bardeen, Bond, Kaiser and Szalay 1986, equation G3), so that delta has this
spectrum, but for what is negative in that of g. In each cell the number of haloes is Poisson's, in
proportion to (1 + delta)^bias; they lie anywhere in it. Masses, in units of the least, have the
density dn/dM ~ M^-2 between 1 and 1 + heaviest (1 + delta), so that dense places have heavier
haloes. Velocities are those of linear theory, f times the displacement, in units of 100 km/s. What
is to be predicted is the mean overdensity of matter in a sphere around each halo.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import map_coordinates

from symbolnet.config import HaloMock
from symbolnet.distil.halos.file import Halos

Array = np.ndarray

_SPHERE = 8.0  # Mpc/h, of sigma8


class Field(NamedTuple):
    """The overdensity (n, n, n) of cells, whose middles lie at (i + 1/2) side / n."""

    delta: Array
    side: float

    def smoothed(self, radius: float) -> "Field":
        """Return the mean overdensity of a sphere around every cell."""
        size = np.sqrt(sum(k**2 for k in _waves(len(self.delta), self.side)))
        return self._replace(delta=self._times(of_sphere(size * radius)))

    def displaced(self) -> Array:
        """Return the linear displacement (3, n, n, n) in Mpc/h: i k delta_k / k^2."""
        waves = _waves(len(self.delta), self.side)
        square = np.asarray(sum(k**2 for k in waves))
        square[0, 0, 0] = 1.0
        return np.stack([self._times(1j * k / square) for k in waves])

    def at(self, values: Array, places: Array) -> Array:
        """Return values of cells at places (h, 3), linear between the middles of cells."""
        within = places.T / self.side * len(values) - 0.5
        found: Array = map_coordinates(values, within, order=1, mode="grid-wrap")
        return found

    def _times(self, window: Array) -> Array:
        made: Array = np.fft.irfftn(
            np.fft.rfftn(self.delta) * window, self.delta.shape, axes=(0, 1, 2)
        )
        return made


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


def log_normal(spec: HaloMock, random: np.random.Generator) -> Field:
    """Draw a field."""
    grid = (spec.cells,) * 3
    white = np.fft.rfftn(random.standard_normal(grid))
    per_cell = (spec.cells / spec.box) ** 3
    normal = np.fft.irfftn(white * np.sqrt(_normal_power(spec) * per_cell), grid, axes=(0, 1, 2))
    dense = np.exp(normal)
    return Field(dense / dense.mean() - 1, spec.box)


def _normal_power(spec: HaloMock) -> Array:
    """Return the spectrum of g on the grid of wave numbers, (n, n, n/2 + 1)."""
    grid, per_cell = (spec.cells,) * 3, (spec.cells / spec.box) ** 3
    size = np.sqrt(sum(k**2 for k in _waves(spec.cells, spec.box)))
    linear = power(size, spec)
    linear[0, 0, 0] = 0.0
    correlation = np.fft.irfftn(linear, grid, axes=(0, 1, 2)) * per_cell
    found = np.fft.rfftn(np.log1p(correlation)).real / per_cell
    found[0, 0, 0] = 0.0
    clipped: Array = np.maximum(found, 0.0)
    return clipped


def _waves(cells: int, side: float) -> list[Array]:
    """Return the wave numbers along x, y and z, in h/Mpc, as arrays that broadcast."""
    whole = 2 * np.pi * np.fft.fftfreq(cells, side / cells)
    half = 2 * np.pi * np.fft.rfftfreq(cells, side / cells)
    return [whole[:, None, None], whole[None, :, None], half[None, None, :]]


def transfer(k: Array, shape: float) -> Array:
    """Return T(q), q = k / shape, of wave numbers in h/Mpc: cold dark matter, adiabatic."""
    q = np.maximum(k / shape, 1e-12)
    inner = 1 + 3.89 * q + (16.1 * q) ** 2 + (5.46 * q) ** 3 + (6.71 * q) ** 4
    found: Array = np.log(1 + 2.34 * q) / (2.34 * q) * inner**-0.25
    return found


def of_sphere(x: Array) -> Array:
    """Return the Fourier transform 3 (sin x - x cos x) / x^3 of a sphere, x = k radius."""
    safe = np.maximum(x, 1e-3)
    found: Array = np.where(
        x < 1e-3, 1 - x**2 / 10, 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3
    )
    return found


def power(k: Array, spec: HaloMock) -> Array:
    """Return P(k) in (Mpc/h)^3, of deviation sigma8 before the cutoff exp(-(k cutoff)^2)."""
    fine = np.geomspace(1e-4, 30.0, 4000)
    spheres = fine**2 * _bare(fine, spec) * of_sphere(_SPHERE * fine) ** 2 / (2 * np.pi**2)
    scale = spec.sigma8**2 / np.trapezoid(spheres, fine)
    found: Array = scale * _bare(k, spec) * np.exp(-((k * spec.cutoff) ** 2))
    return found


def _bare(k: Array, spec: HaloMock) -> Array:
    found: Array = k**spec.index * transfer(k, spec.shape) ** 2
    return found
