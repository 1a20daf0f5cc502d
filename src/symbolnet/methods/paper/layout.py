"""Where everything lies in the one parameter row of a member: shapes, operator groups, orders.

Inside training the units of a layer are ordered by operator, so that each operator works on one
contiguous block; `units` and `outputs` say which unit of the paper's cyclic order (masked.py) each
of them is. A row is [weights and biases | their thresholds | input | unary | binary thresholds].
"""

from typing import NamedTuple

from symbolnet.config import Layer, PaperTraining
from symbolnet.network.masked import cyclic
from symbolnet.operators import OPERATORS, Operator


class Group(NamedTuple):
    """Units of one operator, neighbours inside training."""

    operator: Operator
    members: tuple[int, ...]


class LayerLayout(NamedTuple):
    """One symbolic layer of `inputs` inputs, its groups in order of first appearance."""

    inputs: int
    unary: tuple[Group, ...]
    binary: tuple[Group, ...]

    @property
    def n_unary(self) -> int:
        """Unary operators, u."""
        return sum(len(group.members) for group in self.unary)

    @property
    def n_binary(self) -> int:
        """Binary operators, b."""
        return sum(len(group.members) for group in self.binary)

    @property
    def n_units(self) -> int:
        """Linear units, u + 2b."""
        return self.n_unary + 2 * self.n_binary

    @property
    def outputs(self) -> list[int]:
        """Place in the paper's order of each output (u + b)."""
        shifted = [self.n_unary + j for group in self.binary for j in group.members]
        return [i for group in self.unary for i in group.members] + shifted

    @property
    def units(self) -> list[int]:
        """Place in the paper's order of each unit: all unary, all left, then all right operands."""
        u, pairs = self.n_unary, [j for group in self.binary for j in group.members]
        return self.outputs[:u] + [u + 2 * j for j in pairs] + [u + 2 * j + 1 for j in pairs]


class Layout(NamedTuple):
    """Shape of a network: d inputs, symbolic layers, k linear outputs."""

    inputs: int
    layers: tuple[LayerLayout, ...]
    outputs: int

    @property
    def matrices(self) -> list[tuple[int, int]]:
        """(rows, columns) of every weight matrix, (units, inputs), the output layer last."""
        last = self.layers[-1]
        hidden = [(layer.n_units, layer.inputs) for layer in self.layers]
        return [*hidden, (self.outputs, last.n_unary + last.n_binary)]

    @property
    def weight_sizes(self) -> list[int]:
        """Lengths of the pieces of the weight section: matrix, bias, matrix, bias, ..."""
        return [size for rows, columns in self.matrices for size in (rows * columns, rows)]

    @property
    def sections(self) -> list[int]:
        """Lengths of a row's five sections."""
        weights = sum(self.weight_sizes)
        unary = sum(layer.n_unary for layer in self.layers)
        binary = sum(layer.n_binary for layer in self.layers)
        return [weights, weights, self.inputs, unary, binary]


def layout_of(spec: PaperTraining, inputs: int, outputs: int) -> Layout:
    """Return the layout of the networks of a training on d inputs and k classes."""
    layers: list[LayerLayout] = []
    for layer in spec.layers:
        layers.append(_layer(spec, layer, inputs))
        inputs = layer.unary + layer.binary
    return Layout(layers[0].inputs, tuple(layers), outputs)


def _layer(spec: PaperTraining, layer: Layer, inputs: int) -> LayerLayout:
    unary = _groups(cyclic(spec.unary_operators, layer.unary))
    return LayerLayout(inputs, unary, _groups(cyclic(spec.binary_operators, layer.binary)))


def _groups(names: list[str]) -> tuple[Group, ...]:
    members: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        members.setdefault(name, []).append(i)
    return tuple(Group(OPERATORS[name], tuple(places)) for name, places in members.items())
