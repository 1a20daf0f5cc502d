"""Baselines: candidates and fits against independent numpy, honest artifacts, real figures."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from report_case import PEER, dataset
from symbolnet.artifact import check_schema, read_json
from symbolnet.baselines import baseline as room
from symbolnet.baselines.baseline import Trained, bumps, distinct_inputs, linear, train
from symbolnet.baselines.sparse import Weights, problem_of, sparse_fits
from symbolnet.baselines.units import outputs, unit_expressions, unit_fits
from symbolnet.config import Baseline, BaselineJob, load_config
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.simplify import simplify
from symbolnet.expression.store import load_collection
from symbolnet.expression.tree import Variable, complexities
from symbolnet.pipeline.cli import main

CLASSES = tuple("gqwzt")
FILES = ("expressions", "metrics", "members")


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train("bumps", dataset(), PEER)


def few_inputs(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Three classes that inputs 0 and 1 of six tell apart."""
    generator = np.random.default_rng(3)
    x = generator.normal(size=(rows, 6)).astype(np.float32)
    return x, (x[:, 0] > 0.4).astype(np.int64) + (x[:, 1] > 0.1)


def levels(spec: Baseline, seed: int = 0) -> list[Weights]:
    x, y = few_inputs()
    return list(sparse_fits(problem_of(x, y, np.full(6, 3)), spec, seed))


LINEAR = Baseline(
    kind="linear", complexities=[7, 14, 20], epochs=30, warmup=5, batch=50, penalty=1e-3
)


def test_bumps_are_what_they_say() -> None:
    x = np.random.default_rng(0).normal(size=(50, 1)).astype(np.float32)
    terms = bumps(x)
    low, high = np.quantile(x, (0.05, 0.95))
    grid = [c for c in (-1.5, -1, -0.5, 0, 0.5, 1, 1.5) if low <= c <= high]
    steps = [np.tanh(s * (x - c)) for s in (1, 2, 4) for c in grid]
    wells = [np.exp(-(s**2) * (x - c) ** 2) for s in (1, 2, 4) for c in grid]
    expected = np.hstack([pair for both in zip(steps, wells, strict=True) for pair in both])
    assert len(terms) == expected.shape[1]
    np.testing.assert_allclose(evaluate(terms, x), expected, atol=1e-6)
    assert max(complexities(terms)) <= 8


def test_constant_inputs_and_multiples_of_others_are_left_out() -> None:
    x = np.random.default_rng(1).normal(size=(100, 5)).astype(np.float32)
    x[:, 1] = 7
    x[:, 3] = -2 * x[:, 0] + 1
    assert distinct_inputs(x) == [0, 2, 4]
    assert linear(x) == (Variable(0), Variable(2), Variable(4))


def test_what_matters_is_kept_and_budgets_are_met() -> None:
    found = levels(LINEAR)
    sizes = [3 * np.count_nonzero(w.weight) / 3 + 2 for w in found]
    assert all(size <= asked for size, asked in zip(sizes, (20, 14, 7), strict=True))
    assert sizes[0] > sizes[1] > sizes[2]
    assert set(np.flatnonzero(found[2].weight.any(axis=1))) == {0, 1}
    for larger, smaller in itertools.pairwise(found):
        assert not ((smaller.weight != 0) & (larger.weight == 0)).any()


def test_what_is_left_is_fitted_to_convergence() -> None:
    x, y = few_inputs()
    for weights in levels(LINEAR):
        scores = x @ weights.weight + weights.bias
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        slope = (shares - np.eye(3)[y]) / len(y)
        scale, mean = x.std(axis=0, ddof=1), x.mean(axis=0)
        ridge = 2e-4 * weights.weight * scale[:, None]
        gradient = ((x - mean) / scale).T @ slope + ridge
        assert np.abs(gradient[weights.weight != 0]).max() < 2e-4
        assert np.abs(slope.sum(axis=0)).max() < 2e-4


def test_the_seed_decides() -> None:
    first, again, other = levels(LINEAR), levels(LINEAR), levels(LINEAR, seed=1)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.weight, b.weight)
    assert any((a.weight != b.weight).any() for a, b in zip(first, other, strict=True))


def test_members_are_pairs_of_seed_and_complexity(trained: Trained) -> None:
    entries = trained.members["members"]
    pairs = [(m["seed"], m["complexity_target"]) for m in entries]
    assert pairs == [(0, 60), (0, 20), (1, 60), (1, 20)]
    ids = [m["id"] for m in entries]
    assert ids == [m["id"] for m in trained.metrics["members"]]
    assert ids == [m.id for m in trained.expressions.members]
    for entry, member in zip(entries, trained.expressions.members, strict=True):
        assert np.mean(member.complexity) <= entry["complexity_target"]


def test_metrics_are_those_of_the_expressions(trained: Trained) -> None:
    check_schema(trained.metrics, "metrics", Path("metrics.json"))
    data = dataset()
    for entry, member in zip(trained.metrics["members"], trained.expressions.members, strict=True):
        assert entry["network"] is None and entry["max_difference"] is None
        for kind, expressions in (("unrolled", member.unrolled), ("rounded", member.rounded)):
            right = evaluate(expressions, data.x_test).argmax(axis=1) == data.y_test
            assert entry[kind]["accuracy_test"] == pytest.approx(right.mean())
    best = max(m["unrolled"]["accuracy_test"] for m in trained.metrics["members"])
    assert best > 0.5  # chance is 0.2


def test_targets_that_are_no_classes_are_refused() -> None:
    data = dataset()._replace(task="regression")
    with pytest.raises(InputError, match="classes for a baseline"):
        train("bumps", data, PEER)


def test_the_stage_writes_the_same_bytes_again(tmp_path: Path) -> None:
    table = tmp_path / "dataset.npz"
    save_dataset(table, dataset())
    for folder in ("a/bumps", "b/bumps"):
        files = [f"--{name}={tmp_path / folder / name}.json" for name in FILES]
        spec = PEER.model_dump_json()
        assert main(["train_baseline", f"--dataset={table}", *files, "--spec", spec]) == 0
    for name in ("expressions", "metrics"):
        first, second = ((tmp_path / f / "bumps" / f"{name}.json").read_bytes() for f in "ab")
        assert first == second
    assert len(load_collection(tmp_path / "a/bumps/expressions.json").members) == 4
    assert read_json(tmp_path / "a/bumps/members.json", "members")["method"] == "bumps"


UNITS = LINEAR.model_copy(update={"kind": "units", "complexities": [9, 20]})


def test_units_are_their_equation_and_their_expressions() -> None:
    x, y = few_inputs()
    problem = problem_of(x, y, np.full(6, 3))
    fits = list(unit_fits(problem, UNITS, seed=0))
    for units, asked in zip(fits, (20, 9), strict=True):
        w, v, c, b = [tensor.numpy() for tensor in units]
        expected = x.astype(np.float64) @ w[:, :, 0] + b
        for j, f in enumerate((lambda z: np.exp(-(z**2)), np.tanh, np.tanh)):
            expected += v[:, j] * f(x.astype(np.float64) @ w[:, :, j + 1] + c[:, j])
        wide = np.zeros((len(x), 9))
        wide[:, [0, 2, 3, 5, 7, 8]] = x
        expressions = unit_expressions(units, [0, 2, 3, 5, 7, 8])
        np.testing.assert_allclose(evaluate(expressions, wide), expected, atol=1e-9)
        found = outputs(units, torch.from_numpy(x.astype(np.float64)))
        np.testing.assert_allclose(found, expected, atol=1e-9)
        assert np.mean(complexities(simplify(expressions))) <= asked


def test_units_learn_and_come_as_members() -> None:
    job = BaselineJob(baseline=PEER.baseline.model_copy(update={"kind": "units"}))
    trained = train("units", dataset(), job)
    entries = trained.members["members"]
    assert [(m["seed"], m["complexity_target"]) for m in entries][:2] == [(0, 60), (0, 20)]
    for entry, member in zip(entries, trained.expressions.members, strict=True):
        assert np.mean(member.complexity) <= entry["complexity_target"]
    assert max(m["accuracy_validation"] for m in entries) > 0.5  # chance is 0.2


def test_what_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_MEMORY", 1e5)
    with pytest.raises(InputError, match=r"a baseline of at most 0\.0001 GB"):
        train("bumps", dataset(), PEER)


def test_faults_in_the_config_are_named() -> None:
    with pytest.raises(InputError, match="'nothing' is not defined under `baselines`"):
        load_config({"peers": ["nothing"]})
    with pytest.raises(InputError, match="warmup must be below epochs"):
        load_config({"baselines": {"bumps": {"epochs": 5, "warmup": 5}}})


def reference_jets(folder: Path) -> Dataset:
    """Files 0 and 1 to train and validate, file 2 to test."""
    path = folder / "jets_root" / "lhc_jets_cells_hlf16_reference.npz"
    with np.load(path, allow_pickle=False) as arrays:
        x, y, source = (arrays[name] for name in ("X", "y", "source_file"))
        y = np.array([CLASSES.index(label) for label in y])
        names = tuple(str(name) for name in arrays["features"])
    rows = np.random.default_rng(0).permutation(np.flatnonzero(source < 2))
    parts = {"train": rows[2000:], "validation": rows[:2000], "test": np.flatnonzero(source == 2)}
    mean, scale = x[parts["train"]].mean(axis=0), x[parts["train"]].std(axis=0)
    arrays_by_name: dict[str, Any] = {
        f"{kind}_{split}": value
        for split, at in parts.items()
        for kind, value in (("x", ((x[at] - mean) / scale).astype(np.float32)), ("y", y[at]))
    }
    return Dataset(**arrays_by_name, scaler_mean=mean, scaler_scale=scale, feature_names=names,
                   class_names=CLASSES, provenance={})  # fmt: skip


@pytest.mark.slow
def test_real_jets_come_near_the_quoted_figures(shared_data: Path) -> None:
    spec = BaselineJob(baseline=Baseline(complexities=[23, 34, 97]))
    members = train("bumps", reference_jets(shared_data), spec).metrics["members"]
    reached = {round(m["complexity_mean"]): m["rounded"]["accuracy_test"] for m in members}
    print(json.dumps(reached))
    # Quoted: 73.7 % at 97, 72.5 % at 34, 71.3 % at 23. One validation split and seed moves them
    # by about 0.7.
    for accuracy, quoted in zip(reached.values(), (0.737, 0.725, 0.713), strict=True):
        assert accuracy > quoted - 0.02
