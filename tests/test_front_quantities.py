"""Quantities in the front: derivatives, known formulas found again, units, kill and resume."""

import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from front_cases import random_units
from network_cases import dataset
from symbolnet.artifact import read_json
from symbolnet.config import Rounding, SymbolNetTraining, TrainJob
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import load_collection
from symbolnet.methods.symbolnet.constants import places_of, put_values, values_at
from symbolnet.methods.symbolnet.forward import Sample, run
from symbolnet.methods.symbolnet.likelihood import RobustError, SquaredError, error_of
from symbolnet.methods.symbolnet.refit import curvature
from symbolnet.methods.symbolnet.samples import data_of
from symbolnet.pipeline.stages.extract_expressions import extract_expressions
from symbolnet.pipeline.stages.train import train
from test_checkpoint import wait_for

SPEC = SymbolNetTraining(
    seeds=[0],
    budgets=[5, 20],
    effort=0.2,
    members=15,
    digits=5,
)
SPLITS = (360, 480, 600)


def inputs(width: int = 5) -> np.ndarray:
    x = np.random.default_rng(5).normal(size=(SPLITS[-1], width))
    return x.astype(np.float32).astype(np.float64)


def wave(x: np.ndarray) -> np.ndarray:
    return 2.5382 * np.cos(x[:, 3]) + x[:, 0] ** 2 - 0.5


def table(x: np.ndarray, *quantities: np.ndarray) -> Dataset:
    y, width = np.stack(quantities, axis=1), x.shape[1]
    xs, ys = (np.split(values, SPLITS[:-1]) for values in (x.astype(np.float32), y))
    names = tuple(f"x{i}" for i in range(width)), tuple(f"y{k}" for k in range(y.shape[1]))
    scaler = np.zeros(width), np.ones(width)
    return Dataset(*xs, *ys, *scaler, *names, {"source": "formula"}, "regression")


def front_of(folder, data, spec=SPEC):
    """Train and extract; return mean complexity and 1 - R2 on test rows of each final formula."""
    folder.mkdir(parents=True, exist_ok=True)
    save_dataset(folder / "d.npz", data)
    network, expressions = folder / "network", folder / "expressions.json"
    files = network, folder / "history", folder / "members", folder / "checkpoint"
    train(folder / "d.npz", *files, TrainJob(training=spec))
    extract_expressions(network, folder / "d.npz", expressions, Rounding(digits=spec.digits))
    return [
        (float(np.mean(member.complexity)), missed(member.rounded, data))
        for member in load_collection(expressions).members
    ]


def missed(expressions, data):
    found = evaluate(expressions, data.x_test.astype(np.float64))
    spread = data.y_test - data.y_test.mean(axis=0)
    top = np.abs(spread).max(axis=0)  # 1e200 has no square
    if not top.all():
        return np.nan  # R2 of a constant
    left, total = (((v / top) ** 2).sum(axis=0) for v in (found - data.y_test, spread))
    return float(np.max(left / total))


def simplest(front, limit=1e-6):
    return min((nodes for nodes, left in front if left < limit), default=np.inf)


def quantities_sample(seed, likelihood):
    generator = np.random.default_rng(seed)
    x, y = generator.normal(size=(200, 4)), 2 * generator.normal(size=(200, 3))
    return Sample(torch.tensor(x), torch.tensor(y), likelihood=likelihood)


@pytest.mark.parametrize("kind", [SquaredError(), RobustError(torch.tensor([0.5, 1.0, 2.0]))])
def test_gradient_and_curvature_are_those_of_the_loss(kind):
    units, data = random_units(1), quantities_sample(1, kind)
    places = places_of(units)
    theta = values_at(units, places)

    def outputs(values):
        moved = units.copy()
        put_values(moved, places, values)
        return run(moved, data.x).outputs

    steps = 1e-5 * np.eye(len(theta))
    pairs = [(outputs(theta + e), outputs(theta - e)) for e in steps]
    numeric = [(data.loss(up) - data.loss(down)) / 2e-5 for up, down in pairs]
    found = curvature(units, data, places)
    assert np.allclose(found.gradient, numeric, atol=1e-6)
    j = np.stack([((up - down) / 2e-5).numpy() for up, down in pairs], axis=2)
    bend = data.response(outputs(theta)).bend.numpy()
    assert np.allclose(found.hessian, np.einsum("nkp,nk,nkq->pq", j, bend, j) / len(j), atol=1e-6)


@pytest.mark.slow
def test_outliers_hardly_move_a_robust_fit(tmp_path):
    """One row in twenty of those that training may see is off by two to eight deviations."""
    x, draw = inputs(), np.random.default_rng(0)
    y = wave(x) + 0.05 * draw.normal(size=len(x))
    wrong = (draw.random(len(x)) < 0.05) & (np.arange(len(x)) < SPLITS[1])
    y += wrong * draw.choice([-1, 1], len(x)) * draw.uniform(10, 40, len(x))
    lost = {}
    for robust in (None, 1.0):
        spec = SPEC.model_copy(update={"robust": robust})
        front = front_of(tmp_path / str(robust), table(x, y), spec)
        lost[robust] = min(left for _, left in front)
    assert lost[None] > 0.05 and lost[1.0] < 0.005


def test_classes_have_no_robust_error():
    data = dataset(60)
    with pytest.raises(InputError, match="regression for `robust`"):
        data_of(data, SymbolNetTraining(robust=3))


def test_a_threshold_is_in_deviations_that_outliers_do_not_move():
    draw = torch.Generator().manual_seed(0)
    target = 3 + 2 * torch.randn(4000, 1, generator=draw)
    target[:200] += 1000
    target = torch.cat([target, torch.full((4000, 1), 7.0)], dim=1)
    thresholds = error_of(target, 1.5).thresholds
    assert thresholds.tolist() == pytest.approx([3, 1.5], rel=0.1)
    assert error_of(target, 1.5).start(target)[1] == 7


def test_robust_and_squared_errors_agree_where_errors_are_small():
    outputs, target = torch.randn(50, 2).double(), torch.randn(50, 2).double()
    wide = RobustError(torch.tensor([1e6, 1e6])).response(outputs, target)
    for one, other in zip(wide, SquaredError().response(outputs, target), strict=True):
        assert torch.allclose(torch.as_tensor(one), torch.as_tensor(other))


def test_known_formulas_are_found_again(tmp_path):
    x = inputs()
    product = 1.7 * x[:, 0] * x[:, 1]
    assert simplest(front_of(tmp_path / "wave", table(x, wave(x)))) == 9  # cos x
    assert simplest(front_of(tmp_path / "product", table(x, product))) == 4
    assert simplest(front_of(tmp_path / "both", table(x, wave(x), product))) == 6.5


@pytest.mark.slow
def test_a_formula_is_found_in_every_unit(tmp_path):
    x = inputs()
    for name, scale, shift in (("far", 1e6, 1e8), ("small", 1e-200, 0.0), ("huge", 1e200, 0.0)):
        front = front_of(tmp_path / name, table(x, wave(x) * scale + shift))
        assert simplest(front) <= 13, name  # a coefficient of 1 costs two nodes more elsewhere


def test_a_product_has_no_constant_though_its_mean_is_not_zero(tmp_path):
    x = np.random.default_rng(0).uniform(1, 5, size=(SPLITS[-1], 2)).astype(np.float32)
    x = x.astype(np.float64)
    assert simplest(front_of(tmp_path, table(x, x[:, 0] * x[:, 1])), 1e-12) == 3


@pytest.mark.slow
def test_noise_is_left_alone(tmp_path):
    x = inputs()
    noisy = wave(x) + np.random.default_rng(1).normal(size=len(x))
    data, spec = table(x, noisy), SPEC.model_copy(update={"digits": 3})
    front = front_of(tmp_path, data, spec)
    floor = missed_by_truth(data)
    assert min(left for nodes, left in front if nodes <= 30) < 1.1 * floor


def missed_by_truth(data):
    left = data.y_test[:, 0] - wave(data.x_test.astype(np.float64))
    return float((left**2).sum() / ((data.y_test - data.y_test.mean()) ** 2).sum())


def test_one_input_and_a_constant_target(tmp_path):
    x = inputs(1)
    front = front_of(tmp_path / "one", table(x, np.tanh(x[:, 0]) + 0.3))
    assert simplest(front) <= 4
    data = table(x, np.full(len(x), 7.25))
    front_of(tmp_path / "constant", data)
    for member in load_collection(tmp_path / "constant" / "expressions.json").members:
        found = evaluate(member.rounded, data.x_test.astype(np.float64))
        assert found == pytest.approx(7.25, abs=1e-3)


def test_members_and_history_speak_of_r2(tmp_path):
    x = inputs()
    front_of(tmp_path, table(x, wave(x)))
    members = read_json(tmp_path / "members", "members")["members"]
    assert max(m["r2_validation"] for m in members) > 1 - 1e-6
    assert all("accuracy_validation" not in m for m in members)
    head = (tmp_path / "history").read_text().splitlines()[0]
    assert "r2_validation" in head and "accuracy" not in head


def start(folder, data):
    folder.mkdir(parents=True, exist_ok=True)
    save_dataset(folder / "d.npz", data)
    arguments = ["--dataset", folder / "d.npz"]
    for name in ("network", "history", "members", "checkpoint"):
        arguments += [f"--{name}", folder / name]
    command = [sys.executable, "-m", "symbolnet", "train", *map(str, arguments)]
    spec = ["--spec", TrainJob(training=SPEC).model_dump_json()]
    with (folder / "log").open("a") as log:
        return subprocess.Popen([*command, *spec], stdout=log, stderr=log)


@pytest.mark.slow
def test_a_killed_regression_resumes_to_the_same_bytes(tmp_path):
    x = inputs()
    data = table(x, wave(x) * 1e3 + 1e5, np.tanh(x[:, 2]))
    front_of(tmp_path / "whole" / "t", data)
    folder = tmp_path / "killed" / "t"
    for events in (2, 6):
        process, before = start(folder, data), 0
        for _ in range(events):
            wait_for(folder / "checkpoint", process, after=before)
            before = (folder / "checkpoint").stat().st_mtime_ns
        process.send_signal(signal.SIGKILL)
        assert process.wait() != 0 and (folder / "checkpoint").exists()
    assert start(folder, data).wait() == 0
    for name in ("network", "history"):
        assert (folder / name).read_bytes() == (tmp_path / "whole" / "t" / name).read_bytes()
