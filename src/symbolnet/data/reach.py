"""Which inputs training copes with where nothing scales them (`scale: none`).

Measured with the method `symbolnet` (docs/own_data.md): standard deviations of 0.01 to 1,000 cost
nothing (0.001: 72 % instead of 93 %), nor does a mean ten deviations away (100: 77 %, 1,000: a
guess); beyond 10,000 its equations mostly have no solution.
"""

from collections.abc import Sequence

import numpy as np

from symbolnet.errors import InputError

_LARGEST = 1e4
_SPREADS = 0.005, 2000.0
_AWAY = 30.0  # deviations between the mean and zero
_COLUMNS = 16  # taken at a time: bounds the memory of the copies


def out_of_reach(x: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return the mask (d,) of the columns of x (n, d) that training learns little from.

    Constant ones are not among them. Raises InputError for values that it cannot cope with at all.
    """
    found = np.zeros(x.shape[1], dtype=bool)
    for first in range(0, x.shape[1], _COLUMNS):
        block = x[:, first : first + _COLUMNS].astype(np.float64)
        largest = np.abs(block).max(axis=0)
        if (largest > _LARGEST).any():
            raise _refusal(names[first + int(largest.argmax())], float(largest.max()))
        mean, spread = np.abs(block.mean(axis=0)), block.std(axis=0)
        badly = (spread < _SPREADS[0]) | (spread > _SPREADS[1]) | (mean > _AWAY * spread)
        found[first : first + _COLUMNS] = badly & (np.ptp(block, axis=0) > 0)
    return found


def _refusal(name: str, largest: float) -> InputError:
    return InputError(
        f"inputs up to {_LARGEST:g} where `scale` is none",
        f"{name!r} up to {largest:g}",
        "leave `scale` out: formulas are given in the units of the data all the same",
    )
