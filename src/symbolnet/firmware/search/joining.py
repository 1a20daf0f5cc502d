"""Tables of one class that become one table of several inputs, where that saves their adders.

Two tables of three address bits each and the adder behind them take three LUTs a bit or so, one
table of all six takes one. What the class takes from sums and products of these inputs alone is in
the same table, and their adders and multipliers go.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from symbolnet.firmware.build.formats import Format
from symbolnet.firmware.build.parts import (
    Datapath,
    Field,
    Group,
    Joint,
    Lookup,
    Part,
    Port,
    Score,
    Sum,
    inputs_of,
    regrouped,
    sources,
)
from symbolnet.firmware.search.trial import Signal, Signals

_MOST_BITS = 9  # of the address of a joint table; with 7 for tables alone a front ended earlier
_NEW_BITS = 4  # of an input that addressed no table of the class before


class Table(NamedTuple):
    """What a class takes from some inputs: address bits of each, and the fraction of its entries.

    `mixed` tells of a table whose address is a sum or a product, for which its inputs' bits stand.
    """

    bits: tuple[tuple[int, int], ...]
    fraction: int
    mixed: bool


class Proposal(NamedTuple):
    """A group of a class's inputs, with the address bits of each and the fraction of entries."""

    group: Group
    bits: tuple[int, ...]
    fraction: int


def proposals(datapath: Datapath, formats: Sequence[Format]) -> Iterator[Proposal]:
    """Yield the joint tables that two tables of a class, or one of a sum, could become."""
    scores = [part for part in datapath.parts if isinstance(part, Score)]
    for number, score in enumerate(scores):
        tables = _tables(datapath, formats, score)
        single = [(table,) for table in tables if table.mixed]
        for some in (*single, *combinations(tables, 2)):
            found = _united(number, some)
            if sum(found.bits) <= _MOST_BITS and len(found.bits) > 1:
                yield found


def _united(number: int, tables: Sequence[Table]) -> Proposal:
    bits: dict[int, int] = {}
    for variable, own in (pair for table in tables for pair in table.bits):
        bits[variable] = max(own, bits.get(variable, 0))
    inputs = tuple(sorted(bits))
    fraction = max(table.fraction for table in tables)
    return Proposal((number, *inputs), tuple(bits[i] for i in inputs), fraction)


def _tables(datapath: Datapath, formats: Sequence[Format], score: Score) -> list[Table]:
    """Return the tables of a class; inputs of a mixed one have the bits they have elsewhere."""
    plain, mixed = list[Table](), list[tuple[Lookup, int]]()
    for place in score.lookups:
        part, form = datapath.parts[place], formats[place]
        if isinstance(part, Joint):
            fields = zip(part.variables, part.fields, strict=True)
            bits = tuple((one.index, formats[field].bits) for one, field in fields)
            plain.append(Table(bits, form.fraction, False))
        elif isinstance(part, Lookup):
            source = datapath.parts[part.source]
            if isinstance(source, Port):
                own = min(form.bits, formats[part.source].bits)
                plain.append(Table(((source.variable, own),), form.fraction, False))
            else:
                mixed.append((part, form.fraction))
    known = dict(pair for table in plain for pair in table.bits)
    for part, fraction in mixed:
        pairs = tuple((i, known.get(i, _NEW_BITS)) for i in sorted(inputs_of(part.core)))
        plain.append(Table(pairs, fraction, True))
    return plain


class Joined(NamedTuple):
    """A datapath with a joint table more, its formats, and where its parts were before.

    `before` has no entry for a part that is new.
    """

    datapath: Datapath
    formats: list[Format]
    before: dict[int, int]

    def kept(self, signals: Signals) -> dict[int, Signal]:
        """Return what is known of the parts that stay, by where they are now."""
        return {new: signals[old] for new, old in self.before.items()}


def joined(datapath: Datapath, formats: Sequence[Format], proposal: Proposal) -> Joined:
    """Return what becomes of a datapath and its formats: all but what is joined stays."""
    number, *inputs = proposal.group
    inside = set(inputs)
    kept = [g for g in datapath.groups if g[0] != number or not set(g[1:]) <= inside]
    made = regrouped(datapath, tuple(sorted([*kept, proposal.group])))
    numbers: dict[Identity, int] = {}
    old = {number: place for place, number in enumerate(_identified(datapath.parts, numbers))}
    new = _identified(made.parts, numbers)
    before = {place: old[number] for place, number in enumerate(new) if number in old}
    taken = [
        formats[before[place]] if place in before else _new(part, proposal)
        for place, part in enumerate(made.parts)
    ]
    return Joined(made, taken, before)


def _new(part: Part, proposal: Proposal) -> Format:
    if isinstance(part, Field):
        return Format(proposal.bits[proposal.group.index(part.variable, 1) - 1])
    return Format(fraction=proposal.fraction) if isinstance(part, Joint) else Format()


Identity = tuple[object, ...]


def _identified(parts: Sequence[Part], numbers: dict[Identity, int]) -> list[int]:
    """Return a number for each part, the same for parts that are the same but for their places."""
    found: list[int] = []
    for part in parts:
        read = tuple(found[source] for source in sources(part))
        key = (type(part).__name__, _own(part), read)
        found.append(numbers.setdefault(key, len(numbers)))
    return found


def _own(part: Part) -> Identity:
    """Return what a part is, without the places of its sources."""
    if isinstance(part, Port):
        return (part.variable,)
    if isinstance(part, Sum):
        return *(weight for _, weight in part.terms), part.constant
    if isinstance(part, Lookup):
        return part.expression, part.core, part.unit
    if isinstance(part, Field):
        return part.variable, part.group
    if isinstance(part, Joint):
        return part.expression, part.variables
    return (part.name,) if isinstance(part, Score) else ()
