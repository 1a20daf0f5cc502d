"""The 16 features of OpenML 42468 from constituents: energy correlators (arXiv:1305.0007)."""

from collections.abc import Iterator
from typing import NamedTuple

import awkward as ak
import numpy as np

from symbolnet.data.jets.constituents import Constituents, four_momenta
from symbolnet.data.jets.grooming import groomed
from symbolnet.data.table import FEATURES

# Numbers per work array: a few of them stay in the processor's cache.
_PAIRS = 60_000
# Jets at a time: bounds the memory of four-momenta and masks, whatever the reader's chunk.
_BLOCK = 10_000
_COMPONENTS = ("px", "py", "pz", "E")
# A squared mass below this share of the squared energy is what float64 leaves of zero.
_ROUNDING = 1e-13


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
        size = max(1, _PAIRS // max(1, n * (n - 1) // 2))
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
    result: np.ndarray = np.hypot(eta, np.remainder(phi + np.pi, 2 * np.pi) - np.pi)
    return result


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


def jet_features(jets: Constituents) -> np.ndarray:
    """Return (n, 16) in the order of `FEATURES`; every jet needs at least one constituent.

    zlogz = sum z ln z and multiplicity use all constituents, the rest those left after mMDT.
    A jet of one groomed constituent has e2 = e3 = 0 and one of two has e3 = 0: the ratios
    C2, D2, M2 and N2 are then 0 by definition.
    """
    starts = range(0, len(jets.pt), _BLOCK)
    blocks = [_features(_rows(jets, start, start + _BLOCK)) for start in starts]
    return np.concatenate([np.empty((0, len(FEATURES))), *blocks])


def _rows(jets: Constituents, start: int, stop: int) -> Constituents:
    return Constituents(*[None if array is None else array[start:stop] for array in jets])


def _features(jets: Constituents) -> np.ndarray:
    z = jets.pt / ak.sum(jets.pt, axis=1)
    momenta = four_momenta(jets)
    kept = groomed(momenta)
    ratios = _ratios(correlators(jets.pt[kept], jets.eta[kept], jets.phi[kept]))
    columns = ratios | {
        "zlogz": ak.to_numpy(ak.sum(z * np.log(z), axis=1)),
        "mass_mmdt": _mass(momenta[kept]),
        "multiplicity": ak.to_numpy(ak.num(z)),
    }
    return np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float64)


def _mass(momenta: ak.Array) -> np.ndarray:
    """Return the invariant mass (n,) of jagged four-momenta."""
    px, py, pz, energy = (ak.to_numpy(ak.sum(momenta[name], axis=1)) for name in _COMPONENTS)
    square = (energy - pz) * (energy + pz) - px**2 - py**2
    return np.sqrt(np.where(square > _ROUNDING * energy**2, square, 0.0))


def _ratios(e: Correlators) -> dict[str, np.ndarray]:
    """Return C1, C2, D2, M2 and N2 (arXiv:1305.0007, 1409.6298, 1609.07483)."""
    return {
        "c1_b0_mmdt": e.e2_0,
        "c1_b1_mmdt": e.e2_1,
        "c1_b2_mmdt": e.e2_2,
        "c2_b1_mmdt": _ratio(e.e3_1, e.e2_1**2),
        "c2_b2_mmdt": _ratio(e.e3_2, e.e2_2**2),
        "d2_b1_mmdt": _ratio(e.e3_1, e.e2_1**3),
        "d2_b2_mmdt": _ratio(e.e3_2, e.e2_2**3),
        "d2_a1_b1_mmdt": _ratio(e.e3_1, e.e2_1**3),
        "d2_a1_b2_mmdt": _ratio(e.e3_1, e.e2_2**1.5),
        "m2_b1_mmdt": _ratio(e.e3_one_1, e.e2_1),
        "m2_b2_mmdt": _ratio(e.e3_one_2, e.e2_2),
        "n2_b1_mmdt": _ratio(e.e3_two_1, e.e2_1**2),
        "n2_b2_mmdt": _ratio(e.e3_two_2, e.e2_2**2),
    }


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return result
