"""Levenberg-Marquardt on the free constants: the loss plus half the weight decay of theta^2."""

from typing import NamedTuple

import numpy as np

from symbolnet.methods.symbolnet.constants import Places, places_of, put_values, ridge_of, values_at
from symbolnet.methods.symbolnet.curvature import Curvature, curvature
from symbolnet.methods.symbolnet.forward import Sample, loss_of, unit_values
from symbolnet.methods.symbolnet.likelihood import CROSS_ENTROPY, Likelihood
from symbolnet.methods.symbolnet.units import Units

_TRIES = 5
_PRIOR = 0.5  # of 0.3, 0.5, 1 and 1.5 rows the best on held-out digits, with 1
_LEAST = 1e-3  # variance below which a unit is taken for one of it


class Fit(NamedTuple):
    """How often to step, the first damping, and the gain (in units of the loss) that ends it."""

    steps: int = 3
    damping: float = 1e-3
    tolerance: float = 1e-5


class Fitted(NamedTuple):
    """The places of the constants, and the curvature there with weight decay in H and gradient."""

    places: Places
    curvature: Curvature
    likelihood: Likelihood = CROSS_ENTROPY


def refit(units: Units, sample: Sample, fit: Fit, places: Places | None = None) -> Fitted:
    """Step until the objective gains no more; the units are changed in place.

    `places` are the constants to be told of, all that are alive by default; those that it calls
    fixed keep their value.
    """
    places = places_of(units) if places is None else places
    now, damping = curvature(units, sample, places), fit.damping
    unit = sample.likelihood.unit
    ridge = _ridge(units, sample, places) * unit(now.loss)
    for _ in range(fit.steps):
        before = _objective(now.loss, values_at(units, places), ridge)
        damping, after = _step(units, sample, places, now, ridge, damping)
        if after is None:
            break
        now = curvature(units, sample, places)
        if before - after < fit.tolerance * unit(now.loss):
            break
    # Of units and loss as they are now, which is all that a resumed job knows.
    ridge = _ridge(units, sample, places) * unit(now.loss)
    return Fitted(places, _with_decay(now, values_at(units, places), ridge), sample.likelihood)


def fitted(units: Units, sample: Sample) -> Fitted:
    """Return what `refit` returns, without a step."""
    return refit(units, sample, Fit(steps=0))


def _ridge(units: Units, sample: Sample, places: Places) -> np.ndarray:
    """Return the weight decay of each constant, as a share of the loss's unit.

    It is that of a prior: what a unit adds to an output has a deviation of 1 / sqrt(_PRIOR). So it
    is `_PRIOR` / n for coefficients of units of variance 1, and means the same in any unit of y.
    """
    rows = len(sample.x) * sample.multiple
    decay = ridge_of(places, _PRIOR / rows, sample.likelihood.bias_decay)
    values = unit_values(units, sample.x)[0]
    variance = (values - values.mean(dim=0)).square().mean(dim=0).double().numpy()
    decay[: len(places.output)] *= np.maximum(variance, _LEAST)[places.output[:, 0]]
    return decay


def _with_decay(now: Curvature, theta: np.ndarray, ridge: np.ndarray) -> Curvature:
    return Curvature(now.hessian + np.diag(ridge), now.gradient + ridge * theta, now.loss)


def _objective(loss: float, theta: np.ndarray, ridge: np.ndarray) -> float:
    return loss + 0.5 * float((ridge * theta * theta).sum())


def _step(
    units: Units,
    sample: Sample,
    places: Places,
    now: Curvature,
    ridge: np.ndarray,
    damping: float,
) -> tuple[float, float | None]:
    """Take one step that lowers the objective; None (and nothing changed) where there is none."""
    theta, free = values_at(units, places), ~places.fixed
    before = _objective(now.loss, theta, ridge)
    slope = (now.gradient + ridge * theta)[free]
    hessian = now.hessian[np.ix_(free, free)]
    for _ in range(_TRIES):
        scale = ridge[free] + damping * (np.diag(hessian) + 1e-4)
        new = theta.copy()
        new[free] -= np.linalg.solve(hessian + np.diag(scale), slope)
        put_values(units, places, new)
        after = _objective(loss_of(units, sample), new, ridge)
        if after < before:
            return max(0.2 * damping, 1e-6), after
        damping *= 10 if np.isfinite(after) else 100
    put_values(units, places, theta)
    return damping, None
