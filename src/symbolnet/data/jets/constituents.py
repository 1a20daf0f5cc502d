"""Constituents of jets: jagged arrays (n, var), checked and turned into four-momenta."""

from typing import NamedTuple

import awkward as ak
import numpy as np

from symbolnet.errors import InputError

# A jet has some hundred constituents at most. More of them means that an entry is a whole event,
# and the three-point correlations, which grow as the cube, would never end.
MAX_CONSTITUENTS = 1000

# Bounds far beyond any collider (in GeV), within which no sum or ratio over- or underflows.
MAX_VALUE = 1e9
MIN_PT = 1e-12
MAX_ABS_ETA = 100.0

# An azimuth is within a turn; the sum of a jet's and a constituent's own may be a little beyond.
TURNS = 1.25


class Constituents(NamedTuple):
    """Jagged kinematics, one entry per jet; give a mass or an energy, or neither (massless).

    `eta` and `phi` may be absolute or relative to the jet axis.
    """

    pt: ak.Array
    eta: ak.Array
    phi: ak.Array
    mass: ak.Array | None = None
    energy: ak.Array | None = None


def checked(
    jets: Constituents, where: str, entries: np.ndarray, phi_unit: str = "radians"
) -> Constituents:
    """Return float64 constituents without the zero padding of pt, phi in radians.

    Raises InputError on nonsense; `where` names the file and `entries` (n,) numbers the jets in it,
    for messages.
    """
    _equal_lengths(jets, where, entries)
    arrays = {
        name: ak.values_astype(array, np.float64)
        for name, array in jets._asdict().items()
        if array is not None
    }
    real = ~(abs(arrays["pt"]) < MIN_PT)  # NaN stays, to be found below
    jets = Constituents(**{name: array[real] for name, array in arrays.items()})
    for name in arrays:
        bad = ~(abs(getattr(jets, name)) < MAX_VALUE)  # NaN too
        _none(bad, name, f"finite values below {MAX_VALUE:g}", where, entries)
    _none(jets.pt < 0, "pt", "transverse momenta above 0", where, entries)
    _none(abs(jets.eta) > MAX_ABS_ETA, "eta", f"|eta| below {MAX_ABS_ETA:g}", where, entries)
    jets = _in_radians(jets, phi_unit, where, entries)
    crowded = np.flatnonzero(ak.to_numpy(ak.num(jets.pt)) > MAX_CONSTITUENTS)
    if len(crowded):
        found = f"{ak.num(jets.pt)[crowded[0]]} in entry {entries[crowded[0]]} of {where}"
        expected = f"at most {MAX_CONSTITUENTS} constituents per jet"
        raise InputError(expected, found, "map branches with one entry per jet, not per event")
    return jets


def _in_radians(jets: Constituents, unit: str, where: str, entries: np.ndarray) -> Constituents:
    """Return the jets with phi in radians; raise InputError where it cannot be in its unit."""
    turn = {"radians": 2 * np.pi, "degrees": 360.0}[unit]
    far = np.flatnonzero(ak.to_numpy(ak.any(abs(jets.phi) > TURNS * turn, axis=1)))
    if len(far):
        largest = float(ak.max(abs(jets.phi[far[0]])))
        found = f"{largest:.4g} in entry {entries[far[0]]}, and such in {len(far)} jets"
        do = (
            "set `phi_unit: degrees` in `constituents`"
            if unit == "radians"
            else "repair these jets, or check the mapping of branches"
        )
        raise InputError(f"phi in {unit} (at most {TURNS * turn:.4g}) in {where}", found, do)
    return jets if unit == "radians" else jets._replace(phi=np.deg2rad(jets.phi))


def four_momenta(jets: Constituents) -> ak.Array:
    """Return jagged records px, py, pz, E as fastjet reads them."""
    momenta = {
        "px": jets.pt * np.cos(jets.phi),
        "py": jets.pt * np.sin(jets.phi),
        "pz": jets.pt * np.sinh(jets.eta),
        "E": jets.energy if jets.energy is not None else _energy(jets),
    }
    return ak.zip(momenta, with_name="Momentum4D")


def _energy(jets: Constituents) -> ak.Array:
    momentum = jets.pt * np.cosh(jets.eta)
    return momentum if jets.mass is None else np.hypot(momentum, jets.mass)


def _equal_lengths(jets: Constituents, where: str, entries: np.ndarray) -> None:
    counts = ak.to_numpy(ak.num(jets.pt))
    for name, array in jets._asdict().items():
        if array is None:
            continue
        other = ak.to_numpy(ak.num(array))
        if not np.array_equal(other, counts):
            jet = np.flatnonzero(other != counts)[0]
            found = f"{other[jet]} of {name}, {counts[jet]} of pt"
            expected = f"lists of one length in entry {entries[jet]} of {where}"
            raise InputError(expected, found, "check the mapping of branches")


def _none(bad: ak.Array, name: str, expected: str, where: str, entries: np.ndarray) -> None:
    jets = np.flatnonzero(ak.to_numpy(ak.any(bad, axis=1)))
    if len(jets):
        found = f"{len(jets)} jets with others, the first in entry {entries[jets[0]]}"
        do = "repair or drop these jets, or check the mapping of branches"
        raise InputError(f"{expected} of {name} in {where}", found, do)
