"""Quantities in units that suit fixed point: powers of two, about an offset where 0 is far away.

Hardware computes numbers about 1 whatever the unit of a regression's target; what its words stand
for is written into the graph. Powers of two change no bit of a mantissa.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.data.dataset import SPLITS, Dataset
from symbolnet.data.quantities import quantities_of
from symbolnet.expression.algebra import ONE, linear
from symbolnet.expression.tree import ExpressionSet


class Unit(NamedTuple):
    """A value w of the hardware stands for offset + w * 2**exponent."""

    offset: float
    exponent: int

    @property
    def size(self) -> float:
        """Return what 1 in the hardware stands for."""
        return 2.0**self.exponent


class Standard(NamedTuple):
    """How an input is standardised before it enters: (raw - mean) / scale."""

    mean: float
    scale: float


def standards_of(data: Dataset, variables: Sequence[int]) -> tuple[Standard, ...]:
    """Return how the inputs of those numbers are standardised."""
    pairs = ((data.scaler_mean[i], data.scaler_scale[i]) for i in variables)
    return tuple(Standard(float(mean), float(scale)) for mean, scale in pairs)


def units_of(data: Dataset) -> tuple[Unit, ...]:
    """Return the unit of each target by the training rows; none of classes, whose scores have none.

    An offset is a whole number of units, so that the constants of formulas stay short.
    """
    if data.task == "classification":
        return ()
    mean, scale = quantities_of(data.y_train).moved_if_far()
    return tuple(_unit(*pair) for pair in zip(mean.tolist(), scale.tolist(), strict=True))


def _unit(mean: float, scale: float) -> Unit:
    exponent = round(math.log2(scale))
    return Unit(round(mean / 2.0**exponent) * 2.0**exponent, exponent)


def data_in(data: Dataset, units: Sequence[Unit]) -> Dataset:
    """Return a data set with targets as the hardware computes them."""
    if not units:
        return data
    offsets, sizes = _columns(units)
    targets = {f"y_{split}": (data.split(split)[1] - offsets) / sizes for split in SPLITS}
    return data._replace(**targets)


def expressions_in(chosen: ExpressionSet, units: Sequence[Unit]) -> ExpressionSet:
    """Return expressions of the values w; without units they are what they were."""
    if not units:
        return chosen
    pairs = zip(chosen.expressions, units, strict=True)
    reduced = [linear([(1 / u.size, one), (-u.offset / u.size, ONE)]) for one, u in pairs]
    return chosen._replace(expressions=tuple(reduced))


def restored(values: np.ndarray, units: Sequence[Unit]) -> np.ndarray:
    """Return what values w (n, k) stand for."""
    if not units:
        return values
    offsets, sizes = _columns(units)
    return offsets + values * sizes


def meaning(names: Sequence[str], units: Sequence[Unit]) -> str:
    """Return what the outputs stand for; nothing of classes."""
    parts = [
        f"{name} = {unit.offset!r} + output * 2**{unit.exponent}"
        for name, unit in zip(names, units, strict=False)
    ]
    return "; ".join(["", *parts])


def _columns(units: Sequence[Unit]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([unit.offset for unit in units]), np.array([unit.size for unit in units])
