"""Laws of motion: accelerations as sums of terms over pairs, their constants fitted to what moves.

a_i = sum_j (delta / r) sum_k c_k r'^(p_k + 1) ..., and a drag -g v m^b where it helps. The
softening e of r' = r + e, and the distance that a term sets in beyond, are constants like others:
they are fitted where the error asks for it. What is fitted needs no network; a law of messages is
tried with several powers of the receiver's mass: a network may divide by it after its messages.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from symbolnet.distil.laws.gram import weights_of
from symbolnet.distil.laws.pairs import Pairs, around, pairs_of
from symbolnet.distil.laws.response import responded, response_of, text_of
from symbolnet.distil.laws.terms import Term, complexity, law_text

Array = np.ndarray
EXACT = 1e-6  # relative errors below this count as none: the integrator's are such
_SOFTEST = 0.1
_SHIFTS = (0, -1, -2, 1)  # powers of the receiver's mass that a law of messages is tried with
_DRAGS = (None, -1, 0)  # powers of the mass in the drag
WORTH = 1.2  # by how much an error must fall for another constant


class Motion(NamedTuple):
    """States of bodies: pairs (b, n - 1, n), the rest (b, n, ...)."""

    pairs: Pairs
    places: Array
    velocities: Array
    masses: Array
    charges: Array
    accelerations: Array

    def targets(self) -> Array:
        """Return the accelerations as rows."""
        return self.accelerations.reshape(-1, self.accelerations.shape[-1])


class LawOfMotion(NamedTuple):
    """Terms and their constants, softening, drag (power of the mass, constant), and the error.

    `error` is the mean of |a - law| / (|a| + median |a|) over bodies. `charges` are those of kinds,
    where bodies have the numbers of kinds for charges; `response` is what a body makes of the sum
    (response.py), where it is more than the sum.
    """

    terms: tuple[Term, ...]
    constants: tuple[float, ...]
    softening: float
    drag: int | None
    drag_constant: float
    error: float
    charges: tuple[float, ...] = ()
    response: str = ""

    @property
    def complexity(self) -> int:
        """What is written down: terms, and 1 for the softening, 4 for a drag; no response."""
        more = (self.softening > 0) + (0 if self.drag is None else 4 if self.drag else 2)
        return complexity(self.terms) + more

    def accelerations(self, motion: Motion) -> Array:
        """Return the accelerations (b, n, dim) that the law says."""
        pairs = self._pairs(motion)
        total = np.zeros(pairs.distance.shape)
        for term, constant in zip(self.terms, self.constants, strict=True):
            total += constant * term.values(pairs, self.softening)
        found: Array = (total[..., None] * pairs.apart).sum(axis=-3)
        if self.drag is not None:
            scale = self.drag_constant * motion.masses[..., None] ** float(self.drag)
            found = found + scale * motion.velocities
        if self.response:
            found = responded(response_of(self.response), found, motion.masses)
        return found

    def _pairs(self, motion: Motion) -> Pairs:
        """Return the pairs with the charges that the law has found, if they were hidden."""
        if not self.charges:
            return motion.pairs
        charges = np.array(self.charges)[motion.charges.astype(int)]
        return motion.pairs._replace(charges=around(charges) * charges[..., None, :])


def motion_text(law: LawOfMotion) -> str:
    """Return a law of motion as text, with what bodies make of its sum s."""
    sums = law_text(law.terms, law.constants, 7)
    if not law.response:
        return sums
    return f"({sums}) {text_of(response_of(law.response), 5)}"


def motion_of(
    places: Array, velocities: Array, accelerations: Array, masses: Array, charges: Array
) -> Motion:
    """Return states (b, n, dim) with masses and charges (b, n) as what laws are fitted to."""
    pairs = pairs_of(places, masses, charges)
    return Motion(pairs, places, velocities, masses, charges, accelerations)


def error_of(found: Array, motion: Motion) -> float:
    """Return the relative error of accelerations (b, n, dim)."""
    targets = motion.targets()
    wrong = np.sqrt(((found.reshape(targets.shape) - targets) ** 2).sum(axis=1))
    return float((wrong * weights_of(targets)).mean())


def refit(terms: Sequence[Term], motion: Motion) -> LawOfMotion:
    """Return the law of some terms with every constant fitted, and no more of them than help."""
    tried = [_fitted(_shifted(terms, s), motion, 0.0, drag) for s in _SHIFTS for drag in _DRAGS]
    best = min(max(one.error, EXACT) for one in tried)
    law = min((one for one in tried if one.error <= WORTH * best), key=lambda one: one.complexity)
    return sharpened(law, motion)


def sharpened(law: LawOfMotion, motion: Motion) -> LawOfMotion:
    """Return a law with the distances that terms set in beyond, and the softening, fitted."""
    if any(term.beyond is not None for term in law.terms):
        law = _with_thresholds(law, motion)
    if law.error < EXACT:
        return law
    softened = _softened(law, motion)
    return softened if softened.error * WORTH < law.error else law


def _shifted(terms: Sequence[Term], shift: int) -> tuple[Term, ...]:
    return tuple(term._replace(receiver=term.receiver + shift) for term in terms)


def _softened(law: LawOfMotion, motion: Motion) -> LawOfMotion:
    def wrong(softening: float) -> float:
        return _fitted(law.terms, motion, softening, law.drag).error

    found = minimize_scalar(wrong, bounds=(0, _SOFTEST), method="bounded", options={"xatol": 1e-10})
    return _fitted(law.terms, motion, float(found.x), law.drag)


def _with_thresholds(law: LawOfMotion, motion: Motion) -> LawOfMotion:
    """Search the distance that terms set in beyond, one for all: finer and finer grids."""
    width = 0.3
    for _ in range(5):
        middle = next(term.beyond for term in law.terms if term.beyond is not None)
        for edge in np.linspace(middle - width, middle + width, 25):
            terms = tuple(
                term if term.beyond is None else term._replace(beyond=float(edge))
                for term in law.terms
            )
            other = _fitted(terms, motion, law.softening, law.drag)
            law = other if other.error < law.error else law
        width /= 6
    return law


def _fitted(
    terms: tuple[Term, ...], motion: Motion, softening: float, drag: int | None
) -> LawOfMotion:
    """Return the law of given terms, softening and drag with its constants by least squares."""
    columns = _columns(terms, motion, softening, drag)
    targets = motion.targets()
    weight = weights_of(targets)[:, None]
    flat = np.stack([(one * weight).ravel() for one in columns], axis=1)
    size = np.maximum(np.sqrt((flat**2).sum(axis=0)), 1e-300)
    solved = np.linalg.lstsq(flat / size, (targets * weight).ravel(), rcond=None)[0] / size
    found = sum(constant * one for constant, one in zip(solved, columns, strict=True))
    error = error_of(np.asarray(found), motion)
    last = float(solved[-1]) if drag is not None else 0.0
    constants = tuple(float(one) for one in solved[: len(terms)])
    return LawOfMotion(terms, constants, softening, drag, last, error)


def _columns(
    terms: Sequence[Term], motion: Motion, softening: float, drag: int | None
) -> list[Array]:
    """Return what each constant multiplies, (bodies, dim) each."""
    found = [
        (term.values(motion.pairs, softening)[..., None] * motion.pairs.apart).sum(axis=-3)
        for term in terms
    ]
    if drag is not None:
        found.append(motion.velocities * motion.masses[..., None] ** float(drag))
    return [one.reshape(-1, one.shape[-1]) for one in found]
