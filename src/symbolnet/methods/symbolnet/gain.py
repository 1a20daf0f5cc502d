"""What the loss falls by, to second order, where a unit enters an output: g^2 / (2 h) of growth."""

import numpy as np
from torch import Tensor

from symbolnet.methods.symbolnet.forward import Sample, unit_values
from symbolnet.methods.symbolnet.likelihood import Response
from symbolnet.methods.symbolnet.units import Units

TINY = 1e-7  # least curvature: a candidate that hardly varies promises nothing
_BYTES = 2**29  # of values of units that are held at a time


def gains_of(units: Units, sample: Sample, now: Response) -> np.ndarray:
    """Return the gains (u, k) of units on a sample, where the loss is as it is now."""
    count, step = len(units.operator), max(1, _BYTES // (sample.x.itemsize * len(sample.x)))
    parts = [
        gains(unit_values(units.part(slice(start, start + step)), sample.x)[0], now, sample)
        for start in range(0, count, step)
    ]
    return np.concatenate([np.zeros((0, sample.target.shape[1])), *parts])


def gains(values: Tensor, now: Response, sample: Sample) -> np.ndarray:
    """Return the gains (u, k) of values (n, u); a constant has none, whatever the rounding says."""
    n, residual = len(values), sample.weighed(now.residual)
    weight = sample.weighed(now.bend)
    mean = values.T @ weight / weight.sum(dim=0)
    slope = values.T @ residual / n - mean * residual.mean(dim=0)
    variance = (values * values).T @ weight / n - mean * mean * weight.mean(dim=0)
    found = (slope**2 / (2 * variance.clamp(min=TINY))).double().numpy()
    return found * (values.amax(dim=0) > values.amin(dim=0)).numpy()[:, None]
