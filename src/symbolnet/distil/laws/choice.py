"""Which law of a front is taken: the paper's rule, and one that asks the accelerations."""

import math
from collections.abc import Sequence
from itertools import pairwise

from symbolnet.distil.laws.messages import Law


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
