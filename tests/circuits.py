"""Random expression sets and small data for the tests of the firmware."""

import numpy as np

from symbolnet.config import Precision
from symbolnet.data.dataset import Dataset
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import Collection, Extracted
from symbolnet.expression.tree import Apply, Constant, Expression, ExpressionSet, Variable
from symbolnet.firmware.build.formats import Format, assemble
from symbolnet.firmware.build.parts import datapath_of
from symbolnet.firmware.graph.graph import Graph
from symbolnet.firmware.search.moves import generous
from symbolnet.firmware.search.walk import in_precision

PRECISIONS = (
    Precision(),
    Precision(width=12, integer=5, table_bits=7, constant_fraction=6),
    Precision(width=24, integer=9, table_bits=13, constant_fraction=16),
)
X0, X1, X2 = Variable(0), Variable(1), Variable(2)


def apply(symbol: str, *arguments: Expression | float) -> Expression:
    """Return a node; plain numbers become constants."""
    nodes = [Constant(a) if isinstance(a, int | float) else a for a in arguments]
    return Apply(symbol, tuple(nodes))


def add(*arguments: Expression | float) -> Expression:
    return apply("Add", *arguments)


def mul(*arguments: Expression | float) -> Expression:
    return apply("Mul", *arguments)


def gauss(argument: Expression) -> Expression:
    return apply("exp", mul(-1, apply("Pow", argument, 2)))


def expression_set(*expressions: Expression, inputs: int = 3) -> ExpressionSet:
    names = tuple(f"f{i}" for i in range(inputs))
    classes = tuple(f"c{i}" for i in range(len(expressions)))
    return ExpressionSet("toy", expressions, names, classes)


def random_set(rng: np.random.Generator) -> tuple[ExpressionSet, np.ndarray]:
    """Return a set of 1 to 4 random expressions and 1,000 rows of inputs."""
    inputs = int(rng.integers(1, 6))
    depths = rng.integers(1, 5, size=rng.integers(1, 5))
    expressions = [_random(rng, int(depth), inputs) for depth in depths]
    return expression_set(*expressions, inputs=inputs), rng.normal(0, 1, (1000, inputs))


def _weight(rng: np.random.Generator) -> float:
    return float(np.round(rng.normal(), 2)) or 0.5


def _random(rng: np.random.Generator, depth: int, inputs: int) -> Expression:
    if depth == 0 or rng.random() < 0.15:
        return Variable(int(rng.integers(inputs)))
    parts = [_random(rng, depth - 1, inputs) for _ in range(2)]
    kind = rng.integers(8)
    if kind < 3:
        return add(*(mul(_weight(rng), part) for part in parts), _weight(rng))
    return mul(*parts) if kind == 3 else _function(rng, *parts)


def _function(rng: np.random.Generator, u: Expression, v: Expression) -> Expression:
    """Return a bounded or tame function: what a format of few integer bits can hold."""
    magnitude = apply("Abs", u)
    choices = [
        apply("exp", mul(-0.5, magnitude)),
        apply("sin", mul(_weight(rng), u)),
        apply("cos", u),
        apply("tanh", u),
        apply("Pow", apply("tanh", u), 3),
        gauss(u),
        apply("log", add(0.1, magnitude)),
        apply("sqrt", add(0.1, magnitude)),
        mul(v, apply("Pow", add(0.5, magnitude), -1)),
    ]
    return choices[rng.integers(len(choices))]


def toy_model() -> ExpressionSet:
    """Return a small model with shared units, a product, a phase and a constant output."""
    total = add(mul(0.5, X0), mul(-1.25, X1), 0.3)
    wave, bell = apply("sin", total), gauss(X2)
    return expression_set(
        add(mul(0.75, wave), mul(0.5, bell), mul(0.2, X2)),
        add(mul(-0.5, wave), mul(X0, apply("tanh", X1)), 0.1),
        Constant(0.25),
    )


def collection(chosen: ExpressionSet) -> Collection:
    """Return the file content of a chosen model."""
    member = Extracted(chosen.model, None, chosen.expressions, chosen.expressions)
    return Collection(2, chosen.feature_names, chosen.class_names, (member,))


def toy_data(chosen: ExpressionSet, rows: int = 300, seed: int = 5) -> Dataset:
    """Return Gaussian inputs with the model's own classes for labels."""
    rng = np.random.default_rng(seed)
    width = len(chosen.feature_names)
    x = [rng.normal(0, 1, (rows, width)).astype(np.float32) for _ in range(3)]
    y = [evaluate(chosen.expressions, part).argmax(axis=1).astype(np.int64) for part in x]
    scaler = np.zeros(width), np.ones(width)
    return Dataset(*x, *y, *scaler, chosen.feature_names, chosen.class_names, {"from": "test"})


def uniform_graph(
    chosen: ExpressionSet, x: np.ndarray, precision: Precision, argmax: bool = False
) -> Graph:
    """Return the graph that `search: null` gives, the expressions themselves being the truth."""
    y = np.nan_to_num(evaluate(chosen.expressions, x))
    scaler = np.zeros(x.shape[1]), np.ones(x.shape[1])
    names = chosen.feature_names, chosen.class_names
    data = Dataset(x, x, x, y, y, y, *scaler, *names, {"from": "test"}, task="regression")
    (point,) = in_precision(datapath_of(chosen, x), data, precision).points
    decision = (Format(),) if argmax else ()  # it has nothing to choose
    return assemble(datapath_of(chosen, x, argmax), point.formats + decision)


def widest_graph(chosen: ExpressionSet, x: np.ndarray) -> Graph:
    """Return the graph that a search starts from."""
    datapath = datapath_of(chosen, x)
    return assemble(datapath, generous(datapath))
