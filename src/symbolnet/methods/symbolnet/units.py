"""One symbolic layer whose constants are pruned, fixed at one, or free: what the front is made of.

z_u = sum_i W_ui x_i + c_u,   y_u = f_u(z_u) or z_u z'_u,   o_k = e^s (sum_u V_uk y_u + b_k)

The scale s is one number a network: it moves no argmax, and is no part of the expressions. It is 0
but where outputs of exactly one leave it something to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from symbolnet.expression.price import (
    GAUSS,
    SIN,
    TANH,
    Counts,
    coefficient_nodes,
    sum_nodes,
    unit_nodes,
)

PRUNED, FREE, ONE = 0, 1, 2  # states of a constant: 0, trained, exactly 1 (which costs no node)


@dataclass
class Units:
    """Constants and their states; slot 1 of `weight` and `shift` is the second factor of `*`.

    Shapes: operator (u,), weight (u, 2, d), shift (u, 2), output (u, k), bias (k,), scale (1,). A
    constant in state PRUNED holds 0, one in state ONE holds 1.
    """

    operator: np.ndarray
    weight: np.ndarray
    weight_state: np.ndarray
    shift: np.ndarray
    shift_state: np.ndarray
    output: np.ndarray
    output_state: np.ndarray
    bias: np.ndarray
    bias_state: np.ndarray
    scale: np.ndarray

    @property
    def factor(self) -> float:
        """What the outputs are multiplied by, e^s."""
        return float(np.exp(self.scale[0]))

    @property
    def uses(self) -> np.ndarray:
        """Number of outputs that each unit enters, (u,)."""
        result: np.ndarray = (self.output_state > PRUNED).sum(axis=1)
        return result

    @property
    def inputs(self) -> np.ndarray:
        """Whether each input is read by a unit, (d,)."""
        return np.asarray((self.weight_state > PRUNED).any(axis=(0, 1)))

    def copy(self) -> "Units":
        """Return units that share no array with these."""
        return Units(**{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def part(self, keep: np.ndarray | slice) -> "Units":
        """Return some of the units, in arrays of their own."""
        kept = {name: getattr(self, name)[keep].copy() for name in _BY_UNIT}
        shared = {name: getattr(self, name).copy() for name in _SHARED}
        return Units(**kept, **shared)

    def spread(self, inputs: np.ndarray, width: int) -> "Units":
        """Return units of `width` inputs, of which these read the columns `inputs`."""
        units = self.copy()
        for name in ("weight", "weight_state"):
            narrow = getattr(self, name)
            wide = np.zeros((*narrow.shape[:2], width), narrow.dtype)
            wide[:, :, inputs] = narrow
            setattr(units, name, wide)
        return units

    def select(self, keep: np.ndarray) -> None:
        """Keep the units of a mask or of a list of numbers."""
        for name in _BY_UNIT:
            setattr(self, name, getattr(self, name)[keep])

    def extend(self, other: "Units") -> None:
        """Append the units of `other`, its biases left out."""
        for name in _BY_UNIT:
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)]))


_SHARED = ("bias", "bias_state", "scale")
_BY_UNIT = tuple(f.name for f in fields(Units) if f.name not in _SHARED)


def units_of(operators: Sequence[int], inputs: int, outputs: int) -> Units:
    """Return units of these operators, everything pruned but the biases, which are free at 0."""
    u = len(operators)
    floats = {"weight": (u, 2, inputs), "shift": (u, 2), "output": (u, outputs), "bias": (outputs,)}
    arrays = {name: np.zeros(shape) for name, shape in floats.items()}
    states = {f"{name}_state": np.zeros(shape, np.int64) for name, shape in floats.items()}
    states["bias_state"][:] = FREE
    return Units(np.asarray(operators, np.int64), **arrays, **states, scale=np.zeros(1))


def canonical(units: Units) -> None:
    """Make the sum of the inner weights positive, by the symmetry of the function."""
    odd, even = np.isin(units.operator, (TANH, SIN)), units.operator == GAUSS
    fixed = (units.weight_state[:, 0] == ONE).any(axis=1)
    fixed |= odd & (units.output_state == ONE).any(axis=1)
    flip = (odd | even) & ~fixed & (units.weight[:, 0].sum(axis=1) < 0)
    units.weight[flip] = 0 - units.weight[flip]  # not -0 where pruned: records leave those out
    units.shift[flip] *= -1
    units.output[flip & odd] *= -1


def counts_of(units: Units) -> Counts:
    """Return the numbers of free weights, weights of one, and shifts in each slot, (u, 2)."""
    free, ones = ((units.weight_state == state).sum(axis=2) for state in (FREE, ONE))
    return free, ones, (units.shift_state > PRUNED).astype(np.int64)


def term_nodes(units: Units) -> np.ndarray:
    """Return the nodes of every term V_uk y_u; 0 where there is none, (u, k)."""
    nodes = unit_nodes(units.operator, counts_of(units))[:, None]
    free = units.output_state == FREE
    extra = np.where(free, coefficient_nodes(units.operator)[:, None], 0)
    return (nodes + extra) * (units.output_state > PRUNED)


def class_nodes(units: Units) -> np.ndarray:
    """Return the nodes of each output's expression, (k,)."""
    biases = (units.bias_state > PRUNED).astype(np.int64)
    count = (units.output_state > PRUNED).sum(axis=0)
    return sum_nodes(term_nodes(units).sum(axis=0), count, biases)


def mean_nodes(units: Units) -> float:
    """Return the mean complexity over the outputs."""
    return float(class_nodes(units).mean())
