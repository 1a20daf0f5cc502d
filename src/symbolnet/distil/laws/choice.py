"""Which law of a front is taken: the paper's rule, and one that asks the accelerations."""

import math
from collections.abc import Sequence
from itertools import pairwise

from symbolnet.distil.laws.messages import Law
from symbolnet.distil.laws.motion import EXACT, WORTH, LawOfMotion, Motion, refit
from symbolnet.distil.laws.revealed import refit_smoothly, with_response

_NEARLY = 1e-3  # error of a law of motion beside which nothing else is asked for


def largest_drop(front: Sequence[Law]) -> int:
    """Return the number of the law whose error falls most for its complexity from the one before.

    The paper's rule: the largest -d log(error) / d complexity (Cranmer et al. 2020, section 3).
    """
    if len(front) == 1:
        return 0
    drops = [
        math.log(before.error / law.error) / (law.complexity - before.complexity)
        for before, law in pairwise(front)
    ]
    return 1 + max(range(len(drops)), key=drops.__getitem__)


def simplest_of_the_best(laws: Sequence[LawOfMotion], factor: float) -> int:
    """Return the number of the simplest law whose error is within a factor of the least."""
    errors = [max(law.error, EXACT) for law in laws]
    return simplest([law.complexity for law in laws], errors, factor)


def simplest(sizes: Sequence[float], errors: Sequence[float], factor: float) -> int:
    """Return the number of the smallest whose error is within a factor of the least."""
    good = [k for k, error in enumerate(errors) if error <= factor * min(errors)]
    return min(good, key=lambda k: (sizes[k], errors[k]))


def laws_of_motion(
    front: Sequence[Law], charges: Sequence[float], motion: Motion, factor: float
) -> tuple[list[LawOfMotion], int | None]:
    """Return the laws of motion of a front of laws of messages, and which is chosen.

    `charges` are those of kinds, where they were hidden. Accelerations are first taken for plain
    sums. Where charges were hidden, or no such law is nearly exact, a response of each body to its
    sum is fitted too: any smooth one for the choice, and a formula for the law chosen.
    """
    plain = [] if charges else [refit(law.terms, motion) for law in front]
    if not front:
        return [], None
    least = min((one.error for one in plain), default=math.inf)
    if least < _NEARLY:
        return plain, simplest_of_the_best(plain, factor)
    bent = [refit_smoothly(one.terms, one.constants.tolist(), charges, motion) for one in front]
    if min(one.error for one in bent) * WORTH > least:
        return plain, simplest_of_the_best(plain, factor)
    chosen = simplest_of_the_best(bent, factor)
    bent[chosen] = with_response(bent[chosen], motion)
    return bent, chosen
