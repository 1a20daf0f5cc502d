"""Inputs of a rival as signed mantissas of few bits, each on a grid that its training rows fill."""

from typing import NamedTuple

import numpy as np

from symbolnet.errors import InputError
from symbolnet.firmware.graph.fixed import from_real
from symbolnet.firmware.graph.nodes import Nodes

_INSIDE = 0.99  # share of the training rows that an input's grid must hold without saturation


class Grids(NamedTuple):
    """Bits of every input, the fraction bits of each, and which inputs (d,) vary at all."""

    bits: int
    fractions: tuple[int, ...]
    varying: np.ndarray

    @property
    def ends(self) -> tuple[int, int]:
        """The lowest and the highest mantissa; a single bit has no sign."""
        if self.bits == 1:
            return 0, 1
        half = 1 << (self.bits - 1)
        return -half, half - 1

    def mantissas(self, x: np.ndarray) -> np.ndarray:
        """Return standardised inputs (n, d) as a port takes them: rounded, then saturated."""
        pairs = zip(x.T, self.fractions, strict=True)
        columns = [from_real(column, fraction) for column, fraction in pairs]
        return np.asarray(np.clip(np.stack(columns, axis=1), *self.ends))

    def addresses(self, x: np.ndarray) -> np.ndarray:
        """Return the mantissas of standardised inputs (n, d), counted from 0."""
        return self.mantissas(x) - self.ends[0]

    def port(self, nodes: Nodes, index: int) -> int:
        """Add an input and return its place."""
        return nodes.port(index, self.ends, self.fractions[index])

    def comparison(self, nodes: Nodes, index: int, threshold: int) -> int:
        """Add the bit that says whether the mantissa of an input is above a threshold."""
        low, high = self.ends
        entries = tuple(int(value > threshold) for value in range(low, high + 1))
        return nodes.table(self.port(nodes, index), entries, 0)


def grids_of(x: np.ndarray, bits: int) -> Grids:
    """Return the finest grids that hold nearly all training rows (n, d).

    Raise InputError where no input varies.
    """
    varying = x.min(axis=0) < x.max(axis=0)
    if not varying.any():
        do = "prepare the data set again from inputs that vary"
        raise InputError("an input that varies", "constant inputs in the training rows", do)
    reached = np.quantile(np.abs(x), _INSIDE, axis=0)
    reached = np.where(reached > 0, reached, np.abs(x).max(axis=0))
    limit = max(1, (1 << (bits - 1)) - 1)
    scale = limit / np.where(reached > 0, reached, 1)
    fractions = np.clip(np.floor(np.log2(scale)), -16, 16).astype(int)
    return Grids(bits, tuple(fractions.tolist()), varying)
