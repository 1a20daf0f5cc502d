"""Refit of the free constants and the scale by first derivatives: of too many constants for H."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from symbolnet.expression.price import PRODUCT
from symbolnet.methods.symbolnet.constants import places_of, put_values, ridge_of, values_at
from symbolnet.methods.symbolnet.forward import Sample, function_of, tensor
from symbolnet.methods.symbolnet.units import Units

_CHUNK = 8192  # rows at a time: bounds the memory
_MEMORY = 20  # steps whose differences approximate H


class _Slopes(NamedTuple):
    """dL/d(V, b, s); by slot dL/dW of the units and inputs with free weights, dL/dc; the loss."""

    output: Tensor
    bias: Tensor
    scale: Tensor
    weight: Tensor
    shift: Tensor
    loss: Tensor


class Objective:
    """The loss with weight decay as a function of the free constants and the scale.

    What the inner weights of one add to each unit is computed once.
    """

    def __init__(self, units: Units, sample: Sample, decay: float) -> None:
        everything = places_of(units)
        self.units, self.sample = units, sample
        self.places = everything.select(~everything.fixed)
        self.ridge = np.append(ridge_of(self.places, decay, sample.likelihood.bias_decay), 0.0)
        unit, slot, column = self.places.weight.T
        self.reading, row = np.unique(unit, return_inverse=True)
        self.columns, place = np.unique(column, return_inverse=True)
        self.at = slot, row, place  # of the free weights, among units and inputs that have any
        self.x = sample.x[:, torch.from_numpy(self.columns)].contiguous()
        ones = units.weight.copy()
        ones[unit, slot, column] = 0
        self.slots = (0, 1) if (units.operator == PRODUCT).any() else (0,)
        self.base = [sample.x @ tensor(ones[:, slot].T) for slot in self.slots]

    def start(self) -> np.ndarray:
        """Return the constants as they are, (p + 1,)."""
        return np.append(values_at(self.units, self.places), self.units.scale)

    def put(self, theta: np.ndarray) -> None:
        """Write constants into the units."""
        put_values(self.units, self.places, theta[:-1])
        self.units.scale[:] = theta[-1]

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the objective and its gradient (p + 1,)."""
        self.put(theta)
        n = len(self.x)
        parts = [self._part(slice(start, start + _CHUNK)) for start in range(0, n, _CHUNK)]
        total = _Slopes(*(sum(part[1:], part[0]) for part in zip(*parts, strict=True)))
        loss = total.loss.item() / n + 0.5 * float((self.ridge * theta * theta).sum())
        return loss, self._gradient(total) / n + self.ridge * theta

    def _part(self, rows: slice) -> _Slopes:
        units, sample = self.units, self.sample.part(rows)
        values, slopes = self._values(rows)
        factor, output = units.factor, tensor(units.output)
        outputs = (values @ output + tensor(units.bias)) * factor
        response = sample.response(outputs)
        residual = sample.weighed(response.residual)
        both = torch.stack([residual @ output.T * factor * slope for slope in slopes])
        return _Slopes(
            values.T @ residual * factor,
            residual.sum(dim=0) * factor,
            (residual * outputs).sum(),
            both[:, :, torch.from_numpy(self.reading)].transpose(1, 2) @ self.x[rows],
            both.sum(dim=1),
            sample.weighed(response.losses).sum().double(),
        )

    def _values(self, rows: slice) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return values (n, u) and slopes (n, u) for the two slots, without the scale."""
        units, x = self.units, self.x[rows]
        free = np.zeros((2, len(self.reading), len(self.columns)))
        free[self.at] = units.weight[tuple(self.places.weight.T)]
        sums = [self.base[slot][rows] + tensor(units.shift[:, slot]) for slot in self.slots]
        for slot in self.slots:
            sums[slot][:, torch.from_numpy(self.reading)] += x @ tensor(free[slot].T)
        left, right = sums[0], sums[-1]
        values, slopes = torch.empty_like(left), torch.empty_like(left)
        for code in np.unique(units.operator):
            at = torch.from_numpy(np.flatnonzero(units.operator == code))
            values[:, at], slopes[:, at] = function_of(code, left[:, at], right[:, at])
        return values, (slopes, left)

    def _gradient(self, total: _Slopes) -> np.ndarray:
        output, bias, scale, weight, shift = (part.double().numpy() for part in total[:5])
        places = self.places
        parts = output[tuple(places.output.T)], bias[places.bias[:, 0]], weight[self.at]
        return np.concatenate([*parts, shift.T[tuple(places.shift.T)], [float(scale)]])


def polish(units: Units, sample: Sample, steps: int, decay: float) -> float:
    """Lower the objective by at most `steps` steps, in place; return it."""
    objective = Objective(units, sample, decay)
    limits = {"maxiter": steps, "maxcor": _MEMORY, "ftol": 1e-7, "gtol": 1e-7}
    found = minimize(objective, objective.start(), jac=True, method="L-BFGS-B", options=limits)
    objective.put(found.x)
    return float(found.fun)
