"""Expression sets to fixed-point graphs, from the structure that the expressions share."""

import numpy as np

from symbolnet.config import Precision
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Expression, ExpressionSet, Variable
from symbolnet.firmware import algebra
from symbolnet.firmware.graph import Graph, check
from symbolnet.firmware.nodes import Nodes
from symbolnet.firmware.sharing import worth_merging
from symbolnet.firmware.tables import TURN, Function, add_table, best_address, periodic_address

_SAMPLES = 4000
_PHASE_BITS = 3  # a turn is 2 pi, so phases get that many more fraction bits in their weights


def build_graph(
    chosen: ExpressionSet, x_train: np.ndarray, precision: Precision, argmax: bool = False
) -> Graph:
    """Return the graph of an expression set; input ranges come from training rows (n, d).

    With `argmax` it puts out the number of the class alone, not the scores.
    """
    builder = _Builder(chosen.expressions, x_train, precision)
    nodes = builder.nodes
    scores = [builder.narrowed(expression) for expression in chosen.expressions]
    nodes.outputs(scores, chosen.class_names, argmax)
    graph = Graph(chosen.model, chosen.feature_names, dict(precision), tuple(nodes.list))
    if not graph.inputs():
        raise InputError("an output that depends on an input", "constants only", "prune less")
    check(graph)
    return graph


class _Builder:
    """Turns atoms, sums and products into places of one list of nodes."""

    def __init__(
        self, expressions: tuple[Expression, ...], x_train: np.ndarray, precision: Precision
    ) -> None:
        self.nodes = Nodes(precision)
        self._low, self._high = x_train.min(axis=0), x_train.max(axis=0)
        self._sample = x_train[:: max(1, len(x_train) // _SAMPLES)]
        self._samples: dict[Expression, np.ndarray] = {}
        self._merged = worth_merging(expressions, precision)
        self._constant_fraction = precision.constant_fraction

    def total(self, expression: Expression) -> int:
        """Return the place of the exact value of an expression: a sum, or a single node."""
        form = algebra.affine(expression)
        terms, constant = [], form.constant
        for core, part in algebra.by_core(form).items():
            if core in self._merged and algebra.has_function(part):
                merged = algebra.expression(algebra.Affine(part, constant))
                terms.append((self._table(merged, core), 1.0))
                constant = 0.0
            else:
                terms += [(self._atom(atom), weight) for atom, weight in part]
        return self.nodes.linear(terms, constant, self._constant_fraction)

    def _atom(self, atom: Expression) -> int:
        if isinstance(atom, Variable):
            return self._input(atom.index)
        if algebra.is_function(atom):
            return self._table(atom, algebra.core(atom))
        return self._product(algebra.factors(atom))

    def _input(self, index: int) -> int:
        if index >= len(self._low):
            raise InputError(f"inputs below x{len(self._low)}", f"x{index}", "check the data set")
        return self.nodes.input(index, float(self._low[index]), float(self._high[index]))

    def narrowed(self, expression: Expression) -> int:
        """Return the place of an expression in the uniform precision."""
        return self.nodes.narrowed(self.total(expression), self._values(expression))

    def _product(self, factors: list[Expression]) -> int:
        product, samples = self.narrowed(factors[0]), self._values(factors[0])
        for factor in factors[1:]:
            samples = samples * self._values(factor)
            exact = self.nodes.multiply(product, self.narrowed(factor))
            product = self.nodes.narrowed(exact, samples)
        return product

    def _table(self, expression: Expression, core: Expression) -> int:
        nodes, function = self.nodes, Function(expression, core, self._values(core))
        if algebra.is_periodic(expression, core) and not isinstance(core, Variable):
            phase = self._phase(core)
            return add_table(nodes, phase, periodic_address(nodes, phase), function, TURN)
        source = self._input(core.index) if isinstance(core, Variable) else self.total(core)
        return add_table(nodes, source, best_address(nodes, source, function), function, 1.0)

    def _phase(self, core: Expression) -> int:
        """Return the place of a weighted sum in turns: 1 / (2 pi) is folded into its weights."""
        form = algebra.affine(core)
        terms = [(self._atom(atom), weight / TURN) for atom, weight in form.terms]
        fraction = self._constant_fraction + _PHASE_BITS
        return self.nodes.linear(terms, form.constant / TURN, fraction)

    def _values(self, expression: Expression) -> np.ndarray:
        """Return values on some training rows, 0 where the expression is not defined."""
        if expression not in self._samples:
            real = evaluate([expression], self._sample)[:, 0]
            self._samples[expression] = np.nan_to_num(real)
        return self._samples[expression]
