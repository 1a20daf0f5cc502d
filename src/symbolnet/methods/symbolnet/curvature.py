"""Loss, gradient and Gauss-Newton curvature of all constants.

With p = softmax(o) and J_k = do_k/dtheta, the curvature of the cross-entropy is
H = mean_n J^T (diag p - p p^T) J = mean_n sum_k a_k a_k^T, a_k = sqrt(p_k) (J_k - sum_l p_l J_l);
that of quantities, whose outputs do not depend on one another, has a_k = sqrt(B_kk) J_k.
Where rows are weighed, each term of these means is, and of the gradient and of the loss.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.methods.symbolnet.constants import Places
from symbolnet.methods.symbolnet.forward import Pass, Sample, run, tensor
from symbolnet.methods.symbolnet.likelihood import Response
from symbolnet.methods.symbolnet.units import Units

_CHUNK = 3000  # rows at a time: bounds the memory
_FULL = 120.0  # with more constants than this, every (constants / _FULL)-th row enters H


class Curvature(NamedTuple):
    """H (p, p), gradient (p,) and the loss itself, without weight decay."""

    hessian: np.ndarray
    gradient: np.ndarray
    loss: float


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
