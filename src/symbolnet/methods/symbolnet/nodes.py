"""Nodes of the final expressions, counted from the states alone.

It is what the expression room's `complexity` finds, or more where that room factors a sum.
"""

import numpy as np

from symbolnet.methods.symbolnet.units import (
    FREE,
    GAUSS,
    IDENTITY,
    ONE,
    PRODUCT,
    PRUNED,
    SQUARE,
    Units,
)

Counts = tuple[np.ndarray, np.ndarray, np.ndarray]


def counts_of(units: Units) -> Counts:
    """Return the numbers of free weights, weights of one, and shifts in each slot, (u, 2)."""
    free, ones = ((units.weight_state == state).sum(axis=2) for state in (FREE, ONE))
    return free, ones, (units.shift_state > PRUNED).astype(np.int64)


def unit_nodes(operator: np.ndarray, counts: Counts) -> np.ndarray:
    """Return the nodes of units without their output coefficient, (u,).

    A sum z costs 3 a free weight, 1 a weight of one, 1 a shift, and 1 for `Add` if it has more
    than one term; around it tanh and sin cost 1, a square 2, a product 1. exp(-z^2) costs 5, less
    the 2 of the coefficient that moves out of the bracket; exp(-b x^2) has 6 nodes.
    """
    free, ones, shift = counts
    terms = free + ones + shift
    sums = 3 * free + ones + shift + (terms > 1)
    z, first = sums[:, 0], (free[:, 0] > 0) & (ones[:, 0] == 0)
    nodes = np.where(operator == IDENTITY, z - (terms[:, 0] > 1), 1 + z)
    nodes = np.where(operator == SQUARE, 2 + z, nodes)
    nodes = np.where(operator == GAUSS, np.where(terms[:, 0] == 1, 6, 5 + z - 2 * first), nodes)
    return np.where(operator == PRODUCT, 1 + sums.sum(axis=1), nodes)


def coefficient_nodes(operator: np.ndarray) -> np.ndarray:
    """Return what a free output coefficient adds to a unit, (u,)."""
    return np.where(operator == PRODUCT, 1, 2)


def term_nodes(units: Units) -> np.ndarray:
    """Return the nodes of every term V_uk y_u; 0 where there is none, (u, k)."""
    nodes = unit_nodes(units.operator, counts_of(units))[:, None]
    free = units.output_state == FREE
    extra = np.where(free, coefficient_nodes(units.operator)[:, None], 0)
    return (nodes + extra) * (units.output_state > PRUNED)


def class_nodes(units: Units) -> np.ndarray:
    """Return the nodes of each output's expression, (k,)."""
    biases = (units.bias_state > PRUNED).astype(np.int64)
    count = (units.output_state > PRUNED).sum(axis=0) + biases
    return np.maximum(1, term_nodes(units).sum(axis=0) + biases + (count > 1))


def mean_nodes(units: Units) -> float:
    """Return the mean complexity over the outputs."""
    return float(class_nodes(units).mean())
