"""Nodes of the final expressions of units, by the states of their constants alone."""

import numpy as np

from symbolnet.expression.price import Counts, coefficient_nodes, sum_nodes, unit_nodes
from symbolnet.methods.symbolnet.units import FREE, ONE, PRUNED, Units


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
