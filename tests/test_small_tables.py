"""Tables that are small, degenerate or wide: trained, and with a formula that is right."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from network_cases import dataset
from symbolnet.artifact import read_json
from symbolnet.config import Rounding, SymbolNetTraining, TrainJob
from symbolnet.data.dataset import Dataset, load_dataset, save_dataset
from symbolnet.expression.store import load_collection
from symbolnet.expression.tree import Variable, distinct
from symbolnet.pipeline.stages.evaluate_models import evaluate_models
from symbolnet.pipeline.stages.extract_expressions import extract_expressions
from symbolnet.pipeline.stages.train import train

QUICK = SymbolNetTraining(budgets=[2, 8], effort=0.1)
ROWS = 400
Columns = Callable[[np.ndarray, np.random.Generator], list[np.ndarray]]

TABLES: dict[str, Columns] = {
    "one input": lambda z, draw: [z],
    "twins": lambda z, draw: [z, z, z],
    "a twin of the other sign": lambda z, draw: [z, -z],
    "a sentinel": lambda z, draw: [z, np.where(draw.random(len(z)) < 0.02, -999, z)],
    "an outlier": lambda z, draw: [np.where(np.arange(len(z)) == 3, 1e9, z), z],
    "a constant": lambda z, draw: [np.zeros(len(z)), z],
    "one row apart": lambda z, draw: [z, (np.arange(len(z)) == 5).astype(float)],
    "the class itself": lambda z, draw: [(z > 0).astype(float)],
}


def standardised(columns: list[np.ndarray]) -> np.ndarray:
    x = np.stack(columns, axis=1)
    spread = x.std(axis=0)
    return ((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)).astype(np.float32)


def separable(columns: Columns) -> Dataset:
    """Two classes that the sign of one hidden number tells apart without a fault."""
    draw = np.random.default_rng(0)
    z = draw.normal(size=ROWS)
    z += 0.1 * np.sign(z)
    x, y = standardised(columns(z, draw)), (z > 0).astype(np.int64)
    return divided(x, y)


def divided(x: np.ndarray, y: np.ndarray) -> Dataset:
    xs, ys = (np.split(values, [ROWS // 2, 3 * ROWS // 4]) for values in (x, y))
    names, scaler = tuple(f"x{i}" for i in range(x.shape[1])), np.ones(x.shape[1])
    return dataset(20)._replace(
        x_train=xs[0], x_validation=xs[1], x_test=xs[2],
        y_train=ys[0], y_validation=ys[1], y_test=ys[2],
        scaler_mean=0 * scaler, scaler_scale=scaler,
        feature_names=names, class_names=("no", "yes"),
    )  # fmt: skip


def accuracies(data: Dataset, at: Path) -> list[float]:
    """Train, and return the test accuracies of the rounded formulas."""
    save_dataset(at / "dataset.npz", data)
    files = [at / name for name in ("network", "history", "members", "checkpoint")]
    train(at / "dataset.npz", *files, TrainJob(training=QUICK))
    extract_expressions(files[0], at / "dataset.npz", at / "expressions", Rounding())
    evaluate_models(files[0], at / "expressions", at / "dataset.npz", at / "metrics")
    members = read_json(at / "metrics", "metrics")["members"]
    return [member["rounded"]["accuracy_test"] for member in members]


@pytest.mark.slow
def test_of_many_inputs_the_one_that_decides_is_found(tmp_path: Path) -> None:
    """The pairs of 1,000 inputs, one unit each, would take 16 GB."""
    draw = np.random.default_rng(2)
    x = draw.normal(size=(ROWS, 1000)).astype(np.float32)
    found = accuracies(divided(x, (x[:, 789] > 0).astype(int)), tmp_path)
    best = load_collection(tmp_path / "expressions").members[int(np.argmax(found))]
    assert max(found) > 0.95 and Variable(789) in distinct(best.rounded)


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_separable_table_has_a_formula_that_tells_its_classes(name: str, tmp_path: Path) -> None:
    assert max(accuracies(separable(TABLES[name]), tmp_path)) > 0.98


def test_a_formula_that_is_a_constant_is_a_result(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    data = divided(np.zeros((ROWS, 2), np.float32), draw.integers(0, 2, ROWS))
    found = accuracies(data, tmp_path)
    (member,) = load_collection(tmp_path / "expressions").members
    assert member.diverged is None and member.complexity == [1, 1]
    majority = np.bincount(data.y_train).argmax()
    assert found == [(load_dataset(tmp_path / "dataset.npz").y_test == majority).mean()]


def test_a_training_that_finds_nothing_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = np.random.default_rng(1)
    accuracies(divided(np.zeros((ROWS, 2), np.float32), draw.integers(0, 2, ROWS)), tmp_path)
    (member,) = read_json(tmp_path / "members", "members")["members"]
    assert member["failed"] == "it reads no input, its answer is always the same"
    assert f"{member['id']} failed: it reads no input" in capsys.readouterr().out


@pytest.mark.slow
def test_a_front_that_begins_with_a_constant_has_not_failed(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    x = draw.normal(size=(ROWS, 2)).astype(np.float32)
    accuracies(divided(x, (x[:, 0] > 0).astype(int)), tmp_path)
    members = read_json(tmp_path / "members", "members")["members"]
    assert [one["failed"] for one in members] == [None] * len(members)
