"""How step sizes fall and edges leave while a rival trains."""

import math

_DENSE = 0.15  # share of the epochs before the pruning starts ...
_PRUNED = 0.7  # ... and after which it ends


def step_size(first: float, done: float) -> float:
    """Return the step size after a share of the epochs: half a cosine, down to 0."""
    return first * (1 + math.cos(math.pi * done)) / 2


def share_kept(done: float, density: float) -> float:
    """Return the share of edges to keep after a share of the epochs: a cubic descent."""
    left = 1 - min(max((done - _DENSE) / (_PRUNED - _DENSE), 0), 1)
    return density + (1 - density) * left**3
