"""The 16 jet features of OpenML 42468, from constituents."""

import awkward as ak
import numpy as np

from symbolnet.data.constituents import Constituents, four_momenta
from symbolnet.data.correlators import Correlators, correlators
from symbolnet.data.grooming import groomed
from symbolnet.data.table import FEATURES

# Jets at a time: bounds the memory of four-momenta and masks, whatever the reader's chunk.
_BLOCK = 10_000

_COMPONENTS = ("px", "py", "pz", "E")

# A squared mass below this share of the squared energy is what float64 leaves of zero.
_ROUNDING = 1e-13


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
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
