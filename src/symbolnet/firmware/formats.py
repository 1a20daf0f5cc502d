"""One part in one format as graph nodes: what a search tries, and what the graph is made of."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.config import Precision
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.firmware.fixed import Fixed, from_real
from symbolnet.firmware.graph import Node
from symbolnet.firmware.nodes import Nodes
from symbolnet.firmware.parts import Cut, Decision, Lookup, Part, Port, Product, Score, Sum
from symbolnet.firmware.tables import TURN, Function, is_partial
from symbolnet.firmware.value import Bounds, bounds

WIDE = Precision(width=32, integer=24, table_bits=14, constant_fraction=24)  # bounds nothing here
_CONSTANT_FRACTION = 8
_PORT_BITS, _ADDRESS_BITS, _WEIGHT_BITS, _ENTRY_BITS = 10, 9, 8, 9  # where a search starts


class Format(NamedTuple):
    """What is chosen for a part; what a kind of part has no use for stays 0.

    Port: 2**bits mantissas from `start` on, and fraction bits. Sum: fraction bits of weights. Cut:
    width. Lookup: address bits, fraction bits of the entries, and integer bits of the source that
    saturate away (`clip`).
    """

    bits: int = 0
    fraction: int = 0
    start: int = 0
    clip: int = 0


class Facts(NamedTuple):
    """What training rows say about a part: the range of a port, the function of a table."""

    low: float
    high: float
    function: Function | None = None


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
    if isinstance(part, Lookup):
        return _lookup(nodes, part, form, facts, places[0])
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


def _lookup(nodes: Nodes, part: Lookup, form: Format, facts: Facts, source: int) -> int:
    function = facts.function
    assert function is not None
    address = _address(nodes, part, form, source)
    centre, cells = _cells(nodes, source, address)
    if is_partial(part.expression):
        unit = part.unit
        bounds(part.expression, {part.core: Bounds(cells.low * unit, cells.high * unit)})
    reached = np.clip(function.at(centre * part.unit), facts.low, facts.high)
    return nodes.table(address, tuple(from_real(reached, form.fraction).tolist()), form.fraction)


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
    kept = fraction
    while (bits := _count_bits(nodes[source], fraction - kept)) > form.bits:
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
        first = fine.interval[0] >> spare
        turns = 1 << target.width
        mantissas = first + (mantissas - first) % turns
    ends = np.clip([mantissas << spare, ((mantissas + 1) << spare) - 1], *fine.interval)
    starts, stops = ends * fine.format.step
    return (starts + stops) / 2, Bounds(starts, stops)


def observed(part: Part, x: np.ndarray) -> Facts:
    """Return what training rows (n, d) say about a part."""
    if isinstance(part, Port):
        column = x[:, part.variable]
        return Facts(float(column.min()), float(column.max()))
    if isinstance(part, Lookup):
        real = np.nan_to_num(evaluate([part.core], x)[:, 0])
        function = Function(part.expression, part.core, real)
        taken = np.asarray(function.at(real), np.float64)
        taken = taken[np.isfinite(taken)]
        return Facts(float(taken.min()), float(taken.max()), function)
    return Facts(0.0, 0.0)


def generous(parts: Sequence[Part], facts: Sequence[Facts]) -> list[Format]:
    """Return formats to start a search from: finer than any that it ends with."""
    spread = max((f.high - f.low for f in facts if f.function), default=1.0)
    entries = _ENTRY_BITS - _binary_size(spread)
    formats = []
    for part, fact in zip(parts, facts, strict=True):
        if isinstance(part, Port):
            fraction = _PORT_BITS - _binary_size(fact.high - fact.low)
            formats.append(_port(fact, fraction))
        elif isinstance(part, Lookup):
            formats.append(Format(_ADDRESS_BITS, entries))
        elif isinstance(part, Sum):
            formats.append(Format(fraction=_WEIGHT_BITS))
        else:
            formats.append(Format(_PORT_BITS if isinstance(part, Cut) else 0))
    return formats


def _binary_size(spread: float) -> int:
    """Return the integer bits of a spread; those of 1 where nothing varies."""
    return math.ceil(math.log2(spread)) if spread > 0 else 0


def _port(fact: Facts, fraction: int) -> Format:
    low, high = from_real(np.array([fact.low, fact.high]), fraction).tolist()
    return Format((high - low).bit_length(), fraction, low)
