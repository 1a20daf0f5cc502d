"""Accuracy, ROC AUC and differences, against counting by hand."""

import json
import warnings

import numpy as np
import pytest

from expression_cases import dataset, random_network
from symbolnet.expression import metrics
from symbolnet.expression.assess import assess
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
