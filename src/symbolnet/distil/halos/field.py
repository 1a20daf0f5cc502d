"""A log-normal density field in a periodic box, after Coles and Jones 1991 (MNRAS 248, 1).

1 + delta = exp(g) / <exp(g)>. The correlation of the normal field g is ln(1 + xi) with xi that of
the linear power spectrum, so that delta has this spectrum, but for what is negative in that of g.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import map_coordinates

from symbolnet.config import HaloMock
from symbolnet.distil.halos.spectrum import of_sphere, power

Array = np.ndarray


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
