"""Lists that hold equal things once, and the one of graph nodes: formats and intervals follow."""

import math
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from symbolnet.errors import InputError
from symbolnet.firmware.graph.fixed import Fixed, fitting
from symbolnet.firmware.graph.graph import (
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

Item = TypeVar("Item")
# Larger constants are refused: with the fraction bits that weights get, sums of a few such terms
# would not fit the 62 bits of an exact node.
_LARGEST = 2.0**23


class Places(Generic[Item]):
    """A growing list; the same item twice is one place."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.list = list(items)
        self._places: dict[tuple[type, Item], int] = {}

    def __getitem__(self, place: int) -> Item:
        return self.list[place]

    def place(self, item: Item) -> int:
        """Return the place of an item, appended if it was not placed before."""
        key = type(item), item  # a tuple alone may equal one of another kind
        if key not in self._places:
            self._places[key] = len(self.list)
            self.list.append(item)
        return self._places[key]


class Nodes(Places[Node]):
    """Appends nodes and returns their places."""

    def _fitted(self, node: Linear | Multiply) -> int:
        """Place a node that is exact: its format is the narrowest that holds its interval."""
        interval = bound(node, self.list)
        fitted = fitting(*interval, node.format.fraction)
        return self.place(node._replace(format=fitted, interval=interval))

    def port(self, index: int, interval: Interval, fraction: int) -> int:
        """Add an input whose mantissas span an interval, of two values at least.

        A port of a single value would have no bit, and no place in the Verilog.
        """
        interval = interval[0], max(interval[1], interval[0] + 1)
        return self.place(Input(index, fitting(*interval, fraction), interval))

    def linear(self, terms: Iterable[tuple[int, float]], constant: float, fraction: int) -> int:
        """Add the sum of place * weight, plus a constant; weights get `fraction` fraction bits."""
        factors: dict[int, int] = {}
        for place, weight in terms:
            factors[place] = factors.get(place, 0) + _mantissa(weight, fraction)
        kept = {place: factor for place, factor in sorted(factors.items()) if factor}
        offset = _mantissa(constant, fraction)
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

    def multiply(self, left: int, right: int) -> int:
        """Add the exact product of two nodes."""
        fraction = self[left].format.fraction + self[right].format.fraction
        places = (min(left, right), max(left, right))
        return self._fitted(Multiply(places, Fixed(False, 0, fraction), (0, 0)))

    def table(self, place: int, entries: tuple[int, ...], fraction: int) -> int:
        """Add a table with one entry per mantissa of its source's interval."""
        ends = min(entries), max(entries)
        return self.place(Table((place,), entries, fitting(*ends, fraction), ends))

    def quantise(self, place: int, target: Fixed) -> int:
        """Add a conversion to a format; return the place itself where nothing would change."""
        source = self[place]
        drop = source.format.fraction - target.fraction
        low, high = source.interval
        if drop <= 0 and target.holds(low << -drop, high << -drop):
            return place
        node = Quantise((place,), target, (0, 0))
        return self.place(node._replace(interval=bound(node, self.list)))

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
        return self.output(self.place(node), "class")

    def output(self, place: int, name: str) -> int:
        """Name a node as the score of a class, or as the number of the class."""
        source = self[place]
        return self.place(Output((place,), name, source.format, source.interval))


def _mantissa(constant: float, fraction: int) -> int:
    if not abs(constant) < _LARGEST:
        found = f"{constant:.6g}"
        raise InputError(
            f"constants between {-_LARGEST:.0f} and {_LARGEST:.0f}", found, "choose another model"
        )
    return math.floor(constant * 2.0**fraction + 0.5)


def _zeros(mantissas: Iterable[int], most: int) -> int:
    """Return how many zero bits, at most `most`, all mantissas end in."""
    return min([most, *((m & -m).bit_length() - 1 for m in mantissas if m)])
