"""The haloes as one .npz: what the network and the formulas are fitted to, and judged by.

Arrays, of h haloes: `positions` float64 (h, 3), Mpc/h in the periodic box; `velocities` float64
(h, 3), 100 km/s; `masses` float64 (h,), in units of the least; `overdensities` float64 (h,);
`settings` JSON text, the settings of the mock; `contract` = 1.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.config import HaloMock
from symbolnet.distil.arrays import Contract, expect

CONTRACT = Contract(1, "haloes", "a mock", "draw them again", "draw it again")
Array = np.ndarray
_FEWEST = 100


class Halos(NamedTuple):
    """Haloes with their overdensities; shapes as in the file."""

    positions: Array
    velocities: Array
    masses: Array
    overdensities: Array
    settings: HaloMock


def save_halos(path: Path, halos: Halos) -> None:
    """Check haloes and write them atomically."""
    _check(halos, path)
    CONTRACT.save(path, halos._asdict())


def load_halos(path: Path) -> Halos:
    """Read haloes; raise InputError where they break the contract."""
    halos = Halos(**CONTRACT.load(path, Halos._fields, HaloMock))
    _check(halos, path)
    return halos


def _check(halos: Halos, path: Path) -> None:
    count = len(halos.masses)
    shapes = {"positions": (count, 3), "velocities": (count, 3), "overdensities": (count,)}
    for name, shape in shapes.items():
        found = getattr(halos, name).shape
        _expect(found == shape, path, f"{name} of {shape}", found)
    for name in (*shapes, "masses"):
        finite = bool(np.isfinite(getattr(halos, name)).all())
        _expect(finite, path, f"finite {name}", "NaN or infinity")
    _expect(count >= _FEWEST, path, f"{_FEWEST} haloes at least", count)
    _expect(bool((halos.masses > 0).all()), path, "masses above 0", halos.masses.min())
    box, least, most = halos.settings.box, halos.positions.min(), halos.positions.max()
    _expect(least >= 0 and most <= box, path, f"positions in 0 to {box:g}", f"{least:g}, {most:g}")


def _expect(truth: bool, path: Path, expected: str, found: object) -> None:
    expect(truth, path, expected, found, "correct or draw the haloes")
