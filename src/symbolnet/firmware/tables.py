"""Contents of function tables: which bits address them, and what they hold.

An address with fewer bits than its source keeps the high bits; an entry then is the function at
the middle of the values that share the address, which rounds the address at no cost in hardware.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from symbolnet.config import Precision
from symbolnet.expression.tree import Apply, Expression, distinct
from symbolnet.firmware.fixed import Fixed, from_real, quantised
from symbolnet.firmware.graph import Node
from symbolnet.firmware.nodes import Nodes, best_integer
from symbolnet.firmware.value import Bounds, bounds, values

_SEARCHED = 8  # integer bits by which the address may be narrower than its source
_WORTH = 0.5  # error relative to the wide address below which saturation pays its comparators
TURN = 2 * np.pi


class Function(NamedTuple):
    """A function of a core, and the values (n,) of the core on training rows."""

    expression: Expression
    core: Expression
    samples: np.ndarray

    def at(self, core: np.ndarray) -> np.ndarray:
        """Return the function at values of the core, of the same shape."""
        return np.broadcast_to(values(self.expression, {self.core: core}), np.shape(core))

    def integer(self, precision: Precision) -> int:
        """Return the integer bits that suit its values on training rows best."""
        return best_integer(self.at(self.samples), precision.width, precision)


@cache
def is_partial(expression: Expression) -> bool:
    """Tell whether an expression may be undefined somewhere: it is not made of entire functions."""
    nodes = distinct([expression])
    return any(isinstance(n, Apply) and n.symbol in ("Pow", "log", "sqrt", "tan") for n in nodes)


def periodic_address(nodes: Nodes, place: int) -> int:
    """Add the address of a function of a phase in turns: its fraction, wrapped."""
    source, bits = nodes[place], nodes.precision.table_bits
    integer = min(source.format.integer, -1) if source.format.signed else -1
    if source.format.width <= bits and integer == source.format.integer:
        return place
    fraction = min(bits - 1 - integer, source.format.fraction)
    return nodes.quantise(place, Fixed(True, integer, fraction))


def best_address(nodes: Nodes, place: int, function: Function) -> int:
    """Add the address of a function of a node, its range chosen on training rows.

    A narrower range has finer steps, and the function is held at its value at the ends.
    """
    source = nodes[place]
    if source.format.width <= nodes.precision.table_bits:
        return place
    limit = 2.0 ** function.integer(nodes.precision)
    wide, *narrow = _addresses(source, nodes.precision.table_bits)
    best, least = wide, _WORTH * _error(wide, source, function, limit)
    for candidate in narrow:
        error = _error(candidate, source, function, limit)
        if error < least:
            best, least = candidate, error
    return nodes.quantise(place, best)


def _addresses(source: Node, bits: int) -> Iterator[Fixed]:
    signed, integer, fraction, *_ = source.format
    for smaller in range(_SEARCHED):
        kept = bits - signed - integer + smaller
        yield Fixed(signed, integer - smaller, min(kept, fraction), "SAT" if smaller else "WRAP")


def _error(address: Fixed, source: Node, function: Function, limit: float) -> float:
    """Mean squared error of a function, kept within +-limit, read through an address."""
    mantissa = np.clip(from_real(function.samples, source.format.fraction), *source.interval)
    centre = middle(quantised(mantissa, source.format.fraction, address), address, source)
    read = np.clip(function.at(centre), -limit, limit)
    true = np.clip(function.at(mantissa * source.format.step), -limit, limit)
    error = float(np.mean((read - true) ** 2))
    return error if np.isfinite(error) else np.inf


def middle(mantissa: np.ndarray, address: Fixed, source: Node) -> np.ndarray:
    """Return the middle of the source values that share an address."""
    spare = max(address.step - source.format.step, 0.0)
    return _inside(mantissa * address.step + spare / 2, address, source)


def _inside(real: np.ndarray, address: Fixed, source: Node) -> np.ndarray:
    """Clip to the values that the source takes, unless the address wraps round them."""
    ends = np.array(source.interval) * source.format.step
    wraps = address.overflow == "WRAP" and ends[1] - ends[0] >= 2.0**address.integer
    return real if wraps else np.clip(real, ends[0], ends[1])


def add_table(nodes: Nodes, source: int, address: int, function: Function, unit: float) -> int:
    """Add the table of a function whose core is `unit` times the value of node `source`."""
    low, high = nodes[address].interval
    centre = middle(np.arange(low, high + 1), nodes[address].format, nodes[source]) * unit
    check_domain(nodes, source, address, function, unit)
    integer = function.integer(nodes.precision)
    fraction = min(nodes.fraction, nodes.precision.width - 1 - integer)
    limit = 1 << (integer + fraction)
    entries = np.clip(from_real(function.at(centre), fraction), -limit, limit - 1)
    return nodes.table(address, tuple(int(entry) for entry in entries), fraction)


def check_domain(nodes: Nodes, source: int, address: int, function: Function, unit: float) -> None:
    """Raise InputError unless the function is defined on all that each address stands for."""
    target, fine = nodes[address].format, nodes[source].format.step
    low, high = nodes[address].interval
    starts = np.arange(low, high + 1) * target.step
    stops = _inside(starts + max(target.step - fine, 0.0), target, nodes[source])
    starts = _inside(starts, target, nodes[source])
    bounds(function.expression, {function.core: Bounds(starts * unit, stops * unit)})
