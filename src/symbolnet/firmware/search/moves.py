"""Where a search starts, the formats of a uniform precision, and the moves to smaller ones."""

import math
from collections.abc import Sequence

import numpy as np

from symbolnet.config import Precision
from symbolnet.firmware.build.formats import Format
from symbolnet.firmware.build.parts import (
    TURN,
    Cut,
    Datapath,
    Facts,
    Field,
    Joint,
    Lookup,
    Part,
    Port,
    Sum,
)
from symbolnet.firmware.graph.fixed import from_real

_PHASE_BITS = 3  # by which 2 pi is larger than 1
_FIELD_BITS = 4  # of an input of a joint table
_PORT_BITS, _ADDRESS_BITS, _WEIGHT_BITS, _ENTRY_BITS = 10, 9, 8, 9  # where a search starts


def generous(datapath: Datapath) -> list[Format]:
    """Return formats to start a search from: finer than any that it ends with."""
    pairs = list(zip(datapath.parts, datapath.facts, strict=True))
    tables = (fact.high - fact.low for part, fact in pairs if isinstance(part, Lookup))
    entries = _ENTRY_BITS - _binary_size(max(tables, default=1.0))
    return [_generous(part, fact, entries) for part, fact in pairs]


def _generous(part: Part, fact: Facts, entries: int) -> Format:
    if isinstance(part, Port):
        return _port(fact, _PORT_BITS - _binary_size(fact.high - fact.low))
    if isinstance(part, Lookup):
        return Format(_ADDRESS_BITS, entries)
    if isinstance(part, Field):
        return Format(_FIELD_BITS)
    if isinstance(part, Joint):
        return Format(fraction=entries)
    if isinstance(part, Sum):
        return Format(fraction=_WEIGHT_BITS)
    return Format(_PORT_BITS if isinstance(part, Cut) else 0)


def uniform(datapath: Datapath, precision: Precision) -> list[Format]:
    """Return formats that are the same for all parts of a kind.

    Only a sum that is a phase has weights of more fraction bits: in turns they are 2 pi smaller.
    """
    phases = {p.source for p in datapath.parts if isinstance(p, Lookup) and p.unit == TURN}
    return [_uniform(part, place in phases, precision) for place, part in enumerate(datapath.parts)]


def _uniform(part: Part, is_phase: bool, precision: Precision) -> Format:
    fraction = precision.width - precision.integer
    if isinstance(part, Port):
        return Format(precision.width, fraction, -(2 ** (precision.width - 1)))
    if isinstance(part, Lookup):
        return Format(precision.table_bits, fraction)
    if isinstance(part, Sum):
        return Format(fraction=precision.constant_fraction + _PHASE_BITS * is_phase)
    return Format(precision.width if isinstance(part, Cut) else 0)


def _binary_size(spread: float) -> int:
    """Return the integer bits of a spread; those of 1 where nothing varies."""
    return math.ceil(math.log2(spread)) if spread > 0 else 0


def _port(fact: Facts, fraction: int) -> Format:
    low, high = from_real(np.array([fact.low, fact.high]), fraction).tolist()
    return Format((high - low).bit_length(), fraction, low)


def smaller(part: Part, form: Format, parts: Sequence[Part]) -> list[Format]:
    """Return the next smaller formats of a part, always as many for a kind of part."""
    if isinstance(part, Port):
        return _smaller_ports(form)
    if isinstance(part, Lookup):
        return _smaller_tables(part, form, isinstance(parts[part.source], Port))
    if isinstance(part, Joint):
        return [form._replace(fraction=form.fraction - 1)]
    if isinstance(part, Field) and form.bits > 1:
        return [form._replace(bits=form.bits - 1)]
    if isinstance(part, Sum) and form.fraction > 0:
        return [form._replace(fraction=form.fraction - 1)]
    if isinstance(part, Cut) and form.bits > 2:
        return [form._replace(bits=form.bits - 1)]
    return []


def _smaller_ports(form: Format) -> list[Format]:
    """Halve the values of a port: coarser steps, or only its lower, middle or upper ones."""
    bits, fraction, start, *_ = form
    if bits < 2:
        return []
    coarser = Format(bits - 1, fraction - 1, start >> 1)
    starts = [start + n * 2**bits // 4 for n in range(3)]
    return [coarser, *(Format(bits - 1, fraction, first) for first in starts)]


def _smaller_tables(part: Lookup, form: Format, shared: bool) -> list[Format]:
    """Coarser entries, coarser addresses, or addresses that reach less far."""
    smaller = [form._replace(fraction=form.fraction - 1)]
    if form.bits > 1:
        smaller.append(form._replace(bits=form.bits - 1))
        if not shared and part.unit == 1.0:
            smaller.append(form._replace(bits=form.bits - 1, clip=form.clip + 1))
    return smaller
