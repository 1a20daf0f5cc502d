"""What needs no network: Cranmer et al.'s forms of overdensities, a constant, sums over shells.

Section 5 of the paper (arXiv:2006.11287): the form made by hand and the best two that were found in
a network, with and without masses. Their constants are fitted here to the haloes of the mock. In
the sums over neighbours the paper's C5 + (C6 r)^C7 has the C5 = 1: it is a unit of the rest.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from symbolnet.distil.halos.neighbours import Edges
from symbolnet.distil.laws.messages import deviations

_ROUNDS = 4
_CALLS = 40  # Jacobians of a round
_FLOOR = 0.05  # of a deviation that counts, in medians
_FAR = 1e3  # medians, where a formula has no value


Array = np.ndarray
_BY_HAND = 20.0  # Mpc/h, within which masses are added up
_SHELLS = 20


class Form(NamedTuple):
    """A form: its text, what it makes of constants at receivers, and constants to start from."""

    name: str
    text: str
    made: Callable[[Edges, Array], Array]
    starts: Sequence[Sequence[float]]


def constant(edges: Edges, free: Array) -> Array:
    """Return C1 at every receiver."""
    return np.full(len(edges.halos), free[0])


def by_hand(edges: Edges, free: Array) -> Array:
    """Return C1 + (C2 + C3 M_i) e_i."""
    near = edges.summed(edges.mass * (edges.distance < _BY_HAND))
    made: Array = free[0] + (free[1] + free[2] * edges.own_mass) * near
    return made


def without_mass(edges: Edges, free: Array) -> Array:
    """Return C1 + e_i / (C2 + C3 e_i |v_i|)."""
    c1, c2, c3, c4, c6, c7 = free
    near = edges.summed((c4 + edges.speed) * _nearness(edges.distance, c6, c7))
    made: Array = c1 + near / (c2 + c3 * near * edges.own_speed)
    return made


def with_mass(edges: Edges, free: Array) -> Array:
    """Return C1 + e_i / (C2 + C3 M_i)."""
    c1, c2, c3, c4, c6, c7 = free
    near = edges.summed((c4 + edges.mass) * _nearness(edges.distance, c6, c7))
    made: Array = c1 + near / (c2 + c3 * edges.own_mass)
    return made


def _nearness(distance: Array, c6: float, c7: float) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(1 / (1 + (abs(c6) * distance) ** c7))


def fitted(form: Form, edges: Edges) -> Array:
    """Return the constants of a form by least absolute deviations, the best of its starts."""

    def off(free: Array) -> float:
        return float(np.abs(form.made(edges, free) - edges.target).mean())

    found = [
        least_deviations(lambda free: form.made(edges, free), edges.target, np.array(start))
        for start in form.starts
    ]
    return min(found, key=off)


def shells(edges: Edges, radius: float) -> Array:
    """Return columns (h, 1 + 3 s): 1, and in shells of r sums of 1, masses and relative speeds.

    Their linear fit is what messages c(r) + d(r) Mj + f(r) vij added up can reach, without a law.
    """
    which = np.minimum((edges.distance / radius * _SHELLS).astype(int), _SHELLS - 1)
    place = edges.receiver * _SHELLS + which
    size = len(edges.halos) * _SHELLS
    sums = [
        np.bincount(place, one, size).reshape(-1, _SHELLS)
        for one in (None, edges.mass, edges.speed)
    ]
    return np.concatenate((np.ones((len(edges.halos), 1)), *sums), axis=1)


def fitted_shells(edges: Edges, radius: float) -> Array:
    """Return the constants of the columns of shells by least absolute deviations."""
    return deviations(shells(edges, radius), edges.target)


FORMS = (
    Form("constant", "C1", constant, [[0.2]]),
    Form("by hand", "C1 + (C2 + C3 Mi) e, e = sum of Mj, r < 20", by_hand, [[0.0, 0.01, 0.0]]),
    Form(
        "without mass",
        "C1 + e/(C2 + C3 e |vi|), e = sum of (C4 + |vi - vj|)/(1 + (C6 r)^C7)",
        without_mass,
        [[-0.5, 30.0, 0.01, 1.0, 0.05, 5.0], [-0.5, 60.0, 0.1, 3.0, 0.05, 10.0]],
    ),
    Form(
        "with mass",
        "C1 + e/(C2 + C3 Mi), e = sum of (C4 + Mj)/(1 + (C6 r)^C7)",
        with_mass,
        [[-0.5, 60.0, 0.0, 3.0, 0.05, 5.0], [-0.5, 60.0, 0.0, 3.0, 0.05, 12.0]],
    ),
)


def least_deviations(made: Callable[[Array], Array], target: Array, start: Array) -> Array:
    """Return the constants (k,), near `start`, of the least mean |made - target|, both (h,)."""
    scale = float(np.median(np.abs(target - np.median(target)))) or 1.0

    def wrong(free: Array) -> Array:
        with np.errstate(all="ignore"):
            off = (made(free) - target) / scale
        return np.asarray(np.clip(np.nan_to_num(off, nan=_FAR), -_FAR, _FAR))

    best = free = np.asarray(start, dtype=np.float64)
    for _ in range(_ROUNDS):
        size = np.abs(wrong(free))
        weight = 1 / np.sqrt(np.maximum(size, _FLOOR * np.median(size) + 1e-12))
        free = _weighted(wrong, weight, free)
        if np.abs(wrong(free)).mean() < np.abs(wrong(best)).mean():
            best = free
    return best


def _weighted(wrong: Callable[[Array], Array], weight: Array, start: Array) -> Array:
    found = least_squares(
        lambda free: weight * wrong(free), start, x_scale="jac", max_nfev=_CALLS, xtol=1e-8
    )
    return np.asarray(found.x)


def mean_off(made: Array, target: Array) -> float:
    """Return the mean absolute error; infinite where a formula has no value."""
    found = float(np.abs(made - target).mean())
    return found if np.isfinite(found) else float("inf")
