"""Accuracy, ROC AUC and differences, against counting by hand."""

import json
import warnings

import numpy as np
import pytest

from expression_cases import dataset, random_network
from symbolnet.expression import metrics
from symbolnet.expression.assess import assess, auc_of
from symbolnet.expression.extract import extract
from symbolnet.network import masked


def pairs_won(scores, positive):
    """Area under the curve by its meaning: how often a positive outscores a negative."""
    wins = scores[positive][:, None] - scores[~positive][None, :]
    return float(((wins > 0) + 0.5 * (wins == 0)).mean())


def test_accuracy_counts_rows():
    scores = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 2.0], [0.0, 5.0]])
    labels = np.array([0, 1, 1, 0])
    assert metrics.accuracy(scores, labels) == 0.5
    assert metrics.class_accuracy(scores, labels) == [0.5, 0.5]


def test_balanced_accuracy_is_scikit_learns_and_shows_a_constant_decision():
    from sklearn.metrics import balanced_accuracy_score

    rng = np.random.default_rng(5)
    labels = rng.choice(3, 500, p=[0.9, 0.08, 0.02])
    scores = rng.normal(size=(500, 3)) + np.eye(3)[labels]
    expected = balanced_accuracy_score(labels, scores.argmax(axis=1))
    assert metrics.balanced_accuracy(scores, labels) == pytest.approx(expected)
    always, rare = np.tile([1.0, 0.0], (100, 1)), (np.arange(100) == 7).astype(int)
    assert metrics.accuracy(always, rare) == 0.99
    assert metrics.balanced_accuracy(always, rare) == 0.5


def test_rows_that_are_not_finite_are_wrong():
    scores = np.array([[np.nan, 0.0], [np.inf, 0.0], [1.0, 0.0]])
    assert metrics.accuracy(scores, np.zeros(3, int)) == pytest.approx(1 / 3)


def test_a_class_without_rows_has_no_figure():
    scores, labels = np.random.default_rng(0).normal(size=(20, 3)), np.arange(20) % 2
    assert metrics.class_accuracy(scores, labels)[2] is None
    assert metrics.roc_auc(scores, labels)[2] is None
    assert metrics.roc_auc(scores, np.zeros(20, int)) == [None] * 3


def test_roc_auc_by_its_meaning():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 200)
    scores = np.round(rng.normal(size=(200, 3)) + np.eye(3)[labels], 1)  # with ties
    expected = [pairs_won(scores[:, k], labels == k) for k in range(3)]
    assert metrics.roc_auc(scores, labels) == pytest.approx(expected)


def test_roc_auc_of_infinite_and_undefined_scores():
    labels = np.array([1, 1, 0, 0])
    assert metrics.roc_auc(np.array([[0, np.inf]] * 2 + [[0, -np.inf]] * 2), labels)[1] == 1.0
    assert metrics.roc_auc(np.array([[0, np.nan]] * 4), labels)[1] is None


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_log_odds_order_rows_as_the_softmax_does():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 4, 300)
    scores = rng.normal(size=(300, 4)) + np.eye(4)[labels]
    odds = metrics.log_odds(scores)
    np.testing.assert_allclose(1 / (1 + np.exp(-odds)), softmax(scores))
    expected = metrics.roc_auc(softmax(scores), labels)
    assert metrics.roc_auc(odds, labels) == pytest.approx(expected)


def test_a_common_function_of_the_row_changes_no_auc_of_the_softmax():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, 300)
    scores = rng.normal(size=(300, 3)) + np.eye(3)[labels]
    moved = scores + 5 * rng.normal(size=(300, 1))
    of = [metrics.roc_auc(metrics.log_odds(values), labels) for values in (scores, moved)]
    assert of[0] == pytest.approx(of[1])
    raw = [np.mean(metrics.roc_auc(values, labels)) for values in (scores, moved)]
    assert raw[1] < raw[0] - 0.1


def test_log_odds_of_huge_and_of_broken_scores():
    huge = metrics.log_odds(np.array([[1e300, 0.0], [800.0, -800.0]]))
    assert huge.tolist() == [[1e300, -1e300], [1600.0, -1600.0]]
    odds = metrics.log_odds(np.array([[np.inf, 0.0], [np.nan, 0.0]]))
    assert odds[0].tolist() == [np.inf, -np.inf] and np.isnan(odds[1]).all()
    one = np.array([[3.0], [1.0]])
    assert metrics.log_odds(one) is one


def test_r2_and_rmse_against_sklearn():
    from sklearn.metrics import r2_score, root_mean_squared_error

    rng = np.random.default_rng(4)
    y = rng.normal(size=(50, 2)) * [1, 3]
    found = y + rng.normal(size=(50, 2))
    expected = r2_score(y, found)
    assert metrics.r2(found, y) == pytest.approx(expected)
    raw = r2_score(y, found, multioutput="raw_values")
    assert metrics.target_r2(found, y) == pytest.approx(list(raw))
    assert metrics.rmse(found[:, :1], y[:, :1]) == pytest.approx(
        root_mean_squared_error(y[:, :1], found[:, :1])
    )


@pytest.mark.parametrize("unit", [1e-200, 1e-9, 1e5, 1e200])
def test_r2_does_not_depend_on_the_unit(unit):
    rng = np.random.default_rng(4)
    y = rng.normal(size=(50, 2))
    found = y + rng.normal(size=(50, 2))
    expected = metrics.r2(found, y)
    assert metrics.r2(found * unit, y * unit) == pytest.approx(expected)
    assert metrics.r2(found * [1, unit], y * [1, unit]) == pytest.approx(expected)
    assert metrics.rmse(found * unit, y * unit) == pytest.approx(metrics.rmse(found, y) * unit)


def test_a_target_that_does_not_vary_does_not_count():
    y = np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
    found = y + np.array([[0.5, 0.0], [0.0, 0.0], [0.0, 1.0]])
    assert metrics.r2(found, y) == pytest.approx(metrics.r2(found[:, :1], y[:, :1]))


def test_values_that_are_not_finite_have_no_r2():
    y = np.array([[1.0], [2.0]])
    assert metrics.r2(np.array([[np.nan], [2.0]]), y) is None
    assert metrics.rmse(np.array([[np.inf], [2.0]]), y) is None
    assert metrics.r2(y, np.ones((2, 1))) is None


def test_confusion_counts_pairs():
    scores = np.array([[2.0, 1], [0, 1], [0, 1], [np.nan, 1]])
    assert metrics.confusion(scores, np.array([0, 0, 1, 1])) == [[1, 1], [0, 1]]


def test_what_the_auc_is_of_follows_the_loss():
    assert auc_of({"thresholds": "learned"}) == "scores"
    assert {auc_of(kind) for kind in ({"thresholds": "exact"}, {"method": "symbolnet"})} == {
        "softmax"
    }


def test_largest_difference():
    first = np.array([[1.0, np.nan], [2.0, 3.0]])
    assert metrics.largest_difference(first, first + np.array([[0, 0], [0, 0.25]])) == 0.25
    assert metrics.largest_difference(first, np.zeros((2, 2))) is None


@pytest.mark.parametrize("seed", [2, 6, 9])
def test_figures_of_a_member(seed):
    network, data = random_network(seed), dataset(seed)
    values = assess(extract("m", network, 3), network, data)
    with np.errstate(all="ignore"):
        scores = masked.evaluate(network, data.x_test.astype(np.float64))
    assert np.isfinite(scores).all()
    assert values["network"]["accuracy_test"] == metrics.accuracy(scores, data.y_test)
    assert values["unrolled"] == values["network"]
    assert values["max_difference"] < 1e-9
    assert values["max_difference"] <= values["max_difference_float32"]
    assert values["complexity_mean"] == pytest.approx(np.mean(values["complexity"]))
    json.dumps(values, allow_nan=False)


def test_a_diverged_member_has_no_figures_and_causes_no_warning():
    network = random_network(1)
    broken = network._replace(output_bias=np.full(3, np.inf))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = assess(extract("m", broken, 2), broken, dataset())
    assert "diverged" in values.pop("diverged") and values.pop("id") == "m"
    assert set(values.values()) == {None}
