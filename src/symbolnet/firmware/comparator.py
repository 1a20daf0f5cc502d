"""The argmax node in da4ml's logic: a tournament, each match decided by the sign of a difference.

Its depth is two levels a round, so that it grows with the logarithm of the number of classes.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from symbolnet.firmware.decision import contenders, tournament
from symbolnet.firmware.graph import Argmax, Graph, compared


class _Entrant(NamedTuple):
    value: Any
    number: Any


def number_of_largest(node: Argmax, graph: Graph, parts: Sequence[Any]) -> Any:
    """Return da4ml's variable of the number of the largest part, the first of equal ones."""
    from da4ml.trace import FixedVariable

    able = contenders(node.sources, compared(node, graph.nodes))
    hardware = parts[0].hwconf
    entrants = [_Entrant(parts[place], FixedVariable.from_const(place, hardware)) for place in able]
    return tournament(entrants, _match).number


def _match(first: _Entrant, second: _Entrant) -> _Entrant:
    """Return the second where it is larger, else the first; what is not read is not made."""
    difference = first.value - second.value
    if difference.low >= 0 or difference.high < 0:
        return first if difference.low >= 0 else second
    pairs = zip(second, first, strict=True)
    return _Entrant(*(difference.msb_mux(larger, equal) for larger, equal in pairs))
