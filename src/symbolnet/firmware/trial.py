"""The values of every part on some rows in the formats of the moment; a change costs little.

Only the parts that read a changed part are computed again, through the nodes and the arithmetic
that the graph itself uses, so that a search sees exactly what the hardware will compute.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.firmware.estimate import luts
from symbolnet.firmware.fixed import from_real
from symbolnet.firmware.formats import WIDE, Facts, Format, add_part
from symbolnet.firmware.graph import Input, Node
from symbolnet.firmware.nodes import Nodes
from symbolnet.firmware.parts import Part, Score, sources
from symbolnet.firmware.reference import computed


class Signal(NamedTuple):
    """The last node of a part, its mantissas (n,) and the estimated LUTs of all its nodes."""

    node: Node
    mantissas: np.ndarray
    luts: float

    @property
    def real(self) -> np.ndarray:
        """Values (n,)."""
        return self.mantissas * self.node.format.step


Signals = Mapping[int, Signal]


class Trial:
    """All parts of an expression set on rows of inputs (n, d)."""

    def __init__(self, parts: Sequence[Part], facts: Sequence[Facts], x: np.ndarray) -> None:
        self.parts, self.facts, self.x = parts, facts, x
        self._readers = [
            [p for p, part in enumerate(parts) if place in sources(part)]
            for place in range(len(parts))
        ]

    def neighbours(self, place: int) -> list[int]:
        """Return the parts that a part reads or that read it."""
        return [*sources(self.parts[place]), *self._readers[place]]

    def signals(self, formats: Sequence[Format]) -> dict[int, Signal]:
        """Compute every part; raise InputError where a table is not defined."""
        signals: dict[int, Signal] = {}
        for place, form in enumerate(formats):
            signals[place] = self._signal(place, form, signals)
        return signals

    def changed(
        self, place: int, form: Format, formats: Sequence[Format], signals: Signals
    ) -> dict[int, Signal]:
        """Return the signals that differ once the part at `place` has another format."""
        changed: dict[int, Signal] = {}
        merged = _Overlay(changed, signals)
        affected = {place}
        for part in range(place, len(self.parts)):
            if part in affected:
                given = form if part == place else formats[part]
                changed[part] = self._signal(part, given, merged)
                affected.update(self._readers[part])
        return changed

    def scores(self, signals: Signals) -> np.ndarray:
        """Return the real scores (n, classes)."""
        places = [p for p, part in enumerate(self.parts) if isinstance(part, Score)]
        return np.stack([signals[place].real for place in places], axis=1)

    def _signal(self, place: int, form: Format, known: "Signals | _Overlay") -> Signal:
        part = self.parts[place]
        read = [known[source] for source in dict.fromkeys(sources(part))]
        nodes = Nodes(WIDE)
        nodes.list = [signal.node for signal in read]
        positions = list(dict.fromkeys(sources(part)))
        places = [positions.index(source) for source in sources(part)]
        last = add_part(nodes, part, form, self.facts[place], places)
        values = [signal.mantissas for signal in read]
        for node in nodes.list[len(read) :]:
            values.append(self._values(node, nodes.list, values))
        made = sum(luts(node, nodes.list) for node in nodes.list[len(read) :])
        return Signal(nodes.list[last], values[last], made)

    def _values(
        self, node: Node, nodes: Sequence[Node], values: Sequence[np.ndarray]
    ) -> np.ndarray:
        if isinstance(node, Input):
            real = from_real(self.x[:, node.variable], node.format.fraction)
            return np.clip(real, *node.interval)
        parts = [values[source] for source in node.sources]
        return computed(node, nodes, parts, len(self.x))


class _Overlay:
    """Changed signals in front of the known ones."""

    def __init__(self, changed: Signals, known: Signals) -> None:
        self._changed, self._known = changed, known

    def __getitem__(self, place: int) -> Signal:
        return self._changed.get(place) or self._known[place]
