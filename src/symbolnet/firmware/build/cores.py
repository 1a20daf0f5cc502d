"""Expressions seen as hardware sees them: sums of atoms, and functions of one core.

An *atom* is a variable, a product, or a function of a core. A *core* is what a table can be
addressed by: one variable, one weighted sum, or one product.
"""

import math
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from symbolnet.errors import InputError
from symbolnet.expression.tree import SYMBOLS, Apply, Constant, Expression
from symbolnet.firmware.build.bounds import values

Terms = tuple[tuple[Expression, float], ...]


class Affine(NamedTuple):
    """A sum of different atoms, each times its weight, plus a constant."""

    terms: Terms
    constant: float


def expression(form: Affine) -> Expression:
    """Return a weighted sum as an expression again."""
    parts = [a if w == 1 else Apply("Mul", (Constant(w), a)) for a, w in form.terms]
    parts += [Constant(form.constant)] if form.constant else []
    return parts[0] if len(parts) == 1 else Apply("Add", tuple(parts))


def by_core(form: Affine) -> dict[Expression, Terms]:
    """Return the terms of a weighted sum by the core of their atoms, order kept."""
    groups: dict[Expression, Terms] = {}
    for atom, weight in form.terms:
        groups[core(atom)] = (*groups.get(core(atom), ()), (atom, weight))
    return groups


@cache
def is_constant(expression: Expression) -> bool:
    """Tell whether no variable occurs."""
    if isinstance(expression, Apply):
        return all(is_constant(argument) for argument in expression.arguments)
    return isinstance(expression, Constant)


@cache
def core(expression: Expression) -> Expression:
    """Return the smallest subexpression that a non-constant expression is a function of."""
    if not isinstance(expression, Apply):
        return expression
    if expression.symbol not in SYMBOLS:
        raise InputError(f"one of {', '.join(SYMBOLS)}", repr(expression.symbol), "use another")
    cores = {core(argument) for argument in expression.arguments if not is_constant(argument)}
    return cores.pop() if len(cores) == 1 else expression


def occurrences(expression: Expression, part: Expression) -> Iterator[str]:
    """Yield the symbol that `part` stands directly under, once for each place it stands in."""
    if isinstance(expression, Apply) and expression != part:
        for argument in expression.arguments:
            if argument == part:
                yield expression.symbol
            else:
                yield from occurrences(argument, part)


def is_periodic(function: Expression, of: Expression) -> bool:
    """Tell whether a function of a core reads it only through sin and cos."""
    return set(occurrences(function, of)) <= {"sin", "cos"}


def number(expression: Expression) -> float:
    """Return the value of an expression without variables."""
    return float(values(expression, {}))


def affine(expression: Expression) -> Affine:
    """Return an expression as a weighted sum of atoms, equal atoms joined, order kept.

    Raise InputError where a constant is not finite.
    """
    terms: dict[Expression, float] = {}
    constant = 0.0
    for atom, weight in _parts(expression, 1.0):
        if atom is None:
            constant += weight
        else:
            terms[atom] = terms.get(atom, 0.0) + weight
    for number in (*terms.values(), constant):
        if not math.isfinite(number):
            raise InputError("finite constants", f"{number:g}", "choose another model")
    return Affine(tuple((atom, weight) for atom, weight in terms.items() if weight), constant)


def _parts(expression: Expression, weight: float) -> Iterator[tuple[Expression | None, float]]:
    if is_constant(expression):
        yield None, weight * number(expression)
    elif isinstance(expression, Apply) and expression.symbol == "Add":
        for argument in expression.arguments:
            yield from _parts(argument, weight)
    elif isinstance(expression, Apply) and expression.symbol == "Mul":
        yield from _product_parts(expression, weight)
    else:
        yield rewritten(expression), weight


def _product_parts(product: Apply, weight: float) -> Iterator[tuple[Expression | None, float]]:
    factors = [a for a in product.arguments if not is_constant(a)]
    for argument in product.arguments:
        weight *= number(argument) if is_constant(argument) else 1.0
    if len(factors) == 1:
        yield from _parts(factors[0], weight)
    else:
        yield Apply("Mul", tuple(factors)), weight


def rewritten(expression: Expression) -> Expression:
    """Return a power of two different cores as exp(exponent * log(base))."""
    if isinstance(expression, Apply) and expression.symbol == "Pow":
        base, exponent = expression.arguments
        if not is_constant(exponent) and core(expression) == expression:
            logarithm = Apply("log", (base,))
            return Apply("exp", (Apply("Mul", (exponent, logarithm)),))
    return expression


def factors(product: Expression) -> list[Expression]:
    """Return the factors of a product, those of one core joined to one function of it."""
    groups: dict[Expression, list[Expression]] = {}
    for argument in product.arguments if isinstance(product, Apply) else ():
        groups.setdefault(core(argument), []).append(argument)
    return [g[0] if len(g) == 1 else Apply("Mul", tuple(g)) for g in groups.values()]


def is_function(atom: Expression) -> bool:
    """Tell whether an atom needs a table: neither a variable nor a product of several cores."""
    return isinstance(atom, Apply) and core(atom) != atom
