"""Hidden charges out of messages: what each kind of body counts as sender and as receiver.

Bodies are of kinds, and nobody tells what sets the kinds apart. With a term t the messages are
m_ij = A delta t u_i v_j + h(i): the least squares of each receiving kind, with a free matrix for
each sending kind, are of rank one in (receiver, matrix) by sender. v are the charges, up to a
constant; u may be any function of the receiver, as the network chose it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.distil.laws.gram import weights_of
from symbolnet.distil.laws.messages import Messages, without_common
from symbolnet.distil.laws.pairs import Pairs, around
from symbolnet.distil.laws.terms import Term

Array = np.ndarray


class Traits(NamedTuple):
    """What each kind counts (kinds,) in its messages, the largest 1 in size."""

    receiver: Array
    sender: Array

    def reveal(self, messages: Messages) -> Messages:
        """Return messages with u_i v_j for the charges of each coded pair."""
        receiver, sender = _kinds(messages.pairs, len(self.sender))
        charges = self.receiver[receiver] * self.sender[sender]
        return messages._replace(pairs=messages.pairs._replace(charges=charges))


def coded(pairs: Pairs, kinds: Array, count: int) -> Pairs:
    """Return the pairs of bodies of kinds (..., n), each with the number of its pair of kinds."""
    return pairs._replace(charges=kinds[..., None, :] * count + around(kinds))


def _kinds(pairs: Pairs, count: int) -> tuple[Array, Array]:
    """Return the kinds of receivers and senders of coded pairs."""
    numbers = pairs.charges.astype(int)
    return numbers // count, numbers % count


def traits_of(messages: Messages, terms: Sequence[Term], count: int) -> Traits:
    """Return the traits that explain messages of coded pairs best by any one term.

    Such a term knows no charge, and sets in nowhere.
    """
    smooth = [one for one in terms if not one.charges and one.beyond is None]
    scaled = messages._replace(values=messages.values / np.abs(messages.values).mean())
    fits = [_blocks(one, scaled, count) for one in smooth]
    return _of_rank_one(min(fits, key=lambda one: one[1])[0])


def _blocks(term: Term, messages: Messages, count: int) -> tuple[Array, float]:
    """Return matrices (receivers, senders, dim, d) by least squares, and the weighted rest."""
    receiver, sender = _kinds(messages.pairs, count)
    vectors = term.values(messages.pairs)[..., None] * messages.pairs.apart
    columns = np.eye(count)[sender][..., None] * vectors[..., None, :]
    columns = columns.reshape(*vectors.shape[:2], -1)
    found, rest = [], 0.0
    for kind in range(count):
        own = receiver[:, 0] == kind
        x, y = without_common(columns[own]), without_common(messages.values[own])
        weight = weights_of(y)[:, None]
        solved = np.linalg.lstsq(x * weight, y * weight, rcond=None)[0]
        rest += float((((y - x @ solved) * weight) ** 2).sum())
        found.append(solved.reshape(count, vectors.shape[-1], -1))
    return np.stack(found), rest


def _of_rank_one(matrices: Array) -> Traits:
    """Return u and v of matrices (receivers, senders, dim, d), which are nearly A u v."""
    count = len(matrices)
    by_sender = matrices.transpose(1, 0, 2, 3).reshape(count, -1)
    sender, _, rest = np.linalg.svd(by_sender, full_matrices=False)
    receiver = np.linalg.svd(rest[0].reshape(count, -1), full_matrices=False)[0]
    return Traits(*(one / one[np.abs(one).argmax()] for one in (receiver[:, 0], sender[:, 0])))


def in_units_of(truth: Array, found: Array) -> Array:
    """Return charges (kinds,) times what brings them nearest to the true ones."""
    nearest: Array = (found @ truth) / (found @ found) * found
    return nearest


def charges_off(found: Array, truth: Array) -> float:
    """Return how far charges (kinds,) are from a multiple of the true ones, of the largest."""
    return float(np.abs(in_units_of(truth, found) - truth).max() / np.abs(truth).max())
