"""References: accuracies against scikit-learn used directly, the stage, the summary."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from report_case import dataset
from symbolnet.artifact import read_json
from symbolnet.config import ReferenceJob
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.errors import InputError
from symbolnet.peers.reference import score_reference
from symbolnet.stages.train_reference import train_reference


def scaled(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    mean, scale = data.x_train.mean(axis=0), data.x_train.std(axis=0)
    return (data.x_train - mean) / scale, (data.x_test - mean) / scale


def test_logistic_regression_is_scikit_learns_on_standardised_inputs() -> None:
    data = dataset()
    x, tested = scaled(data)
    model = LogisticRegression(C=0.01, max_iter=300).fit(x, data.y_train)
    record = score_reference(data, ReferenceJob(kind="logistic"))
    (run,) = record["runs"]
    assert run["accuracy_test"] == pytest.approx(model.score(tested, data.y_test))
    assert record["weights"] == model.coef_.size + model.intercept_.size


def test_the_mlp_is_trained_with_every_seed_and_learns(tmp_path: Path) -> None:
    table, scores = tmp_path / "dataset.npz", tmp_path / "scores.json"
    save_dataset(table, dataset())
    train_reference(table, scores, ReferenceJob(kind="mlp", seeds=[3, 1]))
    record = read_json(scores, "scores")
    assert [run["seed"] for run in record["runs"]] == [3, 1]
    assert record["weights"] == 16 * 128 + 128 + 128 * 64 + 64 + 64 * 5 + 5
    assert min(run["accuracy_validation"] for run in record["runs"]) > 0.4  # chance is 0.2


def test_a_constant_input_is_no_division_by_zero() -> None:
    data = dataset()
    for name in ("train", "validation", "test"):
        data.split(name)[0][:, 3] = 7
    (run,) = score_reference(data, ReferenceJob())["runs"]
    assert run["accuracy_test"] > 0.4


def test_targets_that_are_no_classes_are_refused() -> None:
    with pytest.raises(InputError, match="classes for a reference; found regression"):
        score_reference(dataset()._replace(task="regression"), ReferenceJob())
