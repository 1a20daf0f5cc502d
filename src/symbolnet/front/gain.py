"""What the loss falls by, to second order, where a unit enters an output: g^2 / (2 h) of growth."""

import numpy as np
from torch import Tensor

from symbolnet.front.forward import Sample, unit_values
from symbolnet.front.units import Units

TINY = 1e-7  # least curvature: a candidate that hardly varies promises nothing
_VALUES = 2**27  # values of units that are held at a time: half a gigabyte


def gains_of(units: Units, sample: Sample, p: Tensor) -> np.ndarray:
    """Return the gains (u, k) of units on a sample; its classes now have probabilities p (n, k)."""
    count, step = len(units.operator), max(1, _VALUES // len(sample.x))
    parts = [
        gains(unit_values(units.part(slice(start, start + step)), sample.x)[0], p, sample)
        for start in range(0, count, step)
    ]
    return np.concatenate([np.zeros((0, p.shape[1])), *parts])


def gains(values: Tensor, p: Tensor, sample: Sample) -> np.ndarray:
    """Return the gains (u, k) of values (n, u); a constant has none, whatever the rounding says."""
    n, residual = len(p), sample.weighed(p - sample.target)
    weight = sample.weighed(p * (1 - p))
    mean = values.T @ weight / weight.sum(dim=0)
    slope = values.T @ residual / n - mean * residual.mean(dim=0)
    variance = (values * values).T @ weight / n - mean * mean * weight.mean(dim=0)
    found = (slope**2 / (2 * variance.clamp(min=TINY))).double().numpy()
    return found * (values.amax(dim=0) > values.amin(dim=0)).numpy()[:, None]
