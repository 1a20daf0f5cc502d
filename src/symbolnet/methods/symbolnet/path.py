"""A path along the front: grow a large network, prune it to nothing, regrow on the way.

A path is taken in events. Whatever an event draws comes from a generator made from the numbers of
seed, path and event, so that a path goes on from its record alone.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from symbolnet.methods.symbolnet.candidates import pool_of
from symbolnet.methods.symbolnet.constants import places_of
from symbolnet.methods.symbolnet.forward import Sample, loss_of
from symbolnet.methods.symbolnet.growth import Growth, grow
from symbolnet.methods.symbolnet.refit import Fit, Fitted, fitted, refit, settle
from symbolnet.methods.symbolnet.surgeon import cut, surgeon
from symbolnet.methods.symbolnet.units import Units, canonical, class_nodes, mean_nodes, units_of

# A cut that raises the loss by more, in its unit, is tried again with a third of it.
_LOSS_TOLERANCE = 0.01
_CUT_TRIES = 4
_EVERY = 3  # row of the sample on which single cuts are compared
_JITTER = 0.5  # spread of the logarithm of a candidate's score: makes the trials differ
_ROUNDS = np.linspace(0.4, 0.2, 6)  # shares of `picks` that the rounds of growth unmask
_CUTS = ((150.0, 0.08), (0.0, 0.03))  # above so many nodes of all outputs: share cut at a time
_SINGLE = 28.0  # below this mean complexity constants go one by one
_SINGLE_TRIES = 4
_REGROW_BELOW, _REGROW_AFTER = 200.0, 0.8  # mean complexity; ratio to that of the last regrowth
_REGROW = 0.35 / 7  # constants unmasked for each node: 7 nodes is about a term
_REGROW_WIDE, _SEARCH_INNER = 0.5 / 7, 0.1  # of a local search; share of inner weights
_WIDEST = 90.0  # mean complexity up to which a search regrows more than that, up to three times


class Standing(NamedTuple):
    """Units that have been refitted, and the curvature there."""

    units: Units
    state: Fitted

    @property
    def loss(self) -> float:
        """Loss on the training sample, without weight decay."""
        return self.state.curvature.loss


def stand(units: Units, sample: Sample, fit: Fit) -> Standing:
    """Refit a copy of the units."""
    units = units.copy()
    canonical(units)
    return Standing(units, refit(units, sample, fit))


def settled(units: Units, sample: Sample, fit: Fit) -> Units:
    """Return what `stand` makes of the units, without its measures."""
    units = units.copy()
    canonical(units)
    settle(units, sample, fit, places_of(units))
    return units


def cut_safely(standing: Standing, sample: Sample, nodes: float) -> Standing:
    """Save `nodes` nodes, or fewer where the loss leaves the quadratic model; refit."""
    after, unit = standing, sample.likelihood.unit(standing.loss)
    tolerance = _LOSS_TOLERANCE * unit
    for _ in range(_CUT_TRIES):
        units = cut(surgeon(*standing), nodes)
        after = stand(units, sample, Fit(3))
        if after.loss < standing.loss + tolerance:
            break
        nodes = max(1.0, nodes / 3)
    return after


def cut_best(standing: Standing, sample: Sample, tries: int) -> Standing:
    """Of the most promising single cuts, keep the one that, refitted, costs least for each node."""
    few = sample.part(slice(0, None, _EVERY))
    before, start = loss_of(standing.units, few), class_nodes(standing.units).sum()
    operation = surgeon(*standing)
    scores = operation.scores()
    best: tuple[float, Units] | None = None
    for choice in np.argsort(scores, kind="stable")[:tries]:
        if not np.isfinite(scores[choice]):
            break
        trial = operation.copy()
        trial.operate(int(choice))
        units = settled(trial.close(), few, Fit(3, 1e-2, 1e-4))
        saved = max(float(start - class_nodes(units).sum()), 0.5)
        rise = loss_of(units, few) - before
        price = rise / saved if rise > 0 else rise * saved
        if np.isfinite(price) and (best is None or price < best[0]):
            best = price, units
    assert best is not None
    return stand(best[1], sample, Fit(3))


class Ancestor(NamedTuple):
    """The large network that a path begins with: constants unmasked, the share of them inside
    units, the trials of which the best goes on, and the mean complexity at which the path ends."""

    picks: int
    inner: float
    trials: int
    stop: float


class Problem(NamedTuple):
    """The training sample, the numbers that all draws derive from, and the codes of the operators
    that are allowed, None for all."""

    sample: Sample
    seed: int
    task: int
    operators: tuple[int, ...] | None = None

    def generator(self, event: int) -> np.random.Generator:
        """Return the generator of one event."""
        return np.random.default_rng([self.seed, self.task, event])


@dataclass
class Walk:
    """How far a task has come.

    `mark` is the mean complexity at the last regrowth of a path; where inputs are many the number
    of the best trial, then of the constants to exchange; `failures` are the exchanges, or the tries
    of a search, in a row that gained nothing.
    """

    events: int = 0
    done: bool = False
    mark: float = 0.0
    loss: float = np.inf
    units: Units | None = None
    failures: int = 0
    standing: Standing | None = field(default=None, compare=False)


def advance(walk: Walk, path: Ancestor, problem: Problem) -> None:
    """Take one event: a trial of growth, or a cut with whatever regrowth is due before it."""
    generator = problem.generator(walk.events)
    if walk.events < path.trials:
        _try_growth(walk, path, problem, generator)
    else:
        now = _standing(walk, problem.sample)
        size = mean_nodes(now.units)
        if size < min(_REGROW_AFTER * walk.mark, _REGROW_BELOW):
            walk.mark = size
            picks = _picks(now.units, _REGROW)
            growth = Growth(picks, path.inner, _JITTER, problem.operators)
            now = regrown(now, problem.sample, growth, size, generator)
        found = mean_nodes(now.units) < size  # a smaller network of less loss is a point, too
        _stand_on(walk, now if found else step_down(now, problem.sample))
    walk.events += 1
    assert walk.units is not None
    walk.done = walk.events > path.trials and mean_nodes(walk.units) <= path.stop


def step_down(now: Standing, sample: Sample) -> Standing:
    """Cut some nodes: many of a large network, the best single constant of a small one."""
    if mean_nodes(now.units) <= _SINGLE:
        return cut_best(now, sample, _SINGLE_TRIES)
    total = float(class_nodes(now.units).sum())
    share = next(share for least, share in _CUTS if total > least)
    return cut_safely(now, sample, max(1.0, share * total))


def regrown(
    now: Standing, sample: Sample, growth: Growth, size: float, generator: np.random.Generator
) -> Standing:
    """Grow, prune back to a mean complexity, and keep that if its loss is lower or `now` larger."""
    other = pruned_to(_grown(now.units, sample, growth, generator), sample, size)
    better = other.loss < now.loss or mean_nodes(now.units) > size
    return other if better else now


def pruned_to(now: Standing, sample: Sample, size: float) -> Standing:
    """Step down until the mean complexity is at most `size`."""
    while mean_nodes(now.units) > size:
        now = step_down(now, sample)
    return now


def searched(now: Standing, problem: Problem, size: float, event: int) -> Standing:
    """Take one try of a local search: a regrowth of random extent from random candidates."""
    generator = problem.generator(event)
    rate = _REGROW_WIDE * generator.uniform(0.3, min(3.0, max(1.0, _WIDEST / size)))
    picks = _picks(now.units, rate)
    growth = Growth(picks, _SEARCH_INNER, 2 * _JITTER, problem.operators)
    return regrown(now, problem.sample, growth, size, generator)


def _picks(units: Units, rate: float) -> int:
    return max(2, int(rate * class_nodes(units).sum()))


def _try_growth(
    walk: Walk, path: Ancestor, problem: Problem, generator: np.random.Generator
) -> None:
    sample = problem.sample
    units = units_of([], sample.x.shape[1], sample.target.shape[1])
    units.bias = sample.likelihood.start(sample.target).double().numpy()
    for share in _ROUNDS:
        picks = max(1, int(share * path.picks))
        growth = Growth(picks, path.inner, _JITTER, problem.operators)
        now = _grown(units, sample, growth, generator)
        units = now.units
    if walk.units is None or now.loss < walk.loss:
        walk.units, walk.loss = units, now.loss
    if walk.events == path.trials - 1:
        _stand_on(walk, stand(walk.units, sample, Fit(8, 1e-3, 1e-4)))
        walk.mark = mean_nodes(walk.units)


def _grown(
    units: Units, sample: Sample, growth: Growth, generator: np.random.Generator
) -> Standing:
    units = units.copy()
    pool = pool_of(units, sample, generator, growth.operators)
    grow(units, pool, sample, growth, generator)
    return stand(units, sample, Fit(3, 1e-2))


def _standing(walk: Walk, sample: Sample) -> Standing:
    """Return where the walk stands; after a resume the curvature is computed anew."""
    assert walk.units is not None
    if walk.standing is None:
        walk.standing = Standing(walk.units, fitted(walk.units, sample))
    return walk.standing


def _stand_on(walk: Walk, standing: Standing) -> None:
    walk.standing, walk.units, walk.loss = standing, standing.units, standing.loss
