"""Energy correlation functions of two and three points (arXiv:1305.0007, arXiv:1609.07483)."""

from collections.abc import Iterator
from typing import NamedTuple

import awkward as ak
import numpy as np

# Numbers per work array: a few of them stay in the processor's cache.
_BLOCK = 60_000


class Correlators(NamedTuple):
    """Correlation functions (n,) of jets; the last digit is the angular exponent beta.

    e2 = sum z_i z_j R_ij^b over pairs. Over triples, e3 multiplies all three angles, e3_two (2e3)
    the two smallest, e3_one (1e3) is the smallest alone.
    """

    e2_0: np.ndarray
    e2_1: np.ndarray
    e2_2: np.ndarray
    e3_1: np.ndarray
    e3_2: np.ndarray
    e3_one_1: np.ndarray
    e3_one_2: np.ndarray
    e3_two_1: np.ndarray
    e3_two_2: np.ndarray


def correlators(pt: ak.Array, eta: ak.Array, phi: ak.Array) -> Correlators:
    """Return the correlation functions of jagged constituents, pt normalised to their sum."""
    counts = ak.to_numpy(ak.num(pt))
    result = np.zeros((len(Correlators._fields), len(counts)))
    for jets in _blocks(counts):
        width = int(counts[jets].max())
        columns = [_padded(array[jets], width) for array in (pt, eta, phi)]
        result[:, jets] = _block(*columns)
    return Correlators(*result)


def _blocks(counts: np.ndarray) -> Iterator[np.ndarray]:
    """Yield indices of jets of similar multiplicity, as many as fit the work arrays."""
    order = np.argsort(counts, kind="stable")[::-1]
    start = 0
    while start < len(order):
        n = int(counts[order[start]])
        size = max(1, _BLOCK // max(1, n * (n - 1) // 2))
        jets = order[start : start + size]
        # NumPy sums a single column in another order; as a pair, a jet's last bits are its own.
        yield jets if len(jets) > 1 else np.repeat(jets, 2)
        start += size


def _padded(array: ak.Array, width: int) -> np.ndarray:
    """Return (width, jets): one constituent per row, so that rows are contiguous."""
    filled = ak.fill_none(ak.pad_none(array, width, axis=1, clip=True), 0.0)
    return np.ascontiguousarray(ak.to_numpy(filled).T)


def _block(pt: np.ndarray, eta: np.ndarray, phi: np.ndarray) -> np.ndarray:
    """Return (9, jets) from constituents (n, jets), padded with pt = 0."""
    z = pt / pt.sum(axis=0)
    i, j = _pairs(len(z))
    distance = _distance(eta[i] - eta[j], phi[i] - phi[j])
    weight = z[i] * z[j]
    weighted = weight * distance
    two = [weight.sum(axis=0), weighted.sum(axis=0), (weighted * distance).sum(axis=0)]
    return np.concatenate([np.stack(two), _triples(z, distance, weight, i, j)])


def _pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return i < j ordered by j: the pairs below k are then the first k (k - 1) / 2."""
    j, i = np.tril_indices(n, -1)
    return i, j


def _distance(eta: np.ndarray, phi: np.ndarray) -> np.ndarray:
    return np.hypot(eta, np.remainder(phi + np.pi, 2 * np.pi) - np.pi)


def _triples(
    z: np.ndarray, distance: np.ndarray, weight: np.ndarray, i: np.ndarray, j: np.ndarray
) -> np.ndarray:
    """Return (6, jets): e3, 1e3 and 2e3 for beta 1 and 2, adding constituent after constituent."""
    total = np.zeros((6, z.shape[1]))
    for k in range(2, len(z)):
        below = k * (k - 1) // 2
        to_k = distance[below : below + k]
        a, b, c = to_k[i[:below]], to_k[j[:below]], distance[:below]
        near, far = np.minimum(a, b), np.maximum(a, b)
        one = np.minimum(near, c)
        two = one * np.maximum(near, np.minimum(far, c))
        three = a * b * c
        for row, angle in enumerate((three, one, two)):
            first = weight[:below] * angle
            total[2 * row] += z[k] * first.sum(axis=0)
            total[2 * row + 1] += z[k] * np.einsum("pn,pn->n", first, angle)
    return total
