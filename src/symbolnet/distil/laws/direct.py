"""The peer without any network: the same library, fitted to the accelerations themselves."""

from collections.abc import Sequence

import numpy as np

from symbolnet.distil.laws.gram import best_sets, gram
from symbolnet.distil.laws.motion import EXACT, LawOfMotion, Motion, refit
from symbolnet.distil.laws.terms import Term

Array = np.ndarray
_REFITTED = 16  # sets of each size whose constants are fitted


def direct_front(motion: Motion, terms: Sequence[Term], most: int) -> list[LawOfMotion]:
    """Return the laws of motion that no simpler one is as good as."""
    targets = motion.targets()
    vectors = np.stack([_summed(term, motion) for term in terms])
    weighed = vectors.reshape(len(terms), -1, 1)
    # One constant for each term: the rows are components, all of one body alike in weight.
    sets = best_sets(gram(weighed, targets.reshape(-1, 1), False), len(terms), most)
    sizes = {len(one) for one in sets}
    kept = [one for size in sizes for one in [s for s in sets if len(s) == size][:_REFITTED]]
    laws = [refit([terms[k] for k in one], motion) for one in kept]
    front: list[LawOfMotion] = []
    for law in sorted(laws, key=lambda one: (one.complexity, one.error)):
        if not front or law.error < front[-1].error:
            front.append(law)
    return front


def simplest_of_the_best(laws: Sequence[LawOfMotion], factor: float) -> int:
    """Return the number of the simplest law whose error is within a factor of the least."""
    errors = [max(law.error, EXACT) for law in laws]
    good = [k for k, error in enumerate(errors) if error <= factor * min(errors)]
    return min(good, key=lambda k: (laws[k].complexity, errors[k]))


def _summed(term: Term, motion: Motion) -> Array:
    """Return what a term adds up to at every body, (bodies * dim,)."""
    found: Array = (term.values(motion.pairs)[..., None] * motion.pairs.apart).sum(axis=-3)
    return found.ravel()
