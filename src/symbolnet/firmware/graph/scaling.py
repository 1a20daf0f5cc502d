"""Quantities in units that suit fixed point: powers of two, about an offset where 0 is far away.

Hardware computes numbers about 1 whatever the unit of a regression's target; what its words stand
for is written into the graph. Powers of two change no bit of a mantissa.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


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


def restored(values: np.ndarray, units: Sequence[Unit]) -> np.ndarray:
    """Return what values w (n, k) stand for."""
    if not units:
        return values
    offsets, sizes = columns(units)
    return np.asarray(offsets + values * sizes)


def meaning(names: Sequence[str], units: Sequence[Unit]) -> str:
    """Return what the outputs stand for; nothing of classes."""
    parts = [
        f"{name} = {unit.offset!r} + output * 2**{unit.exponent}"
        for name, unit in zip(names, units, strict=False)
    ]
    return "; ".join(["", *parts])


def columns(units: Sequence[Unit]) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets and sizes (k,) of units."""
    return np.array([unit.offset for unit in units]), np.array([unit.size for unit in units])
