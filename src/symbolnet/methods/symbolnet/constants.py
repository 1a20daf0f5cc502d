"""All constants that are not pruned as one vector theta: outputs, biases, weights, shifts."""

from typing import NamedTuple

import numpy as np

from symbolnet.methods.symbolnet.units import ONE, PRUNED, Units


class Places(NamedTuple):
    """Where each constant stands in its array, one row a constant; `fixed` are those of one.

    Weights and shifts of units that no output uses are left out.
    """

    output: np.ndarray
    bias: np.ndarray
    weight: np.ndarray
    shift: np.ndarray
    fixed: np.ndarray

    @property
    def ends(self) -> np.ndarray:
        """Ends of the four sections in theta."""
        return np.cumsum([len(part) for part in self[:4]])

    @property
    def outer(self) -> int:
        """Number of outputs and biases: the constants that the outputs are linear in."""
        return len(self.output) + len(self.bias)

    def select(self, keep: np.ndarray) -> "Places":
        """Return the places of a mask (p,)."""
        masks = np.split(keep, self.ends[:-1])
        arrays = (self.output, self.bias, self.weight, self.shift)
        output, bias, weight, shift = (a[m] for a, m in zip(arrays, masks, strict=True))
        return Places(output, bias, weight, shift, self.fixed[keep])


def places_of(units: Units) -> Places:
    """Return the places of all constants that are not pruned."""
    used = units.uses > 0
    parts = (
        np.argwhere(units.output_state > PRUNED),
        np.argwhere(units.bias_state > PRUNED),
        np.argwhere((units.weight_state > PRUNED) & used[:, None, None]),
        np.argwhere((units.shift_state > PRUNED) & used[:, None]),
    )
    states = (units.output_state, units.bias_state, units.weight_state, units.shift_state)
    fixed = [state[tuple(p.T)] == ONE for state, p in zip(states, parts, strict=True)]
    return Places(*parts, np.concatenate(fixed))


def free_constants(units: Units) -> int:
    """Return how many constants are fitted: those that a formula shows as numbers."""
    return int((~places_of(units).fixed).sum())


def values_at(units: Units, places: Places) -> np.ndarray:
    """Return theta."""
    arrays = (units.output, units.bias, units.weight, units.shift)
    return np.concatenate([a[tuple(p.T)] for a, p in zip(arrays, places[:4], strict=True)])


def put_values(units: Units, places: Places, theta: np.ndarray) -> None:
    """Write theta back."""
    arrays = (units.output, units.bias, units.weight, units.shift)
    pieces = np.split(theta, places.ends[:-1])
    for array, part, values in zip(arrays, places[:4], pieces, strict=True):
        array[tuple(part.T)] = values


def ridge_of(places: Places, decay: float, bias_decay: float) -> np.ndarray:
    """Return the weight decay of each constant, which is less for inner ones."""
    inner = len(places.fixed) - places.outer
    sizes = len(places.output), len(places.bias), inner
    return np.repeat([decay, bias_decay, 0.3 * decay], sizes)
