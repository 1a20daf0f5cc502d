"""Laws of messages: m = A delta s(r, m1, m2, q1 q2) + h, all components of a message at once.

The matrix A (d, d) is free: the network chose the basis of its messages. So is h, any function of
the receiver: what all its messages have in common is known to the network that reads their sum. So
messages and terms are compared without their means over the senders. A and the constants of s are
fitted by least absolute deviations (iterated weights), one after the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.distil.laws.gram import best_terms, gram, weights_of
from symbolnet.distil.laws.pairs import NEAREST, Pairs
from symbolnet.distil.laws.terms import Term, complexity

Array = np.ndarray
_ROUNDS, _TURNS = 12, 3
_FLOOR = 1e-4  # of an iterated weight, in units of the median deviation


class Messages(NamedTuple):
    """Messages (e, n - 1, d) to e receivers, with their pairs (e, n - 1)."""

    pairs: Pairs
    values: Array


class Law(NamedTuple):
    """A law of messages: terms with constants, the first of which is 1, and the matrix A.

    `error` is the mean |m - law| over receivers that the fit has not seen, in units of the mean
    |m|, means over senders taken off.
    """

    terms: tuple[Term, ...]
    constants: Array
    matrix: Array
    error: float

    @property
    def complexity(self) -> int:
        """What the paper counts, of s alone."""
        return complexity(self.terms)


def messages_of(pairs: Pairs, values: Array) -> Messages:
    """Return the messages (b, n - 1, n, d) of pairs, but for receivers with a sender too near."""
    far = (pairs.distance > NEAREST).all(axis=1)
    rows = Pairs(*(np.moveaxis(one, 1, 2)[far] for one in pairs))
    return Messages(rows, np.moveaxis(values, 1, 2)[far])


def without_common(values: Array) -> Array:
    """Return values (e, n - 1, d) as rows, without their means over the senders, if many."""
    found = values - values.mean(axis=1, keepdims=True) if values.shape[1] > 1 else values
    return np.asarray(found.reshape(-1, values.shape[-1]))


def principal(messages: Messages, onward: Array, count: int) -> Messages:
    """Return as many components as space has: the principal ones, as the next layer reads them.

    `onward` (d, h) are its weights. Where a message has no more components, they stay.
    """
    live = messages.values.std(axis=(0, 1)) > 0
    if live.sum() <= count:
        return messages._replace(values=messages.values[..., live])
    read = without_common(messages.values) @ onward
    weight = weights_of(read)[:, None]
    _, _, axes = np.linalg.svd(read * weight, full_matrices=False)
    return messages._replace(values=messages.values @ (onward @ axes[:count].T))


def front_of(messages: Messages, terms: Sequence[Term], most: int) -> list[Law]:
    """Return the laws that no simpler one is as good as, by receivers that no fit has seen."""
    pairs = messages.pairs
    values = without_common(messages.values)
    values = values / np.abs(values).mean()
    vectors = np.stack([without_common(t.values(pairs)[..., None] * pairs.apart) for t in terms])
    seen = (np.arange(len(values)) // messages.values.shape[1]) % 2 == 0
    sets = best_terms(gram(vectors[:, seen], values[seen], False), len(terms), most)
    laws = []
    for one in sets:
        parts = vectors[list(one)]
        matrix, constants = fit(parts[:, seen], values[seen])
        found = np.einsum("k,knd->nd", constants, parts[:, ~seen]) @ matrix
        error = np.abs(found - values[~seen]).mean() / np.abs(values[~seen]).mean()
        laws.append(Law(tuple(terms[k] for k in one), constants, matrix, float(error)))
    return undominated(laws)


def undominated(laws: list[Law]) -> list[Law]:
    """Return the laws that are better than every simpler one, the simplest first."""
    front: list[Law] = []
    for law in sorted(laws, key=lambda one: (one.complexity, one.error)):
        if not front or law.error < front[-1].error:
            front.append(law)
    return front


def fit(parts: Array, values: Array) -> tuple[Array, Array]:
    """Return matrix (dim, d) and constants (k,), the first 1, of parts (k, n, dim)."""
    constants = _first_constants(parts, values)
    for _ in range(_TURNS):
        total = np.einsum("k,knd->nd", constants, parts)
        matrix = np.stack([deviations(total, one) for one in values.T], axis=1)
        if len(parts) == 1:
            break
        flat = (parts @ matrix).reshape(len(parts), -1).T
        constants = deviations(flat, values.ravel())
        constants = constants / constants[0]
    return matrix, constants


def _first_constants(parts: Array, values: Array) -> Array:
    """Return constants from a free matrix of each part: how it lies along that of the first."""
    weight = weights_of(values)[:, None]
    columns = np.concatenate([*parts], axis=1) * weight
    solved = np.linalg.lstsq(columns, values * weight, rcond=None)[0]
    matrices = solved.reshape(len(parts), parts.shape[2], -1)
    first = matrices[0].ravel()
    return np.array([(one.ravel() @ first) / (first @ first) for one in matrices])


def deviations(columns: Array, target: Array) -> Array:
    """Return constants (k,) of least absolute deviations of columns (n, k) from a target."""
    solved = np.linalg.lstsq(columns, target, rcond=None)[0]
    for _ in range(_ROUNDS):
        wrong = np.abs(target - columns @ solved)
        weight = 1 / np.sqrt(np.maximum(wrong, _FLOOR * np.median(wrong) + 1e-300))
        solved = np.linalg.lstsq(columns * weight[:, None], target * weight, rcond=None)[0]
    return np.asarray(solved)
