"""Expression sets as parts whose formats can be chosen one by one: ports, tables, sums, scores.

Each class score is a sum of tables, one for each core that the class depends on (an input, a
weighted sum or a product), however many terms it has; the class's constant is in the first table.
A class's terms in some inputs alone may be one table of them all (`Joint`), which saves adders.
"""

from collections.abc import Sequence
from typing import NamedTuple, Union

import numpy as np

from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Expression, ExpressionSet, Variable, distinct
from symbolnet.firmware.build import cores
from symbolnet.firmware.build.bounds import values
from symbolnet.firmware.build.cores import Affine, Terms
from symbolnet.firmware.graph.nodes import Places

TURN = 2 * np.pi


class Port(NamedTuple):
    """An input of the hardware."""

    variable: int


class Sum(NamedTuple):
    """A weighted sum of earlier parts (place, weight) that a table or a product reads."""

    terms: tuple[tuple[int, float], ...]
    constant: float


class Cut(NamedTuple):
    """A factor of a product: an earlier part without its lowest bits."""

    source: int


class Product(NamedTuple):
    """The product of two earlier parts."""

    left: int
    right: int


class Lookup(NamedTuple):
    """A table: a function of `core`, which is `unit` times an earlier part."""

    source: int
    expression: Expression
    core: Expression
    unit: float

    def at(self, core: np.ndarray) -> np.ndarray:
        """Return the function at values of the core, of the same shape."""
        return np.broadcast_to(values(self.expression, {self.core: core}), np.shape(core))


class Field(NamedTuple):
    """The high bits of an input that address one table of several inputs, that of `group`."""

    source: int
    variable: int
    group: tuple[int, ...]


class Joint(NamedTuple):
    """A table of several inputs: `variables`, each read by the field and the port of its place."""

    fields: tuple[int, ...]
    ports: tuple[int, ...]
    expression: Expression
    variables: tuple[Variable, ...]

    def at(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """Return the function at values of its inputs, arrays of one shape."""
        known: dict[Expression, np.ndarray] = dict(zip(self.variables, inputs, strict=True))
        return np.broadcast_to(values(self.expression, known), np.shape(inputs[0]))


class Score(NamedTuple):
    """The sum of tables that is a class's score; without tables, a constant."""

    lookups: tuple[int, ...]
    constant: float
    name: str
    is_output: bool = True


class Decision(NamedTuple):
    """The number of the class of the largest score: then the only output."""

    scores: tuple[int, ...]
    names: tuple[str, ...]


Part = Union[Port, Sum, Cut, Product, Lookup, Field, Joint, Score, Decision]
Group = tuple[int, ...]  # the number of a class, and those of the inputs of one of its tables


def sources(part: Part) -> tuple[int, ...]:
    """Return the places of the parts that a part reads."""
    if isinstance(part, Port):
        return ()
    if isinstance(part, Sum):
        return tuple(place for place, _ in part.terms)
    if isinstance(part, Product):
        return part.left, part.right
    if isinstance(part, Decision):
        return part.scores
    if isinstance(part, Joint):
        return *part.fields, *part.ports
    return part.lookups if isinstance(part, Score) else (part.source,)


class Facts(NamedTuple):
    """The range of a port, or of the entries of a table, on training rows."""

    low: float = 0.0
    high: float = 0.0


class Datapath(NamedTuple):
    """An expression set as parts whose formats are open, and what training rows say of each.

    `groups` are the tables of several inputs, `rows` the training rows (n, d).
    """

    chosen: ExpressionSet
    parts: tuple[Part, ...]
    facts: tuple[Facts, ...]
    rows: np.ndarray
    groups: tuple[Group, ...] = ()

    @property
    def decides(self) -> bool:
        """Tell whether the number of the class is put out alone: the order of scores is lost."""
        return isinstance(self.parts[-1], Decision)


def datapath_of(chosen: ExpressionSet, x: np.ndarray, argmax: bool = False) -> Datapath:
    """Return the datapath of an expression set; ranges come from training rows (n, d).

    With `argmax` the scores go into a decision instead of to the outputs.
    """
    split = parts(chosen, argmax)
    return Datapath(chosen, split, tuple(_observed(part, x) for part in split), x)


def regrouped(datapath: Datapath, groups: tuple[Group, ...]) -> Datapath:
    """Return a datapath with other tables of several inputs; ranges that are known are kept."""
    split = parts(datapath.chosen, datapath.decides, groups)
    pairs = zip(datapath.parts, datapath.facts, strict=True)
    known = {_observable(part): fact for part, fact in pairs}
    facts = [known.get(_observable(part)) or _observed(part, datapath.rows) for part in split]
    return datapath._replace(parts=split, facts=tuple(facts), groups=groups)


def _observable(part: Part) -> tuple[object, ...]:
    """Return what a range depends on."""
    if isinstance(part, Port):
        return (part.variable,)
    if isinstance(part, Lookup):
        return part.expression, part.core
    return (part.expression,) if isinstance(part, Joint) else ()


def _observed(part: Part, x: np.ndarray) -> Facts:
    if isinstance(part, Port):
        column = x[:, part.variable]
        return Facts(float(column.min()), float(column.max()))
    if isinstance(part, Joint):
        return _spanned(part.at([x[:, one.index] for one in part.variables]))
    if isinstance(part, Lookup):
        return _spanned(part.at(np.nan_to_num(evaluate([part.core], x)[:, 0])))
    return Facts()


def _spanned(taken: np.ndarray) -> Facts:
    finite = np.asarray(taken, np.float64)[np.isfinite(taken)]
    return Facts(float(finite.min()), float(finite.max()))


def parts(
    chosen: ExpressionSet, argmax: bool = False, groups: Sequence[Group] = ()
) -> tuple[Part, ...]:
    """Return the parts of an expression set in the order of evaluation, equal parts once."""
    splitter = _Splitter()
    named = zip(chosen.expressions, chosen.class_names, strict=True)
    scores = [
        splitter.score(expression, name, not argmax, [g for g in groups if g[0] == number])
        for number, (expression, name) in enumerate(named)
    ]
    decision = [Decision(tuple(scores), chosen.class_names)] if argmax else []
    return (*splitter.list, *decision)


def inputs_of(expression: Expression) -> set[int]:
    """Return the numbers of the inputs that an expression reads."""
    return {part.index for part in distinct([expression]) if isinstance(part, Variable)}


def _home(core: Expression, groups: Sequence[Group]) -> Expression | Group:
    """Return the group whose table holds what a class takes from a core; the core if none does."""
    read = inputs_of(core)
    return next((group for group in groups if read <= set(group[1:])), core)


class _Splitter(Places[Part]):
    """A growing list of parts; each method returns the place of what it added."""

    def score(
        self, expression: Expression, name: str, is_output: bool, groups: Sequence[Group]
    ) -> int:
        form = cores.affine(expression)
        homes: dict[Expression | Group, Terms] = {}
        for core, terms in cores.by_core(form).items():
            home = _home(core, groups)
            homes[home] = (*homes.get(home, ()), *terms)
        lookups, constant = [], form.constant
        for home, terms in homes.items():
            function = cores.expression(Affine(terms, constant))
            if isinstance(home, tuple):
                lookups.append(self._joint(function, home))
            else:
                lookups.append(self._lookup(function, home))
            constant = 0.0
        return self.place(Score(tuple(lookups), constant, name, is_output))

    def _joint(self, function: Expression, group: Group) -> int:
        ports = tuple(self.place(Port(variable)) for variable in group[1:])
        pairs = zip(ports, group[1:], strict=True)
        fields = tuple(self.place(Field(port, variable, group)) for port, variable in pairs)
        return self.place(Joint(fields, ports, function, tuple(map(Variable, group[1:]))))

    def _lookup(self, function: Expression, core: Expression) -> int:
        if isinstance(core, Variable):
            return self.place(Lookup(self.place(Port(core.index)), function, core, 1.0))
        # The core itself is under no sin or cos, and so under nothing else either.
        wave = function != core and cores.is_periodic(function, core)
        unit = TURN if wave else 1.0
        return self.place(Lookup(self._total(core, unit), function, core, unit))

    def _total(self, expression: Expression, unit: float) -> int:
        """Add the value of an expression in multiples of `unit`."""
        form = cores.affine(expression)
        terms = tuple((self._atom(atom), weight / unit) for atom, weight in form.terms)
        if len(terms) == 1 and terms[0][1] == 1.0 and not form.constant:
            return terms[0][0]
        return self.place(Sum(terms, form.constant / unit))

    def _atom(self, atom: Expression) -> int:
        if isinstance(atom, Variable):
            return self.place(Port(atom.index))
        if cores.is_function(atom):
            return self._lookup(atom, cores.core(atom))
        return self._product(cores.factors(atom))

    def _product(self, factors: list[Expression]) -> int:
        product = self._factor(factors[0])
        for factor in factors[1:]:
            product = self.place(Product(self._cut(product), self._factor(factor)))
        return product

    def _factor(self, factor: Expression) -> int:
        return self._cut(self._total(factor, 1.0))

    def _cut(self, place: int) -> int:
        """A table has a format of its own; everything else loses low bits before a product."""
        kept = isinstance(self.list[place], Lookup | Cut)
        return place if kept else self.place(Cut(place))
