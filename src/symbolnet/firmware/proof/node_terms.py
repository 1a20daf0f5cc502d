"""The nodes of a graph as terms of an SMT solver, from `graph.json` alone, up to cuts.

A value is a word in two's complement, modulo 2 to the power of its width. A node that is a cut is
its variable times 2**shift; another one is what it computes of those that it reads.
"""

from collections.abc import Sequence

from symbolnet.firmware.graph.graph import (
    Argmax,
    Graph,
    Linear,
    Multiply,
    Node,
    Quantise,
    Table,
    shifts,
    sources,
    weights,
)
from symbolnet.firmware.proof.smt import CONSTANT, Form, Smt, Term, added, width_of


class NodeTerms:
    """Builds terms of nodes; `cuts` are the shifts of those that have a variable."""

    def __init__(self, smt: Smt, graph: Graph) -> None:
        self._smt, self._nodes = smt, graph.nodes
        self.cuts: dict[int, int] = {}

    def value(self, place: int, width: int) -> Term:
        """Return the value of a node."""
        form = self._form(place)
        return self.defined(place, width) if form is None else self._smt.sum(form, width)

    def _form(self, place: int) -> Form | None:
        """Return a node as a sum of variables: a cut, a constant, or a sum of these."""
        node = self._nodes[place]
        if node.interval[0] == node.interval[1]:
            return {CONSTANT: node.interval[0]}
        if place in self.cuts:
            return {place: 1 << self.cuts[place]}
        return self._sum(node) if isinstance(node, Linear) else None

    def _sum(self, node: Linear) -> Form | None:
        parts: list[tuple[int, Form]] = [(1, {CONSTANT: node.offset})]
        for source, weight in zip(node.sources, weights(node, self._nodes), strict=True):
            form = self._form(source)
            if form is None:
                return None
            parts.append((weight, form))
        return added(parts)

    def defined(self, place: int, width: int) -> Term:
        """Return what a node computes of those that it reads."""
        node = self._nodes[place]
        if isinstance(node, Linear):
            return self._summed(node, width)
        if isinstance(node, Multiply):
            return self._product(node, width)
        return self._smt.resized(self._exact(node), width, True)

    def _summed(self, node: Linear, width: int) -> Term:
        form = self._sum(node)
        if form is not None:
            return self._smt.sum(form, width)
        total = self._smt.value(node.offset, width)
        for source, weight in zip(node.sources, weights(node, self._nodes), strict=True):
            part = self._smt("BV_MUL", self.value(source, width), self._smt.value(weight, width))
            total = self._smt("BV_ADD", total, part)
        return total

    def _product(self, node: Multiply, width: int) -> Term:
        """Return a product; what its factors are shifted by is done after it, as in hardware."""
        shift = sum(self.cuts.get(source, 0) for source in node.sources)
        if shift >= width:
            return self._smt.value(0, width)
        return self._smt.moved(
            self._smt("BV_MUL", *(self._factor(s, width - shift) for s in node.sources)), shift
        )

    def _factor(self, place: int, width: int) -> Term:
        if place in self.cuts:
            return self._smt.sum({place: 1}, width)
        return self.value(place, width)

    def _exact(self, node: Node) -> Term:
        """Return a node in bits that hold all that it can be, the sign among them."""
        if isinstance(node, Table):
            return self._entry(node)
        if isinstance(node, Quantise):
            return self._quantised(node)
        if isinstance(node, Argmax):
            return self._largest(node)
        (source,) = sources(node)  # of an output
        return self.value(source, _signed_width(node))

    def _entry(self, node: Table) -> Term:
        """Return the entry at an address: choices by its bits, one after the other."""
        low, high = self._nodes[node.sources[0]].interval
        bits, width = width_of(low, high), _signed_width(node)
        level = [self._smt.value(0, width)] * (1 << bits)
        for address, entry in enumerate(node.entries, low):
            level[address % (1 << bits)] = self._smt.value(entry, width)
        address = self.value(node.sources[0], bits)
        for place in range(bits):
            bit = self._smt.bits(address, place, 1)
            pairs = zip(level[::2], level[1::2], strict=True)
            level = [
                even if even == odd else self._smt.chosen(bit, odd, even) for even, odd in pairs
            ]
        return level[0]

    def _quantised(self, node: Quantise) -> Term:
        """Return a value rounded, then held in the format or wrapped into it."""
        smt, source, target = self._smt, self._nodes[node.sources[0]], node.format
        drop = source.format.fraction - target.fraction
        width = max(_signed_width(source) + abs(drop), target.width) + 2
        value = self.value(node.sources[0], width)
        if drop > 0:
            half = 1 << (drop - 1) if target.rounding == "RND" else 0
            raised = smt("BV_ADD", value, smt.value(half, width))
            value = smt.resized(smt.bits(raised, drop, width - drop), width, True)
        else:
            value = smt.bits(smt.moved(value, -drop), 0, width)
        if target.overflow == "WRAP":
            low = smt.bits(value, 0, target.width)
            return smt.resized(low, target.width + 1, target.signed)
        return self._held(value, target.lowest, target.highest)

    def _held(self, value: Term, lowest: int, highest: int) -> Term:
        smt, width = self._smt, self._smt.width(value)
        least, most = smt.value(lowest, width), smt.value(highest, width)
        value = smt("ITE", smt("BV_SLT", value, least), least, value)
        return smt("ITE", smt("BV_SGT", value, most), most, value)

    def _largest(self, node: Argmax) -> Term:
        """Return the place of the largest value, one compared after the other."""
        smt, ups = self._smt, shifts(node, self._nodes)
        read = [self._nodes[source] for source in node.sources]
        width = max(_signed_width(one) + up for one, up in zip(read, ups, strict=True))
        values = [
            smt.bits(smt.moved(self.value(source, width), up), 0, width)
            for source, up in zip(node.sources, ups, strict=True)
        ]
        return self._winner(values, _signed_width(node))

    def _winner(self, values: Sequence[Term], width: int) -> Term:
        smt, best, place = self._smt, values[0], self._smt.value(0, width)
        for number, value in enumerate(values[1:], 1):
            larger = smt("BV_SGT", value, best)
            best = smt("ITE", larger, value, best)
            place = smt("ITE", larger, smt.value(number, width), place)
        return place


def _signed_width(node: Node) -> int:
    """Return the bits of a node's values, with a sign also where none is negative."""
    low, high = node.interval
    return width_of(min(low, -1), high)
