"""Inputs as bits: each says whether an input is above one of a few thresholds on its grid."""

from typing import NamedTuple

import numpy as np

from symbolnet.baselines.rivals.inputs import Grids
from symbolnet.errors import InputError
from symbolnet.firmware.graph.nodes import Nodes

_RARE = 0.003  # share of the training rows below which a bit is taken for constant


class Thermometer(NamedTuple):
    """Comparisons `mantissa of inputs[k] > thresholds[k]` on the grids of the inputs."""

    grids: Grids
    inputs: tuple[int, ...]
    thresholds: tuple[int, ...]

    def bits(self, x: np.ndarray) -> np.ndarray:
        """Return the bits (n, comparisons) of standardised inputs (n, d), as uint8."""
        mantissas = self.grids.mantissas(x)
        pairs = zip(self.inputs, self.thresholds, strict=True)
        return np.stack([(mantissas[:, i] > t).astype(np.uint8) for i, t in pairs], axis=1)

    def bit(self, nodes: Nodes, number: int) -> int:
        """Add a comparison and return its place."""
        return self.grids.comparison(nodes, self.inputs[number], self.thresholds[number])


def thermometer_of(grids: Grids, x: np.ndarray, count: int) -> Thermometer:
    """Return at most `count` comparisons an input, at quantiles of its training values (n, d).

    Raise InputError where every bit is constant.
    """
    columns = enumerate(grids.mantissas(x).T)
    found = [(i, t) for i, column in columns for t in _thresholds(column, grids, count)]
    if not found:
        do = "give it more bits an input, or leave it out of `rivals`"
        raise InputError("a bit of the inputs that varies", "bits that are all constant", do)
    inputs, thresholds = zip(*found, strict=True)
    return Thermometer(grids, inputs, thresholds)


def _thresholds(column: np.ndarray, grids: Grids, count: int) -> list[int]:
    """Return the quantiles of mantissas (n,) that enough of them lie above and not above."""
    shares = np.arange(1, count + 1) / (count + 1)
    values = column if grids.bits > 1 else grids.ends
    able = np.unique(np.quantile(values, shares, method="lower")).tolist()
    return [t for t in able if _RARE <= np.mean(column > t) <= 1 - _RARE]
