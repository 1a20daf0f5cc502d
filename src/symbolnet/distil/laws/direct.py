"""The peer without any network: the same library, fitted to the accelerations themselves."""

from collections.abc import Sequence

import numpy as np

from symbolnet.distil.laws.gram import weights_of
from symbolnet.distil.laws.motion import LawOfMotion, Motion, refit
from symbolnet.distil.laws.terms import Term
from symbolnet.methods.symbolnet.laws.sums import CONSTANT, best_sets

Array = np.ndarray
_REFITTED = 16  # sets of each size whose constants are fitted


def direct_front(motion: Motion, terms: Sequence[Term], most: int) -> list[LawOfMotion]:
    """Return the laws of motion that no simpler one is as good as."""
    targets = motion.targets().ravel()  # one constant for each term: rows are components
    vectors = np.stack([_summed(term, motion) for term in terms], axis=1)
    found = best_sets(vectors, targets, weights_of(targets[:, None]), most)
    sets = [one.columns for one in found if CONSTANT not in one.columns]
    sizes = range(1, most + 1)
    kept = [one for size in sizes for one in [s for s in sets if len(s) == size][:_REFITTED]]
    laws = [refit([terms[k] for k in one], motion) for one in kept]
    front: list[LawOfMotion] = []
    for law in sorted(laws, key=lambda one: (one.complexity, one.error)):
        if not front or law.error < front[-1].error:
            front.append(law)
    return front


def _summed(term: Term, motion: Motion) -> Array:
    """Return what a term adds up to at every body, (bodies * dim,)."""
    found: Array = (term.values(motion.pairs)[..., None] * motion.pairs.apart).sum(axis=-3)
    return found.ravel()
