"""Entries on the better side of the formula: what is gained, how far they go, and luck is none."""

import numpy as np
import pytest

from circuits import X0, X1, add, expression_set, gauss, mul, toy_data
from symbolnet.expression.evaluate import evaluate
from symbolnet.firmware.build.formats import assemble, distances
from symbolnet.firmware.build.parts import Lookup, Port, datapath_of
from symbolnet.firmware.graph.reference import input_mantissas, real_outputs, run
from symbolnet.firmware.search.judge_classes import Criterion
from symbolnet.firmware.search.judge_regression import ValueCriterion
from symbolnet.firmware.search.moves import generous
from symbolnet.firmware.search.sides import Change, settled
from symbolnet.firmware.search.trial import Trial

CHOSEN = expression_set(
    add(mul(1.3, X0), gauss(X1)), add(mul(1.7, gauss(X0)), mul(-0.6, X1)), mul(0.9, gauss(X1))
)
DATA = toy_data(CHOSEN, 3000)
DATAPATH = datapath_of(CHOSEN, DATA.x_train)
PLACES = [p for p, part in enumerate(DATAPATH.parts) if isinstance(part, Lookup)]


def _formats(bits, fraction):
    """Return formats of coarse entries, addressed by a few bits or by many."""
    forms = zip(DATAPATH.parts, generous(DATAPATH), strict=True)
    return [
        form._replace(bits=bits, fraction=fraction) if isinstance(part, Lookup) else form
        for part, form in forms
    ]


def _settled(criterion, formats):
    trial = Trial(DATAPATH, DATA.x_train)
    signals = trial.signals(formats)
    change = settled(trial, criterion, Change({}, {}), PLACES, formats, signals)
    after = [change.forms.get(place, form) for place, form in enumerate(formats)]
    return trial, signals, {**signals, **change.signals}, after


@pytest.mark.parametrize("values", [False, True])
def test_the_loss_falls_and_no_entry_is_a_step_away(values):
    scores = evaluate(CHOSEN.expressions, DATA.x_train)
    noisy = scores + np.random.default_rng(0).normal(0, 0.5, scores.shape)
    criterion = ValueCriterion(scores, noisy) if values else Criterion(scores, DATA.y_train)
    formats = _formats(4, 0)
    trial, before, signals, after = _settled(criterion, formats)
    fell = criterion.loss(trial.scores(before)) - criterion.loss(trial.scores(signals))
    moved = sum(len(form.farther) for form in after)
    assert moved and fell * len(DATA.x_train) >= moved * criterion.nat
    steps = distances(DATAPATH, after)
    assert 0.5 < steps.max() < 1 and np.count_nonzero(steps > 0.5) == moved
    assert distances(DATAPATH, formats).max() <= 0.5


def test_the_graph_computes_what_was_settled():
    criterion = Criterion(evaluate(CHOSEN.expressions, DATA.x_train), DATA.y_train)
    trial, _, signals, after = _settled(criterion, _formats(4, 0))
    graph = assemble(DATAPATH, after)
    found = real_outputs(graph, run(graph, input_mantissas(graph, DATA.x_train)))
    assert np.array_equal(found, trial.scores(signals))


def test_what_rows_gain_by_luck_moves_hardly_an_entry():
    scores = evaluate(CHOSEN.expressions, DATA.x_train)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    draws = np.random.default_rng(1).random((len(odds), 1))
    labels = (odds.cumsum(axis=1) < draws).sum(axis=1)  # the formula is the truth
    formats = _formats(9, 3)
    *_, after = _settled(Criterion(scores, labels), formats)
    entries = len(distances(DATAPATH, formats))
    assert entries > 1000 and sum(len(form.farther) for form in after) < 0.02 * entries


def test_fine_entries_stay_the_nearest_ones():
    criterion = Criterion(evaluate(CHOSEN.expressions, DATA.x_train), DATA.y_train)
    *_, after = _settled(criterion, _formats(4, 12))
    assert not any(form.farther for form in after)
    assert isinstance(DATAPATH.parts[0], Port)
