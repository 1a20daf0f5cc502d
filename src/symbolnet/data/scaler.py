"""Mean and scale that features are standardised with, fitted on some of the rows."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.config import Scale
from symbolnet.errors import InputError

_COLUMNS = 16  # fitted at a time: bounds the memory of the copies
_NOISE = 4  # a spread of so many of the smallest steps of a number is rounding, not data
_COARSE = 1e-3  # steps of a number, as a share of the scale, that lose what a column may tell


_LOWEST = 0.25  # deviation of a `decimal` feature: from this to ten times it
_FAR = 3.0  # deviations from 0 up to which the mean of a `decimal` feature stays in
# Measured with the method `symbolnet` (docs/own_data.md): standard deviations of 0.01 to 1,000 cost
# nothing (0.001: 72 % instead of 93 %), nor does a mean ten deviations away (100: 77 %, 1,000: a
# guess); beyond 10,000 its equations mostly have no solution.
_LARGEST = 1e4
_SPREADS = 0.005, 2000.0
_AWAY = 30.0  # deviations between the mean and zero
_TAKEN = 16  # taken at a time: bounds the memory of the copies


class Scaler(NamedTuple):
    """Mean and scale (d,), and the features (d,) that do not vary or are coarse.

    Of a coarse feature neighbouring values may be one and the same float64: an offset like a time
    stamp in nanoseconds should be subtracted where integers still keep all digits.
    """

    mean: np.ndarray
    scale: np.ndarray
    constant: np.ndarray
    coarse: np.ndarray


def fit_scaler(features: np.ndarray, rows: np.ndarray, scale: Scale) -> Scaler:
    """Fit on the rows of features (n, d); a constant feature has the scale 1.

    `decimal` moves and divides by round numbers only, where that is enough: a law of the data stays
    one. `range` is one number for all features, the largest absolute value: zero stays zero, and
    pixels stay comparable, so that they can be added without coefficients.
    """
    spread = scale in ("standard", "decimal")
    parts = [_fitted(block, spread) for block in _blocks(features, rows)]
    found = Scaler(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    if spread:
        return found if scale == "standard" else _decimal(found)
    largest = 1.0 if scale == "none" else float(found.scale.max()) or 1.0
    width = features.shape[1]
    return found._replace(mean=np.zeros(width), scale=np.full(width, largest))


def _decimal(found: Scaler) -> Scaler:
    """Return powers of ten near the deviations, and means only of features that are far from 0."""
    with np.errstate(all="ignore"):
        scale = 10.0 ** np.floor(np.log10(found.scale / _LOWEST))
        mean = np.where(np.abs(found.mean) > _FAR * found.scale, found.mean, 0.0)
        mean = np.round(mean / scale) * scale
    fits = np.isfinite(scale) & (scale > 0) & np.isfinite(mean) & ~found.constant
    return found._replace(
        mean=np.where(fits, mean, found.mean), scale=np.where(fits, scale, found.scale)
    )


def _blocks(features: np.ndarray, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield columns (n, a few) of the rows; never one alone, whose sums would round otherwise."""
    width = features.shape[1]
    for columns in np.array_split(np.arange(width), max(1, width // _COLUMNS)):
        yield features[rows, columns[0] : columns[-1] + 1]


def _fitted(block: np.ndarray, standard: bool) -> Scaler:
    """Return mean and standard deviation of columns, or else their largest absolute values."""
    low, high = block.min(axis=0).astype(np.float64), block.max(axis=0).astype(np.float64)
    largest, same = np.maximum(np.abs(low), np.abs(high)), low == high
    never = np.zeros(len(low), dtype=bool)
    if not standard:
        return Scaler(low, largest, same, never)
    mean, spread = _moments(block, low, high)
    step = np.spacing(largest)
    noise = ~same & (spread <= _NOISE * step)
    scale = np.where(same, 1.0, np.where(noise, largest, spread))
    coarse = ~same & ~noise & (step > _COARSE * spread)
    return Scaler(np.where(same, low, mean), scale, same | noise, coarse)


def _moments(block: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of columns.

    scikit-learn takes columns for constant whose spread is small beside their mean, as of a time in
    seconds, and squares of 1e200 are no numbers: theirs is computed in units of their range.
    """
    from sklearn.preprocessing import StandardScaler

    with np.errstate(all="ignore"):
        scaler = StandardScaler().fit(block)
        mean, spread = np.array(scaler.mean_), np.array(scaler.scale_)
        unsure = (spread != np.sqrt(scaler.var_)) | ~np.isfinite(spread)
    for place in np.flatnonzero(unsure & (low < high)):
        half = high[place] / 2 - low[place] / 2  # the whole range may be no number
        shares = (block[:, place] / 2 - low[place] / 2) / half
        mean[place] = low[place] + half * shares.mean() + half * shares.mean()
        spread[place] = half * (2 * shares.std())
    return mean, spread


def out_of_reach(x: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return the mask (d,) of the columns of x (n, d) that training learns little from.

    Constant ones are not among them. Raises InputError for values that it cannot cope with at all.
    """
    found = np.zeros(x.shape[1], dtype=bool)
    for first in range(0, x.shape[1], _TAKEN):
        block = x[:, first : first + _TAKEN].astype(np.float64)
        largest = np.abs(block).max(axis=0)
        if (largest > _LARGEST).any():
            raise _refusal(names[first + int(largest.argmax())], float(largest.max()))
        mean, spread = np.abs(block.mean(axis=0)), block.std(axis=0)
        badly = (spread < _SPREADS[0]) | (spread > _SPREADS[1]) | (mean > _AWAY * spread)
        found[first : first + _TAKEN] = badly & (np.ptp(block, axis=0) > 0)
    return found


def _refusal(name: str, largest: float) -> InputError:
    return InputError(
        f"inputs up to {_LARGEST:g} where `scale` is none",
        f"{name!r} up to {largest:g}",
        "leave `scale` out: formulas are given in the units of the data all the same",
    )
