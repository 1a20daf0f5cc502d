"""From members' networks to their unrolled and their rounded expressions, also in raw units.

Only what is alive in a masked network is followed. The operators of the table compute on `Symbol`
values here, so that a new operator needs no change.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Union

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.data.quantities import quantities_of
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import fold
from symbolnet.expression.raw_units import in_raw_units
from symbolnet.expression.rounding import finalise
from symbolnet.expression.store import Extracted
from symbolnet.expression.tree import FUNCTIONS, Apply, Constant, Expression, Variable
from symbolnet.network.masked import MaskedLayer, MaskedNetwork
from symbolnet.operators import OPERATORS

_Operand = Union["Symbol", int, float]


@dataclass(frozen=True, slots=True)
class Symbol:
    """An expression with Python's operators, each of which builds a node."""

    tree: Expression

    def __add__(self, other: _Operand) -> "Symbol":
        return _apply("Add", self, other)

    def __radd__(self, other: _Operand) -> "Symbol":
        return _apply("Add", other, self)

    def __neg__(self) -> "Symbol":
        return _apply("Mul", -1, self)

    def __sub__(self, other: _Operand) -> "Symbol":
        return _apply("Add", self, _apply("Mul", -1, other))

    def __rsub__(self, other: _Operand) -> "Symbol":
        return _apply("Add", other, -self)

    def __mul__(self, other: _Operand) -> "Symbol":
        return _apply("Mul", self, other)

    def __rmul__(self, other: _Operand) -> "Symbol":
        return _apply("Mul", other, self)

    def __truediv__(self, other: _Operand) -> "Symbol":
        return _apply("Mul", self, _apply("Pow", other, -1))

    def __rtruediv__(self, other: _Operand) -> "Symbol":
        return _apply("Mul", other, _apply("Pow", self, -1))

    def __pow__(self, other: _Operand) -> "Symbol":
        return _apply("Pow", self, other)

    def __rpow__(self, other: _Operand) -> "Symbol":
        return _apply("Pow", other, self)

    def __abs__(self) -> "Symbol":
        return _apply("Abs", self)


class _Namespace:
    """Stands where numpy or torch stand in the table of operators."""

    def __getattr__(self, name: str) -> Callable[[_Operand], Symbol]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        return lambda argument: _apply(name, argument)


def extracted(
    networks: Iterable[tuple[str, MaskedNetwork]], data: Dataset, digits: int, raw: bool = True
) -> Iterator[Extracted]:
    """Yield what became of each member: rounded to digits, and, if `raw`, the scaler folded in."""
    regression = data.task == "regression"
    spreads = quantities_of(data.y_train).scale.tolist() if regression else None
    shape = len(data.feature_names), len(data.class_names)
    for name, masked in networks:
        found = len(masked.input_kept), len(masked.output_bias)
        if found != shape:
            raise InputError(f"{shape} inputs and classes", f"{found} in {name}", "train again")
        member = extract(name, masked, digits, spreads)
        yield member._replace(raw=in_raw_units(member.rounded, data)) if raw else member


def extract(
    name: str, network: MaskedNetwork, digits: int, spreads: Sequence[float] | None = None
) -> Extracted:
    """Return the expressions of a member; one whose values are not finite is marked diverged.

    `spreads` are the deviations of the targets of a regression in train.
    """
    try:
        unrolled = unroll(network)
        return Extracted(name, None, unrolled, finalise(unrolled, digits, spreads))
    except InputError as error:
        return Extracted(name, str(error), (), ())


def unroll(network: MaskedNetwork) -> tuple[Expression, ...]:
    """Return one expression per output, equal to the network up to float64 rounding.

    Zero weights are left out, only units that an output reaches are visited, and whatever does
    not depend on an input is computed. Raises InputError where a value is not finite.
    """
    _check(network)
    outputs = network.output_weight.shape[1]

    @cache
    def unit(depth: int, index: int) -> Expression:
        if depth < 0:
            return Variable(index) if network.input_kept[index] else Constant(0)
        layer = network.layers[depth]
        return _operation(layer, index, lambda z: linear(depth, layer.weight, layer.bias, z))

    def linear(depth: int, weight: np.ndarray, bias: np.ndarray, column: int) -> Expression:
        alive = np.flatnonzero(weight[:, column])
        pairs = [(float(weight[i, column]), unit(depth - 1, int(i))) for i in alive]
        return _sum(pairs, float(bias[column]))

    last = len(network.layers)
    weight, bias = network.output_weight, network.output_bias
    return tuple(linear(last, weight, bias, column) for column in range(outputs))


def _check(network: MaskedNetwork) -> None:
    arrays = [network.output_weight, network.output_bias]
    arrays += [array for layer in network.layers for array in (layer.weight, layer.bias)]
    if not all(np.isfinite(array).all() for array in arrays):
        raise InputError("finite weights", "NaN or infinity", "the training diverged, change it")


def _operation(layer: MaskedLayer, index: int, z: Callable[[int], Expression]) -> Expression:
    """Return the value of unit `index` of a layer; `z` gives its linear units."""
    split = len(layer.unary)
    if index < split:
        name, kept, operands = layer.unary[index], layer.unary_kept[index], [z(index)]
    else:
        j = index - split
        name, kept = layer.binary[j], layer.binary_kept[j]
        operands = [z(split + 2 * j), z(split + 2 * j + 1)]
    if not kept:
        return _sum([(1.0, operand) for operand in operands], 0.0)
    value: Symbol = OPERATORS[name].function(_Namespace(), *map(Symbol, operands))
    return value.tree


def _sum(pairs: list[tuple[float, Expression]], bias: float) -> Expression:
    constants = [weight * node.value for weight, node in pairs if isinstance(node, Constant)]
    terms = [_term(weight, node) for weight, node in pairs if not isinstance(node, Constant)]
    bias = bias + sum(constants)
    if bias or not terms:
        terms.append(Constant(_finite(bias)))
    return Apply("Add", tuple(terms)) if len(terms) > 1 else terms[0]


def _term(weight: float, node: Expression) -> Expression:
    return node if weight == 1 else Apply("Mul", (Constant(weight), node))


def _apply(symbol: str, *operands: _Operand) -> Symbol:
    trees = tuple(item.tree if isinstance(item, Symbol) else Constant(item) for item in operands)
    values = [tree.value for tree in trees if isinstance(tree, Constant)]
    if len(values) == len(trees):
        return Symbol(Constant(_finite(fold(symbol, values))))
    return Symbol(Apply(symbol, trees))


def _finite(value: float) -> float:
    if not np.isfinite(value):
        raise InputError("finite constants", str(value), "the training diverged, change it")
    return value
