"""Laws of all quantities of a data set together: what a point of a front may be, beside units."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.rounding import finalise, to_digits
from symbolnet.expression.tree import Apply, Expression, complexities, distinct, variables
from symbolnet.methods.symbolnet.laws.proposals import Proposal, free_constants


class Ruler(NamedTuple):
    """How inputs (n, d) stand for those that laws are of: raw = x * scale + mean, each (d,).

    Laws are simple in the user's own units. Where a scaler's constants have more digits than
    formulas may show, inputs are taken as they are.
    """

    scale: np.ndarray
    mean: np.ndarray

    def raw(self, x: np.ndarray) -> np.ndarray:
        """Return the inputs of laws."""
        result: np.ndarray = x * self.scale + self.mean
        return result


def ruler_of(scale: np.ndarray, mean: np.ndarray, digits: int) -> Ruler:
    """Return the ruler of a scaler, whose constants are rounded as those of formulas."""
    pairs = np.array([scale, mean]).T.tolist()
    short = [all(to_digits(v, digits) == v for v in pair) for pair in pairs]
    return Ruler(np.where(short, scale, 1.0), np.where(short, mean, 0.0))


class Law(NamedTuple):
    """One expression for each quantity, in its own unit, of inputs in theirs."""

    trees: tuple[Expression, ...]

    @property
    def nodes(self) -> float:
        """Return the mean complexity."""
        return float(np.mean(complexities(self.trees)))

    @property
    def constants(self) -> int:
        """Return how many constants are fitted: all that are no whole numbers."""
        return sum(len(free_constants(tree)) for tree in self.trees)

    @property
    def operators(self) -> int:
        """Return how many sums, products, powers and functions there are."""
        return sum(isinstance(node, Apply) for node in distinct(self.trees))

    @property
    def inputs(self) -> list[int]:
        """Return the numbers of the inputs that are read."""
        return variables(self.trees)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Return the quantities (n, k) for inputs (n, d); infinite where a law has no value."""
        values = evaluate(self.trees, x)
        result: np.ndarray = np.where(np.isfinite(values), values, np.inf)
        return result

    def rounded(self, digits: int, spreads: Sequence[float]) -> "Law":
        """Return the law with constants of so many significant digits."""
        return Law(tuple(finalise(self.trees, digits, spreads)))


def joined(fronts: Sequence[Sequence[Proposal]]) -> list[Law]:
    """Return the laws of all quantities at each size: of each quantity the best one up to it."""
    sizes = sorted({one.nodes for front in fronts for one in front})
    found: list[Law] = []
    for size in sizes:
        best = [_best(front, size) for front in fronts]
        law = Law(tuple(one.tree for one in best if one is not None))
        if len(law.trees) == len(fronts) and law not in found:
            found.append(law)
    return found


def _best(front: Sequence[Proposal], size: int) -> Proposal | None:
    fitting = [one for one in front if one.nodes <= size]
    return min(fitting, key=lambda one: (one.left, one.nodes)) if fitting else None
