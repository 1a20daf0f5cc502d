"""Laws of one power or one function: c M, and A M f(c N) with monomials M and N of the inputs."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Constant, Expression, Variable
from symbolnet.methods.symbolnet.laws.columns import Factor, evenly, monomial, number, power

_NEAR = 0.12  # of halves that exponents must be
_NEWTONS = 5  # steps that bring exponents nearer
_BETTER = 0.3  # of what is left that a sine or cosine must leave to be taken
_INPUTS, _TURNING = 5, 6  # at most, of a function of monomials and of a power with a sine
_ROWS = 150  # by which functions are compared
_BEFORE: tuple[tuple[int, ...], ...] = ((0, 1, -1, 2, -2, 3, -3), (0, 1, -1, 2, 3))
_BELOW, _ABOVE, _STEP = 2.0, 4.0, 0.2  # of the logarithm of an amplitude, about those of t / M
_LEFT = 0.3  # of the deviation that may be left
_REFINED, _TAKEN = 300, 12  # candidates whose amplitude is refined, and that are proposed
_WIDTH, _POINTS, _NARROWER, _ROUNDS = 0.2, 9, 0.3, 14  # of the search for an amplitude

Wrap = Callable[[Expression], Expression]
Make = Callable[[], Expression]  # a constant out of the range of floats is an InputError


def power_laws(x: np.ndarray, t: np.ndarray, places: Sequence[int], wrap: Wrap) -> Iterator[Make]:
    """Yield c M for t (n,), of inputs and if need be of a sine or cosine of one."""
    log = _logarithm(t)
    bases = [Variable(i) for i in places if _logarithm(x[:, i]) is not None]
    if log is None:
        return
    sizes = np.abs(t) / np.abs(t).max()  # what errors of log t are worth as those of t
    columns = _logarithms(x, bases)
    slopes = _nearer(columns, t, _slopes(columns, log, sizes))
    yield from _power_law(x, t, bases, slopes, wrap)
    left = _left(columns, log, slopes, sizes)
    if len(places) > _TURNING or not left > 1e-9:
        return
    for place, name in itertools.product(places, ("sin", "cos")):
        more = [*bases, algebra.function(name, Variable(place))]
        if _logarithm(evaluate(more[-1:], x)[:, 0]) is not None:
            columns = _logarithms(x, more)
            slopes = _slopes(columns, log, sizes)
            if _left(columns, log, slopes, sizes) < _BETTER * left:
                yield from _power_law(x, t, more, slopes, wrap)


def _logarithm(values: np.ndarray) -> np.ndarray | None:
    """Return the logarithm of the sizes, None where one is 0."""
    sizes = np.abs(values)
    return np.log(sizes) if sizes.min() > 0 and np.isfinite(sizes).all() else None


def _logarithms(x: np.ndarray, bases: Sequence[Expression]) -> np.ndarray:
    """Return ones and the logarithms of the bases, (n, 1 + bases)."""
    values = np.log(np.abs(evaluate(bases, x))) if bases else np.empty((len(x), 0))
    return np.column_stack([np.ones(len(x)), values])


def _slopes(columns: np.ndarray, log: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    scaled = columns * sizes[:, None]
    result: np.ndarray = np.linalg.lstsq(scaled, log * sizes, rcond=None)[0]
    return result


def _nearer(columns: np.ndarray, t: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return the slopes after steps of Gauss and Newton on t itself, while they leave less.

    Noise that outweighs small t bends their logarithms.
    """
    sign = np.sign(t.sum())
    with np.errstate(all="ignore"):
        for _ in range(_NEWTONS):
            values = sign * np.exp(columns @ slopes)
            if not np.isfinite(values).all():
                break
            step = np.linalg.lstsq(values[:, None] * columns, t - values, rcond=None)[0]
            after = sign * np.exp(columns @ (slopes + step))
            if not np.sum((t - after) ** 2) < np.sum((t - values) ** 2):
                break
            slopes = slopes + step
    return slopes


def _left(columns: np.ndarray, log: np.ndarray, slopes: np.ndarray, sizes: np.ndarray) -> float:
    missed = sizes * (log - columns @ slopes)
    return float(np.sqrt(np.mean(missed * missed)) / np.sqrt(np.mean(sizes * sizes)))


def _power_law(
    x: np.ndarray, t: np.ndarray, bases: Sequence[Expression], slopes: np.ndarray, wrap: Wrap
) -> Iterator[Make]:
    """Yield the law if its exponents are near to halves; its constant is that of t itself."""
    exponents = _halves(slopes[1:], _NEAR)
    if exponents is None:
        return
    parts = [power(base, p) for base, p in zip(bases, exponents, strict=True) if p]
    product = algebra.multiply(*parts) if parts else Constant(1)
    with np.errstate(all="ignore"):
        values = evaluate([product], x)[:, 0]
        coefficient = float(np.sum(t * values) / np.sum(values * values))
    if np.isfinite(coefficient) and coefficient:
        yield lambda: wrap(algebra.multiply(number(coefficient), product))


def _halves(slopes: np.ndarray, near: float) -> list[float] | None:
    """Return the nearest multiples of a half, None if one is not near."""
    if not np.isfinite(slopes).all():
        return None
    halves = [round(2 * float(p)) / 2 for p in slopes]
    distances = [abs(a - b) for a, b in zip(halves, slopes.tolist(), strict=True)]
    return halves if max(distances, default=0.0) <= near else None


class _Shape(NamedTuple):
    """f of a monomial: its inverse on numbers, and f of an expression."""

    inverse: Callable[[np.ndarray], np.ndarray]
    function: Callable[[Expression], Expression]


def _exp(u: Expression) -> Expression:
    return algebra.function("exp", u)


def _minus(u: Expression) -> Expression:
    return algebra.multiply(Constant(-1), u)


_SHAPES = (
    _Shape(np.log, _exp),
    _Shape(lambda t: -np.log(t), lambda u: _exp(_minus(u))),
    _Shape(lambda t: np.log(1 / t + 1), lambda u: power(algebra.add(_exp(u), Constant(-1)), -1)),
    _Shape(lambda t: np.log(t + 1), lambda u: algebra.add(_exp(u), Constant(-1))),
    _Shape(np.arctanh, lambda u: algebra.function("tanh", u)),
    _Shape(
        lambda t: np.arccosh(0.5 / t), lambda u: power(algebra.add(_exp(u), _exp(_minus(u))), -1)
    ),
)


class _Candidate(NamedTuple):
    """What is left of log f^-1(t / (A M)) beside logarithms of inputs; M's exponents; f; log A."""

    left: float
    exponents: tuple[int, ...]
    shape: int
    size: float

    def rest(self, columns: np.ndarray, log: np.ndarray) -> np.ndarray:
        """Return log t less that of M."""
        result: np.ndarray = log - columns[:, 1:] @ np.array(self.exponents, float)
        return result


def functions_of_monomials(
    x: np.ndarray, t: np.ndarray, places: Sequence[int], wrap: Wrap
) -> Iterator[Make]:
    """Yield A M f(c N) for t (n,) of one sign: for each M and f, A is searched along a line."""
    inputs = [i for i in places if (x[:, i] > 0).all()]
    if not 0 < len(inputs) <= _INPUTS or not ((t > 0).all() or (t < 0).all()):
        return
    rows = evenly(len(t), _ROWS)
    columns = _logarithms(x[rows], [Variable(i) for i in inputs])
    sign, log = float(np.sign(t[0])), np.log(np.abs(t[rows]))
    coarse = sorted(_candidates(columns, log))[:_REFINED]
    for one in sorted(_refined(columns, log, one) for one in coarse)[:_TAKEN]:
        inside = _inside(one.rest(columns, log), _SHAPES[one.shape], np.array([one.size]))
        slopes = _slopes(columns, inside[:, 0], np.ones(len(columns)))
        exponents = _halves(slopes[1:], _NEAR)
        if exponents is not None:
            amplitude, scale = sign * float(np.exp(one.size)), float(np.exp(slopes[0]))
            before = Term(amplitude, tuple(zip(inputs, one.exponents, strict=True)))
            inner = Term(scale, tuple(zip(inputs, exponents, strict=True)))
            yield partial(_written, before, _SHAPES[one.shape], inner, wrap)


class Term(NamedTuple):
    """A coefficient and the exponents by input of a monomial."""

    coefficient: float
    factors: tuple[Factor, ...]

    def tree(self) -> Expression:
        """Return the term as an expression."""
        return algebra.multiply(number(self.coefficient), monomial(self.factors))


def _written(before: Term, shape: "_Shape", inner: Term, wrap: Wrap) -> Expression:
    return wrap(algebra.multiply(before.tree(), shape.function(inner.tree())))


def _candidates(columns: np.ndarray, log: np.ndarray) -> Iterator[_Candidate]:
    """Yield the promising ones of all M and f, each with its best A of a coarse grid."""
    count = columns.shape[1] - 1
    grid = _BEFORE[0] if count <= 3 else _BEFORE[1]  # more exponents where inputs are few
    for exponents in itertools.product(grid, repeat=count):
        if sum(p != 0 for p in exponents) > 3:
            continue
        rest = log - columns[:, 1:] @ np.array(exponents, float)
        sizes = np.arange(rest.min() - _BELOW, rest.max() + _ABOVE, _STEP)
        for number_, shape in enumerate(_SHAPES):
            left = _lefts(columns, rest, shape, sizes)
            best = int(np.argmin(left))
            if left[best] < _LEFT:
                yield _Candidate(float(left[best]), exponents, number_, float(sizes[best]))


@np.errstate(all="ignore")
def _inside(rest: np.ndarray, shape: _Shape, sizes: np.ndarray) -> np.ndarray:
    """Return log f^-1(t / (A M)) for the logarithms A of the sizes, (n, sizes)."""
    result: np.ndarray = np.log(shape.inverse(np.exp(rest[:, None] - sizes)))
    return result


@np.errstate(all="ignore")
def _lefts(columns: np.ndarray, rest: np.ndarray, shape: _Shape, sizes: np.ndarray) -> np.ndarray:
    """Return the share of its deviation that a monomial leaves of f^-1, or infinity."""
    inside = _inside(rest, shape, sizes)
    basis, _ = np.linalg.qr(columns)
    missed = inside - basis @ (basis.T @ inside)
    left = np.sqrt(np.mean(missed * missed, axis=0)) / (inside.std(axis=0) + 1e-12)
    result: np.ndarray = np.where(np.isfinite(left), left, np.inf)
    return result


def _refined(columns: np.ndarray, log: np.ndarray, one: _Candidate) -> _Candidate:
    """Return a candidate with the amplitude near to its own that leaves least."""
    width, rest, shape = _WIDTH, one.rest(columns, log), _SHAPES[one.shape]
    for _ in range(_ROUNDS):
        sizes = one.size + np.linspace(-width, width, _POINTS)
        left = _lefts(columns, rest, shape, sizes)
        best = int(np.argmin(left))
        one = one._replace(left=float(left[best]), size=float(sizes[best]))
        width *= _NARROWER
    return one
