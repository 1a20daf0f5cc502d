"""Finished fronts of some seeds each to the fronts of all seeds."""

from symbolnet.methods.symbolnet.record import Progress, frozen, thawed
from symbolnet.network.checkpoint import Tensors


def joined_fronts(parts: list[Tensors]) -> Tensors:
    """Return the frozen progress of a whole training from those of its parts, in their order."""
    whole = Progress()
    for part in map(thawed, parts):
        first = whole.seed
        whole.kept += [point._replace(seed=first + point.seed) for point in part.kept]
        whole.traces |= {(first + seed, task): rows for (seed, task), rows in part.traces.items()}
        whole.seed += part.seed
        whole.seconds += part.seconds
    return frozen(whole)
