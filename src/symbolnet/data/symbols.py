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
