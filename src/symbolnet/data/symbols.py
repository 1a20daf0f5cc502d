"""Symbols of inputs in formulas, as their data source gives them: text base_sub^sup.

An input without a symbol stands under its name: a column that a user calls `mass` is not the
groomed mass of a jet, nor one called `p1_2` a pixel.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# What the reader of jets computes, in the order of `table.FEATURES`. All but the first and the last
# are groomed alike (mMDT); only the mass says so.
JETS = (
    "(∑ z ln z)",
    "C_1^(0)",
    "C_1^(1)",
    "C_1^(2)",
    "C_2^(1)",
    "C_2^(2)",
    "D_2^(1)",
    "D_2^(2)",
    "D_2^(1,1)",
    "D_2^(1,2)",
    "M_2^(1)",
    "M_2^(2)",
    "N_2^(1)",
    "N_2^(2)",
    "m_mMDT",
    "N_const",
)
_SYMBOL = re.compile(r"p_(\d+),(\d+)(?:,(\d+))?")


class Symbol(NamedTuple):
    """Words and signs of the base, and what stands below and above it; empty where nothing."""

    base: tuple[str, ...]
    sub: str
    sup: str


def read_symbol(text: str) -> Symbol:
    """Return the parts of a symbol."""
    below, _, sup = text.partition("^")
    base, _, sub = below.partition("_")
    return Symbol(tuple(re.findall(r"\w+|[^\w\s]", base)), sub, sup)


def pixels(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the symbols of the pixels of images of a shape, p with its place below."""
    return tuple("p_" + ",".join(map(str, place)) for place in np.ndindex(shape))


def given(symbols: Sequence[str], names: Sequence[str]) -> list[str | None]:
    """Return the symbol of each input, None where its name stands for it.

    There is one symbol, which may be empty, for each name, or none at all.
    """
    return [text or None for text in symbols] or [None] * len(names)


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
