"""The way to one budget where inputs are many: descents, of which the best goes on by exchanges."""

import numpy as np

from symbolnet.methods.symbolnet.constants import free_constants
from symbolnet.methods.symbolnet.descend import Descent, descend, descents_of
from symbolnet.methods.symbolnet.exchange import Extent, exchanged
from symbolnet.methods.symbolnet.forward import Sample
from symbolnet.methods.symbolnet.path import Problem, Walk
from symbolnet.methods.symbolnet.polish import polish
from symbolnet.methods.symbolnet.units import Units, class_nodes

DECAY = 1e-4  # of 1e-5, 1e-4 and 1e-3 the best on validation rows of MNIST at 100 nodes
STEPS, PILOT = 2500, 625  # of a descent, and of the trial that tells which one is worth it
_RATE = 0.02
_FIRST, _LAST = 20, 8  # steps of a refit after a descent, after an exchange
_MOVES, _MOST = 1 / 25, 1 / 6  # constants exchanged for each node of the budget, first and most
_MORE = 1.3  # times as many after an exchange that gained
_FAILURES = 5  # exchanges in a row that gain nothing, after which a budget is done
_JITTER = 0.3  # spread of the scores after a failure, so that another exchange is tried


def advance_wide(walk: Walk, nodes: float, problem: Problem, exchanges: int) -> bool:
    """Take one event: a trial, the descent, or an exchange; tell whether it made a new point."""
    sample, generator = problem.sample, problem.generator(walk.events)
    trials = descents_of(nodes, problem.operators)
    event = walk.events
    walk.events += 1
    if event < len(trials):
        _try(walk, event, trials[event], sample, generator)
        return False
    if event == len(trials):
        _begin(walk, trials[int(walk.mark)], sample, generator)
        walk.mark = max(3.0, nodes * _MOVES)
        return True
    found = _exchange(walk, nodes, sample, generator)
    walk.done = walk.failures >= _FAILURES or event >= len(trials) + exchanges
    return found


def _cost(units: Units, sample: Sample, steps: int) -> float:
    """Refit in place and return the loss that other rows are expected to have.

    Each free constant flatters the training rows by 1 / n in the mean (Akaike): products, whose
    weights are free, have several times as many as sums of ones.
    """
    return polish(units, sample, steps, DECAY) + free_constants(units) / len(sample.x)


def _try(
    walk: Walk, number: int, trial: Descent, sample: Sample, generator: np.random.Generator
) -> None:
    """Take a short descent; the walk remembers the number of the best so far."""
    units = descend(trial, sample, PILOT, _RATE, generator)
    loss = _cost(units, sample, _LAST)
    if walk.units is None or loss < walk.loss:
        walk.units, walk.loss, walk.mark = units, loss, float(number)


def _begin(walk: Walk, best: Descent, sample: Sample, generator: np.random.Generator) -> None:
    """Take the whole descent; one that ends worse than its trial is left for that."""
    units = descend(best, sample, STEPS, _RATE, generator)
    loss = _cost(units, sample, _FIRST)
    if loss < walk.loss:
        walk.units, walk.loss = units, loss


def _exchange(walk: Walk, nodes: float, sample: Sample, generator: np.random.Generator) -> bool:
    assert walk.units is not None
    outputs = sample.target.shape[1]
    spare = int(outputs * nodes - class_nodes(walk.units).sum())
    extent = Extent(int(walk.mark), jitter=_JITTER * (walk.failures > 0))
    units = exchanged(walk.units, sample, spare, extent, generator)
    loss = _cost(units, sample, _LAST)
    if not loss < walk.loss - 1e-6:
        walk.failures, walk.mark = walk.failures + 1, max(1.0, walk.mark / 2)
        return False
    walk.units, walk.loss, walk.failures = units, loss, 0
    walk.mark = min(max(12.0, nodes * _MOST), walk.mark * _MORE)
    return True
