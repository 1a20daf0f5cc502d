"""Laws whose accelerations are no plain sum: hidden charges and a response, fitted together.

First the response is any smooth function of the sum's size and the mass, in logarithms; then the
formula that such sums follow, whose constants are fitted once more with charges and softening.
"""

from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from symbolnet.distil.laws.gram import weights_of
from symbolnet.distil.laws.motion import LawOfMotion, Motion, error_of
from symbolnet.distil.laws.response import find_response, responded, text_of
from symbolnet.distil.laws.terms import Term
from symbolnet.expression.tree import Expression
from symbolnet.methods.symbolnet.laws.proposals import free_constants, replaced

Array = np.ndarray
_DEGREE = 3
_SOFTENING = 0.005  # to start from
_MOST_CALLS = 200
_FAR = 1e3  # of an error in its weights: where a formula has no value
_LARGEST = 30.0  # of a logarithm of the response on the way


class _Sum(NamedTuple):
    """What a law adds up: its terms, the first constant (1 or -1), and where it is summed.

    Its free numbers are the further constants over the first, the softening, and the charges.
    """

    terms: tuple[Term, ...]
    sign: float
    motion: Motion

    def law(self, free: Array) -> LawOfMotion:
        """Return the law of free numbers, with nothing made of its sums."""
        count = len(self.terms) - 1
        constants = (self.sign, *(self.sign * free[:count]).tolist())
        charges, softening = free[count + 1 :], float(abs(free[count]))
        largest = np.abs(charges).max(initial=1e-300)
        found = LawOfMotion(self.terms, constants, softening, None, 0.0, np.inf)
        return found._replace(charges=tuple((charges / largest).tolist()))

    def of(self, free: Array) -> Array:
        """Return the sums (b n, dim)."""
        sums = self.law(free).accelerations(self.motion)
        return sums.reshape(-1, sums.shape[-1])


def refit_smoothly(
    terms: Sequence[Term], constants: Sequence[float], charges: Sequence[float], motion: Motion
) -> LawOfMotion:
    """Return the law of some terms, and of charges of kinds, with the error of any response."""
    ratios = [c / constants[0] for c in constants[1:]]
    start = np.array([*ratios, _SOFTENING, *charges])
    targets, masses = motion.targets(), motion.masses.ravel()
    weights, count = weights_of(targets)[:, None], len(start)
    law = _Sum(tuple(terms), 1.0, motion)
    law = law._replace(sign=_sign(law.of(start), targets))

    def made(free: Array) -> Array:
        return _smooth(free[count:], law.of(free[:count]), masses)

    first = _first_coefficients(law.of(start), masses, targets)
    free = _solved(lambda free: (made(free) - targets) * weights, np.concatenate((start, first)))
    error = error_of(made(free), motion)
    return law.law(free[:count])._replace(error=error)


def with_response(law: LawOfMotion, motion: Motion) -> LawOfMotion:
    """Return a law that `refit_smoothly` made with the formula that its response follows."""
    targets, masses = motion.targets(), motion.masses.ravel()
    weights, sign = weights_of(targets), law.constants[0]
    start = np.array([*(c / sign for c in law.constants[1:]), law.softening, *law.charges])
    total, count = _Sum(law.terms, sign, motion), len(start)
    response = find_response(total.of(start), masses, targets, weights)

    def wrong(free: Array) -> Array:
        made = responded(_with(response, free[count:]), total.of(free[:count]), masses)
        return np.asarray((made - targets) * weights[:, None])

    own = [float(one.value) for one in free_constants(response)]
    free = _solved(wrong, np.concatenate((start, own)))
    text = text_of(_with(response, free[count:]))
    found = total.law(free[:count])._replace(response=text)
    return found._replace(error=error_of(found.accelerations(motion), motion))


def _sign(sums: Array, targets: Array) -> float:
    """Return 1 where most accelerations are along the sums, else -1: responses are positive."""
    return 1.0 if float(np.sign((sums * targets).sum(axis=1)).sum()) >= 0 else -1.0


def _with(response: Expression, values: Array) -> Expression:
    found = replaced(response, dict(zip(free_constants(response), values.tolist(), strict=True)))
    assert found is not None  # least squares try finite constants alone
    return found


def _solved(wrong: Callable[[Array], Array], start: Array) -> Array:
    """Return the free numbers of least squares."""

    def finite(free: Array) -> Array:
        with np.errstate(all="ignore"):
            off = np.clip(np.nan_to_num(wrong(free), nan=_FAR), -_FAR, _FAR)
        return np.asarray(off.ravel())

    found = least_squares(
        finite, start, x_scale="jac", max_nfev=_MOST_CALLS, xtol=1e-14, ftol=1e-14
    )
    return np.asarray(found.x)


def _powers(sums: Array, masses: Array) -> Array:
    """Return products of powers (n, k) of the logarithms of the sums' sizes and of masses."""
    size = np.log(np.sqrt((sums**2).sum(axis=1)) + 1e-300)
    mass = np.log(masses)
    pairs = [(a, b) for a, b in product(range(_DEGREE + 1), repeat=2) if a + b <= _DEGREE]
    return np.stack([size**a * mass**b for a, b in pairs], axis=1)


def _smooth(coefficients: Array, sums: Array, masses: Array) -> Array:
    logarithm = np.clip(_powers(sums, masses) @ coefficients, -_LARGEST, _LARGEST)
    return np.asarray(np.exp(logarithm)[:, None] * sums)


def _first_coefficients(sums: Array, masses: Array, targets: Array) -> Array:
    """Return coefficients of the logarithm of the response, where sums and targets go together."""
    ratio = np.sqrt((targets**2).sum(axis=1) / np.maximum((sums**2).sum(axis=1), 1e-300))
    kept = (ratio > 0) & ((sums * targets).sum(axis=1) > 0)
    columns = _powers(sums[kept], masses[kept])
    return np.asarray(np.linalg.lstsq(columns, np.log(ratio[kept]), rcond=None)[0])
