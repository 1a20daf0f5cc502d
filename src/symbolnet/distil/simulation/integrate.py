"""Dormand and Prince's Runge-Kutta 5(4), with a step of its own for each of many simulations.

Dormand and Prince 1980; the interpolation between steps is Shampine's (Math. Comp. 46, 1986), of
fourth order. A step of all simulations would be that of the hardest: close encounters need steps
thousands of times shorter than others.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Array = np.ndarray
# Derivative (k, a) of states (k, a) of the simulations whose numbers (a,) are given.
Slope = Callable[[Array, Array], Array]

_A = [
    np.array(row)
    for row in (
        [1 / 5],
        [3 / 40, 9 / 40],
        [44 / 45, -56 / 15, 32 / 9],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    )
]
_E = np.array([-71 / 57600, 0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40])
_P = np.array(
    [
        [
            1,
            -8048581381 / 2820520608,
            8663915743 / 2820520608,
            -12715105075 / 11282082432,
        ],
        [0, 0, 0, 0],
        [
            0,
            131558114200 / 32700410799,
            -68118460800 / 10900136933,
            87487479700 / 32700410799,
        ],
        [0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072],
        [
            0,
            127303824393 / 49829197408,
            -318862633887 / 49829197408,
            701980252875 / 199316789632,
        ],
        [0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844],
        [0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423],
    ]
)
_SAFETY, _LEAST, _MOST, _FIRST = 0.9, 0.2, 10.0, 1e-4


class Path(NamedTuple):
    """States (t, k, s) at the times asked for, NaN after a stop; steps (s,), and who finished."""

    states: Array
    steps: Array
    finished: Array


class _Now:
    """The simulations that still run: their numbers, times, steps, states and slopes."""

    def __init__(self, slope: Slope, start: Array, first_step: float) -> None:
        count = start.shape[1]
        self.which = np.arange(count)
        self.time, self.step = np.zeros(count), np.full(count, first_step)
        self.state, self.slope = start.copy(), slope(start, self.which)
        self.due = np.ones(count, dtype=int)  # the next time asked for
        self.taken = np.zeros(count, dtype=int)

    def keep(self, mask: Array) -> None:
        """Go on with some of them."""
        for name in ("which", "time", "step", "due", "taken"):
            setattr(self, name, getattr(self, name)[mask])
        self.state, self.slope = self.state[:, mask], self.slope[:, mask]


def integrate(slope: Slope, start: Array, times: Array, tolerance: float, max_steps: int) -> Path:
    """Return the states at increasing times, the first of which is that of `start` (k, s).

    A simulation stops where it has taken `max_steps`, or where no step is finite any more.
    """
    states = np.full((len(times), *start.shape), np.nan)
    states[0] = start
    steps = np.zeros(start.shape[1], dtype=int)
    finished = np.zeros(start.shape[1], dtype=bool)
    now = _Now(slope, start, _FIRST * (times[-1] - times[0]))
    while len(now.which):
        _advance(slope, now, times - times[0], states, tolerance)
        done = now.due == len(times)
        lost = (now.taken >= max_steps) | (now.step < 1e-14 * (times[-1] - times[0]))
        if (done | lost).any():
            steps[now.which] = now.taken
            finished[now.which[done]] = True
            now.keep(~(done | lost))
    return Path(states, steps, finished)


def _advance(slope: Slope, now: _Now, times: Array, states: Array, tolerance: float) -> None:
    """Try a step of every simulation; where its error is small enough, take it."""
    slopes, ahead = _stages(slope, now)
    error = _error(slopes, now, ahead, tolerance)
    good = error <= 1.0
    _store(now, slopes, good, times, states)
    now.taken += 1
    now.time = np.where(good, now.time + now.step, now.time)
    now.state = np.where(good, ahead, now.state)
    now.slope = np.where(good, slopes[6], now.slope)
    with np.errstate(divide="ignore"):
        factor = _SAFETY * error ** (-0.2)
    now.step = now.step * np.clip(factor, _LEAST, np.where(good, _MOST, 1.0))


def _stages(slope: Slope, now: _Now) -> tuple[Array, Array]:
    """Return the slopes (7, k, a) of a step, and the state at its end."""
    slopes = np.empty((7, *now.state.shape))
    slopes[0], ahead = now.slope, now.state
    with np.errstate(all="ignore"):  # what is not finite is refused by its error
        for i, row in enumerate(_A):
            known = slopes[: i + 1].reshape(i + 1, -1)
            ahead = now.state + now.step * (row @ known).reshape(now.state.shape)
            slopes[i + 1] = slope(ahead, now.which)
    return slopes, ahead


def _error(slopes: Array, now: _Now, ahead: Array, tolerance: float) -> Array:
    """Return the error of each step in units of what is allowed; infinite where it is no number."""
    with np.errstate(all="ignore"):
        wrong = now.step * (_E @ slopes.reshape(7, -1)).reshape(now.state.shape)
        scale = tolerance * (1 + np.maximum(np.abs(now.state), np.abs(ahead)))
        error = np.sqrt(((wrong / scale) ** 2).mean(axis=0))
    found: Array = np.where(np.isfinite(error), error, np.inf)
    return found


def _store(now: _Now, slopes: Array, good: Array, times: Array, states: Array) -> None:
    """Write the states at those times asked for that lie within the steps taken."""
    end = now.time + now.step
    while True:
        asked = times[np.minimum(now.due, len(times) - 1)]
        (inside,) = np.nonzero(good & (now.due < len(times)) & (asked <= end))
        if not len(inside):
            return
        share = (asked[inside] - now.time[inside]) / now.step[inside]
        powers = share ** np.arange(1, 5)[:, None]
        moved = np.einsum("jks,js->ks", slopes[:, :, inside], _P @ powers)
        states[now.due[inside], :, now.which[inside]] = (
            now.state[:, inside] + now.step[inside] * moved
        ).T
        now.due[inside] += 1
