"""What only the judge knows: the true forces, and whether a law is one of them.

A message may be the force, or the force over the receiver's mass, since the network that reads it
knows that mass; so a law is equal to the truth up to a constant and a power of m1.
"""

from collections.abc import Sequence

import numpy as np

from symbolnet.config import Simulation
from symbolnet.distil.laws.hidden import charges_off
from symbolnet.distil.laws.motion import LawOfMotion
from symbolnet.distil.laws.pairs import Pairs
from symbolnet.distil.laws.terms import Term
from symbolnet.distil.simulation.forces import FORCES

Array = np.ndarray
RATIO = 0.05  # by how much a ratio of constants may be off in an equal law
TRIMMED = 0.9  # share of the points that a robust R2 keeps (demo of the paper)
_ROUNDS = 10
_SPRING = {Term(0, 0, 0, 0): 1.0, Term(-1, 0, 0, 0): -0.99}
_GRAVITY, _CHARGE = Term(-3, 1, 1, 0), Term(-3, 0, 0, 1)
# Terms of the force on the receiver, up to a constant: r^p Delta, so r^-3 for 1/r^2.
TRUTHS: dict[str, dict[Term, float]] = {
    "spring": _SPRING,
    "damped": _SPRING,
    "string": _SPRING,
    "r1": {Term(-2, 1, 1, 0): 1.0},
    "r2": {_GRAVITY: 1.0},
    "charge": {_CHARGE: 1.0},
    "charge1": {Term(-2, 0, 0, 1): 1.0},
    "superposition": {_GRAVITY: 1.0, _CHARGE: -1.0},
    "discontinuous": {one._replace(beyond=1.99): c for one, c in _SPRING.items()},
}


def forces(spec: Simulation, pairs: Pairs) -> Array:
    """Return the true force (..., dim) on the receiver of each pair."""
    pull = FORCES[spec.force].pull(
        pairs.distance + spec.softening, pairs.receiver * pairs.sender, pairs.charges
    )
    return np.asarray((pull / pairs.distance)[..., None] * pairs.apart)


def is_equal(spec: Simulation, terms: Sequence[Term], constants: Sequence[float]) -> bool:
    """Tell whether a law is the true one, up to a constant and a power of the receiver's mass."""
    truth = TRUTHS[spec.force]
    found = dict(zip(terms, constants, strict=True))
    for shift in range(-3, 4):
        moved = {t._replace(receiver=t.receiver + shift): c for t, c in found.items()}
        if _alike(moved, truth):
            return True
    return False


def _alike(found: dict[Term, float], truth: dict[Term, float]) -> bool:
    """Tell whether terms are the same, thresholds nearly, and constants in the same ratios."""
    if len(found) != len(truth):
        return False
    ratios = []
    for term, constant in truth.items():
        near = [other for other in found if _same(other, term)]
        if not near:
            return False
        ratios.append(found[near[0]] / constant)
    return all(abs(one / ratios[0] - 1) <= RATIO for one in ratios)


def _same(term: Term, other: Term) -> bool:
    if (term.beyond is None) != (other.beyond is None) or term[:4] != other[:4]:
        return False
    return other.beyond is None or abs((term.beyond or 0) / other.beyond - 1) <= RATIO


def ratio(terms: Sequence[Term], constants: Sequence[float]) -> float | None:
    """Return the second constant over the first, longer-ranged one, of a law of two terms."""
    if len(terms) != 2:
        return None
    pairs = sorted(zip(terms, constants, strict=True), key=lambda one: -one[0].distance)
    return float(pairs[1][1] / pairs[0][1])


def r_squared(messages: Array, spec: Simulation, pairs: Pairs) -> dict[str, float]:
    """Return the R2 of standardised messages (b, n - 1, n, d), explained by the true forces.

    `plain` is of all points, `robust` of the 90 % that are explained best, as in the demo of the
    paper; each of the force or of the force over m1, whichever explains more (`per_mass`).
    `free` is robust up to what a network may add freely: any function of the receiver, added (means
    over the senders are taken off), and factors 1, m1^-1/2 and m1^-1 together.
    """
    true, mass = forces(spec, pairs), pairs.receiver[..., None]
    rows = _rows(messages)
    plain, robust = (
        [_r2(rows, _rows(one), rounds) for one in (true, true / mass)] for rounds in (1, _ROUNDS)
    )
    per_mass = float(np.argmax(robust))
    free = np.concatenate((true, true / np.sqrt(mass), true / mass), axis=-1)
    apart, own = (_rows(one - one.mean(axis=1, keepdims=True)) for one in (messages, free))
    free_r2 = _r2(apart, own, _ROUNDS)
    return {"plain": max(plain), "robust": max(robust), "per_mass": per_mass, "free": free_r2}


def fitted(messages: Array, spec: Simulation, pairs: Pairs, per_mass: bool) -> Array:
    """Return what the true forces say of messages (b, n - 1, n, d): the figure's first axis."""
    true = forces(spec, pairs) / (pairs.receiver[..., None] if per_mass else 1.0)
    columns = _with_constant(_rows(true))
    return np.asarray(columns @ _solved(columns, _rows(messages), _ROUNDS)[0])


def _rows(values: Array) -> Array:
    return values.reshape(-1, values.shape[-1])


def _with_constant(columns: Array) -> Array:
    return np.concatenate((columns, np.ones((len(columns), 1))), axis=1)


def _r2(messages: Array, true: Array, rounds: int) -> float:
    deviation = messages.std(axis=0)
    if not deviation.all():
        return 0.0
    standard = (messages - messages.mean(axis=0)) / deviation
    columns = _with_constant(true)
    solved, kept = _solved(columns, standard, rounds)
    left = ((standard - columns @ solved)[kept] ** 2).sum()
    about = ((standard[kept] - standard[kept].mean(axis=0)) ** 2).sum()
    return float(1 - left / about) if about else 0.0


def _solved(columns: Array, targets: Array, rounds: int) -> tuple[Array, Array]:
    """Return constants by least squares, and the rows kept: all, or the best of each round."""
    kept = np.ones(len(columns), dtype=bool)
    for _ in range(rounds):
        solved = np.linalg.lstsq(columns[kept], targets[kept], rcond=None)[0]
        if rounds > 1:
            wrong = ((targets - columns @ solved) ** 2).sum(axis=1)
            kept = wrong <= np.quantile(wrong, TRIMMED)
    return solved, kept


def constants_off(spec: Simulation, law: LawOfMotion) -> float | None:
    """Return by how much the worst constant of an equal law of motion is off, relatively.

    The truth is 2 (1, -(1 - e)) for springs and 1 for the rest; the softening e is not counted. Of
    hidden charges, and where bodies respond to the sum, the constants are the charges.
    """
    if not is_equal(spec, law.terms, law.constants):
        return None
    if law.charges or law.response:
        return charges_off(np.array(law.charges), np.array(spec.kinds)) if law.charges else None
    truth = TRUTHS[spec.force]
    springs = truth is _SPRING or spec.force == "discontinuous"
    off = []
    for term, constant in zip(law.terms, law.constants, strict=True):
        size = next(abs(c) for t, c in truth.items() if _near(t, term))
        exact = 2 * (1.0 if size == 1 else 1 - spec.softening) if springs else 1.0
        off.append(abs(abs(constant) / exact - 1))
    return max(off)


def _near(term: Term, other: Term) -> bool:
    """Tell whether terms differ in the receiver's mass and in thresholds alone."""
    kept = (term.distance, term.sender, term.charges)
    return kept == (other.distance, other.sender, other.charges)
