"""The way to one budget where inputs are many: descents, of which the best goes on by exchanges.

Too many constants for second derivatives are refitted by first ones.
"""

from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from symbolnet.expression.price import PRODUCT
from symbolnet.methods.symbolnet.constants import (
    free_constants,
    places_of,
    put_values,
    ridge_of,
    values_at,
)
from symbolnet.methods.symbolnet.descend import Descent, descend, descents_of
from symbolnet.methods.symbolnet.exchange import Extent, exchanged
from symbolnet.methods.symbolnet.forward import Sample, function_of, tensor
from symbolnet.methods.symbolnet.path import Problem, Walk
from symbolnet.methods.symbolnet.units import Units, class_nodes

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


DECAY = 1e-4  # of 1e-5, 1e-4 and 1e-3 the best on validation rows of MNIST at 100 nodes
STEPS, PILOT = 2500, 625  # of a descent, and of the trial that tells which one is worth it
_RATE = 0.02
_FIRST, _LAST = 20, 8  # steps of a refit after a descent, after an exchange
_MOVES, _MOST = 1 / 25, 1 / 6  # constants exchanged for each node of the budget, first and most
_MORE = 1.3  # times as many after an exchange that gained
_FAILURES = 5  # exchanges in a row that gain nothing, after which a budget is done
_JITTER = 0.3  # spread of the scores after a failure, so that another exchange is tried


def advance_wide(walk: Walk, nodes: float, problem: Problem, exchanges: int) -> bool:
    """Take one event: a trial, the descent, or an exchange; tell whether it made a new point."""
    sample, generator = problem.sample, problem.generator(walk.events)
    trials = descents_of(nodes, problem.operators)
    event = walk.events
    walk.events += 1
    if event < len(trials):
        _try(walk, event, trials[event], sample, generator)
        return False
    if event == len(trials):
        _begin(walk, trials[int(walk.mark)], sample, generator)
        walk.mark = max(3.0, nodes * _MOVES)
        return True
    found = _exchange(walk, nodes, sample, generator)
    walk.done = walk.failures >= _FAILURES or event >= len(trials) + exchanges
    return found


def _cost(units: Units, sample: Sample, steps: int) -> float:
    """Refit in place and return the loss that other rows are expected to have.

    Each free constant flatters the training rows by 1 / n in the mean (Akaike): products, whose
    weights are free, have several times as many as sums of ones.
    """
    return polish(units, sample, steps, DECAY) + free_constants(units) / len(sample.x)


def _try(
    walk: Walk, number: int, trial: Descent, sample: Sample, generator: np.random.Generator
) -> None:
    """Take a short descent; the walk remembers the number of the best so far."""
    units = descend(trial, sample, PILOT, _RATE, generator)
    loss = _cost(units, sample, _LAST)
    if walk.units is None or loss < walk.loss:
        walk.units, walk.loss, walk.mark = units, loss, float(number)


def _begin(walk: Walk, best: Descent, sample: Sample, generator: np.random.Generator) -> None:
    """Take the whole descent; one that ends worse than its trial is left for that."""
    units = descend(best, sample, STEPS, _RATE, generator)
    loss = _cost(units, sample, _FIRST)
    if loss < walk.loss:
        walk.units, walk.loss = units, loss


def _exchange(walk: Walk, nodes: float, sample: Sample, generator: np.random.Generator) -> bool:
    assert walk.units is not None
    outputs = sample.target.shape[1]
    spare = int(outputs * nodes - class_nodes(walk.units).sum())
    extent = Extent(int(walk.mark), jitter=_JITTER * (walk.failures > 0))
    units = exchanged(walk.units, sample, spare, extent, generator)
    loss = _cost(units, sample, _LAST)
    if not loss < walk.loss - 1e-6:
        walk.failures, walk.mark = walk.failures + 1, max(1.0, walk.mark / 2)
        return False
    walk.units, walk.loss, walk.failures = units, loss, 0
    walk.mark = min(max(12.0, nodes * _MOST), walk.mark * _MORE)
    return True


def polish(units: Units, sample: Sample, steps: int, decay: float) -> float:
    """Lower the objective by at most `steps` steps, in place; return it."""
    objective = Objective(units, sample, decay)
    limits = {"maxiter": steps, "maxcor": _MEMORY, "ftol": 1e-7, "gtol": 1e-7}
    found = minimize(objective, objective.start(), jac=True, method="L-BFGS-B", options=limits)
    objective.put(found.x)
    return float(found.fun)
