"""The values of every part on some rows in the formats of the moment; a change costs little.

Only the parts that read a changed part are computed again, through the nodes and the arithmetic
that the graph itself uses, so that a search sees exactly what the hardware will compute.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from symbolnet.firmware.build.formats import Cells, Format, add_part, cells_of
from symbolnet.firmware.build.parts import Datapath, Joint, Lookup, Score, sources
from symbolnet.firmware.graph.fixed import from_real
from symbolnet.firmware.graph.graph import Input, Node
from symbolnet.firmware.graph.nodes import Nodes
from symbolnet.firmware.graph.reference import computed
from symbolnet.firmware.search.estimate import luts


class Signal(NamedTuple):
    """The last node of a part, its mantissas (n,) and the estimated LUTs of all its nodes."""

    node: Node
    mantissas: np.ndarray
    luts: float


Signals = Mapping[int, Signal]
_KEPT = 16  # signals of one part that are kept
_Made = tuple[list[Signal], Signal]  # what a part read, and its signal


class Trial:
    """All parts of an expression set on rows of inputs (n, d).

    `memory` is how many mantissas it may keep of signals that were computed before: of a part that
    hundreds of others read, only what has changed since is computed when it is tried again.
    """

    def __init__(self, datapath: Datapath, x: np.ndarray, memory: int = 0) -> None:
        parts = datapath.parts
        self.parts, self.facts, self.x = parts, datapath.facts, x
        self._read = [tuple(dict.fromkeys(sources(part))) for part in parts]
        self._readers: list[list[int]] = [[] for _ in parts]
        for reader, places in enumerate(self._read):
            for place in places:
                self._readers[place].append(reader)
        self._scores = [p for p, part in enumerate(parts) if isinstance(part, Score)]
        self._kept = min(_KEPT, memory // (len(x) * len(parts)))
        self._made: list[dict[tuple[object, ...], _Made]] = [{} for _ in parts]

    def neighbours(self, place: int) -> list[int]:
        """Return the parts that a part reads or that read it."""
        return [*self._read[place], *self._readers[place]]

    def signals(
        self, formats: Sequence[Format], known: Signals = MappingProxyType({})
    ) -> dict[int, Signal]:
        """Compute every part that is not known; raise InputError where a table is not defined."""
        signals = dict(known)
        for place, form in enumerate(formats):
            if place not in signals:
                signals[place] = self._signal(place, form, signals)
        return signals

    def changed(
        self, forms: Mapping[int, Format], formats: Sequence[Format], signals: Signals
    ) -> dict[int, Signal]:
        """Return the signals that differ once the parts at some places have other formats."""
        changed: dict[int, Signal] = {}
        merged = _Overlay(changed, signals)
        affected = set(forms)
        for part in range(min(forms), len(self.parts)):
            if part in affected:
                changed[part] = self._signal(part, forms.get(part, formats[part]), merged)
                affected.update(self._readers[part])
        return changed

    def tables_behind(self, place: int) -> list[int]:
        """Return the tables that a part is read by, at whatever distance, itself among them."""
        behind = {place}
        for part in range(place, len(self.parts)):
            if part in behind:
                behind.update(self._readers[part])
        return [part for part in sorted(behind) if isinstance(self.parts[part], Lookup | Joint)]

    def columns(self, place: int) -> list[int]:
        """Return the scores that a table is added to; none where anything else reads it, too."""
        readers = self._readers[place]
        alone = all(reader in self._scores for reader in readers)
        return [self._scores.index(reader) for reader in readers] if alone else []

    def cells(self, place: int, form: Format, signals: Signals) -> tuple[Cells, np.ndarray]:
        """Return the cells of a table, and which of its entries each row (n,) reads."""
        part = self.parts[place]
        assert isinstance(part, Lookup | Joint)
        read = [signals[source] for source in self._read[place]]
        nodes, places = self._nodes(place, read)
        cells = cells_of(nodes, part, form, self.facts[place], places)
        rows = self._all_values(nodes, read)[cells.address]
        return cells, rows - nodes[cells.address].interval[0]

    def scores(self, signals: Signals) -> np.ndarray:
        """Return the real scores (n, classes)."""
        made = [signals[place] for place in self._scores]
        steps = np.array([signal.node.format.step for signal in made])
        return np.asarray(np.stack([signal.mantissas for signal in made], axis=1) * steps)

    def _signal(self, place: int, form: Format, known: "Signals | _Overlay") -> Signal:
        """Return the signal of a part, the one made last of the same format and sources if kept."""
        read = [known[source] for source in self._read[place]]
        key, made = (*form, *map(id, read)), self._made[place]
        found = made.pop(key, None) or (read, self._computed(place, form, read))
        if self._kept:
            made[key] = found  # the sources are kept too, so that their ids stay theirs
            if len(made) > self._kept:
                del made[next(iter(made))]
        return found[1]

    def _computed(self, place: int, form: Format, read: list[Signal]) -> Signal:
        nodes, places = self._nodes(place, read)
        last = add_part(nodes, self.parts[place], form, self.facts[place], places)
        made = sum(luts(node, nodes.list) for node in nodes.list[len(read) :])
        return Signal(nodes.list[last], self._all_values(nodes, read)[last], made)

    def _nodes(self, place: int, read: list[Signal]) -> tuple[Nodes, list[int]]:
        """Return the nodes that a part reads, alone, and the place of each of its sources."""
        nodes = Nodes(signal.node for signal in read)
        return nodes, [self._read[place].index(source) for source in sources(self.parts[place])]

    def _all_values(self, nodes: Nodes, read: list[Signal]) -> list[np.ndarray]:
        """Return the mantissas (n,) of nodes of which the first were read."""
        values = [signal.mantissas for signal in read]
        for node in nodes.list[len(read) :]:
            values.append(self._values(node, nodes.list, values))
        return values

    def _values(
        self, node: Node, nodes: Sequence[Node], values: Sequence[np.ndarray]
    ) -> np.ndarray:
        if isinstance(node, Input):
            real = from_real(self.x[:, node.variable], node.format.fraction)
            return np.asarray(np.clip(real, *node.interval))
        parts = [values[source] for source in node.sources]
        return computed(node, nodes, parts, len(self.x))


class _Overlay:
    """Changed signals in front of the known ones."""

    def __init__(self, changed: Signals, known: Signals) -> None:
        self._changed, self._known = changed, known

    def __getitem__(self, place: int) -> Signal:
        return self._changed.get(place) or self._known[place]
