"""Expression sets as parts whose formats can be chosen one by one: ports, tables, sums, scores.

Each class score is a sum of tables, one for each core that the class depends on (an input, a
weighted sum or a product), however many terms it has; the class's constant is in the first table.
"""

from typing import NamedTuple, Union

import numpy as np

from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Expression, ExpressionSet, Variable
from symbolnet.firmware.build import cores
from symbolnet.firmware.build.bounds import values
from symbolnet.firmware.build.cores import Affine
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


Part = Union[Port, Sum, Cut, Product, Lookup, Score, Decision]


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
    return part.lookups if isinstance(part, Score) else (part.source,)


class Facts(NamedTuple):
    """The range of a port, or of the entries of a table, on training rows."""

    low: float = 0.0
    high: float = 0.0


class Datapath(NamedTuple):
    """An expression set as parts whose formats are open, and what training rows say of each."""

    chosen: ExpressionSet
    parts: tuple[Part, ...]
    facts: tuple[Facts, ...]

    @property
    def decides(self) -> bool:
        """Tell whether the number of the class is put out alone: the order of scores is lost."""
        return isinstance(self.parts[-1], Decision)


def datapath_of(chosen: ExpressionSet, x: np.ndarray, argmax: bool = False) -> Datapath:
    """Return the datapath of an expression set; ranges come from training rows (n, d).

    With `argmax` the scores go into a decision instead of to the outputs.
    """
    split = parts(chosen, argmax)
    return Datapath(chosen, split, tuple(_observed(part, x) for part in split))


def _observed(part: Part, x: np.ndarray) -> Facts:
    if isinstance(part, Port):
        column = x[:, part.variable]
        return Facts(float(column.min()), float(column.max()))
    if isinstance(part, Lookup):
        taken = np.asarray(part.at(np.nan_to_num(evaluate([part.core], x)[:, 0])), np.float64)
        taken = taken[np.isfinite(taken)]
        return Facts(float(taken.min()), float(taken.max()))
    return Facts()


def parts(chosen: ExpressionSet, argmax: bool = False) -> tuple[Part, ...]:
    """Return the parts of an expression set in the order of evaluation, equal parts once."""
    splitter = _Splitter()
    named = zip(chosen.expressions, chosen.class_names, strict=True)
    scores = [splitter.score(expression, name, not argmax) for expression, name in named]
    decision = [Decision(tuple(scores), chosen.class_names)] if argmax else []
    return (*splitter.list, *decision)


class _Splitter(Places[Part]):
    """A growing list of parts; each method returns the place of what it added."""

    def score(self, expression: Expression, name: str, is_output: bool) -> int:
        form = cores.affine(expression)
        lookups, constant = [], form.constant
        for core, terms in cores.by_core(form).items():
            lookups.append(self._lookup(cores.expression(Affine(terms, constant)), core))
            constant = 0.0
        return self.place(Score(tuple(lookups), constant, name, is_output))

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
