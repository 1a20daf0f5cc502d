"""How sure a difference of two accuracies is: bootstrap intervals over the test rows."""

from typing import NamedTuple

import numpy as np

_RESAMPLES = 10_000
_SEED = 0
_INTERVAL = (2.5, 97.5)


class Difference(NamedTuple):
    """The second accuracy minus the first, its 95 % interval, and how it was resampled."""

    value: float
    low: float
    high: float
    paired: bool

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out zero."""
        return not self.low <= 0 <= self.high


def paired(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare shares right (n,) of two models on the same rows: whole rows are resampled."""
    change = second - first
    drawn = _means(change, np.random.default_rng(_SEED))
    return Difference(float(change.mean()), *_interval(drawn), True)


def unpaired(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare shares right (n,) and (m,) of two models on rows of their own."""
    generator = np.random.default_rng(_SEED)
    drawn = _means(second, generator) - _means(first, generator)
    return Difference(float(second.mean() - first.mean()), *_interval(drawn), False)


def _means(values: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the means of resampled rows; equal values are drawn together, as multinomials."""
    kinds, counts = np.unique(values, return_counts=True)
    drawn = generator.multinomial(len(values), counts / len(values), size=_RESAMPLES)
    return drawn @ kinds / len(values)


def _interval(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(drawn, _INTERVAL)
    return float(low), float(high)
