"""How sure a difference of two accuracies, or R2, is: bootstrap intervals over the test rows."""

from typing import NamedTuple

import numpy as np

_AT_ONCE, _TIMES = 100, 100  # resamples: all at once would not fit where no values are equal
_SEED = 0
_INTERVAL = (2.5, 97.5)


class Difference(NamedTuple):
    """The second score minus the first, its 95 % interval, and how it was resampled."""

    value: float
    low: float
    high: float
    paired: bool

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out zero."""
        return not self.low <= 0 <= self.high


def paired(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare scores (n,) of two models by row, on the same rows: whole rows are resampled."""
    change = second - first
    drawn = _means(change, np.random.default_rng(_SEED))
    return Difference(float(change.mean()), *_interval(drawn), True)


def unpaired(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare scores (n,) and (m,) of two models by row, on rows of their own."""
    generator = np.random.default_rng(_SEED)
    drawn = _means(second, generator) - _means(first, generator)
    return Difference(float(second.mean() - first.mean()), *_interval(drawn), False)


def _means(values: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the means of resampled rows; equal values are drawn together, as multinomials."""
    kinds, counts = np.unique(values, return_counts=True)
    shares = counts / len(values)
    drawn = (generator.multinomial(len(values), shares, size=_AT_ONCE) for _ in range(_TIMES))
    return np.concatenate([one @ kinds for one in drawn]) / len(values)


def _interval(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(drawn, _INTERVAL)
    return float(low), float(high)
