"""The class that the largest score decides for: which can win at all, and who meets whom."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

Entrant = TypeVar("Entrant")
Match = Callable[[Entrant, Entrant], Entrant]


def contenders(sources: Sequence[int], intervals: Sequence[tuple[int, int]]) -> list[int]:
    """Return the places that can hold the largest value, the first of equal ones being it.

    `intervals` are in steps that all share; the same source a second time is never the first.
    """
    # Whoever stays below the highest lower end never wins; whoever only reaches it, only if first.
    best = max(low for low, _ in intervals)
    first = next(place for place, (low, _) in enumerate(intervals) if low == best)
    return [
        place
        for place, (_, high) in enumerate(intervals)
        if (high > best or (high == best and place <= first))
        and sources[place] not in sources[:place]
    ]


def tournament(entrants: Sequence[Entrant], match: Match[Entrant]) -> Entrant:
    """Return the winner of rounds between neighbours, the earlier place being the first of two."""
    while len(entrants) > 1:
        even = len(entrants) // 2 * 2
        pairs = zip(entrants[:even:2], entrants[1:even:2], strict=True)
        entrants = [*(match(*pair) for pair in pairs), *entrants[even:]]
    return entrants[0]


def indicators(numbers: np.ndarray, classes: int) -> np.ndarray:
    """Return class numbers (n,) as scores (n, classes): 1 for the class, 0 for all others."""
    return np.asarray(numbers[:, None] == np.arange(classes), np.float64)
