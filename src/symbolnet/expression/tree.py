"""Expressions as explicit trees, one node per node of the sympy tree they stand for.

Their complexity is the number of nodes (method section 4).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Union

FUNCTIONS = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "Abs", "sqrt")
SYMBOLS = ("Add", "Mul", "Pow", *FUNCTIONS)

# (kind, symbol, number, keys of the arguments): a total order that does not depend on hashes.
Key = tuple[int, str, float, tuple["Key", ...]]


@dataclass(frozen=True, slots=True)
class Constant:
    """A real number; integers are kept as int so that x**2 has an exact exponent."""

    value: int | float

    @property
    def key(self) -> Key:
        """Place in the order of expressions."""
        return (0, "", self.value, ())


@dataclass(frozen=True, slots=True)
class Variable:
    """Input number `index`, standardised unless said otherwise, printed as x<index>."""

    index: int

    @property
    def key(self) -> Key:
        """Place in the order of expressions."""
        return (1, "", self.index, ())


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of `SYMBOLS` on its arguments; Add and Mul take two or more, Pow two."""

    symbol: str
    arguments: tuple["Expression", ...]
    key: Key = field(init=False, repr=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Both are kept, since recomputing them walks the whole subtree at every look-up.
        keys = tuple(argument.key for argument in self.arguments)
        object.__setattr__(self, "key", (2, self.symbol, len(keys), keys))
        object.__setattr__(self, "_hash", hash((self.symbol, self.arguments)))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type, tuple[str, tuple["Expression", ...]]]:
        # The hash of a text is another in every process: it must not travel with a pickle.
        return Apply, (self.symbol, self.arguments)


Expression = Union[Constant, Variable, Apply]


class ExpressionSet(NamedTuple):
    """One expression per output of one model; equal subtrees are the same hidden unit.

    `raw` are the same in raw inputs, or () where nobody stated them.
    """

    model: str
    expressions: tuple[Expression, ...]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    feature_symbols: tuple[str, ...] = ()
    raw: tuple[Expression, ...] = ()


_COMBINED = ("Add", "Mul")


def distinct(expressions: Iterable[Expression]) -> list[Expression]:
    """Return every distinct subtree once, arguments before the nodes that use them."""
    seen: dict[Expression, None] = {}
    stack = [(expression, False) for expression in reversed(list(expressions))]
    while stack:
        node, ready = stack.pop()
        if ready:
            seen.setdefault(node)
        elif node not in seen:
            stack.append((node, True))
            if isinstance(node, Apply):
                stack.extend((argument, False) for argument in reversed(node.arguments))
    return list(seen)


def variables(expressions: Iterable[Expression]) -> list[int]:
    """Return the indices of the inputs that occur, in rising order."""
    return sorted(node.index for node in distinct(expressions) if isinstance(node, Variable))


def with_leaves(
    expressions: Iterable[Expression], leaf: Callable[[Constant | Variable], Expression]
) -> list[Expression]:
    """Return expressions with other constants and variables, as they are, not simplified."""
    expressions, done = list(expressions), dict[Expression, Expression]()
    for node in distinct(expressions):
        if isinstance(node, Apply):
            done[node] = Apply(node.symbol, tuple(done[one] for one in node.arguments))
        else:
            done[node] = leaf(node)
    return [done[expression] for expression in expressions]


def complexity(expression: Expression) -> int:
    """Count the nodes in preorder: every operator, constant and variable counts 1.

    Sums and products of many arguments count once. A subtree counts at each place where it stands.
    """
    return complexities([expression])[0]


def complexities(expressions: Sequence[Expression]) -> list[int]:
    """Return the complexity of each expression; shared subtrees are visited once."""
    sizes: dict[Expression, int] = {}
    for node in distinct(expressions):
        arguments = node.arguments if isinstance(node, Apply) else ()
        sizes[node] = 1 + sum(sizes[argument] for argument in arguments)
    return [sizes[expression] for expression in expressions]


def constants(expressions: Sequence[Expression]) -> int:
    """Count the numbers that data have set: those added or multiplied, but for 1 and -1.

    One in a subtree that stands at several places counts once; exponents are part of the form.
    """
    sums = (n for n in distinct(expressions) if isinstance(n, Apply) and n.symbol in _COMBINED)
    alone = [expression for expression in expressions if isinstance(expression, Constant)]
    inner = [argument for node in sums for argument in node.arguments]
    return sum(isinstance(one, Constant) and abs(one.value) != 1 for one in (*inner, *alone))
