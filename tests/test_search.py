"""Formats chosen part by part: what is tried, that it is exact, what it saves, what is chosen."""

import json

import numpy as np
import pytest

from circuits import (
    X0,
    X1,
    X2,
    add,
    apply,
    collection,
    expression_set,
    gauss,
    mul,
    random_set,
    toy_data,
    toy_model,
    widest_graph,
)
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import save_collection
from symbolnet.expression.tree import Constant
from symbolnet.firmware.build.formats import assemble
from symbolnet.firmware.build.parts import Lookup, Port, Product, Score, datapath_of, parts
from symbolnet.firmware.graph.fixed import Fixed
from symbolnet.firmware.graph.graph import Input, Multiply, Table, load_graph
from symbolnet.firmware.graph.reference import input_mantissas, real_outputs, run
from symbolnet.firmware.search.estimate import luts, node_luts, supports
from symbolnet.firmware.search.judge_classes import Criterion, Jury, area, lost_area, places
from symbolnet.firmware.search.moves import generous
from symbolnet.firmware.search.points import Front, Point, best_below, choose, useful
from symbolnet.firmware.search.trial import Trial
from symbolnet.firmware.search.walk import search
from symbolnet.pipeline.cli import main


def fixed_outputs(graph, x):
    return real_outputs(graph, run(graph, input_mantissas(graph, x)))


def searched(chosen, data):
    return search(datapath_of(chosen, data.x_train), data)


def of_kind(things, kind):
    return [thing for thing in things if isinstance(thing, kind)]


def test_one_table_for_each_class_and_input_however_many_terms():
    bell, wave = gauss(add(X0, -0.3)), apply("sin", mul(2.1, X0))
    chosen = expression_set(
        add(mul(0.3, bell), mul(0.7, wave), mul(0.2, X0), mul(0.1, X1), 0.7),
        add(mul(0.9, bell), mul(-0.2, wave), mul(0.1, X1)),
    )
    split = parts(chosen)
    assert len(of_kind(split, Lookup)) == 3  # the line in x1 is the same in both classes
    assert len(of_kind(split, Port)) == 2 and len(of_kind(split, Score)) == 2


def test_a_hidden_sum_is_one_part_for_all_classes():
    unit = add(X0, mul(-2.0, X1))
    split = parts(expression_set(apply("tanh", unit), mul(0.5, gauss(unit)), mul(X2, unit)))
    sums = [part for part in split if type(part).__name__ == "Sum"]
    assert len(sums) == 1 and len(of_kind(split, Product)) == 1


@pytest.mark.parametrize("seed", range(12))
def test_a_trial_computes_what_the_graph_computes(seed):
    rng = np.random.default_rng(seed)
    chosen, x = random_set(rng)
    datapath = datapath_of(chosen, x)
    split, formats = datapath.parts, generous(datapath)
    if not of_kind(split, Port):
        return
    trial = Trial(datapath, x)
    signals = trial.signals(formats)
    for place in rng.permutation(len(split))[:3]:
        smaller = formats[place]._replace(fraction=formats[place].fraction - 1)
        if formats[place].fraction and not isinstance(split[place], Port):
            signals |= trial.changed({int(place): smaller}, formats, signals)
            formats[place] = smaller
    graph = assemble(datapath, formats)
    assert np.array_equal(trial.scores(signals), fixed_outputs(graph, x))


def test_generous_formats_are_near_the_expressions():
    rows = np.random.default_rng(1).normal(0, 1, (2000, 3)) ** [1, 2, 1]  # x1 is skewed
    chosen = toy_model()
    graph = widest_graph(chosen, rows)
    distance = fixed_outputs(graph, rows) - evaluate(chosen.expressions, rows)
    assert np.sqrt((distance**2).mean()) < 0.02
    skewed = next(n for n in graph.nodes if isinstance(n, Input) and n.variable == 1)
    assert skewed.interval[0] >= 0


def test_an_address_spends_no_bit_on_a_sign_that_the_range_does_not_need():
    """-1 to 6 in steps of 1/8: 57 values, 7 bits with the sign, 6 bits of address."""
    rows = np.linspace(-1, 6, 400)[:, None]
    chosen = expression_set(apply("tanh", X0), inputs=1)
    datapath = datapath_of(chosen, rows)
    form, *rest = generous(datapath)
    coarse = form._replace(bits=6, fraction=3, start=-8)
    graph = assemble(datapath, [coarse, *rest])
    (table,) = of_kind(graph.nodes, Table)
    assert graph.inputs()[0].format.width == 7
    assert graph.nodes[table.sources[0]].format.width == 6
    distance = fixed_outputs(graph, rows) - evaluate(chosen.expressions, rows)
    assert np.abs(distance).max() < 0.08


def test_a_phase_whose_weights_vanish_is_never_stepped_into():
    """In turns the weights are small: without fraction bits none is left, nor an address."""
    chosen, x = expression_set(apply("sin", add(mul(0.4, X0), mul(0.6, X1)))), np.ones((5, 3))
    datapath = datapath_of(chosen, x)
    (place,) = [i for i, part in enumerate(datapath.parts) if type(part).__name__ == "Sum"]
    formats = generous(datapath)
    formats[place] = formats[place]._replace(fraction=0)
    with pytest.raises(InputError, match="an address of at least 1 bit"):
        Trial(datapath, x).signals(formats)


@pytest.fixture(scope="module")
def found():
    data = toy_data(toy_model(), rows=800)
    blind = data._replace(x_test=np.full_like(data.x_test, np.nan))
    datapath = datapath_of(toy_model(), data.x_train)
    return data, datapath, search(datapath, blind)  # no look at the test set


def test_a_search_gives_a_front(found):
    front = found[2]
    first, last = front.points[0], front.points[-1]
    assert first.luts > 3 * last.luts
    assert first.accuracy_validation > 0.97 and front.float_accuracy_validation == 1.0
    assert all(a.luts > b.luts for a, b in zip(front.points, front.points[1:], strict=False))


def test_points_hold_in_the_graph(found):
    data, datapath, front = found
    for point in (front.points[0], front.points[len(front.points) // 2], front.points[-1]):
        graph = assemble(datapath, point.formats)
        outputs = fixed_outputs(graph, data.x_validation)
        accuracy = float(np.mean(outputs.argmax(axis=1) == data.y_validation))
        assert accuracy == point.accuracy_validation
        assert sum(node_luts(graph)) == pytest.approx(point.luts, rel=0.15)


def test_a_search_is_deterministic(found):
    data, datapath, front = found
    assert search(datapath, data).points == front.points


def point(luts, accuracy=0.8, loss=0.0, error=0.0):
    return Point((), luts, 0.5, accuracy, accuracy, accuracy, loss, error)


def test_the_cheapest_point_surely_within_the_tolerance_is_chosen():
    points = [
        point(90.0),
        point(60.0, loss=0.003, error=0.001),
        point(50.0, loss=0.003, error=0.003),  # by chance, perhaps
        point(40.0, loss=0.008),
    ]
    front = Front(points, 0.80, 0.80)
    assert choose(front, 0.005).luts == 60.0
    assert choose(front, 0.5).luts == 40.0
    assert choose(front._replace(points=[points[3], points[1]]), 0.001).luts == 40.0


def test_the_most_accurate_point_below_a_limit():
    points = [point(90.0, 0.9), point(60.0, 0.7), point(50.0, 0.8), point(40.0, 0.6)]
    assert best_below(points, 80).luts == 50.0 and best_below(points, 30) is None
    ranked = [p._replace(auc=auc) for p, auc in zip(points, (0.9, 0.95, 0.5, 0.5), strict=True)]
    assert best_below(ranked, 80).luts == 60.0  # 0.7 and 0.95 beside 0.8 and 0.5
    assert [p.luts for p in useful(points)] == [90.0, 50.0, 40.0]


def test_a_jury_counts_gains_and_losses():
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    scores = np.eye(2)[[0, 0, 0, 1, 1, 1, 1, 1, 1, 0]]
    fixed = np.eye(2)[[0, 1, 1, 0, 1, 1, 1, 1, 1, 0]]  # loses two, gains one
    verdict = Jury(scores, labels[:4], labels[4:]).verdict(fixed)
    assert verdict[:3] == pytest.approx((0.5, 5 / 6, 0.7))
    # All of it among the four rows of the first class, which weigh as much as the other six.
    assert (verdict.measure, verdict.loss) == ("balanced_accuracy", pytest.approx(0.25 / 2))
    assert verdict.loss_error == pytest.approx(np.sqrt((0.75 - 0.25**2) / 4) / 2)
    still = Jury(scores, labels[:4], labels[4:]).verdict(scores)
    assert still.loss == still.loss_error == 0


def rare(rows=4000, seed=0):
    """One row in a hundred is signal, and its score overlaps with that of the background."""
    generator = np.random.default_rng(seed)
    labels = (np.arange(rows) % 100 == 0).astype(np.int64)
    signal = generator.normal(size=rows) + 1.5 * labels - 4
    return np.stack([np.zeros(rows), signal], axis=1), labels


def test_a_design_that_never_says_signal_loses_more_than_its_accuracy_shows():
    scores, labels = rare()
    jury = Jury(scores, labels[:3000], labels[3000:])
    verdict = jury.verdict(np.zeros_like(scores))
    assert verdict.accuracy == 0.99 and verdict.auc == 0.5 and verdict.balanced_accuracy == 0.5
    assert verdict.measure == "auc" and 0.3 < verdict.loss < 0.4
    coarse = jury.verdict(np.round(scores * 4) / 4)
    assert 0 < coarse.loss + coarse.loss_error < 0.02
    front = Front([point(90.0), point(10.0, 0.99, verdict.loss)], 0.99, 0.99)
    assert choose(front, 0.01).luts == 90.0


def test_scores_made_with_class_weights_are_searched_with_class_weights():
    """By rows alike, a constant would explain more than scores that are made for classes alike."""
    scores, labels = rare()
    shifted = scores * 1.5 + [0.0, 1.5 * 4 - 1.5**2 / 2]  # log-odds where both classes are alike
    weighed, plain = Criterion(shifted, labels), Criterion(scores * 1.5 - [0, -0.1], labels)
    constant = np.zeros_like(shifted)
    assert weighed.loss(shifted) < 0.8 * weighed.loss(constant)
    towards = shifted - [0.0, 3.0]  # fewer signals: better by rows, worse by classes
    assert weighed.loss(towards) > weighed.loss(shifted)
    assert plain.loss(scores * 1.5) < plain.loss(shifted)


def test_the_area_and_what_it_loses_against_sklearn_and_resampling():
    from sklearn.metrics import roc_auc_score

    scores, labels = rare(1500)
    other = np.round(scores * 2) / 2
    before, after = (places(s, labels) for s in (scores, other))
    assert area(before) == pytest.approx(roc_auc_score(labels, scores[:, 1]))
    loss, error = lost_area(before, after)
    assert loss == pytest.approx(area(before) - area(after))
    generator, found = np.random.default_rng(1), []
    for _ in range(100):
        rows = np.concatenate(
            [generator.choice(np.flatnonzero(labels == k), (labels == k).sum()) for k in (0, 1)]
        )
        pair = [area(places(s[rows], labels[rows])) for s in (scores, other)]
        found.append(pair[0] - pair[1])
    assert error == pytest.approx(np.std(found), rel=0.3)


def test_a_rare_class_is_kept_by_the_search():
    """What wins on accuracy alone is a constant, for 99 of 100 rows are background."""
    generator = np.random.default_rng(3)
    x = [generator.normal(size=(n, 3)).astype(np.float32) for n in (3000, 1000, 1000)]
    chance = [1 / (1 + np.exp(6.5 - 1.5 * part[:, 0] - part[:, 1])) for part in x]
    y = [(generator.random(len(p)) < p).astype(np.int64) for p in chance]
    chosen = expression_set(Constant(0), add(mul(1.5, X0), X1, -6.5))
    names = chosen.feature_names, chosen.class_names
    data = Dataset(*x, *y, np.zeros(3), np.ones(3), *names, {"from": "test"})
    datapath = datapath_of(chosen, data.x_train)
    front = search(datapath, data)
    taken = choose(front, 0.003)
    graph = assemble(datapath, taken.formats)
    true, fixed = evaluate(chosen.expressions, data.x_test), fixed_outputs(graph, data.x_test)
    before, after = (area(places(s, data.y_test)) for s in (true, fixed))
    assert before > 0.8 and after > before - 0.01
    assert taken.luts < front.points[0].luts
    for found in front.points:
        graph = assemble(datapath, found.formats)
        assert all(node.interval[0] < node.interval[1] for node in graph.inputs())
        assert graph.outputs()[1].interval[0] < graph.outputs()[1].interval[1]
    cheap = best_below(useful(front.points), 0.6 * front.points[0].luts)
    assert cheap.auc > 0.75


def test_undefined_functions_are_never_stepped_into():
    data = toy_data(expression_set(apply("log", add(X0, 5.0)), X1), rows=300)
    chosen = expression_set(apply("log", add(X0, 5.0)), X1)
    assert len(searched(chosen, data).points) > 3
    with pytest.raises(InputError, match="a logarithm of a range above 0"):
        searched(expression_set(apply("log", X0), X1), data)


def test_constant_outputs():
    data = toy_data(expression_set(X0, X1), rows=200)
    datapath = datapath_of(expression_set(X0, Constant(0.25)), data.x_train)
    graph = assemble(datapath, search(datapath, data).points[0].formats)
    assert np.all(fixed_outputs(graph, data.x_train)[:, 1] == 0.25)
    flat = datapath_of(expression_set(Constant(0.5), Constant(0.25)), data.x_train)
    with pytest.raises(InputError, match="depends on an input"):
        assemble(flat, search(flat, data).points[0].formats)


def test_support_of_each_table_bit():
    source = Input(0, Fixed(True, 3, 0), (-8, 7))
    entries = tuple((m & 1) | ((m >= 0) << 1) | ((m == 3) << 2) for m in range(-8, 8))
    table = Table((0,), entries, Fixed(False, 4, 0), (0, 7))
    assert supports(table, source) == [1, 1, 4, 0]


def test_estimates_of_tables_and_products():
    rng = np.random.default_rng(0)
    source = Input(0, Fixed(True, 7, 0), (-128, 127))
    entries = tuple(int(e) for e in rng.integers(0, 32, 256))
    table = Table((0,), entries, Fixed(False, 5, 0), (0, 31))
    assert luts(table, [source]) == 5 * 4
    product = Multiply((0, 0), Fixed(True, 14, 0), (-16256, 16384))
    assert luts(product, [source]) == 64


def test_stage(tmp_path):
    chosen = toy_model()
    save_collection(tmp_path / "expressions.json", collection(chosen))
    save_dataset(tmp_path / "dataset.npz", toy_data(chosen))
    names = {"chosen": "expressions.json", "dataset": "dataset.npz", "graph": "graph.json"}
    files = [part for n, f in names.items() for part in (f"--{n}", str(tmp_path / f))]
    outputs = ["--precision", str(tmp_path / "precision.json")]
    spec = '{"search": {"tolerance": 0.02}}'
    assert main(["build_graph", *files, *outputs, "--spec", spec]) == 0
    record = json.loads((tmp_path / "precision.json").read_text())
    (taken,) = [point for point in record["points"] if point["chosen"]]
    assert taken["loss"] + taken["loss_error"] <= 0.02
    assert record["luts_counted"] is None
    graph = load_graph(tmp_path / "graph.json")
    assert "input_bits_most" in graph.precision
    assert len(record["node_luts_estimated"]) == len(graph.nodes)


@pytest.mark.slow
def test_what_a_trial_keeps_changes_no_point_and_saves_most_of_the_work(monkeypatch):
    """Both inputs are read by all 6 classes: only what changed since is computed again."""
    weights = np.round(np.random.default_rng(0).normal(size=(6, 2)), 2)
    chosen = expression_set(*(add(mul(float(a), gauss(X0)), mul(float(b), X1)) for a, b in weights))
    data, made, found = toy_data(chosen, rows=40), [], []
    computed = Trial._computed
    monkeypatch.setattr(Trial, "_computed", lambda *a: (made.append(1), computed(*a))[1])
    for memory in (0, 10**6):
        monkeypatch.setattr("symbolnet.firmware.search.walk._MEMORY", memory)
        made.clear()
        found.append((searched(chosen, data).points, len(made)))
    assert found[0][0] == found[1][0]
    assert found[1][1] < found[0][1] / 2.5
