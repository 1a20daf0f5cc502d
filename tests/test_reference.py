"""Fixed-point arithmetic against Python fractions; the int64 reference against the expressions."""

import math
from fractions import Fraction

import numpy as np
import pytest

from circuits import (
    PRECISIONS,
    X0,
    X1,
    add,
    apply,
    expression_set,
    gauss,
    mul,
    random_set,
    uniform_graph,
)
from symbolnet.config import Precision
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.metrics import accuracy
from symbolnet.firmware.graph.fixed import Fixed, fitting, from_real, quantised
from symbolnet.firmware.graph.graph import Multiply, Quantise, Table
from symbolnet.firmware.graph.reference import (
    corner_ports,
    input_mantissas,
    real_outputs,
    run,
    saturated,
)


def _exact(mantissa: int, fraction: int, target: Fixed) -> int:
    """Round and overflow one value by the definitions, in rational numbers."""
    scaled = Fraction(mantissa) * Fraction(2) ** (target.fraction - fraction)
    whole = math.floor(scaled + (Fraction(1, 2) if target.rounding == "RND" else 0))
    if target.overflow == "SAT":
        return min(max(whole, target.lowest), target.highest)
    while whole > target.highest:
        whole -= 2**target.width
    while whole < target.lowest:
        whole += 2**target.width
    return whole


@pytest.mark.parametrize("overflow", ["WRAP", "SAT"])
@pytest.mark.parametrize("rounding", ["TRN", "RND"])
@pytest.mark.parametrize(
    ("signed", "integer", "fraction"), [(True, 2, 3), (False, 3, 0), (True, -1, 6), (True, 5, -2)]
)
def test_conversions_are_exact(signed, integer, fraction, overflow, rounding):
    target = Fixed(signed, integer, fraction, overflow, rounding)
    mantissas = np.arange(-600, 600)
    for source in (0, 2, 5):
        expected = [_exact(int(m), source, target) for m in mantissas]
        assert quantised(mantissas, source, target).tolist() == expected


def test_rounding_comes_before_saturation():
    target = Fixed(True, 1, 0, "SAT", "RND")
    assert quantised(np.array([15, -17]), 3, target).tolist() == [1, -2]


def test_narrowest_format():
    assert fitting(-4, 3, 1) == Fixed(True, 1, 1)
    assert fitting(-5, 3, 1) == Fixed(True, 2, 1)
    assert fitting(0, 8, 0) == Fixed(False, 4, 0)
    assert fitting(0, 0, 3) == Fixed(False, -2, 3)
    for low, high in [(-1, 0), (-128, 127), (-129, 0), (0, 255), (3, 256)]:
        found = fitting(low, high, 0)
        smaller = found._replace(integer=found.integer - 1)
        assert found.holds(low, high) and not smaller.holds(low, high)
    with pytest.raises(InputError, match="at most 62 bits"):
        fitting(-(2**70), 0, 0)


def test_real_numbers_round_half_up():
    assert from_real(np.array([0.25, -0.25, 0.24, 1e300]), 1).tolist() == [1, 0, 0, 2**62]


def test_table_entry_is_the_function_at_the_middle_of_its_values():
    x = np.linspace(-2, 2, 401)[:, None]
    graph = uniform_graph(
        expression_set(apply("exp", X0), inputs=1), x, Precision(width=16, table_bits=6)
    )
    source, _, table, _ = graph.nodes
    assert isinstance(table, Table)
    address = graph.nodes[1].format
    starts = np.arange(graph.nodes[1].interval[0], graph.nodes[1].interval[1] + 1) * address.step
    low, high = (end * source.format.step for end in source.interval)
    first = np.floor(low / address.step) * address.step
    starts = first + (starts - first) % 2.0**address.integer  # the sign has wrapped away
    stops = np.minimum(starts + address.step - source.format.step, high)
    middle = (np.maximum(starts, low) + stops) / 2
    reached = np.clip(np.exp(middle), np.exp(-2), np.exp(2))  # what it takes on training rows
    assert table.entries == tuple(np.floor(reached * 2**10 + 0.5).astype(int))


@pytest.mark.parametrize("seed", range(24))
def test_distance_to_the_expressions(seed):
    """Finer formats come nearer; the finest is within its own steps of the expression."""
    rng = np.random.default_rng(seed)
    chosen, x = random_set(rng)
    true = evaluate(chosen.expressions, x)
    inside = (np.abs(true) < 15).all(axis=1)
    errors = []
    for precision in PRECISIONS:
        graph = uniform_graph(chosen, x, precision)
        fixed = real_outputs(graph, run(graph, input_mantissas(graph, x)))
        errors.append(float(np.sqrt(np.mean((fixed - true)[inside] ** 2))))
    assert errors[0] < 0.1
    assert errors[2] < 0.02
    assert errors[2] <= errors[0] <= errors[1] + 0.01


def test_the_point_of_an_address_moves_with_the_interval():
    """A product of up to 400 under a small weight keeps the bits of its address, not fractions."""
    x = np.linspace(-20, 20, 41)[:, None] * [1.0, 1.0]
    chosen = expression_set(mul(0.01, X0, X1), apply("Pow", X0, 2), inputs=2)
    fine = Precision(width=16, table_bits=10, constant_fraction=10)
    graph = uniform_graph(chosen, x, fine)
    (product,) = (node for node in graph.nodes if isinstance(node, Multiply))
    address = next(n for n in graph.nodes if isinstance(n, Quantise) and n.sources == (2,))
    assert product.format.width > 16 and address.format[:3] == (False, 10, 0)
    fixed = real_outputs(graph, run(graph, input_mantissas(graph, x)))
    distance = np.abs(fixed - evaluate(chosen.expressions, x)).max(axis=0)
    assert distance[0] < 0.01 * 0.5 + 2**-10  # half a step of the address
    assert distance[1] < 1.4  # the same at the steep end


def test_inputs_saturate_outside_the_training_range_and_are_counted():
    x = np.array([[-1.0], [0.5], [2.0]])
    graph = uniform_graph(expression_set(mul(2.0, X0), inputs=1), x, Precision())
    seen = np.array([[-5.0], [0.25], [9.0], [2.0]])
    assert saturated(graph, seen)[:, 0].tolist() == [True, False, True, False]
    outputs = real_outputs(graph, run(graph, input_mantissas(graph, seen)))
    assert outputs[:, 0].tolist() == [-2.0, 0.5, 4.0, 4.0]


def test_corner_vectors_reach_every_end():
    x = np.random.default_rng(0).normal(size=(50, 3))
    graph = uniform_graph(expression_set(add(X0, mul(X1, apply("tanh", X1)))), x, Precision())
    corners, ends = corner_ports(graph), [node.interval for node in graph.inputs()]
    assert (corners.min(axis=0) == [low for low, _ in ends]).all()
    assert (corners.max(axis=0) == [high for _, high in ends]).all()


def test_too_few_inputs():
    x = np.zeros((4, 2)) + [[1.0, 2.0]] * np.arange(4)[:, None]
    graph = uniform_graph(expression_set(add(X0, X1), inputs=2), x, Precision())
    with pytest.raises(InputError, match="input x1"):
        input_mantissas(graph, x[:, :1])


def test_accuracy_on_real_jets(shared_data):
    """A model of the masses and multiplicity: fixed point within a point of float."""
    path = shared_data / "jets_root" / "lhc_jets_cells_hlf16_reference.npz"
    if not path.is_file():
        pytest.skip(f"no {path.name} in the data folder")
    with np.load(path, allow_pickle=False) as archive:
        raw, file, letters = archive["X"], archive["source_file"], archive["y"].astype(str)
    labels = np.array([list("gqwzt").index(letter) for letter in letters])
    train = file != 2
    x = ((raw - raw[train].mean(axis=0)) / raw[train].std(axis=0)).astype(np.float32)
    chosen = _jet_model(x[train], labels[train])
    graph = uniform_graph(chosen, x[train], Precision())
    fixed = real_outputs(graph, run(graph, input_mantissas(graph, x[~train])))
    float_accuracy = accuracy(evaluate(chosen.expressions, x[~train]), labels[~train])
    assert float_accuracy > 0.6
    assert abs(accuracy(fixed, labels[~train]) - float_accuracy) < 0.01


def _jet_model(x, labels):
    """Fit five weighted sums of hidden units by least squares."""
    from symbolnet.expression.tree import Variable

    mass, count, shape = Variable(14), Variable(15), Variable(12)
    both = add(mul(0.9, mass), mul(-0.5, shape), 0.3)
    units = [gauss(add(mul(1.7, mass), 0.35)), gauss(add(mul(1.5, mass), -0.6)), shape]
    units += [apply("sin", mul(1.3, mass)), apply("tanh", count), apply("cos", both)]
    units += [mul(count, both), gauss(both), Variable(13), Variable(9), Variable(0)]
    columns = np.column_stack([evaluate(units, x), np.ones(len(x))])
    weights = np.linalg.lstsq(columns, np.eye(5)[labels], rcond=None)[0].round(2)
    sums = [
        add(*(mul(float(w), unit) for w, unit in zip(column[:-1], units, strict=True)), column[-1])
        for column in weights.T.tolist()
    ]
    return expression_set(*sums, inputs=16)
