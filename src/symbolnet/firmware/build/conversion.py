"""Expressions and a data set in the units of the hardware."""

import math
from collections.abc import Sequence

from symbolnet.data.dataset import SPLITS, Dataset
from symbolnet.data.quantities import quantities_of
from symbolnet.errors import InputError
from symbolnet.expression.algebra import ONE, linear
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.graph.scaling import Standard, Unit, columns


def check_classes(data: Dataset, argmax: bool) -> None:
    """Raise InputError where the number of a class is wanted of data without classes."""
    if argmax and data.task != "classification":
        do = "set firmware.argmax to false"
        raise InputError("classes for firmware.argmax to tell apart", f"a {data.task}", do)


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
    offsets, sizes = columns(units)
    targets = {f"y_{split}": (data.split(split)[1] - offsets) / sizes for split in SPLITS}
    return data._replace(**targets)


def expressions_in(chosen: ExpressionSet, units: Sequence[Unit]) -> ExpressionSet:
    """Return expressions of the values w; without units they are what they were."""
    if not units:
        return chosen
    pairs = zip(chosen.expressions, units, strict=True)
    reduced = [linear([(1 / u.size, one), (-u.offset / u.size, ONE)]) for one, u in pairs]
    return chosen._replace(expressions=tuple(reduced))
