"""Levenberg-Marquardt on the free constants: the loss plus half the weight decay of theta^2."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.methods.symbolnet.constants import Places, places_of, put_values, ridge_of, values_at
from symbolnet.methods.symbolnet.forward import Pass, Sample, loss_of, run, tensor, unit_values
from symbolnet.methods.symbolnet.likelihood import CROSS_ENTROPY, Likelihood, Response
from symbolnet.methods.symbolnet.units import Units

# With p = softmax(o) and J_k = do_k/dtheta, the curvature of the cross-entropy is
# H = mean_n J^T (diag p - p p^T) J = mean_n sum_k a_k a_k^T, a_k = sqrt(p_k) (J_k - sum_l p_l J_l);
# that of quantities, whose outputs do not depend on one another, has a_k = sqrt(B_kk) J_k.
# Where rows are weighed, each term of these means is, and of the gradient and of the loss.
_CHUNK = 3000  # rows at a time: bounds the memory
_FULL = 120.0  # with more constants than this, every (constants / _FULL)-th row enters H
_TRIES = 5
_PRIOR = 0.5  # of 0.3, 0.5, 1 and 1.5 rows the best on held-out digits, with 1
_LEAST = 1e-3  # variance below which a unit is taken for one of it


class Curvature(NamedTuple):
    """H (p, p), gradient (p,) and the loss itself, without weight decay."""

    hessian: np.ndarray
    gradient: np.ndarray
    loss: float


@torch.inference_mode()  # of small samples torch's bookkeeping is a fifth of the time
def curvature(units: Units, sample: Sample, places: Places) -> Curvature:
    """Return the curvature; the gradient is of all rows, H of as many as it needs."""
    size, n = len(places.fixed), len(sample.x)
    stride = max(1, round(size / _FULL))
    kind = sample.x.dtype
    hessian, gradient = torch.zeros(size, size, dtype=kind), torch.zeros(size, dtype=kind)
    loss, rows = 0.0, 0
    for start in range(0, n, _CHUNK):
        part = sample.part(slice(start, start + _CHUNK))
        now = run(units, part.x)
        response = part.response(now.outputs)
        loss += part.weighed(response.losses).sum().item()
        outer, inner = _derivatives(now, part.x, places, units.factor)
        residual = part.weighed(response.residual)
        gradient += _gradient(units, places, residual, outer, inner)
        few = slice(None, None, stride)
        factors = _factors(units, places, response, outer, inner, few)
        if part.weight is not None:
            factors = factors * part.weight[few].sqrt()
        factors = factors.flatten(0, 1)  # also of no constants, where a view cannot infer a size
        hessian += factors.T @ factors
        rows += len(part.x[::stride])
    return Curvature(hessian.double().numpy() / rows, gradient.double().numpy() / n, loss / n)


def _index(column: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(column))


def _derivatives(now: Pass, x: Tensor, places: Places, factor: float) -> tuple[Tensor, Tensor]:
    """Return do_k/d(V, b) of the one class each is in, and dy_u/d(W, c), (n, ...)."""
    ones = torch.full((len(x), len(places.bias)), factor, dtype=x.dtype)
    outer = torch.cat([now.values[:, _index(places.output[:, 0])], ones], dim=1)
    slots = torch.stack(now.slopes)
    weight, shift = places.weight, places.shift
    inner = slots[_index(weight[:, 1]), :, _index(weight[:, 0])].T * x[:, _index(weight[:, 2])]
    return outer, torch.cat([inner, slots[_index(shift[:, 1]), :, _index(shift[:, 0])].T], dim=1)


def _inner_units(places: Places) -> Tensor:
    return _index(np.concatenate([places.weight[:, 0], places.shift[:, 0]]))


def _classes(places: Places) -> Tensor:
    return _index(np.concatenate([places.output[:, 1], places.bias[:, 0]]))


def _gradient(
    units: Units, places: Places, residual: Tensor, outer: Tensor, inner: Tensor
) -> Tensor:
    back = (residual @ tensor(units.output.T, residual.dtype))[:, _inner_units(places)]
    return torch.cat([(outer * residual[:, _classes(places)]).sum(0), (inner * back).sum(0)])


def _factors(
    units: Units, places: Places, response: Response, outer: Tensor, inner: Tensor, few: slice
) -> Tensor:
    """Return the rows a_k of some events, (k, n, p)."""
    d, outer, inner = response.diagonal[few], outer[few], inner[few]
    output, unit, classes = tensor(units.output, d.dtype), _inner_units(places), _classes(places)
    mean_outer = d[:, classes] * outer if response.coupled else 0
    mean_inner = (d @ output.T)[:, unit] if response.coupled else 0
    width = outer.shape[1]
    factors = torch.empty(d.shape[1], len(d), width + inner.shape[1], dtype=d.dtype)
    for k in range(d.shape[1]):
        root = d[:, k : k + 1].sqrt()
        factors[k, :, :width] = root * ((classes == k) * outer - mean_outer)
        factors[k, :, width:] = root * (output[unit, k] - mean_inner) * inner
    return factors


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
    now = settle(units, sample, fit, places)
    return _fitted(units, sample, places, now or curvature(units, sample, places))


def settle(units: Units, sample: Sample, fit: Fit, places: Places) -> Curvature | None:
    """Step as `refit` does; return the curvature then, None where the last step moved on from it.

    Whoever only compares the units that come out need not pay for it.
    """
    now, damping = curvature(units, sample, places), fit.damping
    unit = sample.likelihood.unit
    ridge = _ridge(units, sample, places) * unit(now.loss)
    for steps_left in reversed(range(fit.steps)):
        before = _objective(now.loss, values_at(units, places), ridge)
        damping, after = _step(units, sample, places, now, ridge, damping)
        if after is None:
            break
        if not steps_left:
            return None
        now = curvature(units, sample, places)
        if before - after < fit.tolerance * unit(now.loss):
            break
    return now


def fitted(units: Units, sample: Sample) -> Fitted:
    """Return what `refit` returns, without a step."""
    places = places_of(units)
    return _fitted(units, sample, places, curvature(units, sample, places))


def _fitted(units: Units, sample: Sample, places: Places, now: Curvature) -> Fitted:
    # Of units and loss as they are now, which is all that a resumed job knows.
    ridge = _ridge(units, sample, places) * sample.likelihood.unit(now.loss)
    return Fitted(places, _with_decay(now, values_at(units, places), ridge), sample.likelihood)


@torch.inference_mode()
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
