"""The units that a training and the hardware see the quantities of a regression in."""

from typing import NamedTuple

import numpy as np

# Deviations of train that a mean may be away from 0 and still stay in the formula. Measured: up to
# 1.8 a sparse network learns its constant at a loss of 0.01 of R2, beyond 2.5 it may lose it.
_FAR = 2.0


class Quantities(NamedTuple):
    """A quantity is mean + scale * reduced; both (k,) float64, of k targets."""

    mean: np.ndarray
    scale: np.ndarray

    def moved_if_far(self) -> "Quantities":
        """Return the same without the means that are near 0, which then stay where they are.

        A law such as 2.1 a b has no constant: about its mean it would need one, exactly.
        """
        far = np.abs(self.mean) > _FAR * self.scale
        return self._replace(mean=np.where(far, self.mean, 0.0))

    def reduced(self, values: np.ndarray) -> np.ndarray:
        """Return values (n, k) in units in which train has mean 0 and deviation 1."""
        result: np.ndarray = (values - self.mean) / self.scale
        return result

    def restored(self, reduced: np.ndarray) -> np.ndarray:
        """Return reduced values (n, k) in their own units."""
        result: np.ndarray = reduced * self.scale + self.mean
        return result


def quantities_of(values: np.ndarray) -> Quantities:
    """Return the mean and the deviation of the targets (n, k) of train; 1 where one is constant.

    Squares are taken of shares of the largest value, since those of 1e200 have no float64.
    """
    values = np.asarray(values, np.float64)
    top = np.abs(values).max(axis=0)
    top = np.where(top > 0, top, 1.0)
    shares = values / top
    spread = shares.std(axis=0) * top
    varies = (np.ptp(shares, axis=0) > 0) & (spread > 0)
    return Quantities(shares.mean(axis=0) * top, np.where(varies, spread, 1.0))
