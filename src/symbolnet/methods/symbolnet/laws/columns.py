"""The terms that a law may be a sum of: powers of inputs, functions of them, products of both."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.expression import algebra
from symbolnet.expression.tree import Constant, Expression, Variable, complexity

_EXPONENTS: dict[int, tuple[float, ...]] = {
    1: (-4, -3, -2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2, 3, 4, 5, 6),
    2: (-4, -3, -2, -1, -0.5, 0.5, 1, 2, 3, 4),
    3: (-3, -2, -1, -0.5, 0.5, 1, 2, 3),
    4: (-2, -1, 0.5, 1, 2),
}  # by the number of inputs: more inputs, fewer exponents
_EXPONENTS_OF_MANY, _MANY, _TOGETHER = (-2, -1, 1, 2), 6, 3  # of so many, three at a time
_FEW = 3  # inputs up to which functions of more arguments are taken
_SHARES = 0.5, 0.25  # of the library that monomials and powers of differences may take
_LARGEST = 1e12  # of the values of a function
_SIMPLE = 4  # nodes of functions of which pairs are multiplied
_MULTIPLES = 0.5, 2.0
_BESIDE_FUNCTIONS = -1, 1, 0.5, 2, -2  # exponents of the inputs that functions are multiplied by

Factor = tuple[int, float]  # an input and its exponent
Argument = tuple[Expression, np.ndarray]


class Column(NamedTuple):
    """A term, its values (n,) and its nodes."""

    tree: Expression
    values: np.ndarray
    nodes: int


def number(value: float) -> Constant:
    """Return a constant, whole numbers as such."""
    return algebra.constant(float(value))


def power(base: Expression, exponent: float) -> Expression:
    """Return a power with a number as exponent."""
    return algebra.power(base, number(exponent))


def monomial(factors: Iterable[Factor]) -> Expression:
    """Return a product of powers of inputs."""
    parts = [power(Variable(place), exponent) for place, exponent in factors if exponent]
    return algebra.multiply(*parts) if parts else Constant(1)


def monomial_values(x: np.ndarray, factors: Iterable[Factor]) -> np.ndarray:
    """Return its values (n,)."""
    values = np.ones(len(x))
    for place, exponent in factors:
        values = values * raised(x[:, place], exponent)
    return values


def raised(values: np.ndarray, exponent: float) -> np.ndarray:
    """Return powers; whole exponents take negative numbers, too."""
    whole = float(exponent).is_integer()
    result: np.ndarray = values ** (int(exponent) if whole else exponent)
    return result


def can_be_raised(values: np.ndarray, exponent: float) -> bool:
    """Tell whether all these powers are real and finite."""
    if not float(exponent).is_integer():
        return bool((values > 0).all())
    return exponent >= 0 or bool((np.abs(values) > 1e-9).all())


def evenly(count: int, most: int) -> np.ndarray:
    """Return the numbers of at most so many of `count` rows, each as far from the next."""
    return np.linspace(0, count - 1, min(count, most)).astype(int)


def library(x: np.ndarray, places: Sequence[int], limit: int) -> list[Column]:
    """Return at most `limit` columns of the inputs `places` of x (n, d), each of them once."""
    found = _monomials(x, places, round(_SHARES[0] * limit))
    differences = list(_powers_of_differences(x, places))
    apart = _simplest([*differences, *_products(x, places, differences, 1)])
    found += apart[: round(_SHARES[1] * limit)]
    functions = list(_functions(x, places))
    rest = [*functions, *_pairs(functions, len(places)), *_products(x, places, functions, 2)]
    return _distinct([*found, *_simplest(rest)[: limit - len(found)]])


def libraries_of_turns(x: np.ndarray, places: Sequence[int], limit: int) -> Iterator[list[Column]]:
    """Yield, for each sine and cosine, terms without it, and with it and with its square.

    Terms are at most `limit` monomials, 1 among them, and differences, sums and their squares.
    """
    ones = Column(Constant(1), np.ones(len(x)), 0)
    apart = list(_powers_of_differences(x, places, (1, 2)))
    terms = [ones, *_monomials(x, places, limit - 1), *apart]
    for one in _distinct(list(_turns(x, places))):
        square = Column(power(one.tree, 2), one.values**2, one.nodes + 2)
        products = [_times(turn, term) for turn in (one, square) for term in terms]
        yield _distinct([*terms[1:], *products])


def _times(one: Column, other: Column) -> Column:
    tree = algebra.multiply(one.tree, other.tree)
    return Column(tree, one.values * other.values, one.nodes + other.nodes + 1)


def _simplest(columns: list[Column]) -> list[Column]:
    return sorted(columns, key=lambda column: column.nodes)


def _monomials(x: np.ndarray, places: Sequence[int], limit: int) -> list[Column]:
    chosen = sorted(_exponent_sets(x, places), key=_cost)[:limit]
    found = []
    for exponents in chosen:
        factors = list(zip(places, exponents, strict=True))
        tree = monomial(factors)
        found.append(Column(tree, monomial_values(x, factors), complexity(tree)))
    return found


def _exponent_sets(x: np.ndarray, places: Sequence[int]) -> Iterator[tuple[float, ...]]:
    """Yield the exponents of every monomial but 1."""
    count = len(places)
    usual = _EXPONENTS.get(count, _EXPONENTS_OF_MANY)
    grids = [(0.0, *(p for p in usual if can_be_raised(x[:, place], p))) for place in places]
    if count < _MANY:
        sets: Iterable[tuple[float, ...]] = itertools.product(*grids)
    else:
        sets = _sparse_sets(grids)
    return (exponents for exponents in sets if any(exponents))


def _sparse_sets(grids: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Return exponents of which at most three are not 0."""
    found = set()
    for active in itertools.combinations(range(len(grids)), _TOGETHER):
        for exponents in itertools.product(*(grids[i] for i in active)):
            full = [0.0] * len(grids)
            for i, exponent in zip(active, exponents, strict=True):
                full[i] = exponent
            found.add(tuple(full))
    return sorted(found)


def _cost(exponents: tuple[float, ...]) -> tuple[float, tuple[float, ...]]:
    """Return roughly the nodes of a monomial; its exponents settle ties."""
    cost = sum(abs(p) + (p != 0) + 0.5 * (p not in (0, 1)) for p in exponents)
    return cost, exponents


def _arguments(x: np.ndarray, places: Sequence[int]) -> Iterator[Argument]:
    """Yield what functions are taken of; where inputs are few, also squares and multiples."""
    yield from _plain_arguments(x, places)
    for i in places if len(places) <= _FEW else ():
        yield power(Variable(i), 2), x[:, i] ** 2
        for multiple in _MULTIPLES:
            yield algebra.multiply(number(multiple), Variable(i)), multiple * x[:, i]
    if len(places) == 1:
        column = x[:, places[0]]
        yield algebra.add(Variable(places[0]), power(Variable(places[0]), 2)), column + column**2


def _plain_arguments(x: np.ndarray, places: Sequence[int]) -> Iterator[Argument]:
    """Yield inputs, products, quotients, sums and differences."""
    for i in places:
        yield Variable(i), x[:, i]
    for i, j in itertools.combinations(places, 2):
        for factors in (((i, 1), (j, 1)), ((i, 1), (j, -1)), ((i, -1), (j, 1))):
            if all(can_be_raised(x[:, place], exponent) for place, exponent in factors):
                yield monomial(factors), monomial_values(x, factors)
    yield from _differences(x, places)


def _differences(x: np.ndarray, places: Sequence[int]) -> Iterator[Argument]:
    for i, j in itertools.combinations(places, 2):
        minus = algebra.multiply(Constant(-1), Variable(j))
        yield algebra.add(Variable(i), minus), x[:, i] - x[:, j]
        if len(places) <= _FEW + 1:
            yield algebra.add(Variable(i), Variable(j)), x[:, i] + x[:, j]


_NAMED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sin": np.sin,
    "cos": np.cos,
    "exp": np.exp,
    "log": np.log,
}


def _functions(x: np.ndarray, places: Sequence[int]) -> Iterator[Column]:
    """Yield functions of the arguments."""
    for argument, values in _arguments(x, places):
        opposite = algebra.multiply(Constant(-1), argument)
        for name in _NAMED:
            yield from _function(name, argument, values)
        yield from _function("exp", opposite, -values)


def _turns(x: np.ndarray, places: Sequence[int]) -> Iterator[Column]:
    """Yield sine and cosine of inputs, products, quotients, sums and differences; their squares."""
    for argument, values in _plain_arguments(x, places):
        for name in ("sin", "cos"):
            yield from _function(name, argument, values)


def _powers_of_differences(
    x: np.ndarray, places: Sequence[int], exponents: Sequence[float] = (1, 2, -1, -2)
) -> Iterator[Column]:
    for argument, values in _differences(x, places):
        for exponent in exponents:
            if can_be_raised(values, exponent):
                tree = power(argument, exponent)
                yield Column(tree, raised(values, exponent), complexity(tree))


def _function(name: str, argument: Expression, values: np.ndarray) -> Iterator[Column]:
    """Yield a function where it is finite; of sine and cosine the square, too."""
    with np.errstate(all="ignore"):
        result = _NAMED[name](values)
    if not np.abs(result).max() < _LARGEST:
        return
    tree = algebra.function(name, argument)
    yield Column(tree, result, complexity(tree))
    if name in ("sin", "cos"):
        yield Column(power(tree, 2), result * result, complexity(tree) + 2)


def _pairs(functions: list[Column], inputs: int) -> Iterator[Column]:
    """Yield products of two simple functions."""
    simple = [column for column in functions if column.nodes <= _SIMPLE] if inputs <= _FEW else []
    yield from (_times(*pair) for pair in itertools.combinations(simple, 2))


def _products(
    x: np.ndarray, places: Sequence[int], functions: list[Column], most: int
) -> Iterator[Column]:
    """Yield functions times monomials of one input up to `most`."""
    exponents = _BESIDE_FUNCTIONS if len(places) <= _FEW else (-1, 1)
    grids = [(0.0, *(p for p in exponents if can_be_raised(x[:, i], p))) for i in places]
    small = [e for e in itertools.product(*grids) if 0 < sum(p != 0 for p in e) <= most]
    for one in small:
        factors = [(i, p) for i, p in zip(places, one, strict=True) if p]
        tree, values = monomial(factors), monomial_values(x, factors)
        nodes = 1 + sum(1 if p == 1 else 3 for _, p in factors)
        for column in functions:
            product = algebra.multiply(column.tree, tree)
            yield Column(product, column.values * values, column.nodes + nodes)


def _distinct(columns: list[Column]) -> list[Column]:
    """Return the first of all columns that are alike on the first rows, without infinite ones."""
    first: dict[bytes, Column] = {}
    for column in columns:
        if np.isfinite(column.values).all():
            first.setdefault(_fingerprint(column.values[:8]), column)
    return list(first.values())


def _fingerprint(values: np.ndarray) -> bytes:
    size = float(np.abs(values).max()) + 1e-300
    scale = np.float64(round(float(np.log(size)), 6) + 0.0)
    return bytes((np.round(values / size, 9) + 0.0).tobytes() + scale.tobytes())
