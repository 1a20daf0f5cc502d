"""Inputs that are the pixels of an image, known by their symbols: p_<row>,<column>[,<channel>]."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_SYMBOL = re.compile(r"p_(\d+),(\d+)(?:,(\d+))?")


class ImageShape(NamedTuple):
    """Rows, columns and channels of an image; its pixels are in that order of significance."""

    rows: int
    columns: int
    channels: int

    @property
    def size(self) -> int:
        """Number of inputs."""
        return self.rows * self.columns * self.channels


def image_shape(symbols: Sequence[str]) -> ImageShape | None:
    """Return the shape of the images that inputs of these symbols are; None where they are none."""
    matches = [_SYMBOL.fullmatch(symbol) for symbol in symbols]
    places = [tuple(int(n or 0) for n in match.groups()) for match in matches if match]
    if not places or len(places) < len(symbols):
        return None
    shape = ImageShape(*(1 + max(place[axis] for place in places) for axis in range(3)))
    whole = shape.size == len(places) and places == list(np.ndindex(*shape))
    return shape if whole else None


def grey_levels(raw: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return raw pixels as whole levels: `low` and below is 0, `high` and above 255."""
    span = (high - low) or 1.0
    return np.clip(np.rint(255 * (raw - low) / span), 0, 255).astype(np.uint8)
