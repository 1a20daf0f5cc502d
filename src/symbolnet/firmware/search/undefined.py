"""Which formula, and which part of it, hardware cannot compute over the range of its inputs."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.expression.text import texts
from symbolnet.expression.tree import Apply, Constant, Expression, ExpressionSet, distinct
from symbolnet.firmware.build.parts import datapath_of
from symbolnet.firmware.search.moves import generous
from symbolnet.firmware.search.trial import Trial


@contextmanager
def named_faults(chosen: ExpressionSet, data: Dataset) -> Iterator[None]:
    """Add to a fault of the formulas in what formula, and where in it, it lies."""
    try:
        yield
    except InputError as fault:
        raise _located(chosen, data) or fault from None


def _located(chosen: ExpressionSet, data: Dataset) -> InputError | None:
    """Return the first fault of a smallest part; None where each part alone has none."""
    x, expressions = data.x_train, chosen.expressions
    if chosen.raw:
        x, expressions = x * data.scaler_scale + data.scaler_mean, chosen.raw
    for name, expression in zip(chosen.class_names, expressions, strict=True):
        for part in distinct([expression]):
            fault = _fault(part, chosen, x) if isinstance(part, Apply) else None
            if fault is not None:
                expected, found, _ = fault.parts
                text = texts([part], chosen.feature_names)[0]
                do = "hardware computes over the whole range of the training rows: change it"
                return InputError(expected, f"{found} for {text} in the formula of {name!r}", do)
    return None


def _fault(part: Expression, chosen: ExpressionSet, x: np.ndarray) -> InputError | None:
    if all(isinstance(one, Constant | Apply) for one in distinct([part])):
        return None
    try:
        alone = chosen._replace(expressions=(part,), class_names=("part",), raw=())
        datapath = datapath_of(alone, x)
        Trial(datapath, x[:1]).signals(generous(datapath))
    except InputError as fault:
        return fault
    return None
