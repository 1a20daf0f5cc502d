"""Optimal Brain Surgeon, per node: take out what costs least loss for each node saved.

Setting constant q to v in {0, 1}, with all free constants moving along, raises the quadratic model
by (v - theta_q)^2 / (2 [H^-1]_qq); they move by H^-1 e_q (v - theta_q) / [H^-1]_qq, and H^-1 loses
row and column q by a rank-1 downdate. A constant that is fixed at one already is removed at
-g_q + S_q / 2, S the Schur complement of the free ones.
"""

from dataclasses import dataclass, replace

import numpy as np

from symbolnet.expression.price import IDENTITY, PRODUCT, SQUARE, coefficient_nodes, unit_nodes
from symbolnet.methods.symbolnet.constants import Places, put_values, values_at
from symbolnet.methods.symbolnet.refit import Fitted
from symbolnet.methods.symbolnet.units import ONE, PRUNED, Units, class_nodes, counts_of, term_nodes

# Damping of H. Without much of it, moves of inner constants leave the region where the quadratic
# model holds, and the loss explodes.
_OUTER, _INNER = 3e-5, 1e-2
_NOTHING = 1e-9  # stands for the nodes saved where there are none


@dataclass
class Surgeon:
    """An operation in progress on `units`; `inverse` is zero outside the free constants."""

    units: Units
    places: Places
    theta: np.ndarray
    hessian: np.ndarray
    gradient: np.ndarray
    inverse: np.ndarray
    live: np.ndarray
    fixed: np.ndarray
    has_ones: bool = True

    @property
    def free(self) -> np.ndarray:
        """Constants that are neither removed nor fixed."""
        result: np.ndarray = self.live & ~self.fixed
        return result

    def copy(self) -> "Surgeon":
        """Return an operation that goes on independently."""
        own = {name: getattr(self, name).copy() for name in ("theta", "inverse", "live", "fixed")}
        return replace(self, units=self.units.copy(), **own)

    def scores(self) -> np.ndarray:
        """Return the promised loss per node of setting each constant to 0 and to 1, (2 p,)."""
        zero = self._loss_of_zero() / np.maximum(saved_by_zero(self), _NOTHING)
        saved = saved_by_one(self)
        diagonal = np.maximum(np.diag(self.inverse), 1e-12)
        one = 0.5 * (self.theta - 1) ** 2 / diagonal / np.maximum(saved, _NOTHING)
        zero[~self.live | _kept_alive(self)] = np.inf
        one[~self.free | (saved <= 0)] = np.inf
        return np.concatenate([zero, one])

    def operate(self, choice: int) -> None:
        """Carry out one entry of `scores`."""
        value, q = divmod(choice, len(self.theta))
        self._move(q, float(value))
        self.theta[q], self.fixed[q], self.live[q] = value, True, bool(value)
        self._mark(q, ONE if value else PRUNED)
        self._drop_unused()

    def fix(self, q: int, value: float) -> None:
        """Give a free constant its last value, all free ones moving along."""
        self._move(q, value)
        self.theta[q], self.fixed[q] = value, True

    def close(self) -> Units:
        """Write the constants back and return the units that are still used."""
        put_values(self.units, self.places, np.where(self.live, self.theta, 0.0))
        self.units.select(self.units.uses > 0)
        return self.units

    def _loss_of_zero(self) -> np.ndarray:
        diagonal = np.maximum(np.diag(self.inverse), 1e-12)
        loss = 0.5 * self.theta**2 / diagonal
        ones, free = np.flatnonzero(self.live & self.fixed), np.flatnonzero(self.free)
        if len(ones):
            across = self.hessian[np.ix_(ones, free)]
            inside = self.inverse[np.ix_(free, free)]
            schur = np.diag(self.hessian)[ones] - ((across @ inside) * across).sum(axis=1)
            loss[ones] = np.maximum(-self.gradient[ones] + 0.5 * schur, 0)
        return loss

    def _move(self, q: int, value: float) -> None:
        change = value - self.theta[q]
        if self.fixed[q]:
            free = np.flatnonzero(self.free)
            pull = self.inverse[np.ix_(free, free)] @ self.hessian[free, q]
            self.theta[free] -= pull * change
        else:
            column = self.inverse[:, q]
            self.theta += column / column[q] * change
            self._downdate(q)

    def _downdate(self, q: int) -> None:
        column = self.inverse[:, q].copy()
        self.inverse -= np.outer(column, column) / column[q]
        self.inverse[q, :] = self.inverse[:, q] = 0

    def _mark(self, q: int, state: int) -> None:
        section = int(np.searchsorted(self.places.ends, q, side="right"))
        place = self.places[section][q - (self.places.ends[section - 1] if section else 0)]
        states = ("output_state", "bias_state", "weight_state", "shift_state")
        getattr(self.units, states[section])[tuple(place)] = state

    def _drop_unused(self) -> None:
        """Take the inner constants of units that no output uses any more out of the model."""
        unit = np.concatenate([self.places.weight[:, 0], self.places.shift[:, 0]])
        unused = self.live.copy()
        unused[: self.places.outer] = False
        unused[self.places.outer :] &= self.units.uses[unit] == 0
        for q in np.flatnonzero(unused):
            if not self.fixed[q]:
                self._downdate(int(q))
        self.live &= ~unused
        self.fixed |= unused


def surgeon(units: Units, state: Fitted) -> Surgeon:
    """Begin an operation on a copy of `units`, whose curvature is given."""
    places = state.places
    size, free = len(places.fixed), np.flatnonzero(~places.fixed)
    damping = np.repeat([_OUTER, _INNER], [places.outer, size - places.outer])
    hessian = state.curvature.hessian + np.diag(damping)
    inverse = np.zeros((size, size))
    inverse[np.ix_(free, free)] = np.linalg.inv(hessian[np.ix_(free, free)])
    theta, live = values_at(units, places), np.ones(size, bool)
    gradient, ones = state.curvature.gradient, state.likelihood.has_ones
    return Surgeon(
        units.copy(), places, theta, hessian, gradient, inverse, live, places.fixed.copy(), ones
    )


def cut(operation: Surgeon, nodes: float) -> Units:
    """Operate until `nodes` nodes (of all outputs together) are saved, or nothing is left."""
    start = class_nodes(operation.units).sum()
    while start - class_nodes(operation.units).sum() < nodes:
        scores = operation.scores()
        best = int(np.argmin(scores))
        if not np.isfinite(scores[best]):
            break
        operation.operate(best)
    return operation.close()


def _inner(operation: Surgeon) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return unit and slot of every weight and every shift."""
    weight, shift = operation.places.weight, operation.places.shift
    return weight[:, 0], weight[:, 1], shift[:, 0], shift[:, 1]


def saved_by_zero(operation: Surgeon) -> np.ndarray:
    """Return the nodes that each constant saves when it is set to 0, (p,)."""
    units, places = operation.units, operation.places
    unit, slot, shift_unit, shift_slot = _inner(operation)
    frozen = operation.fixed[places.outer : places.outer + len(unit)]
    weights = _saved(units, unit, slot, (frozen - 1, -1 * frozen, 0))
    shifts = _saved(units, shift_unit, shift_slot, (0, 0, -1))
    outputs = term_nodes(units)[tuple(places.output.T)]
    return np.concatenate([outputs, np.ones(len(places.bias)), weights, shifts])


def saved_by_one(operation: Surgeon) -> np.ndarray:
    """Return the nodes that each constant saves when it is set to 1, (p,)."""
    units, places = operation.units, operation.places
    unit, slot, shift_unit, _ = _inner(operation)
    outputs = coefficient_nodes(units.operator)[places.output[:, 0]] * operation.has_ones
    weights = _saved(units, unit, slot, (-1, 1, 0))
    return np.concatenate([outputs, np.zeros(len(places.bias)), weights, np.zeros(len(shift_unit))])


def _saved(
    units: Units, unit: np.ndarray, slot: np.ndarray, change: tuple[np.ndarray | int, ...]
) -> np.ndarray:
    """Return the nodes that changes of the counts (free, ones, shift) in single slots save."""
    before = tuple(count[unit] for count in counts_of(units))
    after = tuple(count.copy() for count in before)
    for count, difference in zip(after, change, strict=True):
        count[np.arange(len(unit)), slot] += difference
    operator = units.operator[unit]
    saved: np.ndarray = unit_nodes(operator, before) - unit_nodes(operator, after)
    saved *= units.uses[unit]
    return saved


def _kept_alive(operation: Surgeon) -> np.ndarray:
    """Tell what must not be removed: last terms of a sum, and the one that carries its scale."""
    units, places = operation.units, operation.places
    unit, slot, _, _ = _inner(operation)
    terms = (units.weight_state[unit, slot] > PRUNED).sum(axis=1)
    frozen = operation.fixed[places.outer : places.outer + len(unit)]
    scaled = np.isin(units.operator[unit], (SQUARE, PRODUCT, IDENTITY)) & frozen
    kept = np.zeros(len(operation.theta), bool)
    kept[places.outer : places.outer + len(unit)] = (terms <= 1) | scaled
    return kept
