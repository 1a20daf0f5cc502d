"""Candidate units: inputs in several shapes, pairs of inputs as products.

Of more than `MOST` inputs those that promise most by themselves stand for all: the pairs of 2,000
inputs would take 60 GB.
"""

import math
from typing import NamedTuple

import numpy as np
from torch import Tensor

from symbolnet.expression.price import GAUSS, IDENTITY, PRODUCT, SIN, SQUARE, TANH
from symbolnet.methods.symbolnet.forward import Sample, run, unit_values
from symbolnet.methods.symbolnet.likelihood import Response
from symbolnet.methods.symbolnet.units import FREE, ONE, Units, units_of

TINY = 1e-7  # least curvature: a candidate that hardly varies promises nothing
_BYTES = 2**29  # of values of units that are held at a time
MOST = 64
_SHAPES = 6  # drawn shapes of each function, for each input
# Range of their inner weights, log-uniform, for standardised inputs.
_LEAST, _MOST = math.log(0.7), math.log(6.0)
_QUANTILES = np.linspace(0.02, 0.98, 97)  # where their centres may lie


def gains_of(units: Units, sample: Sample, now: Response) -> np.ndarray:
    """Return the gains (u, k) of units on a sample, where the loss is as it is now."""
    count, step = len(units.operator), max(1, _BYTES // (sample.x.itemsize * len(sample.x)))
    parts = [
        gains(unit_values(units.part(slice(start, start + step)), sample.x)[0], now, sample)
        for start in range(0, count, step)
    ]
    return np.concatenate([np.zeros((0, sample.target.shape[1])), *parts])


def gains(values: Tensor, now: Response, sample: Sample) -> np.ndarray:
    """Return the gains (u, k) of values (n, u); a constant has none, whatever the rounding says."""
    n, residual = len(values), sample.weighed(now.residual)
    weight = sample.weighed(now.bend)
    mean = values.T @ weight / weight.sum(dim=0)
    slope = values.T @ residual / n - mean * residual.mean(dim=0)
    variance = (values * values).T @ weight / n - mean * mean * weight.mean(dim=0)
    found = (slope**2 / (2 * variance.clamp(min=TINY))).double().numpy()
    result: np.ndarray = found * (values.amax(dim=0) > values.amin(dim=0)).numpy()[:, None]
    return result


class Pool(NamedTuple):
    """Candidates, units of the inputs `inputs` alone, whose numbers are sorted."""

    units: Units
    inputs: np.ndarray


def pool_of(
    units: Units,
    sample: Sample,
    generator: np.random.Generator,
    operators: tuple[int, ...] | None = None,
) -> Pool:
    """Return candidates for growing `units`, of the inputs that are worth it.

    `operators` are the codes that they may have beside the identity, None all.
    """
    inputs = _promising(units, sample)
    found = candidates(sample.columns(inputs).x.numpy(), sample.target.shape[1], generator)
    if operators is not None:
        found = found.part(np.flatnonzero(np.isin(found.operator, (IDENTITY, *operators))))
    return Pool(found, inputs)


def _promising(units: Units, sample: Sample) -> np.ndarray:
    """Return the numbers of the `MOST` inputs that are read already, or whose shapes gain most."""
    width = sample.x.shape[1]
    if width <= MOST:
        return np.arange(width)
    now = sample.response(run(units, sample.x).outputs)
    score = np.where(units.inputs, np.inf, 0.0)
    for start in range(0, width, MOST):
        part = np.arange(start, min(start + MOST, width))
        plain = _plain(len(part), sample.target.shape[1])
        found = np.nan_to_num(gains_of(plain, sample.columns(part), now))
        score[part] += found.reshape(len(part), -1).max(axis=1)
    return np.sort(np.argsort(-score, kind="stable")[:MOST])


def candidates(x: np.ndarray, outputs: int, generator: np.random.Generator) -> Units:
    """Return units of inputs x (n, d) that no output uses yet.

    For each input: x, x^2, tanh x and sin x, with an inner weight of one; six each of tanh, sin
    and gauss of w (x - centre), w log-uniform, the centre a quantile of the input. For each pair:
    the product.
    """
    d = x.shape[1]
    pairs = [(i, j) for i in range(d) for j in range(i + 1, d)]
    plain = _plain(d, outputs)
    plain.extend(_shaped(np.quantile(x, _QUANTILES, axis=0), outputs, generator))
    plain.extend(_products(pairs, d, outputs))
    return plain


def _plain(d: int, outputs: int) -> Units:
    operators = (IDENTITY, SQUARE, TANH, SIN)
    units = units_of(operators * d, d, outputs)
    inputs = np.repeat(np.arange(d), len(operators))
    _connect(units, inputs, 0, 1.0, ONE)
    return units


def _shaped(quantiles: np.ndarray, outputs: int, generator: np.random.Generator) -> Units:
    d, operators = quantiles.shape[1], (TANH, SIN, GAUSS) * _SHAPES
    units = units_of(operators * d, d, outputs)
    inputs, count = np.repeat(np.arange(d), len(operators)), d * len(operators)
    weight = np.exp(generator.uniform(_LEAST, _MOST, size=count))
    centre = quantiles[generator.integers(0, len(quantiles), size=count), inputs]
    phase = math.pi / 2 * generator.integers(0, 2, size=count) * (units.operator == SIN)
    _connect(units, inputs, 0, weight, FREE)
    units.shift[:, 0], units.shift_state[:, 0] = phase - weight * centre, FREE
    return units


def _products(pairs: list[tuple[int, int]], d: int, outputs: int) -> Units:
    units = units_of([PRODUCT] * len(pairs), d, outputs)
    factors = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    for slot in (0, 1):
        _connect(units, factors[:, slot], slot, 1.0, ONE)
    return units


def _connect(
    units: Units, inputs: np.ndarray, slot: int, weight: np.ndarray | float, state: int
) -> None:
    rows = np.arange(len(inputs))
    units.weight[rows, slot, inputs] = weight
    units.weight_state[rows, slot, inputs] = state
