"""What is left of a quantity beside powers before it, and how laws of it are proposed.

Also of a function of the quantity that may make it simple, whose inverse then stands outside.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.tree import Expression
from symbolnet.methods.symbolnet.laws.columns import (
    Column,
    library,
    monomial,
    monomial_values,
    power,
)
from symbolnet.methods.symbolnet.laws.proposals import Proposals, Rows
from symbolnet.methods.symbolnet.laws.separate import Powers
from symbolnet.methods.symbolnet.laws.shapes import Wrap

_LARGEST_EXPONENT = 30.0


class Outer(NamedTuple):
    """u = forward(t) of a quantity t, t = back(u) as an expression, and |du/dt|."""

    name: str
    forward: Callable[[np.ndarray], np.ndarray]
    back: Callable[[Expression], Expression]
    slope: Callable[[np.ndarray], np.ndarray]

    def weights(self, t: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return what misses of u are worth, so that those of t are worth `weights` (n,)."""
        slope = np.abs(self.slope(t))
        found = weights / np.maximum(slope, 1e-12 * slope.max())
        result: np.ndarray = found / np.sqrt(np.mean(found * found))
        return result


IDENTITY = Outer("t", lambda t: t, lambda u: u, np.ones_like)


_LONG = 20  # nodes above which an exact law may have a shorter form


class Part(NamedTuple):
    """What is left of the quantity beside powers before it: values t (n,), their inputs, weights.

    `wrap` puts the powers before a law of t.
    """

    t: np.ndarray
    places: tuple[int, ...]
    weights: np.ndarray
    wrap: Wrap

    def times(self, factor: Column) -> "Part":
        """Return what is left beside a factor, too."""

        def wrap(tree: Expression) -> Expression:
            return self.wrap(algebra.multiply(factor.tree, tree))

        weights = self.weights * np.abs(factor.values)
        return Part(self.t / factor.values, self.places, weights, wrap)


class View(NamedTuple):
    """A part through an outer function: values u (n,) and what they are worth as fits of y."""

    part: Part
    outer: Outer
    u: np.ndarray
    weights: np.ndarray

    def back(self, tree: Expression) -> Expression:
        """Return the law of the quantity that a law of u stands for."""
        return self.part.wrap(self.outer.back(tree))


class Ground:
    """The inputs (n, d) that laws are of, and the libraries of columns made of them so far."""

    def __init__(self, x: np.ndarray) -> None:
        self.x = x
        self._libraries: dict[tuple[tuple[int, ...], int], list[Column]] = {}

    def columns(self, places: tuple[int, ...], limit: int) -> list[Column]:
        """Return the library of some inputs."""
        key = places, limit
        if key not in self._libraries:
            self._libraries[key] = library(self.x, places, limit)
        return self._libraries[key]


Strategy = Callable[[Ground, Part, Proposals], None]


def part_of(rows: Rows, powers: Powers) -> Part:
    """Return what powers before it leave of a quantity."""
    values = monomial_values(rows.x, powers.items())
    places = tuple(i for i in range(rows.x.shape[1]) if i not in powers)
    front = monomial(powers.items())

    def wrap(tree: Expression) -> Expression:
        return algebra.multiply(front, tree)

    return Part(rows.y / values, places, np.abs(values), wrap)


def views(part: Part) -> Iterator[View]:
    """Yield a part through each outer function that its values allow."""
    for outer in outers(part.t):
        with np.errstate(all="ignore"):
            view = viewed(part, outer)
        varies = np.std(view.u) > 1e-12 * abs(np.mean(view.u))
        if np.isfinite(view.u).all() and np.isfinite(view.weights).all() and varies:
            yield view


def viewed(part: Part, outer: Outer = IDENTITY) -> View:
    """Return a part through an outer function, whatever becomes of it."""
    return View(part, outer, outer.forward(part.t), outer.weights(part.t, part.weights))


def enough(proposals: Proposals) -> bool:
    """Tell that an exact law was found that is not long."""
    return proposals.exact is not None and proposals.exact <= _LONG


def outers(t: np.ndarray) -> Iterator[Outer]:
    """Yield the functions that are finite and one to one on values t (n,)."""
    yield IDENTITY
    if (t != 0).all():
        yield _power("1/t", -1)
    if (t > 0).all():
        yield from (_power("t^2", 2), _power("t^-2", -2))
        yield Outer("log t", np.log, lambda u: algebra.function("exp", u), lambda t: 1 / t)
        yield from (_power("sqrt t", 0.5), _power("t^(-1/2)", -0.5))
    if (t < _LARGEST_EXPONENT).all():
        yield Outer("exp t", np.exp, lambda u: algebra.function("log", u), np.exp)


def _power(name: str, p: float) -> Outer:
    return Outer(
        name,
        lambda t: t ** (int(p) if float(p).is_integer() and (t <= 0).any() else p),
        lambda u: power(u, 1 / p),
        lambda t: np.abs(p) * np.abs(t) ** (p - 1),
    )
