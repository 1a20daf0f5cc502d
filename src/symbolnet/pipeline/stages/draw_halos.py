"""Stage `draw_halos`: settings of a mock to its haloes."""

import numpy as np

from symbolnet.config import HaloMock
from symbolnet.distil.halos.file import save_halos
from symbolnet.distil.halos.mock import draw
from symbolnet.distil.halos.neighbours import edges_of
from symbolnet.pipeline.marks import Out


def draw_halos(halos: Out, spec: HaloMock) -> None:
    """Draw haloes in a log-normal density field, with the overdensities around them."""
    found = draw(spec)
    count = len(edges_of(found).distance) / len(found.masses)
    save_halos(halos, found)
    print(
        f"{len(found.masses)} haloes, {count:.0f} neighbours each, overdensity"
        f" {np.median(found.overdensities):.3g} (median)"
    )
