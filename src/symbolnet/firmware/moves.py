"""The moves of a search: the next smaller formats of a part."""

from collections.abc import Sequence

from symbolnet.firmware.formats import Format
from symbolnet.firmware.parts import Cut, Lookup, Part, Port, Sum


def smaller(part: Part, form: Format, parts: Sequence[Part]) -> list[Format]:
    """Return the next smaller formats of a part, always as many for a kind of part."""
    if isinstance(part, Port):
        return _smaller_ports(form)
    if isinstance(part, Lookup):
        return _smaller_tables(part, form, isinstance(parts[part.source], Port))
    if isinstance(part, Sum) and form.fraction > 0:
        return [form._replace(fraction=form.fraction - 1)]
    if isinstance(part, Cut) and form.bits > 2:
        return [form._replace(bits=form.bits - 1)]
    return []


def _smaller_ports(form: Format) -> list[Format]:
    """Halve the values of a port: coarser steps, or only its lower, middle or upper ones."""
    bits, fraction, start, _ = form
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
