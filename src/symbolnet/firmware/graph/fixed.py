"""Fixed-point formats and their int64 arithmetic: a value is mantissa * 2**-fraction."""

from typing import Literal, NamedTuple

import numpy as np

from symbolnet.errors import InputError

WIDEST = 62
Overflow = Literal["WRAP", "SAT"]
Rounding = Literal["TRN", "RND"]


class Fixed(NamedTuple):
    """A format: sign bit, integer bits (without the sign) and fraction bits, either negative too.

    `overflow` and `rounding` say how a value enters the format: WRAP keeps the low bits, SAT clips;
    TRN rounds towards minus infinity, RND to the nearest with halves up.
    """

    signed: bool
    integer: int
    fraction: int
    overflow: Overflow = "WRAP"
    rounding: Rounding = "TRN"

    @property
    def width(self) -> int:
        """Bits in all, the sign included."""
        return self.signed + self.integer + self.fraction

    @property
    def lowest(self) -> int:
        """Smallest mantissa."""
        return -int(2 ** (self.width - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        """Largest mantissa."""
        return int(2 ** (self.width - self.signed)) - 1

    @property
    def step(self) -> float:
        """Value of one mantissa unit."""
        return 2.0**-self.fraction

    def holds(self, low: int, high: int) -> bool:
        """Tell whether all mantissas of an interval fit."""
        return self.lowest <= low and high <= self.highest


def fitting(low: int, high: int, fraction: int) -> Fixed:
    """Return the narrowest format that holds mantissas low..high at that many fraction bits."""
    signed = low < 0
    bits = max(int(high).bit_length(), int(-low - 1).bit_length() if signed else 0)
    bits = max(bits, 0 if signed else 1)
    if bits + signed > WIDEST:
        found = f"{bits + signed} bits in one exact sum or product"
        raise InputError(f"at most {WIDEST} bits", found, "choose coarser formats")
    return Fixed(signed, bits - fraction, fraction)


def rounded(mantissa: np.ndarray, drop: int, rounding: Rounding) -> np.ndarray:
    """Return int64 mantissas (any shape) with `drop` fraction bits fewer (or more, if negative)."""
    if drop <= 0:
        return mantissa << -drop
    half = 1 << (drop - 1) if rounding == "RND" else 0
    return (mantissa + half) >> drop


def overflowed(mantissa: np.ndarray, target: Fixed) -> np.ndarray:
    """Return int64 mantissas (any shape) brought into the range of `target`."""
    if target.overflow == "SAT":
        return np.asarray(np.clip(mantissa, target.lowest, target.highest))
    return np.asarray(((mantissa - target.lowest) & ((1 << target.width) - 1)) + target.lowest)


def quantised(mantissa: np.ndarray, fraction: int, target: Fixed) -> np.ndarray:
    """Convert int64 mantissas of `fraction` fraction bits: round first, then saturate or wrap."""
    return overflowed(rounded(mantissa, fraction - target.fraction, target.rounding), target)


def from_real(values: np.ndarray, fraction: int) -> np.ndarray:
    """Return the int64 mantissas nearest to real numbers (halves up), clipped to 62 bits."""
    bound = 2.0 ** min(WIDEST - fraction, 1023)
    inside = np.clip(np.asarray(values, np.float64), -bound, bound)
    return np.floor(inside * 2.0**fraction + 0.5).astype(np.int64)
