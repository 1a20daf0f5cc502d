"""The moves of a path: grow and refit, cut many nodes safely, or search for the best single cut."""

from typing import NamedTuple

import numpy as np

from symbolnet.methods.symbolnet.forward import Sample, loss_of
from symbolnet.methods.symbolnet.nodes import class_nodes
from symbolnet.methods.symbolnet.refit import Fit, Fitted, refit
from symbolnet.methods.symbolnet.surgeon import cut, surgeon
from symbolnet.methods.symbolnet.units import Units, canonical

# A cut that raises the loss by more, in its unit, is tried again with a third of it.
_LOSS_TOLERANCE = 0.01
_CUT_TRIES = 4
_EVERY = 3  # row of the sample on which single cuts are compared


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
        units = stand(trial.close(), few, Fit(3, 1e-2, 1e-4)).units
        saved = max(float(start - class_nodes(units).sum()), 0.5)
        rise = loss_of(units, few) - before
        price = rise / saved if rise > 0 else rise * saved
        if np.isfinite(price) and (best is None or price < best[0]):
            best = price, units
    assert best is not None
    return stand(best[1], sample, Fit(3))
