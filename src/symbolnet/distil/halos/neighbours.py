"""Haloes with their neighbours as lists of edges, and which of them train and which judge."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from symbolnet.distil.halos.file import Halos
from symbolnet.errors import InputError

Array = np.ndarray
_HELD = 0.75  # from this share of the box along x on haloes are held out
_KEPT = 4  # every such receiver of the training part is kept from fits, to choose by


class Edges(NamedTuple):
    """What e edges bring to h receivers, in their order: distances, and what the ends are.

    `receiver` (e,) is the place of the receiver in `halos`, the numbers (h,) of the receivers.
    """

    halos: Array
    receiver: Array
    distance: Array
    mass: Array
    speed: Array
    own_mass: Array
    own_speed: Array
    target: Array

    def summed(self, values: Array) -> Array:
        """Return the sums (h,) of values (e,) at every receiver; 0 where there is no neighbour."""
        found: Array = np.bincount(self.receiver, values, len(self.halos))
        return found

    def take(self, which: Array) -> "Edges":
        """Return the edges to some of the receivers, a mask (h,)."""
        mine = which[self.receiver]
        place = np.cumsum(which) - 1
        edges = {name: getattr(self, name)[mine] for name in ("distance", "mass", "speed")}
        own = {
            name: getattr(self, name)[which]
            for name in ("halos", "own_mass", "own_speed", "target")
        }
        return Edges(receiver=place[self.receiver[mine]], **edges, **own)


class Parts(NamedTuple):
    """The edges to haloes that fits see, that choices are made by, and that are held out."""

    fitted: Edges
    kept: Edges
    held: Edges


def edges_of(halos: Halos) -> Edges:
    """Return all edges; raise InputError where the radius is so small that most have none.

    Distances go around the periodic box.
    """
    spec = halos.settings
    places = np.mod(halos.positions, spec.box)
    pairs = cKDTree(places, boxsize=spec.box).query_pairs(spec.radius, output_type="ndarray")
    receiver, sender = np.concatenate((pairs, pairs[:, ::-1])).T
    order = np.lexsort((sender, receiver))
    receiver, sender = receiver[order], sender[order]
    alone = len(places) - len(np.unique(receiver))
    if 2 * alone > len(places):
        found = f"{alone} of {len(places)} without any within {spec.radius:g} Mpc/h"
        raise InputError("haloes with neighbours", found, "enlarge radius")
    apart = places[sender] - places[receiver]
    apart -= spec.box * np.round(apart / spec.box)
    moved = halos.velocities[sender] - halos.velocities[receiver]
    return Edges(
        halos=np.arange(len(places)),
        receiver=receiver,
        distance=_size(apart),
        mass=halos.masses[sender],
        speed=_size(moved),
        own_mass=halos.masses,
        own_speed=_size(halos.velocities),
        target=halos.overdensities,
    )


def parts_of(halos: Halos) -> Parts:
    """Return the parts of a mock: the last quarter of the box is held out.

    Training haloes lie no nearer to it than the radius of the sphere that is to be predicted. All
    haloes are neighbours of all.
    """
    edges, spec = edges_of(halos), halos.settings
    x = np.mod(halos.positions[:, 0], spec.box)
    border = _HELD * spec.box
    held = x >= border
    known = (x >= spec.smoothing) & (x < border - spec.smoothing)
    kept = known & (np.cumsum(known) % _KEPT == 0)
    for name, which in (("to train on", known), ("held out", held)):
        if which.sum() < 2 * _KEPT:
            raise InputError(f"haloes {name}", str(int(which.sum())), "draw more haloes")
    return Parts(edges.take(known & ~kept), edges.take(kept), edges.take(held))


def _size(vectors: Array) -> Array:
    found: Array = np.sqrt((vectors**2).sum(axis=1))
    return found
