"""Class weights: whole weights are rows repeated, for every kind; a rare class is told apart."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from front_cases import random_units, sample
from symbolnet.artifact import read_json
from symbolnet.config import (
    Layer,
    PaperTraining,
    SymbolNetTraining,
    Targets,
    TrainJob,
    Weighted,
)
from symbolnet.data.dataset import Dataset, load_dataset, save_dataset
from symbolnet.errors import InputError
from symbolnet.methods.paper.epochs import FORMS
from symbolnet.methods.paper.problem import problem_of
from symbolnet.methods.symbolnet.constants import places_of
from symbolnet.methods.symbolnet.forward import Sample, figures
from symbolnet.methods.symbolnet.refit import curvature
from symbolnet.methods.symbolnet.units import units_of
from symbolnet.network.masked import evaluate
from symbolnet.network.store import load_members
from symbolnet.pipeline.stages.train import train
from symbolnet.training.weights import class_weights

CPU = torch.device("cpu")
TIMES = {"a": 1, "b": 3, "c": 2}  # what a row counts, or how often it stands there


def rare(n: int = 1200, share: float = 0.04, seed: int = 0) -> Dataset:
    """A rare class beside a frequent one: x0 + x1 is larger, by less than its spread."""
    generator = np.random.default_rng(seed)
    label = (np.arange(2 * n) % round(1 / share) == 0).astype(np.int64)
    x = generator.normal(size=(2 * n, 4)).astype(np.float32)
    x[:, :2] += 0.9 * label[:, None]
    cuts = slice(0, n), slice(n, n + n // 2), slice(n + n // 2, 2 * n)
    xs, ys = [x[cut] for cut in cuts], [label[cut] for cut in cuts]
    names = ("background", "signal")
    scaler = np.zeros(4), np.ones(4)
    return Dataset(*xs, *ys, *scaler, tuple("abcd"), names, {"source": "test"})


def few(n: int = 60) -> Dataset:
    """Three classes in five inputs, every row once."""
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=(n, 5)).astype(np.float32), np.arange(n) % 3
    scaler = np.zeros(5), np.ones(5)
    return Dataset(x, x, x, y, y, y, *scaler, tuple("vwxyz"), ("a", "b", "c"), {"source": "test"})


def repeated(data: Dataset) -> Dataset:
    """The rows of train as often as their class counts."""
    rows = np.repeat(np.arange(len(data.y_train)), np.array(list(TIMES.values()))[data.y_train])
    return data._replace(x_train=data.x_train[rows], y_train=data.y_train[rows])


def test_balanced_weights_are_scikit_learns() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    data = rare()
    found = class_weights(data, Weighted(class_weights="balanced"))
    expected = compute_class_weight("balanced", classes=np.arange(2), y=data.y_train)
    assert found is not None
    np.testing.assert_allclose(found.values.numpy(), expected, rtol=1e-6)
    assert found.values[torch.from_numpy(data.y_train)].mean().item() == pytest.approx(1, rel=1e-5)


def test_given_weights_keep_their_ratio() -> None:
    found = class_weights(rare(), Weighted(class_weights={"signal": 5}))
    assert found is not None
    assert (found.values[1] / found.values[0]).item() == pytest.approx(5)
    assert list(found.record()) == ["background", "signal"]


def test_faults_of_weights() -> None:
    with pytest.raises(InputError, match=r"classes of the data set \(background, signal\)"):
        class_weights(rare(), Weighted(class_weights={"signl": 5}))
    with pytest.raises(InputError, match="found regression"):
        class_weights(rare()._replace(task="regression"), Weighted(class_weights="balanced"))
    with pytest.raises(ValueError, match="greater than 0"):
        Weighted(class_weights={"signal": 0})


@pytest.mark.parametrize("thresholds", ["learned", "exact"])
def test_a_step_on_weighed_rows_is_one_on_repeated_rows(thresholds: str) -> None:
    plain = PaperTraining(
        thresholds=thresholds, layers=[Layer(unary=4, binary=2)], epochs=4, batch=1000
    )
    steps = []
    for data, spec in (
        (repeated(few()), plain),
        (few(), plain.model_copy(update={"class_weights": dict(TIMES)})),
    ):
        problem = problem_of(data, spec, CPU)
        state = FORMS[thresholds].start(spec, problem.layout, CPU)
        batch = torch.arange(len(data.x_train))[None]
        losses = FORMS[thresholds].step(problem, state, batch)
        steps.append((losses, state.parameters))
    for one, other in zip(*steps, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_the_front_weighs_rows() -> None:
    once, times = sample(0, n=60), torch.tensor([float(n) for n in TIMES.values()])
    each = once.target @ times
    rows = torch.repeat_interleave(torch.arange(60), each.long())
    often = Sample(once.x[rows], once.target[rows])
    weighed = once._replace(weight=(each / each.mean())[:, None])
    units = random_units(1)
    places = places_of(units)
    one, other = curvature(units, often, places), curvature(units, weighed, places)
    assert one.loss == pytest.approx(other.loss, rel=1e-5)
    np.testing.assert_allclose(one.gradient, other.gradient, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(one.hessian, other.hessian, rtol=1e-3, atol=1e-5)
    assert figures(units, often) == pytest.approx(figures(units, weighed), rel=1e-5)


BALANCED = {"class_weights": "balanced", "seeds": [0]}
SETTINGS = {
    "learned": PaperTraining(layers=[Layer(unary=4, binary=2)], epochs=40, batch=64, **BALANCED),
    "exact": PaperTraining(
        thresholds="exact",
        layers=[Layer(unary=4, binary=2)],
        targets=[Targets(weight=0.5)],
        epochs=20,
        batch=64,
        keep="best",
        **BALANCED,
    ),
    "symbolnet": SymbolNetTraining(budgets=[8], effort=0.1, **BALANCED),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SETTINGS)
def test_a_rare_class_is_told_and_its_weight_is_recorded(kind: str, tmp_path: Path) -> None:
    table, folder = tmp_path / "dataset.npz", tmp_path / "t"
    save_dataset(table, rare())
    data = load_dataset(table)
    files = [folder / name for name in ("network", "history", "members", "checkpoint")]
    folder.mkdir()
    train(table, *files, TrainJob(training=SETTINGS[kind]))
    record = read_json(folder / "members", "members")
    assert record["class_weights"] == pytest.approx(
        {"background": 1200 / (2 * 1152), "signal": 12.5}, rel=1e-4
    )
    best = max(record["members"], key=lambda m: m["accuracy_validation"])
    network = dict(load_members(folder / "network"))[best["id"]]
    told = evaluate(network, data.x_validation.astype(np.float64)).argmax(axis=1)
    shares = [(told == data.y_validation)[data.y_validation == k].mean() for k in (0, 1)]
    # The best that is possible here is 0.74; a constant decision has 0.5.
    assert np.mean(shares) > 0.66 and min(shares) > 0.5
    assert best["accuracy_validation"] == pytest.approx(np.mean(shares), abs=0.005)
    assert json.loads(files[2].read_text())["method"] == SETTINGS[kind].method


def test_accuracy_of_rows_that_are_all_right_is_one():
    """Weights that were divided by their mean had a mean above 1 for some numbers of rows."""
    units = units_of([], 2, 2)
    units.bias[0] = 1
    for rows in range(2, 80):
        weight = torch.rand(rows, 1, generator=torch.Generator().manual_seed(rows))
        data = Sample(torch.zeros(rows, 2), torch.eye(2)[torch.zeros(rows, dtype=int)], weight)
        assert figures(units, data)[2] == 1, rows
