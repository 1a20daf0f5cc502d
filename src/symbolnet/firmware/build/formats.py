"""One part in one format as graph nodes: what a search tries, and what the graph is made of."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.errors import InputError
from symbolnet.firmware.build.bounds import Bounds, bounds, is_partial
from symbolnet.firmware.build.parts import (
    TURN,
    Cut,
    Datapath,
    Decision,
    Facts,
    Field,
    Joint,
    Lookup,
    Part,
    Port,
    Product,
    Score,
    Sum,
    sources,
)
from symbolnet.firmware.graph.fixed import Fixed, from_real
from symbolnet.firmware.graph.graph import Graph, Input, Node, Table, check
from symbolnet.firmware.graph.nodes import Nodes

_CONSTANT_FRACTION = 8  # of a score without tables
_WIDEST_ADDRESS = 14  # of a table of several inputs, the bits between its fields included


class Format(NamedTuple):
    """What is chosen for a part; what a kind of part has no use for stays 0.

    Port: 2**bits mantissas from `start` on, and fraction bits. Sum: fraction bits of weights. Cut:
    width. Lookup: address bits, fraction bits of the entries, and integer bits of the source that
    saturate away (`clip`). Field: address bits. Joint: fraction bits of the entries. Of both tables
    `farther` are the entries, counted from the first, that are not the nearest to the function, but
    on its other side.
    """

    bits: int = 0
    fraction: int = 0
    start: int = 0
    clip: int = 0
    farther: tuple[int, ...] = ()


def assemble(datapath: Datapath, formats: Sequence[Format]) -> Graph:
    """Return the graph of a datapath with one format per part, as all executors run it."""
    nodes, places = Nodes(), list[int]()
    for part, fact, form in zip(datapath.parts, datapath.facts, formats, strict=True):
        read = [places[source] for source in sources(part)]
        places.append(add_part(nodes, part, form, fact, read))
    model, names = datapath.chosen.model, datapath.chosen.feature_names
    graph = Graph(model, names, _summary(nodes), tuple(nodes.list))
    if not graph.inputs():
        raise InputError("an output that depends on an input", "constants only", "prune less")
    check(graph)
    return graph


def distances(datapath: Datapath, formats: Sequence[Format]) -> np.ndarray:
    """Return how far every entry of every table is from its function, in steps: below 1."""
    nodes, places, found = Nodes(), list[int](), [np.zeros(0)]
    for part, fact, form in zip(datapath.parts, datapath.facts, formats, strict=True):
        read = [places[source] for source in sources(part)]
        if isinstance(part, Lookup | Joint):
            cells = cells_of(nodes, part, form, fact, read)
            found.append(np.abs(cells.entries(form.farther) - cells.exact))
        places.append(add_part(nodes, part, form, fact, read))
    return np.concatenate(found)


def _summary(nodes: Nodes) -> dict[str, int]:
    """Return the widest formats: what stands where a uniform precision would."""
    inputs = [node.format.width for node in nodes.list if isinstance(node, Input)]
    tables = [node for node in nodes.list if isinstance(node, Table)]
    addresses = [nodes[node.sources[0]].format.width for node in tables]
    entries = [node.format.width for node in tables]
    names = ("input_bits_most", "address_bits_most", "entry_bits_most")
    return dict(zip(names, (max(w, default=0) for w in (inputs, addresses, entries)), strict=True))


def add_part(nodes: Nodes, part: Part, form: Format, facts: Facts, places: list[int]) -> int:
    """Add the nodes of a part and return the place of the last; `places` are its sources'."""
    if isinstance(part, Port):
        return nodes.port(part.variable, _interval(form, facts), form.fraction)
    if isinstance(part, Sum):
        weights = [weight for _, weight in part.terms]
        return nodes.linear(zip(places, weights, strict=True), part.constant, form.fraction)
    if isinstance(part, Cut):
        return _cut(nodes, places[0], form.bits)
    if isinstance(part, Product):
        return nodes.multiply(places[0], places[1])
    if isinstance(part, Field):
        return _high_bits(nodes, places[0], form.bits)
    if isinstance(part, Lookup | Joint):
        return _table(nodes, part, form, facts, places)
    if isinstance(part, Decision):
        return nodes.argmax(places, part.names)
    total = _total(nodes, part, places)
    return nodes.output(total, part.name) if part.is_output else total


def _interval(form: Format, facts: Facts) -> tuple[int, int]:
    """Return the mantissas of a port: the training range as far as its bits reach."""
    low, high = from_real(np.array([facts.low, facts.high]), form.fraction).tolist()
    first, last = form.start, form.start + 2**form.bits - 1
    return min(max(low, first), last), min(max(high, first), last)


def _cut(nodes: Nodes, place: int, bits: int) -> int:
    """Drop low bits without rounding, which takes no logic."""
    signed, integer, fraction, *_ = nodes[place].format
    return nodes.quantise(place, Fixed(signed, integer, min(fraction, bits - signed - integer)))


def _total(nodes: Nodes, score: Score, places: list[int]) -> int:
    """Add up the tables of a class, or its constant where there are none."""
    if not places:
        return nodes.linear([], score.constant, _CONSTANT_FRACTION)
    return nodes.linear([(place, 1.0) for place in places], 0.0, 0)


class Cells(NamedTuple):
    """A table before its sides are chosen: the place of its address, and what the function is at
    each (k,), in steps of the entries.
    """

    address: int
    exact: np.ndarray

    @property
    def nearest(self) -> np.ndarray:
        """The nearest mantissas (k,)."""
        return from_real(self.exact, 0)

    @property
    def farther(self) -> np.ndarray:
        """The step (k,) from the nearest mantissas to the other side: -1, 1, or 0 on the spot."""
        return np.asarray(np.sign(self.exact - self.nearest), np.int64)

    def entries(self, farther: Sequence[int]) -> np.ndarray:
        """Return the mantissas (k,), some of them those of the farther side."""
        chosen, entries = list(farther), self.nearest
        entries[chosen] += self.farther[chosen]
        return entries


def cells_of(
    nodes: Nodes, part: Lookup | Joint, form: Format, facts: Facts, places: list[int]
) -> Cells:
    """Return the cells of a table, whose address is added to the nodes; `places` are its sources'.

    Raise InputError where the function is not defined on all of a cell.
    """
    if isinstance(part, Joint):
        address, reached = _joint(nodes, part, places)
    else:
        address, reached = _single(nodes, part, form, places[0])
    reached = np.clip(reached, facts.low, facts.high)
    return Cells(address, reached * 2.0**form.fraction)


def _table(
    nodes: Nodes, part: Lookup | Joint, form: Format, facts: Facts, places: list[int]
) -> int:
    cells = cells_of(nodes, part, form, facts, places)
    entries = tuple(cells.entries(form.farther).tolist())
    return nodes.table(cells.address, entries, form.fraction)


def _single(nodes: Nodes, part: Lookup, form: Format, source: int) -> tuple[int, np.ndarray]:
    """Return the address of a table, and the function at the middle of each cell."""
    address = _address(nodes, part, form, source)
    centre, cells = _cells(nodes, source, address)
    if is_partial(part.expression):
        unit = part.unit
        bounds(part.expression, {part.core: Bounds(cells.low * unit, cells.high * unit)})
    return address, part.at(centre * part.unit)


def _joint(nodes: Nodes, part: Joint, places: list[int]) -> tuple[int, np.ndarray]:
    """Return the same of a table of several inputs: the bits of its fields, side by side."""
    fields, ports = places[: len(part.fields)], places[len(part.fields) :]
    address, shifts = _side_by_side(nodes, fields)
    held = [_held(nodes[address], nodes[f], s) for f, s in zip(fields, shifts, strict=True)]
    read = [_cells(nodes, port, field) for port, field in zip(ports, fields, strict=True)]
    pairs = list(zip(held, read, strict=True))
    if is_partial(part.expression):
        ends = [Bounds(cells.low[own], cells.high[own]) for own, (_, cells) in pairs]
        bounds(part.expression, dict(zip(part.variables, ends, strict=True)))
    return address, part.at([centre[own] for own, (centre, _) in pairs])


def _held(address: Node, field: Node, shift: int) -> np.ndarray:
    """Return what each address says of a field, counted from the lowest value of the field.

    A value that the field never takes is never looked up: it stands for the nearest one.
    """
    low, high = address.interval
    own = (np.arange(low, high + 1) >> shift) & ((1 << field.format.width) - 1)
    return np.asarray(np.clip(own, *field.interval) - field.interval[0])


def _side_by_side(nodes: Nodes, fields: Sequence[int]) -> tuple[int, list[int]]:
    """Add the sum that sets fields side by side, the finest lowest; return it and their shifts.

    No two of its terms share a bit, so that it takes no logic.
    """
    finest = max(nodes[field].format.fraction for field in fields)
    factors, shifts, reached = dict[int, int](), dict[int, int](), 0
    for field in sorted(fields, key=lambda place: -nodes[place].format.fraction):
        coarser = finest - nodes[field].format.fraction
        shifts[field] = max(reached, coarser)
        factors[field] = 1 << (shifts[field] - coarser)
        reached = shifts[field] + nodes[field].format.width
    if reached > _WIDEST_ADDRESS:
        do = "choose inputs of more equal steps"
        raise InputError(f"an address of {_WIDEST_ADDRESS} bits at most", f"{reached}", do)
    address = nodes.exact_sum(factors, 0, 0, finest)
    return address, [shifts[field] for field in fields]


def _address(nodes: Nodes, part: Lookup, form: Format, source: int) -> int:
    """Add the address of a table: high bits of its source, without those that say nothing.

    A phase wraps round its turn. Where the interval of anything else has at most 2**n values, its
    low n bits tell them apart, whatever the sign: the rest wraps away too.
    """
    signed, integer, fraction, *_ = nodes[source].format
    if part.unit == TURN:
        integer = min(integer, -1) if signed else -1
        kept = min(form.bits - 1 - integer, fraction)
        return nodes.quantise(source, _at_least_a_bit(Fixed(True, integer, kept)))
    if form.clip:
        kept = min(form.bits - signed - integer + form.clip, fraction)
        narrow = Fixed(signed, integer - form.clip, kept, "SAT")
        return nodes.quantise(source, _at_least_a_bit(narrow))
    return _high_bits(nodes, source, form.bits)


def _high_bits(nodes: Nodes, source: int, most: int) -> int:
    """Add the low bits that tell the values of a node apart, rounded down until they are few."""
    fraction = kept = nodes[source].format.fraction
    most = max(most, 1)
    while (bits := _count_bits(nodes[source], fraction - kept)) > most:
        kept -= 1
    return nodes.quantise(source, Fixed(False, bits - kept, kept))


def _at_least_a_bit(address: Fixed) -> Fixed:
    if address.width < 1:
        raise InputError("an address of at least 1 bit", "none", "choose wider formats")
    return address


def _count_bits(source: Node, drop: int) -> int:
    """Return the bits that count the values of a node without its `drop` lowest bits."""
    low, high = source.interval
    return max(1, ((high >> drop) - (low >> drop)).bit_length())


def _cells(nodes: Nodes, source: int, address: int) -> tuple[np.ndarray, Bounds]:
    """Return the middle and the ends of the source values that each address stands for."""
    fine, target = nodes[source], nodes[address].format
    low, high = nodes[address].interval
    spare = fine.format.fraction - target.fraction
    mantissas = np.arange(low, high + 1)
    if address != source and target.overflow == "WRAP":
        # Addresses are numbers modulo 2**width: each stands for its one value of the interval.
        first = fine.interval[0] >> spare
        turns = 1 << target.width
        mantissas = first + (mantissas - first) % turns
    ends = np.clip([mantissas << spare, ((mantissas + 1) << spare) - 1], *fine.interval)
    starts, stops = ends * fine.format.step
    return (starts + stops) / 2, Bounds(starts, stops)
