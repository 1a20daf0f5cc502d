"""Which inputs stand before everything else as powers, told from polynomials of the others.

If y = x_i^p h(others), a polynomial of the others times x_i^p comes as near to y as one of all
inputs, on rows that it was not fitted to. Nothing is assumed of h but that it is smooth.
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.methods.symbolnet.laws.columns import can_be_raised, raised

_ROWS = 1600  # that polynomials are fitted to and judged on
_DEGREES = 6, 5, 4, 3, 2
_TERMS = 350  # of a polynomial, at most
_AS_GOOD, _AS_GOOD_OF_LOGARITHMS = 1.02, 1.1  # what a polynomial of fewer inputs may miss more
_EXPONENTS = 1, -1, 2, -2, 0.5, -0.5, 3, -3, 4, -4, -5, -6, 0
_RIDGE, _NOISE = 1e-11, 1e-6
_WHOLE = 0.1  # how far from whole numbers exponents may be and count as such, too

Powers = dict[int, float]


def separable(x: np.ndarray, y: np.ndarray) -> list[Powers]:
    """Return exponents by input of what may stand before the rest; the last is nothing."""
    rows = slice(0, _ROWS)
    found = [*_by_logarithms(x[rows], y[rows]), _by_trial(x[rows], y[rows]), {}]
    return [one for k, one in enumerate(found) if one not in found[:k]]


def _by_logarithms(x: np.ndarray, y: np.ndarray) -> list[Powers]:
    """Return powers where y has one sign: log y is linear in the logarithms of those inputs."""
    if not ((y > 0).all() or (y < 0).all()):
        return []
    log, inputs = np.log(np.abs(y)), _scaled(x)
    every = range(x.shape[1])
    whole = _missed(_polynomial(inputs), log)
    positive = [i for i in every if can_be_raised(x[:, i], 0.5)]
    alone = [
        i
        for i in positive
        if _missed(_beside(inputs, x, [i]), log) <= _AS_GOOD_OF_LOGARITHMS * whole + _NOISE
    ]
    if not alone:
        return []
    slopes = np.linalg.lstsq(_beside(inputs, x, alone), log, rcond=1e-10)[0][-len(alone) :]
    if not np.isfinite(slopes).all():
        return []
    halves = {i: round(2 * float(p)) / 2 for i, p in zip(alone, slopes, strict=True)}
    found = [halves]
    if any(abs(p - round(p)) > _WHOLE for p in slopes):
        wholes = {i: float(round(float(p))) for i, p in zip(alone, slopes, strict=True)}
        found.append(wholes)
    return found


def _beside(inputs: np.ndarray, x: np.ndarray, alone: Sequence[int]) -> np.ndarray:
    """Return a polynomial of the other inputs, and the logarithms of those alone."""
    others = [i for i in range(x.shape[1]) if i not in alone]
    return np.column_stack([_polynomial(inputs[:, others]), np.log(x[:, list(alone)])])


class _Trial(NamedTuple):
    """How much is missed with an input taken out by a power."""

    missed: float
    place: int
    exponent: float


def _by_trial(x: np.ndarray, y: np.ndarray) -> Powers:
    """Return powers that, tried one after the other, leave a polynomial of the rest as good."""
    inputs, front = _scaled(x), np.ones(len(y))
    rest, found = list(range(x.shape[1])), Powers()
    missed = _missed(_polynomial(inputs), y)
    while rest:
        trials = [t for i in rest for t in _trials(x, y, inputs, front, rest, i)]
        best = min(trials)
        if not best.missed <= _AS_GOOD * missed + _NOISE * float(np.std(y)):
            break
        missed = min(missed, best.missed)
        found[best.place] = best.exponent
        rest.remove(best.place)
        front = front * raised(x[:, best.place], best.exponent)
    return found


def _trials(
    x: np.ndarray,
    y: np.ndarray,
    inputs: np.ndarray,
    front: np.ndarray,
    rest: list[int],
    place: int,
) -> list[_Trial]:
    others = _polynomial(inputs[:, [i for i in rest if i != place]])
    found = []
    for exponent in _EXPONENTS:
        if can_be_raised(x[:, place], exponent):
            before = front * raised(x[:, place], exponent)
            found.append(_Trial(_missed(others * before[:, None], y), place, exponent))
    return found


def _scaled(x: np.ndarray) -> np.ndarray:
    """Return inputs, logarithms where that is possible, with mean 0 and deviation 1."""
    columns = [np.log(c) if can_be_raised(c, 0.5) else c for c in x.T]
    inputs = np.stack(columns, axis=1)
    deviation = inputs.std(axis=0)
    result: np.ndarray = (inputs - inputs.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    return result


def _polynomial(inputs: np.ndarray) -> np.ndarray:
    """Return the monomials of the highest degree that rows and time allow."""
    rows, count = inputs.shape
    most = min(_TERMS, rows // 4)
    degree = next((d for d in _DEGREES if math.comb(count + d, d) <= most), 1)
    columns = [np.ones(rows)]
    for size in range(1, degree + 1 if count else 1):
        sets = itertools.combinations_with_replacement(range(count), size)
        columns.extend(np.prod(inputs[:, places], axis=1) for places in sets)
    return np.stack(columns, axis=1)


def _missed(columns: np.ndarray, values: np.ndarray) -> float:
    """Return the deviation of a least-squares fit to every other row, on the rows between.

    By the normal equations, a little ridged: there are hundreds of fits, and they are compared.
    """
    fit, test = columns[1::2], columns[::2]
    gram = fit.T @ fit
    np.fill_diagonal(gram, gram.diagonal() * (1 + _RIDGE))
    try:
        coefficients = np.linalg.solve(gram, fit.T @ values[1::2])
    except np.linalg.LinAlgError:
        return np.inf
    missed = values[::2] - test @ coefficients
    result = float(np.sqrt(np.mean(missed * missed)))
    return result if np.isfinite(result) else np.inf
