"""Modified mass drop (mMDT): Cambridge/Aachen clustering and its undoing, many jets at a time.

The same as fastjet jet by jet (tests/test_grooming.py), except for equal distances. Calorimeter
cells lie on a grid, where every fifth jet depends on which of several nearest pairs merges first;
fastjet lets the rounding of rapidities decide, which differs between machines. Here coordinates
are rounded to 1e-7, the precision of float32, and the first of the nearest pairs merges.
"""

from collections.abc import Iterator
from typing import NamedTuple

import awkward as ak
import numpy as np

Z_CUT = 0.1

# Decimals of rapidity and azimuth in the clustering: float32 input is not good to more.
_DECIMALS = 7

# Distances held at a time, so that they stay in the processor's cache.
_BLOCK = 100_000


class _Mergers(NamedTuple):
    """Mergers in order (n - 1, jets): slot `second` went into slot `first`, with their pt."""

    first: np.ndarray
    second: np.ndarray
    pt_first: np.ndarray
    pt_second: np.ndarray


def groomed(momenta: ak.Array) -> ak.Array:
    """Return a jagged mask of the constituents that mMDT keeps (soft drop, beta 0, z_cut 0.1).

    `momenta` are jagged records px, py, pz, E, at least one per jet; the clustering adds
    four-momenta and measures distances in rapidity and azimuth.
    """
    counts = ak.to_numpy(ak.num(momenta.px))
    flat = np.stack([ak.to_numpy(ak.flatten(momenta[name])) for name in ("px", "py", "pz", "E")])
    kept = np.zeros(flat.shape[1], dtype=bool)
    for rows in _blocks(counts):
        kept[rows] = _declustered(_clustered(flat[:, rows]), *rows.shape)
    return ak.unflatten(kept, counts)


def _blocks(counts: np.ndarray) -> Iterator[np.ndarray]:
    """Yield indices (jets, n) into the flat constituents, for jets of equal multiplicity n."""
    starts = np.cumsum(counts) - counts
    for n in np.unique(counts):
        jets = np.flatnonzero(counts == n)
        size = max(1, _BLOCK // int(n) ** 2)
        for begin in range(0, len(jets), size):
            yield starts[jets[begin : begin + size], None] + np.arange(n)


def _clustered(momenta: np.ndarray) -> _Mergers:
    """Merge the nearest two of (4, jets, n) until one is left."""
    jets, n = momenta.shape[1:]
    each = np.arange(jets)
    place = _coordinates(momenta)
    distance = _distance(place[:, :, :, None], place[:, :, None, :])
    distance[:, np.arange(n), np.arange(n)] = np.inf
    mergers = _Mergers(*np.zeros((2, n - 1, jets), dtype=np.int64), *np.zeros((2, n - 1, jets)))
    for step in range(n - 1):
        first, second = np.divmod(distance.reshape(jets, -1).argmin(axis=1), n)
        one, other = momenta[:, each, first], momenta[:, each, second]
        for record, value in zip(mergers, (first, second, _pt(one), _pt(other)), strict=True):
            record[step] = value
        momenta[:, each, first] = one + other
        place[:, each, first] = _coordinates(one + other)
        alive = np.isfinite(distance[each, first])
        fresh = np.where(alive, _distance(place[:, each, first, None], place), np.inf)
        distance[each, first], distance[each, :, first] = fresh, fresh
        distance[each, second], distance[each, :, second] = np.inf, np.inf
    return mergers


def _declustered(mergers: _Mergers, jets: int, n: int) -> np.ndarray:
    """Undo the mergers, dropping the softer branch until one is hard; return (jets, n) kept."""
    each = np.arange(jets)
    kept = np.zeros((jets, n), dtype=bool)
    kept[each, mergers.first[-1] if n > 1 else 0] = True
    hard = np.zeros(jets, dtype=bool)
    for first, second, one, other in zip(*(record[::-1] for record in mergers), strict=True):
        inside = kept[each, first]
        soft = ~hard & (np.minimum(one, other) <= Z_CUT * (one + other))
        kept[each, first] = inside & (~soft | (one >= other))
        kept[each, second] = inside & (~soft | (one < other))
        hard |= inside & ~soft
    return kept


def _pt(momenta: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.hypot(momenta[0], momenta[1])
    return result


def _coordinates(momenta: np.ndarray) -> np.ndarray:
    """Return rounded rapidity and azimuth (2, ...) of four-momenta (4, ...)."""
    px, py, pz, energy = momenta
    transverse = np.sqrt(np.maximum((energy - pz) * (energy + pz), px**2 + py**2))
    return np.round([np.arcsinh(pz / transverse), np.arctan2(py, px)], _DECIMALS)


def _distance(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    rapidity, azimuth = here - there
    azimuth = np.abs(azimuth)
    azimuth = np.minimum(azimuth, 2 * np.pi - azimuth)
    result: np.ndarray = rapidity**2 + azimuth**2
    return result
