"""How far the hardware may be from the formula: a bound for all inputs in range, and its proof.

Every node of the graph is paired with the part of the formula that it stands for, and the error
node - part is bounded: of a port by half a step; of a table cell by cell, its entry against the
function on all that the cell stands for; of sums and products by exact fractions. The bound holds
whatever is paired with what, since the formula is the sum of the parts and the score that of the
nodes; only a good pairing makes it small. Tables are bounded with numpy first, and each bound is
then proved by interval arithmetic that shares no code with that (`enclosure.py`).
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from symbolnet.errors import InputError
from symbolnet.expression.tree import Apply, Expression, Variable
from symbolnet.firmware.build import cores
from symbolnet.firmware.build.bounds import Bounds, values
from symbolnet.firmware.build.cores import Affine
from symbolnet.firmware.build.parts import TURN, inputs_of
from symbolnet.firmware.graph.graph import (
    Graph,
    Input,
    Linear,
    Multiply,
    Node,
    Quantise,
    Table,
    sources,
    weights,
)
from symbolnet.firmware.graph.reference import input_mantissas, run_all
from symbolnet.firmware.proof.cells import (
    Cells,
    Read,
    before,
    cells_at,
    cells_of,
    distances,
    entries_at,
)
from symbolnet.firmware.proof.enclosure import enclosed, ends, holds, interval
from symbolnet.firmware.proof.spans import NONE, Span, plus, product, shifted, times

_ROWS = 256  # random inputs by whose values nodes are paired with parts


class Known(NamedTuple):
    """Bounds of a node's error against its part, and of the part's own value."""

    error: Span
    value: Span


class Claim(NamedTuple):
    """What is claimed of one table: entry - function within `error` in every cell."""

    node: int
    function: Expression
    reads: tuple[Read, ...]
    cells: Cells
    error: tuple[float, float]

    @property
    def cores(self) -> list[Expression]:
        """What the function is one of."""
        return [read.core for read in self.reads]


class Paired(NamedTuple):
    """A part of a sum: what is known of it, its weight in the formula, and the node of its place;
    None where its weight came to 0 in hardware.
    """

    known: Known
    weight: Fraction
    source: int | None


class Scored(NamedTuple):
    """The bound of a score: of score - formula, which is the sum of its tables' and of `rest`."""

    error: Span
    claims: tuple[Claim, ...]
    rest: Fraction


class Distance:
    """Bounds errors of a graph's nodes; `boxes` are the real ranges of its inputs, by variable."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        self.claims: dict[tuple[int, Expression], Claim] = {}
        self._known: dict[tuple[int, Expression], Known] = {}
        self.boxes = {node.variable: _box(node) for node in graph.inputs()}
        self._reads = _reads(graph.nodes)
        ends = {variable: (float(low), float(high)) for variable, (low, high) in self.boxes.items()}
        self._x = drawn(ends, max(ends, default=0) + 1, _ROWS)
        self._seen = all_values(graph, self._x)

    def score(self, place: int, expression: Expression) -> Scored:
        """Return the bound of the node at `place` against the formula of its score."""
        form = cores.affine(expression)
        terms = self._terms(place)
        tables = {source for source, _ in terms if isinstance(self.nodes[source], Table)}
        constant, found, keys = form.constant, list[Paired](), list[tuple[int, Expression]]()
        for source, core, own in self._homes(form, tables):
            function = cores.expression(Affine(own, constant))
            constant = 0.0
            found.append(Paired(self._table(source, function, core), Fraction(1), source))
            keys.append((source, function))
        error = self._combined(place, found, Fraction(constant)).error
        claims = tuple(self.claims[key] for key in keys)
        rest = error.low - sum(Fraction(claim.error[0]) for claim in claims)
        if rest != error.high - sum(Fraction(claim.error[1]) for claim in claims):
            raise InputError("each table once in a score", "another factor", "no bound")
        return Scored(error, claims, rest)

    def _homes(
        self, form: Affine, tables: set[int]
    ) -> list[tuple[int, Expression | None, cores.Terms]]:
        """Return for each table of a score what it holds: one core, or several inputs alone."""
        held: dict[int, list[tuple[Expression, cores.Terms]]] = {}
        for core, own in cores.by_core(form).items():
            held.setdefault(self._table_of(core, own, tables), []).append((core, own))
        homes: list[tuple[int, Expression | None, cores.Terms]] = []
        for source, pairs in held.items():
            together = tuple(term for _, own in pairs for term in own)
            homes.append((source, pairs[0][0] if len(pairs) == 1 else None, together))
        return homes

    def _table_of(self, core: Expression, own: cores.Terms, tables: set[int]) -> int:
        """Return the table that holds a core: of the fewest inputs, and the nearest of those."""
        read = inputs_of(core)
        able = [table for table in sorted(tables) if read <= self._reads[table]]
        if not able:
            raise InputError(f"a table of {_named(read)}", "none", "build the graph again")
        fewest = min(len(self._reads[table]) for table in able)
        able = [table for table in able if len(self._reads[table]) == fewest]
        return self._nearest(able, cores.expression(Affine(own, 0.0)))

    def _nearest(self, able: Sequence[int], part: Expression) -> int:
        """Return the node whose values on random inputs are nearest to a part, shifts aside."""
        if len(able) == 1:
            return able[0]
        known: dict[Expression, np.ndarray] = {Variable(i): self._x[:, i] for i in inputs_of(part)}
        true = values(part, known)
        return min(able, key=lambda place: float(np.std(self._seen[place] - true)))

    def _terms(self, place: int) -> list[tuple[int, Fraction]]:
        """Return a sum as places and exact factors; any other node as once itself."""
        node = self.nodes[place]
        if not isinstance(node, Linear):
            return [(place, Fraction(1))]
        step = Fraction(node.format.step)
        pairs = zip(node.sources, weights(node, self.nodes), strict=True)
        return [(s, w * step / Fraction(self.nodes[s].format.step)) for s, w in pairs]

    def _combined(self, place: int, found: Sequence[Paired], constant: Fraction) -> Known:
        """Return the error of a sum of parts times weights, each paired with a source."""
        node, left = self.nodes[place], dict(self._terms(place))
        offset = node.offset * Fraction(node.format.step) if isinstance(node, Linear) else 0
        error, value = shifted(NONE, offset - constant), shifted(NONE, constant)
        for number, (known, weight, source) in enumerate(found):
            factor = Fraction(0)
            if source is not None:
                again = any(later.source == source for later in found[number + 1 :])
                factor = weight if again else left[source]
                left[source] -= factor
            # factor * (part + error) - weight * part
            error = plus(error, times(known.error, factor))
            error = plus(error, times(known.value, factor - weight))
            value = plus(value, times(known.value, weight))
        if any(left.values()):
            others = f"others at node {place}"
            raise InputError("every node to stand for a part", others, "no bound")
        return Known(error, value)

    def known(self, place: int, expression: Expression, unit: float = 1.0) -> Known:
        """Return what is known of a node that stands for an expression in units of `unit`."""
        key = place, cores.expression(Affine(((expression, 1 / unit),), 0.0))
        if key not in self._known:
            self._known[key] = self._bounded(place, expression, unit)
        return self._known[key]

    def _bounded(self, place: int, expression: Expression, unit: float) -> Known:
        node = self.nodes[place]
        if isinstance(node, Quantise):
            return self._cut(node, self.known(node.sources[0], expression, unit))
        if isinstance(node, Linear) or unit != 1.0:
            return self._sum(place, expression, unit)
        if isinstance(node, Input) and expression == Variable(node.variable):
            half = Fraction(node.format.step) / 2
            return Known(Span(-half, half), self.boxes[node.variable])
        if isinstance(node, Table):
            return self._table(place, expression, cores.core(expression))
        if isinstance(node, Multiply) and isinstance(expression, Apply):
            return self._product(node, cores.factors(expression))
        raise InputError(f"node {place} to stand for a part of the formula", "another", "no bound")

    def _cut(self, node: Quantise, source: Known) -> Known:
        """Return what is known once low bits are dropped; none may wrap or saturate."""
        read = self.nodes[node.sources[0]]
        drop = max(0, read.format.fraction - node.format.fraction)
        low, high = (end >> drop for end in read.interval)
        if node.format.rounding == "RND" or not node.format.holds(low, high):
            raise InputError("a factor that loses low bits alone", "others too", "no bound")
        most = Fraction(node.format.step) - Fraction(read.format.step) if drop else Fraction(0)
        return source._replace(error=plus(source.error, Span(-most, Fraction(0))))

    def _sum(self, place: int, expression: Expression, unit: float) -> Known:
        form, scale = cores.affine(expression), Fraction(unit)
        read = [source for source, _ in self._terms(place)]
        found = []
        for atom, weight in form.terms:
            source = self._source_of(atom, read)
            known = self._free(atom) if source is None else self.known(source, atom)
            found.append(Paired(known, Fraction(weight) / scale, source))
        return self._combined(place, found, Fraction(form.constant) / scale)

    def _source_of(self, atom: Expression, read: Sequence[int]) -> int | None:
        """Return the source of a sum that stands for an atom; None where its weight came to 0."""
        reads = inputs_of(atom)
        able = [source for source in read if self._reads[source] == reads]
        return self._nearest(able, atom) if able else None

    def _free(self, atom: Expression) -> Known:
        """Return what is known of an atom that no node stands for: an error of 0 and its range."""
        known: dict[Expression, Any] = {
            Variable(i): interval(*map(float, self.boxes[i])) for i in inputs_of(atom)
        }
        return Known(NONE, Span(*map(Fraction, ends(enclosed(atom, known)))))

    def _product(self, node: Multiply, factors: Sequence[Expression]) -> Known:
        first, last = _joined(list(factors[:-1])), factors[-1]
        left, right = node.sources
        reads = inputs_of(first), inputs_of(last)
        straight = (self._reads[left], self._reads[right]) == reads
        crossed = (self._reads[right], self._reads[left]) == reads
        if crossed and (not straight or self._nearest([left, right], first) == right):
            left, right = right, left
        one, two = self.known(left, first), self.known(right, last)
        # (a + e) * (b + f) - a * b
        error = plus(product(one.value, two.error), product(two.value, one.error))
        return Known(plus(error, product(one.error, two.error)), product(one.value, two.value))

    def _table(self, place: int, function: Expression, core: Expression | None) -> Known:
        """Return what is known of a table; without a core, or no sum for it, of several inputs."""
        if core is not None:
            try:
                return self._claimed(place, function, (self._read(place, function, core),))
            except InputError:
                if not isinstance(self.nodes[self._address(place)], Linear):
                    raise
        return self._claimed(place, function, self._read_ports(place))

    def _address(self, place: int) -> int:
        return sources(self.nodes[place])[0]

    def _read(self, place: int, function: Expression, core: Expression) -> Read:
        wave = not isinstance(core, Variable) and function != core
        unit = TURN if wave and cores.is_periodic(function, core) else 1.0
        source = before(self._address(place), self.nodes)
        return Read(source, core, unit, *self.known(source, core, unit))

    def _read_ports(self, place: int) -> tuple[Read, ...]:
        """Return the ports whose high bits, side by side, address a table."""
        found = []
        for field in sources(self.nodes[self._address(place)]):
            port = before(field, self.nodes)
            node = self.nodes[port]
            if not isinstance(node, Input):
                raise InputError("a table addressed by ports", f"node {place}", "no bound")
            core = Variable(node.variable)
            found.append(Read(port, core, 1.0, *self.known(port, core)))
        return tuple(found)

    def _claimed(self, place: int, function: Expression, reads: tuple[Read, ...]) -> Known:
        table = self.nodes[place]
        assert isinstance(table, Table)
        cells = cells_of(table, self.nodes, reads)
        of = [read.core for read in reads]
        error, value = distances(table, self.nodes, cells, function, of)
        whole = float(error.low.min()), float(error.high.max())
        if not np.isfinite(whole).all():
            raise InputError("a function that is bounded in range", "none", "no bound")
        self.claims[place, function] = Claim(place, function, reads, cells, whole)
        taken = Fraction(float(value.low.min())), Fraction(float(value.high.max()))
        return Known(Span(*map(Fraction, whole)), Span(*taken))


def drawn(ends: Mapping[int, tuple[float, float]], width: int, rows: int) -> np.ndarray:
    """Draw inputs (rows, width) between the ends of each variable; the others are 0."""
    draw, x = np.random.default_rng(0), np.zeros((rows, width))
    for variable, pair in ends.items():
        x[:, variable] = draw.uniform(*pair, rows)
    return x


def proved(claim: Claim, nodes: Sequence[Node]) -> bool:
    """Prove a claim of a table by interval arithmetic, cell by cell."""
    table = nodes[claim.node]
    assert isinstance(table, Table)
    entries = entries_at(table, nodes, claim.cells)
    return holds(claim.function, claim.cores, claim.cells.boxes, entries, claim.error)


def at_rows(claim: Claim, nodes: Sequence[Node], seen: Sequence[np.ndarray]) -> Bounds:
    """Return bounds (n,) of entry - function for all inputs that fall on the words of rows.

    `seen` are the mantissas (n,) of all nodes in these rows.
    """
    table = nodes[claim.node]
    assert isinstance(table, Table)
    cells = cells_at(table, nodes, claim.reads, seen)
    return distances(table, nodes, cells, claim.function, claim.cores)[0]


def all_mantissas(graph: Graph, x: np.ndarray) -> list[np.ndarray]:
    """Return the mantissa (n,) of each node for standardised inputs (n, d)."""
    return run_all(graph, input_mantissas(graph, x))


def all_values(graph: Graph, x: np.ndarray) -> list[np.ndarray]:
    """Return the number (n,) that each node holds for standardised inputs (n, d)."""
    pairs = zip(all_mantissas(graph, x), graph.nodes, strict=True)
    return [mantissa * node.format.step for mantissa, node in pairs]


def _box(node: Input) -> Span:
    """Return the real numbers that become a mantissa of an input without saturating."""
    step, (low, high) = Fraction(node.format.step), node.interval
    return Span((low - Fraction(1, 2)) * step, (high + Fraction(1, 2)) * step)


def _reads(nodes: Sequence[Node]) -> list[set[int]]:
    """Return by node the variables that it depends on."""
    found: list[set[int]] = []
    for node in nodes:
        own = {node.variable} if isinstance(node, Input) else set()
        found.append(own.union(*(found[source] for source in sources(node))))
    return found


def _joined(factors: Sequence[Expression]) -> Expression:
    return factors[0] if len(factors) == 1 else Apply("Mul", tuple(factors))


def _named(variables: set[int]) -> str:
    return ", ".join(f"x{i}" for i in sorted(variables))
