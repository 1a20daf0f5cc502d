"""Proposed laws on their rows: constants fitted and recognised, and the front of those worth it."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from symbolnet.errors import InputError
from symbolnet.expression import algebra
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import (
    Constant,
    Expression,
    Variable,
    complexity,
    distinct,
    with_leaves,
)

EXACT = 1e-12  # share of the variance that an exact law leaves: inputs are rounded to float32
_ROUNDING = 1e-14  # what is left below it tells nothing
_PROMISING = 0.5  # share of the variance that may be left before constants are fitted
_STEPS = 8  # of Gauss and Newton
_LENGTHS = 1.0, 0.3, 0.1, 0.01  # of a step, until one lowers the error
_DIVISORS = 2, 3, 4, 5, 6, 8, 10  # of the fractions that constants are recognised as
_NEAR = 1e-3  # how near a constant must be to one
_FAR_BEHIND = 0.75  # of what is left: what a simpler law must leave to end a proposal
_CLOSE = 10.0  # times what may be left: others are fitted again where so little is
_CHANCE = 15.0  # twice the log of the columns tried: what the best of them gains of mere noise


Free = Callable[[Expression], list[Constant]]


class Proposal(NamedTuple):
    """A law, the share of the variance that it leaves, and its nodes."""

    tree: Expression
    left: float
    nodes: int


class Rows(NamedTuple):
    """Inputs (n, d), a quantity (n,), and what each row counts, (n,), 1 in the mean."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray

    @property
    def variance(self) -> float:
        """Return the variance of the quantity, 1 if it does not vary."""
        mean = np.mean(self.weight * self.y)
        found = float(np.mean(self.weight * (self.y - mean) ** 2))
        return found if found > 0 else 1.0


class Proposals:
    """The front of all laws proposed for a quantity."""

    def __init__(self, rows: Rows, front: list[Proposal]) -> None:
        self.rows, self.front = rows, front
        self._variance = rows.variance
        self._seen: set[Expression] = set()

    @property
    def exact(self) -> int | None:
        """Return the nodes of the simplest law that leaves nothing, None if there is none."""
        return min((one.nodes for one in self.front if one.left < EXACT), default=None)

    def propose(self, make: Callable[[], Expression]) -> None:
        """Take a law onto the front if, its constants fitted, no simpler one leaves as little."""
        try:
            tree = simplify([make()])[0]
        except InputError:  # a constant out of the range of floats
            return
        if tree in self._seen:
            return
        self._seen.add(tree)
        left = self._left(tree)
        if left < _PROMISING:
            tree, left = self._fitted(tree, left)
            if self._is_far_behind(Proposal(tree, left, complexity(tree))):
                return
            tree, left = self._recognised(tree, left)
        if np.isfinite(left):
            self._keep(Proposal(tree, max(left, _ROUNDING), complexity(tree)))

    def fitted(self, tree: Expression) -> Expression:
        """Return a law with its constants fitted and recognised."""
        return self._recognised(*self._fitted(tree, self._left(tree)))[0]

    def _keep(self, new: Proposal) -> None:
        if any(self._beats(one, new) for one in self.front):
            return
        kept = [one for one in self.front if not self._beats(new, one)]
        self.front[:] = sorted([*kept, new], key=lambda one: one.nodes)

    def _is_far_behind(self, new: Proposal) -> bool:
        """Tell that constants need not be recognised: a simpler law leaves less by a quarter."""
        return any(
            one.nodes <= new.nodes and one.left < _FAR_BEHIND * new.left for one in self.front
        )

    def _beats(self, one: Proposal, other: Proposal) -> bool:
        """Tell that a law is as short, and leaves as little but for what chance gains."""
        share = _CHANCE / len(self.rows.y) if one.nodes < other.nodes else 0.0
        return one.nodes <= other.nodes and one.left <= other.left * (1 + share)

    def _left(self, tree: Expression) -> float:
        with np.errstate(all="ignore"):
            missed = self._values(tree) - self.rows.y
            left = float(np.mean(self.rows.weight * missed * missed)) / self._variance
        return left if np.isfinite(left) else np.inf

    def _values(self, tree: Expression) -> np.ndarray:
        result: np.ndarray = evaluate([tree], self.rows.x)[:, 0]
        return result

    def _fitted(
        self, tree: Expression, left: float, free: Free | None = None
    ) -> tuple[Expression, float]:
        """Return the tree with its free constants by least squares of the quantity itself."""
        for _ in range(_STEPS):
            if left < 1e-2 * _ROUNDING:
                break
            better = self._step(tree, left, (free or free_constants)(tree))
            if better is None:
                break
            gained, (tree, left) = left - better[1], better
            if gained < 1e-3 * left:
                break
        return tree, left

    def _step(
        self, tree: Expression, left: float, free: list[Constant]
    ) -> tuple[Expression, float] | None:
        """Return the tree after one step of Gauss and Newton, None where none lowers the error."""
        slopes = np.stack([self._slope(tree, one) for one in free], axis=1) if free else None
        if slopes is None or not np.isfinite(slopes).all():
            return None
        root = np.sqrt(self.rows.weight)
        norms = np.linalg.norm(slopes, axis=0)
        norms = np.where(norms > 0, norms, 1)
        missed = root * (self.rows.y - self._values(tree))
        step = np.linalg.lstsq(root[:, None] * slopes / norms, missed, rcond=1e-12)[0] / norms
        for length in _LENGTHS:
            moved = {one: one.value + length * d for one, d in zip(free, step, strict=True)}
            after = replaced(tree, moved)
            reached = self._left(after) if after is not None else np.inf
            if after is not None and reached < left:
                return after, reached
        return None

    def _slope(self, tree: Expression, one: Constant) -> np.ndarray:
        """Return the derivative (n,) by a constant, by central differences."""
        step = 1e-6 * max(abs(one.value), 1e-3)
        ends = [replaced(tree, {one: one.value + sign * step}) for sign in (1, -1)]
        if ends[0] is None or ends[1] is None:
            return np.full(len(self.rows.y), np.nan)
        with np.errstate(all="ignore"):
            result: np.ndarray = (self._values(ends[0]) - self._values(ends[1])) / (2 * step)
        return result

    def _recognised(self, tree: Expression, left: float) -> tuple[Expression, float]:
        """Return the tree with constants that are nothing, fractions or short, if that is free.

        Free is what costs less than a constant is worth, once the others have made up for it.
        """
        for _ in range(2 * len(free_constants(tree))):  # each time other constants may show
            allowed = max(left * (1 + worth_of_a_constant(len(self.rows.y))), EXACT)
            simpler = next(self._simpler(tree, allowed), None)
            if simpler is None:
                break
            tree, left = simpler
        return tree, left

    def _simpler(self, tree: Expression, allowed: float) -> Iterator[tuple[Expression, float]]:
        """Yield the tree with one constant recognised, where no more than that is left."""
        for one in free_constants(tree):
            for value in dict.fromkeys(_known(float(one.value))):  # none is fitted twice
                other = replaced(tree, {one: value})
                if value == one.value or other is None:
                    continue
                left = self._left(other)
                if allowed < left < _CLOSE * allowed:
                    other, left = self._fitted(other, left, _unknown)
                if left <= allowed:
                    yield simplify([other])[0], left


def worth_of_a_constant(rows: int) -> float:
    """Return what share of what is left a constant must gain, by Schwarz' criterion log n / n."""
    return float(np.log(rows) / rows)


def free_constants(tree: Expression) -> list[Constant]:
    """Return the constants that are no whole numbers."""
    return [
        node
        for node in distinct([tree])
        if isinstance(node, Constant) and isinstance(node.value, float)
    ]


def _unknown(tree: Expression) -> list[Constant]:
    """Return the constants that were not recognised."""
    return [one for one in free_constants(tree) if one.value not in _known(float(one.value))]


def _known(value: float) -> Iterator[float]:
    """Yield nothing, the whole number, near fractions, and the numbers of two and three digits."""
    yield from (0.0, float(round(value)))
    for divisor in _DIVISORS:
        whole = round(value * divisor)
        if whole and abs(value * divisor - whole) < _NEAR * max(1.0, abs(value * divisor)):
            yield whole / divisor
    yield from (float(f"{value:.2g}"), float(f"{value:.3g}"))


def replaced(tree: Expression, values: Mapping[Constant, float]) -> Expression | None:
    """Return the tree with other constants; None where one is not finite."""
    if not all(np.isfinite(value) for value in values.values()):
        return None
    other = {one: algebra.constant(float(value)) for one, value in values.items()}

    def leaf(node: Constant | Variable) -> Expression:
        return other.get(node, node) if isinstance(node, Constant) else node

    return with_leaves([tree], leaf)[0]
