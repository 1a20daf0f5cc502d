"""The node model as a formula: what a body makes of the sum of its messages.

a_i = g(s, m1) S_i, with S_i the sum of a law over the senders, s its size and m1 the mass of the
body. g is any formula of the two: the search for laws of quantities finds it.
"""

import numpy as np

from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.origin import formulas
from symbolnet.expression.text import texts
from symbolnet.expression.tree import Expression
from symbolnet.methods.symbolnet.laws.proposals import Rows, free_constants, replaced
from symbolnet.methods.symbolnet.laws.search import laws_in

Array = np.ndarray
NAMES = ("s", "m1")
_EFFORT = 0.3  # no sines, no sums of many columns: seconds
_ROWS = 600
_NEAR = 1.5  # the simplest formula is taken whose deviation is within this factor of the least
_TINY = 1e-300


def response_of(text: str) -> Expression:
    """Return the formula g of its text; raise InputError where it is none."""
    return formulas(text, NAMES).expressions[0]


def text_of(response: Expression, digits: int = 17) -> str:
    """Return the text of a formula g."""
    short = {one: float(f"{one.value:.{digits}g}") for one in free_constants(response)}
    return texts([replaced(response, short) or response], NAMES)[0]


def responded(response: Expression, sums: Array, masses: Array) -> Array:
    """Return accelerations (..., dim) of sums (..., dim) at bodies of masses (...)."""
    size = np.sqrt((sums**2).sum(axis=-1))
    factor = evaluate([response], np.stack([size.ravel(), masses.ravel()], axis=1))[:, 0]
    found: Array = factor.reshape(size.shape)[..., None] * sums
    return found


def find_response(sums: Array, masses: Array, accelerations: Array, weights: Array) -> Expression:
    """Return g of sums and accelerations (n, dim) at masses (n,); an error counts by weights (n,).

    The simplest formula of the front whose deviation is nearly the least.
    """
    size = np.sqrt((sums**2).sum(axis=1))
    along = (sums * accelerations).sum(axis=1) / np.maximum(size**2, _TINY)
    rows = np.linspace(0, len(size) - 1, min(_ROWS, len(size))).astype(int)
    worth = (size * weights)[rows] ** 2
    sample = Rows(np.stack([size, masses], axis=1)[rows], along[rows], worth / worth.mean())
    front = laws_in(sample, _EFFORT)
    least = min(one.left for one in front)
    return next(one.tree for one in front if one.left <= _NEAR**2 * least)
