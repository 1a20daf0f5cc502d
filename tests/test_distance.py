"""Bounds of hardware against formulas hold for every input, are near, and are proved apart."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import symbolnet
from symbolnet import Firmware
from symbolnet.design.given import given
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import Apply, Constant, Expression, Variable
from symbolnet.firmware.build.bounds import Bounds, bounds
from symbolnet.firmware.build.conversion import expressions_in
from symbolnet.firmware.graph.graph import Graph, Table, save_graph
from symbolnet.firmware.proof import certified
from symbolnet.firmware.proof.distance import Distance, all_values, proved
from symbolnet.firmware.proof.enclosure import enclosed, ends, holds, interval

X = np.random.default_rng(0).normal(size=(600, 4))
X0, X1 = Variable(0), Variable(1)
# Tables of one input, periodic and clipped sums, products, a square root, a power, a division.
CASES = {
    "one input each": ["1.2*sin(x0)+x1", "tanh(x0)+0.3*x1-exp(-x2^2)", "0.1*x0+cos(3*x1)"],
    "sums": ["1.2*sin(x0+2*x1-.3)+x2", "tanh(x0-x3)+.2*x1", "0.2*sin(x0)+x0*.1+abs(x1-x2)"],
    "products": ["x2^2*x3+0.5*sin(x0)", "x0*x1*sin(x2)", "x0*x1+x2"],
    "partial": ["sqrt(x0^2+1)*x3", "x0/(x1^2+1)", "log(x2^2+0.5)"],
}


def made_of(texts: Sequence[str], tolerance: float) -> tuple[Firmware, tuple[Expression, ...]]:
    """Return firmware of formulas, and these in the units of its inputs and outputs."""
    firmware = symbolnet.to_firmware(list(texts), X, tolerance=tolerance)
    chosen = given(list(texts), X, None, None, None).chosen
    return firmware, expressions_in(chosen, firmware.graph.units).expressions


def in_range(graph: Graph, rows: int) -> np.ndarray:
    """Return random rows (n, 4) in the ranges of the ports, ends of cells among them."""
    draw, x = np.random.default_rng(1), np.zeros((rows, 4))
    for node in graph.inputs():
        low, high = node.interval
        words = draw.integers(low, high + 1, rows)
        within = draw.choice([-0.5, 0.499999, 0.0, 0.3], rows)
        x[:, node.variable] = (words + within) * node.format.step
    return x


@pytest.mark.parametrize("tolerance", [0.001, 0.03])
@pytest.mark.parametrize("case", CASES)
def test_no_input_is_farther_than_the_bound_and_some_are_near_it(
    case: str, tolerance: float
) -> None:
    firmware, formulas = made_of(CASES[case], tolerance)
    graph, distance = firmware.graph, Distance(firmware.graph)
    x = in_range(graph, 20_000)
    held = all_values(graph, x)
    for output, formula in zip(graph.outputs(), formulas, strict=True):
        scored = distance.score(output.sources[0], formula)
        apart = held[output.sources[0]] - evaluate([formula], x)[:, 0]
        low, high = map(float, scored.error)
        assert low - 1e-9 <= apart.min() and apart.max() <= high + 1e-9
        assert max(-low, high) <= 3 * abs(apart).max()
        assert all(proved(claim, graph.nodes) for claim in scored.claims)


def test_another_entry_moves_the_bound_by_as_much() -> None:
    firmware, formulas = made_of(CASES["one input each"], 0.001)
    graph = firmware.graph
    (place, table) = next((p, n) for p, n in enumerate(graph.nodes) if isinstance(n, Table))
    scores = [output.sources[0] for output in graph.outputs()]
    before = Distance(graph).score(scores[0], formulas[0])
    forged = (table.entries[0] + 1000, *table.entries[1:])
    nodes = (*graph.nodes[:place], table._replace(entries=forged), *graph.nodes[place + 1 :])
    after = Distance(graph._replace(nodes=nodes)).score(scores[0], formulas[0])
    moved = after.error.high - before.error.high
    assert moved > 900 * Fraction(table.format.step)
    own = next(claim for claim in before.claims if claim.node == place)
    assert proved(own, graph.nodes) and not proved(own, nodes)


def test_a_claim_that_is_too_small_is_not_proved() -> None:
    firmware, formulas = made_of(CASES["one input each"], 0.01)
    graph = firmware.graph
    scored = Distance(graph).score(graph.outputs()[1].sources[0], formulas[1])
    for claim in scored.claims:
        low, high = claim.error
        less = 0.02 * (high - low)
        assert not proved(claim._replace(error=(low + less, high)), graph.nodes)
        assert not proved(claim._replace(error=(low, high - less)), graph.nodes)


ONE = Constant(1)
FUNCTIONS: dict[str, Expression] = {
    **{name: Apply(name, (X0,)) for name in ("exp", "sin", "cos", "tanh", "sinh", "cosh", "Abs")},
    "log": Apply("log", (Apply("Add", (X0, Constant(4))),)),
    "sqrt": Apply("sqrt", (Apply("Add", (X0, Constant(2))),)),
    "tan": Apply("tan", (Apply("Mul", (Constant(0.5), X0)),)),
    "square": Apply("Pow", (X0, Constant(2))),
    "inverse": Apply("Pow", (Apply("Add", (X0, Constant(5))), Constant(-1))),
    "half": Apply("Pow", (Apply("Add", (X0, Constant(5))), Constant(-1.5))),
    "power": Apply("Pow", (Apply("Add", (X0, Constant(5))), X1)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_enclosures_hold_the_values_and_agree_with_numpys(name: str) -> None:
    function, draw = FUNCTIONS[name], np.random.default_rng(2)
    for _ in range(30):
        low = draw.uniform(-2, 1.5, 2)
        high = low + draw.choice([0.0, 0.01, 1.0])
        box = {X0: interval(low[0], high[0]), X1: interval(low[1], high[1])}
        found = enclosed(function, box)
        x = draw.uniform(low, high, (50, 2))
        taken = evaluate([function], x)[:, 0]
        least, most = ends(found)
        assert least - 1e-12 <= taken.min() and taken.max() <= most + 1e-12
        near = bounds(function, {v: Bounds(low[i], high[i]) for i, v in enumerate((X0, X1))})
        assert least == pytest.approx(float(near.low), rel=1e-9, abs=1e-9)
        assert most == pytest.approx(float(near.high), rel=1e-9, abs=1e-9)


def test_a_claim_is_proved_by_halves() -> None:
    # x - x is 0; an interval sees it only in small parts.
    nothing = Apply("Add", (X0, Apply("Mul", (Constant(-1), X0))))
    box, entry = np.array([[[0.0, 1.0]]]), np.zeros(1)
    assert holds(nothing, (X0,), box, entry, (-0.01, 0.01))
    assert not holds(nothing, (X0,), box, entry + 0.02, (-0.01, 0.01))


def test_the_record_says_what_is_bounded_and_which_rows_are_certain(tmp_path: Path) -> None:
    texts = CASES["one input each"]
    firmware, _ = made_of(texts, 0.003)
    told = given(texts, X, None, None, None)
    save_graph(tmp_path / "graph.json", firmware.graph)
    data = told.data._replace(x_test=told.data.x_train, y_test=told.data.y_train)
    made = certified.certify(tmp_path / "graph.json", told.chosen, data)
    assert made["reason"] == "" and all(row["proved"] for row in made["scores"])
    for row in made["scores"]:
        assert row["low"] <= row["seen_low"] < row["seen_high"] <= row["high"]
        # Tables of one input each: the search finds the extreme itself.
        assert row["seen_high"] == pytest.approx(row["high"], rel=0.05)
    rows = made["rows"]
    assert 0.9 * rows["inside"] < rows["certain"] <= rows["inside"] <= rows["total"]
    x = data.x_test.astype(np.float64)
    true = evaluate(told.chosen.expressions, x).argmax(axis=1)
    held = all_values(firmware.graph, x)
    scores = [held[output.sources[0]] for output in firmware.graph.outputs()]
    same = int((np.argmax(scores, axis=0) == true).sum())
    assert rows["certain"] <= same + rows["total"] - rows["inside"]
