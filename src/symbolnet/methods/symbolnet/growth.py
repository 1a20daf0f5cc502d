"""Growth: unmask the constants that promise the largest fall of the loss for each node.

With the slope r = dl/do and the curvature B = d2l/do2 of each row's loss (likelihood.py), a new
output coefficient V_uk, alone, lowers the loss by g^2 / (2 h): g = mean r_k y_u, h the variance of
y_u under the weights B_kk, both with the mean under these weights taken out, since the bias moves
along. A new inner weight W_ui has g = mean r V_u f'_u x_i and h = mean V_u^T B V_u f'_u^2 x_i^2.
"""

import heapq
from typing import NamedTuple

import numpy as np

from symbolnet.expression.price import ADD, FACTOR, IDENTITY, WEIGHTED, unit_nodes
from symbolnet.methods.symbolnet.candidates import TINY, Pool, gains, gains_of
from symbolnet.methods.symbolnet.forward import Sample, run, tensor
from symbolnet.methods.symbolnet.units import FREE, PRUNED, Units, counts_of


class Growth(NamedTuple):
    """How many constants to unmask, the share of inner weights, and the spread of the scores.

    `operators` are the codes that new units may have, None all.
    """

    picks: int
    inner_share: float
    jitter: float
    operators: tuple[int, ...] | None = None


def grow(
    units: Units,
    pool: Pool,
    sample: Sample,
    growth: Growth,
    generator: np.random.Generator,
) -> None:
    """Unmask constants of the units and add the best of the pool, all starting at 0."""
    inner = int(growth.picks * growth.inner_share) if len(units.operator) else 0
    scores = _output_scores(units, pool, sample)
    scores *= np.exp(growth.jitter * generator.normal(size=scores.shape))
    if inner:
        weights = _inner_scores(units, sample)
        weights *= np.exp(growth.jitter * generator.normal(size=weights.shape))
        _unmask_inner(units, weights, inner)
    old = len(units.operator)
    read = np.concatenate([_first_input(units), pool.inputs[_first_input(pool.units)]])
    _unmask_outputs(units, pool, _picked(scores, read, growth.picks - inner), old)


def _output_scores(units: Units, pool: Pool, sample: Sample) -> np.ndarray:
    """Return the gain per node of each output coefficient, of units then the pool, (u, k)."""
    now = run(units, sample.x)
    response = sample.response(now.outputs)
    present = gains(now.values, response, sample)
    present[units.output_state > PRUNED] = 0
    new = gains_of(pool.units, sample.columns(pool.inputs), response)
    return np.concatenate([present / _price(units), new / _price(pool.units)])


def _price(units: Units) -> np.ndarray:
    return unit_nodes(units.operator, counts_of(units))[:, None] + FACTOR + ADD


def _inner_scores(units: Units, sample: Sample) -> np.ndarray:
    """Return the gain per node of each inner weight that is pruned, (u, d)."""
    now, n = run(units, sample.x), len(sample.x)
    response, output = sample.response(now.outputs), tensor(units.output, sample.x.dtype)
    slopes = now.slopes[0]
    back = (sample.weighed(response.residual) @ output.T) * slopes
    bend = sample.weighed(response.bend_along(output)) * slopes * slopes
    slope, curvature = back.T @ sample.x / n, bend.T @ (sample.x * sample.x) / n
    gains = (slope**2 / (2 * curvature.clamp(min=TINY))).double().numpy()
    gains /= WEIGHTED * np.maximum(units.uses, 1)[:, None]
    gains[(units.weight_state[:, 0] > PRUNED) | (units.operator == IDENTITY)[:, None]] = 0
    return gains


def _unmask_inner(units: Units, scores: np.ndarray, count: int) -> None:
    order = np.argsort(-scores, axis=None, kind="stable")[:count]
    for unit, i in zip(*np.unravel_index(order, scores.shape), strict=True):
        if scores[unit, i] > 0:
            units.weight_state[unit, 0, i] = FREE


def _first_input(units: Units) -> np.ndarray:
    result: np.ndarray = units.weight_state[:, 0].argmax(axis=1)
    return result


def _picked(scores: np.ndarray, read: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Take the best (unit, output) in turn; the m-th more of one input and output counts less.

    Its score is divided by 1 + 2m, since candidates of one input promise the same gain.
    """
    best = np.argsort(-scores, axis=None, kind="stable")[: 40 * max(count, 1)]
    heap = [(-scores.flat[q], int(q)) for q in best if scores.flat[q] > 0]
    heapq.heapify(heap)
    picks: list[tuple[int, int]] = []
    taken: dict[tuple[int, int], int] = {}
    while heap and len(picks) < count:
        score, q = heapq.heappop(heap)
        unit, k = divmod(q, scores.shape[1])
        key = int(read[unit]), k
        now = -scores.flat[q] / (1 + 2 * taken.get(key, 0))
        if now > score and heap and now > heap[0][0]:
            heapq.heappush(heap, (now, q))
            continue
        taken[key] = taken.get(key, 0) + 1
        picks.append((unit, k))
    return picks


def _unmask_outputs(units: Units, pool: Pool, picks: list[tuple[int, int]], old: int) -> None:
    new = sorted({unit - old for unit, _ in picks if unit >= old})
    place = {old + unit: old + i for i, unit in enumerate(new)}
    added = pool.units.part(np.array(new, dtype=np.int64))
    units.extend(added.spread(pool.inputs, units.weight.shape[2]))
    for unit, k in picks:
        units.output_state[place.get(unit, unit), k] = FREE
