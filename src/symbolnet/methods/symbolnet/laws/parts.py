"""What is left of a quantity beside powers before it, and how laws of it are proposed."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.tree import Expression
from symbolnet.methods.symbolnet.laws.columns import Column, library, monomial, monomial_values
from symbolnet.methods.symbolnet.laws.outer import IDENTITY, Outer, outers
from symbolnet.methods.symbolnet.laws.proposals import Proposals, Rows
from symbolnet.methods.symbolnet.laws.separate import Powers
from symbolnet.methods.symbolnet.laws.shapes import Wrap

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
