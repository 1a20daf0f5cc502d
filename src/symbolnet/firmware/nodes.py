"""A growing list of graph nodes: equal nodes are one, formats and intervals follow the sources."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from symbolnet.config import Precision
from symbolnet.errors import InputError
from symbolnet.firmware.fixed import Fixed, Rounding, fitting
from symbolnet.firmware.graph import (
    Argmax,
    Input,
    Interval,
    Linear,
    Multiply,
    Node,
    Output,
    Quantise,
    Table,
    bound,
    compared,
)


class Nodes:
    """Appends nodes and returns their places; the same node twice is one place."""

    def __init__(self, precision: Precision) -> None:
        self.precision = precision
        self.fraction = precision.width - precision.integer
        self.list: list[Node] = []
        self._places: dict[tuple[type, Node], int] = {}

    def __getitem__(self, place: int) -> Node:
        return self.list[place]

    def _place(self, node: Node) -> int:
        key = type(node), node  # a tuple alone may equal one of another kind
        if key not in self._places:
            self._places[key] = len(self.list)
            self.list.append(node)
        return self._places[key]

    def _fitted(self, node: Linear | Multiply) -> int:
        """Place a node that is exact: its format is the narrowest that holds its interval."""
        interval = bound(node, self.list)
        fitted = fitting(*interval, node.format.fraction)
        return self._place(node._replace(format=fitted, interval=interval))

    def input(self, index: int, low: float, high: float) -> int:
        """Add an input whose interval covers low..high as far as the precision reaches."""
        limit = 1 << (self.precision.width - 1)
        scale = 2.0**self.fraction
        ends = math.floor(low * scale), math.ceil(high * scale)
        first, last = (min(max(end, -limit), limit - 1) for end in ends)
        return self.port(index, (first, last), self.fraction)

    def port(self, index: int, interval: Interval, fraction: int) -> int:
        """Add an input whose mantissas span an interval, of two values at least.

        A port of a single value would have no bit, and no place in the Verilog.
        """
        interval = interval[0], max(interval[1], interval[0] + 1)
        return self._place(Input(index, fitting(*interval, fraction), interval))

    def linear(self, terms: Iterable[tuple[int, float]], constant: float, fraction: int) -> int:
        """Add the sum of place * weight, plus a constant; weights get `fraction` fraction bits."""
        factors: dict[int, int] = {}
        for place, weight in terms:
            factors[place] = factors.get(place, 0) + self._mantissa(weight, fraction)
        kept = {place: factor for place, factor in sorted(factors.items()) if factor}
        offset = self._mantissa(constant, fraction)
        if not offset and list(kept.values()) == [1 << fraction]:
            return next(iter(kept))
        return self._sum(kept, offset, fraction)

    def _sum(self, factors: dict[int, int], offset: int, fraction: int) -> int:
        """Add a sum, its constants without the zeros at the end that all of them share."""
        spare, spare_offset = _zeros(factors.values(), fraction), _zeros([offset], fraction)
        finest = max((self[place].format.fraction for place in factors), default=0)
        exact = max(finest + fraction - spare, fraction - spare_offset)
        moved = (offset >> spare_offset) << (exact - fraction + spare_offset)
        weights = tuple(factor >> spare for factor in factors.values())
        blank = Fixed(False, 0, exact)
        return self._fitted(Linear(tuple(factors), weights, fraction - spare, moved, blank, (0, 0)))

    def exact_sum(
        self, factors: dict[int, int], fraction: int, offset: int, offset_fraction: int
    ) -> int:
        """Add the sum of place * factor, factors and the offset being mantissas.

        `offset_fraction`, the fraction bits of the sum, must be those of the finest product.
        """
        blank = Fixed(False, 0, offset_fraction)
        node = Linear(tuple(factors), tuple(factors.values()), fraction, offset, blank, (0, 0))
        return self._fitted(node)

    def _mantissa(self, constant: float, fraction: int) -> int:
        limit = 2.0 ** (self.precision.integer - 1)
        if not abs(constant) < limit:
            do = "raise firmware.precision.integer or choose another model"
            raise InputError(f"constants between -{limit:g} and {limit:g}", f"{constant:.6g}", do)
        return math.floor(constant * 2.0**fraction + 0.5)

    def multiply(self, left: int, right: int) -> int:
        """Add the exact product of two nodes."""
        fraction = self[left].format.fraction + self[right].format.fraction
        places = (min(left, right), max(left, right))
        return self._fitted(Multiply(places, Fixed(False, 0, fraction), (0, 0)))

    def table(self, place: int, entries: tuple[int, ...], fraction: int) -> int:
        """Add a table with one entry per mantissa of its source's interval."""
        ends = min(entries), max(entries)
        return self._place(Table((place,), entries, fitting(*ends, fraction), ends))

    def quantise(self, place: int, target: Fixed) -> int:
        """Add a conversion to a format; return the place itself where nothing would change."""
        source = self[place]
        drop = source.format.fraction - target.fraction
        low, high = source.interval
        if drop <= 0 and target.holds(low << -drop, high << -drop):
            return place
        node = Quantise((place,), target, (0, 0))
        return self._place(node._replace(interval=bound(node, self.list)))

    def narrowed(self, place: int, samples: np.ndarray) -> int:
        """Convert a node to the uniform precision, its values on training rows being `samples`.

        Where the interval needs more integer bits than the precision has, the width stays: the
        point moves, or the value saturates, whichever costs less on the samples.
        """
        rounding: Rounding = "TRN" if isinstance(self[place], Multiply) else "RND"
        exact = fitting(*self._rounded_ends(place, self.fraction, rounding), self.fraction)
        if exact.integer < self.precision.integer:
            return self.quantise(place, exact._replace(rounding=rounding))
        integer = best_integer(samples, exact.integer, self.precision)
        fraction = min(self.fraction, self.precision.width - 1 - integer)
        target = Fixed(exact.signed, integer, fraction, "WRAP", rounding)
        held = target.holds(*self._rounded_ends(place, fraction, rounding))
        return self.quantise(place, target if held else target._replace(overflow="SAT"))

    def _rounded_ends(self, place: int, fraction: int, rounding: Rounding) -> tuple[int, int]:
        source = self[place]
        drop = source.format.fraction - fraction
        half = 1 << (drop - 1) if rounding == "RND" and drop > 0 else 0
        low, high = ((end + half) >> drop if drop > 0 else end << -drop for end in source.interval)
        return low, high

    def outputs(self, scores: Sequence[int], names: Sequence[str], argmax: bool) -> None:
        """Put out the scores of the classes, or the number of the class of the largest alone."""
        if argmax:
            self.argmax(scores, names)
            return
        for place, name in zip(scores, names, strict=True):
            self.output(place, name)

    def argmax(self, places: Sequence[int], names: Sequence[str]) -> int:
        """Add the number of the class of the largest score, and name it as the output."""
        blank = Argmax(tuple(places), tuple(names), Fixed(False, 0, 0), (0, 0))
        for ends in compared(blank, self.list):
            fitting(*ends, 0)  # refuses what is too wide to compare
        interval = bound(blank, self.list)
        if interval[0] == interval[1]:
            found = f"{names[interval[0]]} for every input"
            do = "set firmware.argmax to false, or prune less"
            raise InputError("two classes or more that can be decided for", found, do)
        node = blank._replace(format=fitting(*interval, 0), interval=interval)
        return self.output(self._place(node), "class")

    def output(self, place: int, name: str) -> int:
        """Name a node as the score of a class, or as the number of the class."""
        source = self[place]
        return self._place(Output((place,), name, source.format, source.interval))


def best_integer(samples: np.ndarray, most: int, precision: Precision) -> int:
    """Return the integer bits (without the sign) of least squared error on real samples (n,).

    The width is that of the precision, so each further integer bit costs a fraction bit.
    """
    least, most = precision.integer - 1, min(most, precision.width - 1)
    candidates = range(least, max(least, most) + 1)
    return min(candidates, key=lambda integer: _range_error(samples, integer, precision))


def _range_error(samples: np.ndarray, integer: int, precision: Precision) -> float:
    fraction = min(precision.width - precision.integer, precision.width - 1 - integer)
    limit = 2.0**integer
    bounded = np.clip(samples, -(2.0**precision.width), 2.0**precision.width)
    stored = np.clip(np.floor(bounded * 2.0**fraction + 0.5) / 2.0**fraction, -limit, limit)
    return float(np.mean((stored - bounded) ** 2))


def _zeros(mantissas: Iterable[int], most: int) -> int:
    """Return how many zero bits, at most `most`, all mantissas end in."""
    return min([most, *((m & -m).bit_length() - 1 for m in mantissas if m)])
