"""A law as a network of layers: each operator a unit, sums and coefficients its weights.

A unit reads what the layer before puts out. What is needed later passes by in units whose operator
is pruned, which are identities.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.config import Architecture, Layer
from symbolnet.expression.tree import Apply, Constant, Expression, Variable
from symbolnet.methods.symbolnet.laws.law import Law, Ruler
from symbolnet.network.masked import MaskedLayer, MaskedNetwork

_UNARY = {"log": "ln"}  # the operators whose name is another than that of the function
_BINARY = {"Mul": "*", "Pow": "pow"}


class Linear(NamedTuple):
    """A sum of coefficients times atoms, which are variables and what units put out."""

    terms: dict[Expression, float]
    constant: float

    def plus(self, other: "Linear", times: float = 1.0) -> "Linear":
        """Return the sum with so many times another."""
        terms = dict(self.terms)
        for atom, coefficient in other.terms.items():
            terms[atom] = terms.get(atom, 0.0) + times * coefficient
        return Linear(terms, self.constant + times * other.constant)


def linear(node: Expression) -> Linear:
    """Return an expression as a sum of atoms."""
    if isinstance(node, Constant):
        return Linear({}, float(node.value))
    if isinstance(node, Apply) and node.symbol == "Add":
        found = Linear({}, 0.0)
        for part in node.arguments:
            found = found.plus(linear(part))
        return found
    if isinstance(node, Apply) and node.symbol == "Mul":
        first, *rest = node.arguments
        if isinstance(first, Constant):
            return Linear({}, 0.0).plus(linear(_product(rest)), float(first.value))
        return Linear({_product(node.arguments): 1.0}, 0.0)
    return Linear({node: 1.0}, 0.0)


def _product(factors: Sequence[Expression]) -> Expression:
    """Return a product of two products, each of half the factors: few layers."""
    if len(factors) == 1:
        return factors[0]
    half = len(factors) // 2
    return Apply("Mul", (_product(factors[:half]), _product(factors[half:])))


class Place(NamedTuple):
    """An atom as scale times what a layer puts out at `number`, plus mean."""

    number: int
    scale: float = 1.0
    mean: float = 0.0


Places = dict[Expression, Place]


class Plan(NamedTuple):
    """What each layer computes (its atoms), what passes it by, and the sums that are put out."""

    layers: tuple[tuple[Apply, ...], ...]
    passing: tuple[tuple[Expression, ...], ...]
    outputs: tuple[Linear, ...]


def planned(law: Law, depth: int | None = None) -> Plan:
    """Return the plan of a law, of `depth` layers or as few as it needs."""
    outputs = tuple(linear(tree) for tree in law.trees)
    levels: dict[Expression, int] = {}
    for output in outputs:
        for atom in output.terms:
            _level(atom, levels)
    depth = max(levels.values(), default=0) if depth is None else depth
    layers = [[a for a, at in levels.items() if at == number] for number in range(1, depth + 1)]
    needed = {atom: depth + 1 for output in outputs for atom in output.terms}
    for number, layer in reversed(list(enumerate(layers, start=1))):
        for atom in (one for unit in layer for one in _read(unit)):
            needed[atom] = max(needed.get(atom, 0), number)
    passing = [
        tuple(a for a, at in levels.items() if at < number < needed.get(a, 0))
        for number in range(1, depth + 1)
    ]
    units = tuple(tuple(a for a in layer if isinstance(a, Apply)) for layer in layers)
    return Plan(units, tuple(passing), outputs)


def _level(atom: Expression, levels: dict[Expression, int]) -> int:
    """Return the layer that an atom comes from, 0 for variables; note it and all it is made of."""
    if atom not in levels:
        below = [_level(one, levels) for one in _read(atom)]
        levels[atom] = 0 if isinstance(atom, Variable) else 1 + max(below, default=0)
    return levels[atom]


def _read(atom: Expression) -> Iterator[Expression]:
    """Yield the atoms that a unit reads."""
    for operand in _operands(atom):
        yield from operand.terms


def _operands(atom: Expression) -> list[Linear]:
    return [linear(one) for one in atom.arguments] if isinstance(atom, Apply) else []


def operator_of(atom: Apply) -> str:
    """Return the name of a unit's operator."""
    return _BINARY.get(atom.symbol) or _UNARY.get(atom.symbol, atom.symbol)


def _is_binary(atom: Apply) -> bool:
    return atom.symbol in _BINARY


def architecture_for(
    plans: Iterable[Plan], unary: Counter[str], binary: Counter[str], passing: int
) -> Architecture:
    """Return an architecture for networks of these plans, all of one depth, and for others.

    Others need the units `unary` and `binary` in the last layer, and `passing` ones before it.
    """
    plans = list(plans)
    layers = [(u, p) for plan in plans for u, p in zip(plan.layers, plan.passing, strict=True)]
    unary, binary, free = Counter(unary), Counter(binary), passing
    for units, _ in layers:
        unary |= Counter(operator_of(u) for u in units if not _is_binary(u))
        binary |= Counter(operator_of(u) for u in units if _is_binary(u))
    for units, passes in layers:
        free = max(free, len(passes) + sum(not _is_binary(u) for u in units))
    names = sorted(unary.elements())
    names += ["identity"] * max(0, free - len(names), 1 - len(names))
    size = Layer(unary=len(names), binary=binary.total())
    depth = max([len(plan.layers) for plan in plans], default=1)
    return Architecture(
        layers=[size] * depth,
        unary_operators=names,
        binary_operators=sorted(binary.elements()) or ["*"],
    )


def network_of_law(
    law: Law, ruler: Ruler, architecture: Architecture, inputs: np.ndarray, width: int
) -> MaskedNetwork:
    """Return a law as a network on all `width` inputs, of which it knows the columns `inputs`.

    The network reads them as they stand before the ruler.
    """
    plan = planned(law, len(architecture.layers))
    columns = zip(inputs.tolist(), ruler.scale.tolist(), ruler.mean.tolist(), strict=True)
    places: Places = {Variable(i): Place(*column) for i, column in enumerate(columns)}
    read, layers, before = np.zeros(width, bool), [], width
    read[inputs[law.inputs]] = True
    for units, passes in zip(plan.layers, plan.passing, strict=True):
        layer, places = _layer(units, passes, places, architecture, before)
        layers.append(layer)
        before = len(layer.unary) + len(layer.binary)
    weight, bias = np.zeros((before, len(law.trees))), np.zeros(len(law.trees))
    for k, output in enumerate(plan.outputs):
        bias[k] = _write(output, places, weight[:, k])
    return MaskedNetwork(read, tuple(layers), weight, bias)


def _layer(
    units: Sequence[Apply],
    passes: Sequence[Expression],
    places: Places,
    architecture: Architecture,
    before: int,
) -> tuple[MaskedLayer, Places]:
    """Return a layer, and where it puts out the values of units and of what passes."""
    size = architecture.layers[0]
    split, slots = size.unary, _Slots(architecture)
    weight, bias = np.zeros((before, split + 2 * size.binary)), np.zeros(split + 2 * size.binary)
    kept, after = np.zeros(split + size.binary, bool), Places()
    for unit in units:
        place = slots.take(operator_of(unit), _is_binary(unit))
        after[unit] = Place(place)
        kept[place] = True
        columns = [place] if place < split else [2 * place - split, 2 * place - split + 1]
        for column, operand in zip(columns, _operands(unit), strict=True):
            bias[column] = _write(operand, places, weight[:, column])
    for atom in passes:
        place = slots.any()
        after[atom], before_it = Place(place), places[atom]
        weight[before_it.number, place], bias[place] = before_it.scale, before_it.mean
    names = tuple(architecture.unary_operators), slots.binary
    return MaskedLayer(weight, bias, names[0], kept[:split], names[1], kept[split:]), after


class _Slots:
    """The units of a layer that are still free."""

    def __init__(self, architecture: Architecture) -> None:
        size = architecture.layers[0]
        self.binary = tuple(architecture.binary_operators[: size.binary])
        names = [*architecture.unary_operators, *self.binary]
        self._split = size.unary
        self._free = dict(enumerate(names))

    def take(self, name: str, binary: bool) -> int:
        """Return the first free unit of an operator."""
        here = (i for i, n in self._free.items() if n == name and (i >= self._split) == binary)
        return self._taken(next(here))

    def any(self) -> int:
        """Return the last free unary unit: whatever its operator, pruned it is the identity."""
        return self._taken(max(i for i in self._free if i < self._split))

    def _taken(self, place: int) -> int:
        del self._free[place]
        return place


def _write(operand: Linear, places: Places, column: np.ndarray) -> float:
    """Write the coefficients of a sum into a column of weights; return its constant."""
    constant = operand.constant
    for atom, coefficient in operand.terms.items():
        place = places[atom]
        column[place.number] += coefficient * place.scale
        constant += coefficient * place.mean
    return constant
