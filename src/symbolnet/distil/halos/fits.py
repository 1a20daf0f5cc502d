"""Constants by least absolute deviations: least squares with iterated weights."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import least_squares

Array = np.ndarray
_ROUNDS = 4
_CALLS = 40  # Jacobians of a round
_FLOOR = 0.05  # of a deviation that counts, in medians
_FAR = 1e3  # medians, where a formula has no value


def least_deviations(made: Callable[[Array], Array], target: Array, start: Array) -> Array:
    """Return the constants (k,), near `start`, of the least mean |made - target|, both (h,)."""
    scale = float(np.median(np.abs(target - np.median(target)))) or 1.0

    def wrong(free: Array) -> Array:
        with np.errstate(all="ignore"):
            off = (made(free) - target) / scale
        return np.asarray(np.clip(np.nan_to_num(off, nan=_FAR), -_FAR, _FAR))

    best = free = np.asarray(start, dtype=np.float64)
    for _ in range(_ROUNDS):
        size = np.abs(wrong(free))
        weight = 1 / np.sqrt(np.maximum(size, _FLOOR * np.median(size) + 1e-12))
        free = _weighted(wrong, weight, free)
        if np.abs(wrong(free)).mean() < np.abs(wrong(best)).mean():
            best = free
    return best


def _weighted(wrong: Callable[[Array], Array], weight: Array, start: Array) -> Array:
    found = least_squares(
        lambda free: weight * wrong(free), start, x_scale="jac", max_nfev=_CALLS, xtol=1e-8
    )
    return np.asarray(found.x)


def mean_off(made: Array, target: Array) -> float:
    """Return the mean absolute error; infinite where a formula has no value."""
    found = float(np.abs(made - target).mean())
    return found if np.isfinite(found) else float("inf")
