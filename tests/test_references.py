"""References: figures against scikit-learn used directly, tuning, bounds on rows, the stage."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score, log_loss, r2_score, roc_auc_score

from report_case import dataset
from symbolnet.artifact import read_json
from symbolnet.baselines import reference
from symbolnet.baselines.reference import score_reference
from symbolnet.config import ReferenceJob
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.pipeline.stages.train_reference import train_reference

KINDS = ("linear", "boosted", "mlp")


def scaled(data: Dataset) -> tuple[np.ndarray, ...]:
    mean, scale = data.x_train.mean(axis=0), data.x_train.std(axis=0)
    return tuple((data.split(name)[0] - mean) / scale for name in ("train", "validation", "test"))


def quantity(scale: float = 1.0, offset: float = 0.0, targets: int = 1, n: int = 600) -> Dataset:
    """One input counts as it is, two only together."""
    generator = np.random.default_rng(3)
    x = generator.normal(size=(n, 3)).astype(np.float32)
    y = np.stack([x[:, 0] + x[:, 1] * x[:, 2], x[:, 1]], axis=1)[:, :targets].astype(np.float64)
    y = offset + scale * (y + 0.1 * generator.normal(size=y.shape))
    cuts = slice(0, n // 2), slice(n // 2, 3 * n // 4), slice(3 * n // 4, n)
    xs, ys = [x[cut] for cut in cuts], [y[cut] for cut in cuts]
    names = ("u", "v")[:targets]
    return Dataset(*xs, *ys, np.zeros(3), np.ones(3), tuple("abc"), names, {}, "regression")


def crossed(n: int = 800) -> Dataset:
    """Two classes by the sign of a product: no weights of single inputs tell them apart."""
    generator = np.random.default_rng(4)
    x = generator.normal(size=(n, 2)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
    cuts = slice(0, n // 2), slice(n // 2, 3 * n // 4), slice(3 * n // 4, n)
    xs, ys = [x[cut] for cut in cuts], [y[cut] for cut in cuts]
    return Dataset(*xs, *ys, np.zeros(2), np.ones(2), ("a", "b"), ("n", "p"), {})


def test_logistic_regression_is_scikit_learns_of_least_validation_loss() -> None:
    data = dataset()
    x, validated, tested = scaled(data)
    models = [
        LogisticRegression(C=10.0**power, max_iter=500).fit(x, data.y_train)
        for power in range(-3, 4)
    ]
    losses = [log_loss(data.y_validation, m.predict_proba(validated)) for m in models]
    best = models[int(np.argmin(losses))]
    record = score_reference(data, ReferenceJob(kind="linear"))
    (run,) = record["runs"]
    assert record["settings"] == {"C": best.C} and f"C = {best.C:g}" in record["model"]
    assert run["accuracy_test"] == pytest.approx(best.score(tested, data.y_test))
    expected = balanced_accuracy_score(data.y_test, best.predict(tested))
    assert run["balanced_accuracy_test"] == pytest.approx(expected)
    expected = roc_auc_score(data.y_test, best.predict_proba(tested), multi_class="ovr")
    assert run["auc_test"] == pytest.approx(expected)
    assert record["weights"] == best.coef_.size + best.intercept_.size


def test_a_quantity_of_any_scale_has_a_linear_regression() -> None:
    data = quantity()
    model = LinearRegression().fit(data.x_train, data.y_train)
    expected = r2_score(data.y_test, model.predict(data.x_test))
    for scale, offset in ((1.0, 0.0), (1e-6, 0.0), (5e4, 2e5)):
        record = score_reference(quantity(scale, offset), ReferenceJob(kind="linear"))
        (run,) = record["runs"]
        assert run["r2_test"] == pytest.approx(expected, abs=0.01)
        assert 0 < run["rmse_test"] < 2 * scale


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["boosted", "mlp"])
def test_others_see_what_a_linear_model_cannot(kind: str) -> None:
    (found,) = score_reference(quantity(2e5), ReferenceJob(kind=kind, seeds=[0]))["runs"]
    assert found["r2_test"] > 0.85
    (found,) = score_reference(crossed(), ReferenceJob(kind=kind, seeds=[0]))["runs"]
    (linear,) = score_reference(crossed(), ReferenceJob(kind="linear"))["runs"]
    assert found["accuracy_test"] > 0.9 and linear["accuracy_test"] < 0.65


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_two_targets(kind: str, tmp_path: Path) -> None:
    table, scores = tmp_path / "dataset.npz", tmp_path / "scores.json"
    save_dataset(table, quantity(targets=2))
    train_reference(table, scores, ReferenceJob(kind=kind, seeds=[0]))
    record = read_json(scores, "scores")
    assert record["task"] == "regression" and record["runs"][0]["r2_test"] > 0.6


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


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_bounded_by_the_work_and_may_lack_a_class(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = crossed()
    rare = np.concatenate([data.y_train[data.y_train == 0][:100], data.y_train])
    x = np.concatenate([data.x_train[data.y_train == 0][:100], data.x_train])
    rare[-1], names = 2, ("n", "p", "rare")
    for y in (data.y_validation, data.y_test):
        y[0] = 2
    data = data._replace(x_train=x, y_train=rare, class_names=names)
    estimator = reference.ESTIMATORS[kind]
    cost = estimator.cost(2, 3)
    small = estimator._replace(tuned=150.5 * cost, fitted=250.5 * cost)
    monkeypatch.setitem(reference.ESTIMATORS, kind, small)
    record = score_reference(data, ReferenceJob(kind=kind, seeds=[0]))
    assert record["rows"] == 250 < len(data.y_train)
    assert 0.3 < record["runs"][0]["accuracy_test"] < 1
