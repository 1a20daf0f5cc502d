"""What the parts of an expression cost in nodes: the one table of prices, for searches.

It is what `complexity` counts, or more where that room factors a sum or merges terms.
"""

import numpy as np

VARIABLE = NUMBER = ADD = MUL = 1  # x, c, Add, Mul: the last two however many arguments
FACTOR = MUL + NUMBER  # what w adds to a term w t
WEIGHTED = FACTOR + VARIABLE  # w x
OFFSET = ADD + NUMBER  # what c adds to a term t + c

# Functions of a sum z, and what stands around z; `*` is one of two sums.
FUNCTIONS = ("identity", "square", "tanh", "sin", "gauss", "*")
IDENTITY, SQUARE, TANH, SIN, GAUSS, PRODUCT = range(len(FUNCTIONS))
_POWER = 2  # Pow and its exponent
AROUND = {
    "identity": 0,
    "square": _POWER,
    "tanh": 1,
    "sin": 1,
    "gauss": 1 + FACTOR + _POWER,
    "*": MUL,
}
_AROUND = np.array([AROUND[name] for name in FUNCTIONS])

Counts = tuple[np.ndarray, np.ndarray, np.ndarray]


def unit_nodes(function: np.ndarray, counts: Counts) -> np.ndarray:
    """Return the nodes of functions (u,) of sums, without a coefficient before them.

    The counts (u, 2), by slot of `*`, are those of free weights, of weights of one, which cost
    nothing but their variable, and of shifts. An identity shares the `Add` it stands in. The first
    coefficient in a gauss moves out of the bracket, exp(-b (x + ...)^2); of a single term all is
    exp(-b x^2).
    """
    free, ones, shift = counts
    terms = free + ones + shift
    sums = WEIGHTED * free + VARIABLE * ones + NUMBER * shift + ADD * (terms > 1)
    nodes = _AROUND[function] + np.where(function == PRODUCT, sums.sum(axis=1), sums[:, 0])
    nodes -= ADD * ((function == IDENTITY) & (terms[:, 0] > 1))
    moved = (free[:, 0] > 0) & (ones[:, 0] == 0)
    bare = _AROUND[GAUSS] + VARIABLE
    gauss = np.where(terms[:, 0] == 1, bare, nodes - FACTOR * moved)
    result: np.ndarray = np.where(function == GAUSS, gauss, nodes)
    return result


def coefficient_nodes(function: np.ndarray) -> np.ndarray:
    """Return what a coefficient before functions (u,) adds; a product has its `Mul` already."""
    return np.where(function == PRODUCT, NUMBER, FACTOR)


def sum_nodes(terms: np.ndarray, count: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Return the nodes of sums of `count` terms, that have `terms` nodes together, and shifts."""
    result: np.ndarray = np.maximum(1, terms + NUMBER * shifts + ADD * (count + shifts > 1))
    return result
