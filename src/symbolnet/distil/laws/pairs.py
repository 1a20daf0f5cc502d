"""Pairs of bodies as plain arrays: what the terms of a law are computed from."""

from typing import NamedTuple

import numpy as np

from symbolnet.distil.networks.graphs import Graphs

Array = np.ndarray
NEAREST = 0.1  # pairs nearer than this are left out of fits to messages: their tails drown the rest


class Pairs(NamedTuple):
    """Pairs in any shape (...): from the receiver to the sender (..., dim), distance, masses."""

    apart: Array
    distance: Array
    receiver: Array
    sender: Array
    charges: Array

    def rows(self, which: Array) -> "Pairs":
        """Return some of the pairs; the shape is that of their first axis."""
        return Pairs(*(one[which] for one in self))

    def flat(self) -> "Pairs":
        """Return the pairs as rows."""
        dimension = self.apart.shape[-1]
        return Pairs(self.apart.reshape(-1, dimension), *(one.reshape(-1) for one in self[1:]))


def pairs_of(places: Array, masses: Array, charges: Array) -> Pairs:
    """Return the pairs (..., n - 1, n) of bodies (..., n): the k-th sender of body i is i + k."""
    others = range(1, masses.shape[-1])
    apart = np.stack([np.roll(places, -k, axis=-2) - places for k in others], axis=-3)
    sender, product = around(masses), around(charges) * charges[..., None, :]
    receiver = np.broadcast_to(masses[..., None, :], sender.shape)
    return Pairs(apart, np.sqrt((apart**2).sum(axis=-1)), receiver, sender, product)


def around(values: Array) -> Array:
    """Return what the senders (..., n - 1, n) of every body have of values (..., n)."""
    others = range(1, values.shape[-1])
    return np.stack([np.roll(values, -k, axis=-1) for k in others], axis=-2)


def pairs_of_graphs(graphs: Graphs) -> Pairs:
    """Return the pairs (b, n - 1, n) of graphs, in double precision."""
    arrays = (
        one.numpy().astype(np.float64) for one in (graphs.places, graphs.masses, graphs.charges)
    )
    return pairs_of(*arrays)
