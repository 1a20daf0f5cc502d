"""Round each constant to as few digits as its effect allows, and let later ones make up for it.

The effect of a constant is what the outputs move by when it moves, found by moving it. All may move
the outputs by equally much; how much is halved until the caller is content. A sum keeps its mean
and a product its least squares over the rows: with w X + c about X = 1e6, the digits that w loses
are made up for by c, which gets as many as it needs.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symbolnet.expression.evaluate import columns_of, compute
from symbolnet.expression.rounding import DOUBLE, significant
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import Apply, Constant, Expression, distinct

_FIRST, _HALVINGS = 0.1, 50  # of the outputs' spread: what rounding may move them by
_PASSES = 5  # of rounding and simplifying: alike terms merge, and their sum is rounded again
_STEP = 1e-3  # by which a constant is moved, as a share of what it gives

Expressions = tuple[Expression, ...]
Effects = dict[Expression, float]
Columns = dict[Expression, Any]


def fewest_digits(
    expressions: Sequence[Expression],
    x: np.ndarray,
    spreads: np.ndarray,
    keeps: Callable[[Expressions], bool],
) -> Expressions:
    """Return expressions with the fewest digits that `keeps` accepts; themselves if none are.

    `x` (n, d) are rows that effects are found on, `spreads` (k,) what they are measured in.
    """
    exact = tuple(expressions)
    effects = _effects(exact, x, spreads)
    for halving in range(_HALVINGS):
        allowed = _FIRST / 2**halving / math.sqrt(max(1, len(effects)))
        found = _settled(exact, effects, x, spreads, allowed)
        if keeps(found):
            return found
    return exact


def _settled(
    exact: Expressions, effects: Effects, x: np.ndarray, spreads: np.ndarray, allowed: float
) -> Expressions:
    """Return expressions rounded and simplified until neither changes anything."""
    found = exact
    for _ in range(_PASSES):
        rounded = _rounded(found, effects, x, allowed)
        following = simplify(rounded)
        if following == rounded:
            break
        found = following
        effects = _effects(found, x, spreads)
    return following


def _number(node: Expression) -> Constant | None:
    """Return the constant of a sum, a product or a power that rounding may change.

    Whole exponents are part of the form, and so is a mere sign.
    """
    if not isinstance(node, Apply) or node.symbol not in ("Add", "Mul", "Pow"):
        return None
    one = node.arguments[0 if node.symbol == "Mul" else -1]
    if not isinstance(one, Constant):
        return None
    fixed = {"Add": False, "Mul": one.value == -1, "Pow": isinstance(one.value, int)}
    return None if fixed[node.symbol] else one


@np.errstate(all="ignore")
def _effects(expressions: Expressions, x: np.ndarray, spreads: np.ndarray) -> Effects:
    """Return by node what moving its constant by 1 moves the outputs by, in their spreads."""
    nodes = distinct(expressions)
    columns, above = columns_of(nodes, x), _above(nodes)
    order = {node: place for place, node in enumerate(nodes)}
    effects: Effects = {}
    for node in nodes:
        number = _number(node)
        if number is not None and isinstance(node, Apply):
            step = _step(node, number.value, columns)
            changed: Columns = {node: _moved(node, number.value, step, columns)}
            for other in sorted(_ancestors(node, above), key=order.__getitem__):
                moved = [one for one in changed if other in above[one]]
                changed[other] = _followed(other, moved, changed, columns)
            effects[node] = _distance(expressions, changed, columns, spreads) / step
    constants = zip(expressions, spreads, strict=True)
    return effects | {one: 1 / spread for one, spread in constants if isinstance(one, Constant)}


def _above(nodes: Sequence[Expression]) -> dict[Expression, set[Apply]]:
    """Return by node those that it is an argument of."""
    found: dict[Expression, set[Apply]] = {node: set() for node in nodes}
    for node in nodes:
        for argument in node.arguments if isinstance(node, Apply) else ():
            found[argument].add(node)  # type: ignore[arg-type]
    return found


def _step(node: Apply, value: float, columns: Columns) -> float:
    """Return a step of a constant that is small beside what its node varies by."""
    spread = float(np.std(columns[node])) if node.symbol == "Add" else 0.0
    return _STEP * (spread if 0 < spread < math.inf else abs(value) or 1.0)


def _moved(node: Apply, value: float, step: float, columns: Columns) -> Any:
    if node.symbol == "Add":
        return columns[node] + step
    if node.symbol == "Mul":
        return columns[node] * (1 + step / value)
    return columns[node.arguments[0]] ** (value + step)


def _ancestors(node: Expression, above: dict[Expression, set[Apply]]) -> set[Apply]:
    found: set[Apply] = set()
    stack = list(above[node])
    while stack:
        one = stack.pop()
        if one not in found:
            found.add(one)
            stack += above[one]
    return found


def _followed(node: Apply, moved: Sequence[Expression], changed: Columns, columns: Columns) -> Any:
    """Return a node of which some arguments have moved; the constant of a sum keeps its mean."""
    if node.symbol != "Add":
        return compute(node.symbol, [changed.get(one, columns[one]) for one in node.arguments])
    step = sum(changed[one] - columns[one] for one in moved)
    return columns[node] + (step if _number(node) is None else step - np.mean(step))


def _distance(
    expressions: Expressions, changed: Columns, columns: Columns, spreads: np.ndarray
) -> float:
    apart = [
        np.mean(((changed[one] - columns[one]) / spread) ** 2)
        for one, spread in zip(expressions, spreads, strict=True)
        if one in changed
    ]
    return math.sqrt(sum(apart)) if np.isfinite(apart).all() else math.inf


@np.errstate(all="ignore")
def _rounded(
    expressions: Expressions, effects: Effects, x: np.ndarray, allowed: float
) -> Expressions:
    """Return expressions of which no constant moves the outputs by more than is allowed."""
    nodes = distinct(expressions)
    rounding = _Rounding(columns_of(nodes, x), effects, allowed)
    for node in nodes:
        rounding.take(node)
    return tuple(
        Constant(rounding.rounded(one, one.value)) if isinstance(one, Constant) else done
        for one, done in ((one, rounding.done[one]) for one in expressions)
    )


class _Rounding:
    """Nodes rounded so far, and their columns (n,) before and after; arguments come first."""

    def __init__(self, before: Columns, effects: Effects, allowed: float) -> None:
        self.before, self.effects, self.allowed = before, effects, allowed
        self.done: dict[Expression, Expression] = {}
        self.after: Columns = {}

    def take(self, node: Expression) -> None:
        """Round one node."""
        number = _number(node)
        self.done[node], self.after[node] = node, self.before[node]
        if not isinstance(node, Apply):
            return
        parts = [self.done[one] for one in node.arguments]
        columns = [self.after[one] for one in node.arguments]
        if number is not None:
            place = 0 if node.symbol == "Mul" else len(parts) - 1
            value = self.rounded(node, self._wanted(node, number, place))
            parts[place], columns[place] = Constant(value), np.float64(value)
        if any(new is not old for new, old in zip(parts, node.arguments, strict=True)):
            self.done[node] = Apply(node.symbol, tuple(parts))
            self.after[node] = compute(node.symbol, columns)

    def rounded(self, node: Expression, value: int | float) -> int | float:
        """Return a number in the fewest digits; one that is added may vanish."""
        most = self.allowed / self.effects[node] if self.effects[node] else math.inf
        if isinstance(node, Apply) and node.symbol == "Add" and abs(value) <= most:
            return 0
        digits = range(1, DOUBLE)
        short = (significant(value, count) for count in digits)
        return next((one for one in short if abs(one - value) <= most), value)

    def _wanted(self, node: Apply, number: Constant, place: int) -> int | float:
        """Return the constant that brings its node nearest to what it was, over the rows."""
        rest = [one for i, one in enumerate(node.arguments) if i != place]
        if node.symbol == "Pow" or all(self.done[one] is one for one in rest):
            return number.value
        old, new = (
            compute(node.symbol, [columns[one] for one in rest])
            if len(rest) > 1
            else columns[rest[0]]
            for columns in (self.before, self.after)
        )
        if node.symbol == "Add":
            value = float(number.value + np.mean(old - new))
        else:
            value = float(number.value * np.mean(old * new) / np.mean(new * new))
        return value if math.isfinite(value) and value else number.value
