"""Functions of a quantity that may make it simple, with their inverses as expressions."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.tree import Expression
from symbolnet.methods.symbolnet.laws.columns import power

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
