"""The library that laws are put together from: monomials of distance, masses and charges.

A term t makes the vector t delta of a pair: t = r^p m1^a m2^b (q1 q2)^c, and from the distance
`beyond` on only where it has one. m1 is the receiver's mass, m2 the sender's. With a softening e
the vector is (delta / r) r'^(p + 1) ..., r' = r + e: that of a force which is a power of r'.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from symbolnet.distil.laws.pairs import Pairs

Array = np.ndarray
_POWERS = (1, 0, -1, -2, -3, -4)
_THRESHOLDS = 24
_TINY = 1e-300


class Term(NamedTuple):
    """Powers of distance, of the receiver's and the sender's mass, and of the charges' product."""

    distance: int
    receiver: int
    sender: int
    charges: int
    beyond: float | None = None

    def values(self, pairs: Pairs, softening: float = 0.0) -> Array:
        """Return t of every pair."""
        r = np.maximum(pairs.distance, _TINY)
        found: Array = (r + softening) ** (self.distance + 1.0) / r
        for base, power in zip(pairs[2:], self[1:4], strict=True):
            if power:
                found = found * base**power
        return found if self.beyond is None else found * (pairs.distance + softening > self.beyond)

    @property
    def complexity(self) -> int:
        """What is written beside delta: 1 for the constant, 2 for r, 4 for r^p."""
        count = 1
        for power in self[:4]:
            count += 0 if power == 0 else 2 if abs(power) == 1 else 4
        return count + (0 if self.beyond is None else 3)

    def text(self) -> str:
        """Return the term as text; empty for 1."""
        names = ("r", "m1", "m2", "(q1 q2)")
        parts = [
            name if power == 1 else f"{name}^{power}"
            for name, power in zip(names, self[:4], strict=True)
            if power
        ]
        return " ".join(parts if self.beyond is None else [*parts, f"[r > {self.beyond:.4g}]"])


def library(distances: Array) -> list[Term]:
    """Return all terms; those that set in beyond a distance do so between the given distances."""
    smooth = [Term(*powers) for powers in product(_POWERS, (-1, 0, 1), (0, 1), (0, 1))]
    grid = np.unique(np.round(np.quantile(distances, np.linspace(0.05, 0.95, _THRESHOLDS)), 3))
    steps = [Term(p, 0, 0, 0, float(edge)) for p in (0, -1) for edge in grid]
    return [*smooth, *steps]


def complexity(terms: Sequence[Term]) -> int:
    """Return the complexity of a sum of terms, the paper's way: what is written is counted."""
    return sum(term.complexity for term in terms) + len(terms) - 1


def law_text(terms: Sequence[Term], constants: Sequence[float], digits: int = 4) -> str:
    """Return a law's s(r, m, q) as text."""
    parts = []
    for term, constant in zip(terms, constants, strict=True):
        sign = "-" if constant < 0 else "+"
        parts.append(f"{sign} {abs(constant):.{digits}g} {term.text()}".rstrip())
    text = " ".join(parts)
    return f"-{text[2:]}" if text.startswith("- ") else text.removeprefix("+ ")
