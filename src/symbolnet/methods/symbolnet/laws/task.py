"""The laws of all quantities of a data set as one task of a training: a step is an event."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from torch import Tensor

from symbolnet.expression.tree import Apply, Constant, Expression, distinct
from symbolnet.methods.symbolnet.forward import Sample
from symbolnet.methods.symbolnet.laws.law import Law, Ruler, joined
from symbolnet.methods.symbolnet.laws.proposals import EXACT, Proposal, Proposals, Rows
from symbolnet.methods.symbolnet.laws.search import Search

_MOST_INPUTS, _FEWEST_ROWS = 12, 30  # that laws are searched for
_OWN = {"/", "pow", "exp", "log"}  # operators that no other task proposes
_SIZES = 70.0  # of the logarithm of deviations: powers of quantities stay in range
_ROWS = 1000  # that they are searched on

Fronts = list[list[Proposal]]


def sought(sample: Sample, scale: np.ndarray, operators: Sequence[str] | None) -> bool:
    """Tell whether laws are searched for in rows of quantities with deviations `scale`."""
    rows, inputs = sample.x.shape
    return (
        inputs <= _MOST_INPUTS
        and bool((np.abs(np.log(scale)) < _SIZES).all())
        and rows >= _FEWEST_ROWS
        and (operators is None or not _OWN.isdisjoint(operators))
    )


class Position(NamedTuple):
    """The step of the search of the last quantity begun, and whether all are done."""

    step: int
    done: bool


class LawSearches:
    """The searches for the laws of a sample, whose targets are quantities divided by `scale`."""

    def __init__(self, sample: Sample, ruler: Ruler, scale: np.ndarray, effort: float) -> None:
        self._sample, self._ruler, self._scale = sample, ruler, scale
        self._effort = effort
        self._search = cache(self._begun)  # what a search finds out first is kept

    def _begun(self, seed: int, quantity: int) -> Search:
        """Return the search of one quantity, on rows drawn by the seed."""
        count = len(self._sample.x)
        drawn = np.random.default_rng([seed, quantity]).permutation(count)[:_ROWS]
        rows = rows_of(self._sample, self._ruler, self._scale, quantity, np.sort(drawn))
        return Search(rows, self._effort)

    def advance(self, fronts: Fronts, step: int, seed: int) -> Position:
        """Take one step, of the next quantity where the last is done."""
        if not fronts:
            fronts.append([])
        quantity = len(fronts) - 1
        search = self._search(seed, quantity)
        proposals = Proposals(search.rows, fronts[-1])
        search.take(step, proposals)
        if not search.done(step + 1, proposals):
            return Position(step + 1, False)
        if len(fronts) == len(self._scale):
            return Position(0, True)
        fronts.append([])
        return Position(0, False)


def rows_of(
    sample: Sample, ruler: Ruler, scale: np.ndarray, quantity: int, rows: np.ndarray | slice
) -> Rows:
    """Return rows of a sample with one quantity and the inputs in their own units."""
    x, y = (
        ruler.raw(_array(sample.x)[rows]),
        _array(sample.target)[rows, quantity] * scale[quantity],
    )
    weight = np.ones(len(x)) if sample.weight is None else _array(sample.weight)[rows, 0]
    return Rows(x, y, weight / weight.mean())


def _array(tensor: Tensor) -> np.ndarray:
    result: np.ndarray = tensor.numpy().astype(np.float64)
    return result


def refitted(law: Law, sample: Sample, ruler: Ruler, scale: np.ndarray) -> Law:
    """Return a law with its constants by least squares of all rows of a sample."""
    everything = slice(None)
    each = [
        Proposals(rows_of(sample, ruler, scale, k, everything), []).fitted(tree)
        for k, tree in enumerate(law.trees)
    ]
    return Law(tuple(each))


def laws_of(fronts: Fronts, operators: Sequence[str] | None) -> list[Law]:
    """Return the laws of all quantities together that hold no operator but those allowed."""
    return [law for law in joined(fronts) if operators is None or _names(law) <= set(operators)]


def exact(fronts: Fronts) -> bool:
    """Tell whether every quantity has a law that leaves nothing."""
    return all(any(one.left < EXACT for one in front) for front in fronts)


def _names(law: Law) -> set[str]:
    """Return the names of the operators of a law, as settings call them."""
    found = (_name(node) for tree in law.trees for node in distinct([tree]))
    return {name for name in found if name}


def _name(node: Expression) -> str | None:
    """Return the name of one operator; sums and coefficients have none."""
    if not isinstance(node, Apply) or node.symbol == "Add":
        return None
    if node.symbol == "Mul":
        factors = sum(not isinstance(one, Constant) for one in node.arguments)
        return "*" if factors > 1 else None
    if node.symbol == "Pow":
        exponent = node.arguments[1]
        if exponent == Constant(2):
            return "square"
        return "/" if exponent == Constant(-1) else "pow"
    return {"cos": "sin"}.get(node.symbol, node.symbol)
