"""Canonical constructors: sums, products, powers and functions of canonical expressions.

Each keeps the value and returns the form that sympy's constructors leave alone, so that a tree has
one node per sympy node. Within that freedom it takes the form with fewer nodes and leaves constants
where they can be combined: a sum under a power, a product, an absolute value or a logarithm is
scaled so that a coefficient becomes 1, and the scale moves outwards.
"""

import math
from collections.abc import Iterable, Sequence

from symbolnet.errors import InputError
from symbolnet.expression.evaluate import fold
from symbolnet.expression.tree import Apply, Constant, Expression

Number = int | float
Term = tuple[Number, Expression]

ZERO, ONE = Constant(0), Constant(1)
_ODD = ("sin", "tan", "sinh", "tanh")
_EVEN = ("cos", "cosh", "Abs")
_NONNEGATIVE = ("exp", "cosh", "Abs", "sqrt")
_NOISE = 8 * 2.0**-52  # a sum this small against its terms is what cancellation leaves of zero
LARGEST_EXPONENT = 300.0  # exp of more is kept as it is: its value would leave the range of floats


def constant(value: Number) -> Constant:
    """Return a constant; whole numbers become int. Raises InputError if it is not finite."""
    if not math.isfinite(value):
        raise InputError("finite constants", str(value), "the training diverged, change it")
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return Constant(int(value) if whole else value)


def split(node: Expression) -> Term:
    """Return coefficient and rest of a term; the rest of a constant is 1."""
    if isinstance(node, Constant):
        return node.value, ONE
    if isinstance(node, Apply) and node.symbol == "Mul":
        first, *rest = node.arguments
        if isinstance(first, Constant):
            return first.value, rest[0] if len(rest) == 1 else Apply("Mul", tuple(rest))
    return 1, node


def terms(node: Expression) -> list[Term]:
    """Return the terms of a canonical sum, or the node itself as its only term."""
    is_sum = isinstance(node, Apply) and node.symbol == "Add"
    return [split(part) for part in (node.arguments if is_sum else (node,))]  # type: ignore


def linear(parts: Iterable[Term]) -> Expression:
    """Return sum of number times expression: like terms merged, sums inside distributed."""
    totals: dict[Expression, Number] = {}
    sizes: dict[Expression, Number] = {}
    for weight, node in parts:
        for coefficient, rest in terms(node):
            product = weight * coefficient
            totals[rest] = totals.get(rest, 0) + product
            sizes[rest] = sizes.get(rest, 0) + abs(product)
    alive = [
        (v, node) for node, v in totals.items() if not abs(v) <= _NOISE * sizes[node] < math.inf
    ]
    alive.sort(key=lambda term: (term[1] == ONE, term[1].key))
    return _sum([scaled(constant(value).value, node) for value, node in alive])


def add(*nodes: Expression) -> Expression:
    """Return the sum of canonical expressions."""
    return linear([(1, node) for node in nodes])


def scaled(coefficient: Number, node: Expression) -> Expression:
    """Return number times one term that is no sum and has no coefficient of its own."""
    if node == ONE:
        return constant(coefficient)
    if coefficient == 1:
        return node
    is_product = isinstance(node, Apply) and node.symbol == "Mul"
    factors = node.arguments if is_product else (node,)  # type: ignore[union-attr]
    return Apply("Mul", (constant(coefficient), *factors))


def _sum(nodes: list[Expression]) -> Expression:
    if len(nodes) > 1:
        return Apply("Add", tuple(nodes))
    return nodes[0] if nodes else ZERO


def multiply(*nodes: Expression) -> Expression:
    """Return the product: coefficients combined, powers of one base and exponentials merged."""
    coefficient, powers, logarithms = _gathered(nodes)
    if coefficient == 0:
        return ZERO
    if logarithms:
        more, factor = split(function("exp", linear(logarithms)))
        coefficient *= more
        powers.setdefault(factor, []).append((1, ONE))
    factors: list[Expression] = []
    for base, exponents in powers.items():
        more, rest = split(power(base, linear(exponents)))
        coefficient *= more
        factors += factors_of(rest)
    return _product(coefficient, factors)


def _gathered(
    nodes: Iterable[Expression],
) -> tuple[Number, dict[Expression, list[Term]], list[Term]]:
    coefficient: Number = 1
    powers: dict[Expression, list[Term]] = {}
    logarithms: list[Term] = []
    for node in nodes:
        more, rest = split(node)
        coefficient *= more
        for factor in factors_of(rest):
            base, exponent = _as_power(factor)
            if _is(factor, "exp"):
                logarithms.append((1, factor.arguments[0]))  # type: ignore[union-attr]
                continue
            if _is(base, "Add") and exponent == ONE:
                scale, base = normalised(base)
                coefficient *= scale
            powers.setdefault(base, []).append((1, exponent))
    return coefficient, powers, logarithms


def _product(coefficient: Number, factors: list[Expression]) -> Expression:
    if not factors:
        return constant(coefficient)
    if len(factors) == 1:
        return linear([(coefficient, factors[0])])
    factors.sort(key=lambda factor: factor.key)
    return scaled(constant(coefficient).value, Apply("Mul", tuple(factors)))


def factors_of(node: Expression) -> Sequence[Expression]:
    """Return the factors of a canonical product, or the node itself as its only one."""
    if node == ONE:
        return ()
    return node.arguments if _is(node, "Mul") else (node,)  # type: ignore[union-attr]


def _as_power(node: Expression) -> tuple[Expression, Expression]:
    if _is(node, "Pow"):
        return node.arguments[0], node.arguments[1]  # type: ignore[union-attr]
    return node, ONE


def _is(node: Expression, symbol: str) -> bool:
    return isinstance(node, Apply) and node.symbol == symbol


def normalised(node: Expression, positive: bool = False) -> Term:
    """Return scale and rest of a sum, the rest with as many coefficients 1 as can be.

    With `positive` the scale is above zero, so that the rest keeps its sign.
    """
    parts = terms(node)
    weights = [abs(c) if positive else c for c, rest in parts if rest != ONE]
    if not weights:
        return 1, node
    # A coefficient of 1 stays: another scale would have rounded constants rounded once more.
    scale = max(weights, key=lambda w: (w == 1, weights.count(w), abs(w)))
    return scale, linear([(c / scale, rest) for c, rest in parts]) if scale != 1 else node


def power(base: Expression, exponent: Expression) -> Expression:
    """Return base to an exponent."""
    if isinstance(exponent, Constant):
        if isinstance(base, Constant):
            return constant(fold("Pow", [base.value, exponent.value]))
        return _numeric_power(base, exponent.value)
    if _is(base, "exp"):
        return function("exp", multiply(base.arguments[0], exponent))  # type: ignore[union-attr]
    if isinstance(base, Constant):
        if base.value <= 0:
            found = f"{base.value} to a power that varies"
            raise InputError("a base above zero", found, "the training diverged, change it")
        return function("exp", linear([(math.log(base.value), exponent)]))
    return Apply("Pow", (base, exponent))


def _numeric_power(base: Expression, exponent: Number) -> Expression:
    if exponent in (0, 1):
        return base if exponent == 1 else ONE
    if _is(base, "exp"):
        return function("exp", linear([(exponent, base.arguments[0])]))  # type: ignore
    whole = isinstance(exponent, int)
    if _is(base, "Pow") and (whole or nonnegative(base.arguments[0])):  # type: ignore
        inner, first = base.arguments  # type: ignore[union-attr]
        return power(inner, linear([(exponent, first)]))
    if whole and exponent % 2 == 0 and _is(base, "Abs"):
        return _numeric_power(base.arguments[0], exponent)  # type: ignore[union-attr]
    return _power_of_scaled(base, exponent)


def _power_of_scaled(base: Expression, exponent: Number) -> Expression:
    whole = isinstance(exponent, int)
    scale, rest = normalised(base, not whole) if _is(base, "Add") else split(base)
    if not whole and scale < 0:
        scale, rest = -scale, linear([(-1, rest)])
    factor = fold("Pow", [scale, exponent])
    if not math.isfinite(factor) or factor == 0:
        return Apply("Pow", (base, constant(exponent)))
    if whole and _is(rest, "Mul"):
        powers = [_numeric_power(item, exponent) for item in factors_of(rest)]
        return multiply(constant(factor), *powers)
    return linear([(factor, Apply("Pow", (rest, constant(exponent))))])


def function(name: str, argument: Expression) -> Expression:
    """Return a function of one argument."""
    if isinstance(argument, Constant):
        return constant(fold(name, [argument.value]))
    if name == "exp":
        return _exponential(argument)
    if name == "log":
        return _logarithm(argument)
    if name == "sqrt":
        return power(argument, Constant(0.5))
    if name == "Abs":
        return _absolute(argument)
    return _of_parity(name, argument)


def _exponential(argument: Expression) -> Expression:
    """exp(a + c) is e^c exp(a), and exp(c log(u)) is u^c."""
    coefficient: Number = 1
    factors, rest = [], []
    for weight, node in terms(argument):
        if node == ONE and abs(weight) < LARGEST_EXPONENT:
            coefficient = math.exp(weight)
        elif _is(node, "log"):
            factors.append(power(node.arguments[0], constant(weight)))  # type: ignore[union-attr]
        else:
            rest.append((weight, node))
    remaining = linear(rest)
    last = ONE if remaining == ZERO else Apply("exp", (remaining,))
    if not factors:
        return linear([(coefficient, last)])
    # Not `multiply`, which would come back here to merge exponentials.
    product = multiply(constant(coefficient), *factors)
    more, node = split(product)
    return _product(more, [*factors_of(node), *factors_of(last)])


def _logarithm(argument: Expression) -> Expression:
    if _is(argument, "exp"):
        return argument.arguments[0]  # type: ignore[union-attr]
    scale, rest = normalised(argument, True) if _is(argument, "Add") else split(argument)
    if scale == 1 or scale <= 0:
        return Apply("log", (argument,))
    return linear([(math.log(scale), ONE), (1, Apply("log", (rest,)))])


def _absolute(argument: Expression) -> Expression:
    scale, rest = normalised(argument) if _is(argument, "Add") else split(argument)
    if not nonnegative(rest):
        rest = Apply("Abs", (rest,))
    return linear([(abs(scale), rest)])


def _of_parity(name: str, argument: Expression) -> Expression:
    sign: Number = 1
    if name in ("sin", "cos"):
        sign, argument = _within_half_turn(argument)
    if _leads_negative(argument):
        argument = linear([(-1, argument)])
        sign *= -1 if name in _ODD else 1
    if isinstance(argument, Constant):
        return constant(sign * fold(name, [argument.value]))
    return linear([(sign, Apply(name, (argument,)))])


def _within_half_turn(argument: Expression) -> Term:
    """Take half turns off the phase: a small phase loses less when it is rounded."""
    phase = next((weight for weight, node in terms(argument) if node == ONE), 0)
    if abs(phase) <= 1.6:
        return 1, argument
    turns = round(phase / math.pi)
    return -1 if turns % 2 else 1, linear([(1, argument), (-turns * math.pi, ONE)])


def _leads_negative(argument: Expression) -> bool:
    weights = [weight for weight, node in terms(argument) if node != ONE]
    if weights.count(-1) != weights.count(1):
        return weights.count(-1) > weights.count(1)
    return bool(weights) and weights[0] < 0


def nonnegative(node: Expression) -> bool:
    """Tell whether the value is never below zero, as far as the form shows it."""
    if isinstance(node, Constant):
        return node.value >= 0
    if not isinstance(node, Apply):
        return False
    if node.symbol == "Pow":
        base, exponent = node.arguments
        even = isinstance(exponent, Constant) and exponent.value % 2 == 0
        return even or nonnegative(base)
    if node.symbol in ("Add", "Mul"):
        return all(nonnegative(argument) for argument in node.arguments)
    return node.symbol in _NONNEGATIVE
