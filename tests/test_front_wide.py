"""Many inputs: descents, exchanges in the quadratic model of each output, quasi-Newton refits."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from front_cases import random_units
from network_cases import dataset
from symbolnet.artifact import read_json
from symbolnet.config import SymbolNetTraining, TrainJob
from symbolnet.data.dataset import save_dataset
from symbolnet.expression.extract import extract
from symbolnet.expression.price import PRODUCT, TANH
from symbolnet.methods.symbolnet import exchange, job, wide
from symbolnet.methods.symbolnet.constants import places_of
from symbolnet.methods.symbolnet.descend import Descent, descend, descents_of
from symbolnet.methods.symbolnet.exchange import Extent, exchanged, separate
from symbolnet.methods.symbolnet.forward import Sample, loss_of
from symbolnet.methods.symbolnet.job import plan
from symbolnet.methods.symbolnet.members import architecture_of, network_of
from symbolnet.methods.symbolnet.path import Problem, Walk
from symbolnet.methods.symbolnet.refit import curvature
from symbolnet.methods.symbolnet.samples import data_of
from symbolnet.methods.symbolnet.units import FREE, ONE, PRUNED, class_nodes, mean_nodes
from symbolnet.methods.symbolnet.wide import Objective, polish
from symbolnet.network.store import load_members


def pixels(seed: int, n: int = 1500, inputs: int = 40, outputs: int = 3) -> Sample:
    """Sparse inputs in [0, 1], some sums of which decide."""
    generator = np.random.default_rng(seed)
    x = generator.random((n, inputs)) * (generator.random((n, inputs)) < 0.4)
    scores = np.stack([np.tanh(x[:, 8 * k : 8 * k + 8].sum(axis=1) - 1) for k in range(outputs)], 1)
    y = (scores + 0.1 * generator.normal(size=scores.shape)).argmax(axis=1)
    return Sample(torch.tensor(x, dtype=torch.float32), torch.eye(outputs)[torch.tensor(y)])


DESCENTS = [Descent(False, 2, 30.0), Descent(False, 1, 20.0), Descent(True, 1, 25.0)]


def descended(descent: Descent, steps: int = 150):
    return descend(descent, pixels(0), steps, 0.02, np.random.default_rng(1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_of_a_refit_is_that_of_finite_differences(seed):
    units = random_units(seed, count=6)
    units.scale[:] = 0.3
    data = pixels(seed, 300, 4, 3)
    objective = Objective(units, data, 1e-3)
    theta = objective.start()
    gradient, steps = objective(theta)[1], 1e-2 * np.eye(len(theta))
    found = [(objective(theta + s)[0] - objective(theta - s)[0]) / 2e-2 for s in steps]
    assert np.abs(gradient - found).max() < 2e-3 * max(1, np.abs(gradient).max())


def test_a_refit_agrees_with_the_curvature_and_leaves_what_is_fixed():
    units, data = random_units(3), pixels(3, 300, 4, 3)
    before, places = units.copy(), places_of(units)
    objective = Objective(units, data, 0.0)
    loss, gradient = objective(objective.start())
    exact = curvature(units, data, places)
    assert loss == pytest.approx(exact.loss, rel=1e-5)
    assert gradient[:-1] == pytest.approx(exact.gradient[~places.fixed], abs=1e-5)
    assert polish(units, data, 20, 0.0) < loss
    for name in ("weight", "shift", "output", "bias"):
        still = getattr(before, f"{name}_state") != FREE
        assert (getattr(units, name)[still] == getattr(before, name)[still]).all()


def test_the_scale_multiplies_all_outputs():
    units, data = random_units(2), pixels(2, 50, 4, 3)
    plain = wide_outputs(units, data)
    units.scale[:] = np.log(2.0)
    assert torch.allclose(wide_outputs(units, data), 2 * plain, atol=1e-5)


def wide_outputs(units, data):
    from symbolnet.methods.symbolnet.forward import run

    return run(units, data.x).outputs


@pytest.mark.slow
@pytest.mark.parametrize("descent", DESCENTS, ids=str)
def test_a_descent_keeps_its_budget_and_learns(descent):
    units = descended(descent)
    least = 0.5 if descent.products else 0.9  # a product with an empty sum is dropped
    assert separate(units) and least * descent.nodes < mean_nodes(units) <= descent.nodes
    polish(units, pixels(0), 20, 1e-4)
    assert loss_of(units, pixels(0)) < 0.9 * np.log(3)


@pytest.mark.slow
@pytest.mark.parametrize("descent", DESCENTS, ids=str)
def test_a_descent_is_the_same_each_time(descent):
    first, again = descended(descent), descended(descent)
    assert (first.weight == again.weight).all() and (first.output == again.output).all()


def test_inside_tanh_weights_are_zero_or_one_and_inside_products_free_too():
    sums, products = descended(DESCENTS[0]), descended(DESCENTS[2])
    assert not (sums.weight_state == FREE).any() and (sums.weight_state == ONE).any()
    assert (products.weight_state == FREE).any()
    assert set(products.operator) == {PRODUCT} and TANH in sums.operator


@pytest.mark.parametrize("nodes", [10, 20, 50, 100, 300, 1000])
def test_each_trial_of_a_budget_leaves_room_for_inputs(nodes):
    trials = descents_of(nodes)
    assert trials and all(trial.inner >= 2 for trial in trials)


@pytest.mark.parametrize("descent", DESCENTS, ids=str)
def test_the_nodes_are_those_of_the_expressions(descent):
    units = descended(descent)
    exchanged_too = exchanged(units, pixels(0), 0, Extent(3), np.random.default_rng(0))
    for some in (units, exchanged_too):
        network = network_of(some, architecture_of([some]), np.arange(40), 40)
        found = extract("m", network, 17).complexity
        assert (np.array(found) <= class_nodes(some)).all()
        assert np.mean(found) > 0.9 * mean_nodes(some)


@pytest.mark.parametrize("descent", DESCENTS, ids=str)
@pytest.mark.parametrize("moves", [1, 4])
def test_an_exchange_pays_for_what_it_takes(descent, moves):
    units = descended(descent)
    before = class_nodes(units).sum()
    for spare in (0, 5):
        generator = np.random.default_rng(moves)
        after = exchanged(units, pixels(0), spare, Extent(moves, jitter=0.3), generator)
        assert class_nodes(after).sum() <= before + spare and separate(after)
        assert ((after.weight == 0) == (after.weight_state == PRUNED)).all()
        assert (after.weight[after.weight_state == ONE] == 1).all()


@pytest.mark.parametrize("seed", range(3))
def test_exchanges_one_after_the_other_stay_within_the_budget(seed):
    """Sums that come down to one input lose their Add node, and need it again."""
    sample, generator = pixels(seed, 300), np.random.default_rng(seed)
    units = descend(Descent(True, 1, 14.0), sample, 60, 0.02, generator)
    most = 14 * len(units.bias)
    for _ in range(8):
        spare = int(most - class_nodes(units).sum())
        units = exchanged(units, sample, spare, Extent(3, jitter=0.3), generator)
        assert class_nodes(units).sum() <= most
        polish(units, sample, 4, 1e-4)


def test_an_exchange_promises_about_what_a_refit_finds():
    data, units = pixels(0, 4000), descended(DESCENTS[0], 60)
    before = polish(units, data, 40, 1e-4)
    after = exchanged(units, data, 0, Extent(1), np.random.default_rng(0))
    assert polish(after, data, 40, 1e-4) < before


@pytest.mark.parametrize("seed", range(6))
def test_the_inverse_of_a_block_follows_its_states(seed):
    units, data = descended(DESCENTS[seed % 3]), pixels(0)
    block = exchange._blocks(units, data, Extent(1), np.random.default_rng(0))[0]
    generator = np.random.default_rng(seed)
    for _ in range(12):
        q = int(generator.choice(block.inner))
        if block.state[q] == PRUNED and generator.random() < 0.6:
            block.free(q)
        else:
            block.set(q, float(generator.integers(0, 2)))
        free = np.flatnonzero(block.state == FREE)
        exact = np.linalg.inv(block.hessian[np.ix_(free, free)])
        assert block.inverse[np.ix_(free, free)] == pytest.approx(exact, rel=1e-6, abs=1e-6)
        # All free constants stand at the minimum of the model, given what is fixed.
        start = block.gradient[free]
        assert np.isfinite(start).all()


def test_letting_go_finds_the_minimum_of_the_model():
    units, data = descended(DESCENTS[0]), pixels(0)
    polish(units, data, 60, 0.0)
    block = exchange._blocks(units, data, Extent(1), np.random.default_rng(0))[1]
    q = int(block.inner[block.state[block.inner] == PRUNED][0])
    slope, spread = block.reduced(np.array([q]))
    theta, gradient = block.theta.copy(), block.gradient.copy()
    block.free(q)
    step = block.theta - theta
    change = gradient @ step + 0.5 * step @ block.hessian @ step
    assert change == pytest.approx(-(slope[0] ** 2) / (2 * spread[0]), rel=1e-3, abs=1e-6)


def test_many_inputs_with_many_rows_take_descents():
    spec = SymbolNetTraining(budgets=[50, 100])
    assert {task.kind for task in plan(spec, _data(16, 20_000))} == {"path", "search"}
    assert {task.kind for task in plan(spec, _data(64, 1_000))} == {"path", "search"}
    assert {task.kind for task in plan(spec, _data(2_000, 300))} == {"path", "search", "descent"}
    assert {task.kind for task in plan(spec, _data(64, 20_000))} == {"path", "search", "descent"}
    tasks = plan(spec, _data(784, 20_000))
    assert [(task.kind, task.nodes) for task in tasks] == [("descent", 50), ("descent", 100)]


def _data(inputs: int, rows: int):
    empty = Sample(torch.empty(rows, inputs), torch.empty(rows, 3))
    return job.Data(empty, empty, np.arange(inputs))


@pytest.mark.slow
def test_exchanges_lower_the_loss_at_equal_nodes():
    walk, problem, losses = Walk(), Problem(pixels(0), 0, 0), []
    while not walk.done:
        if wide.advance_wide(walk, 30.0, problem, 12):
            losses.append(walk.loss)
            assert mean_nodes(walk.units) <= 30
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.97 * losses[0]


SCRIPT = """
import sys
from pathlib import Path
from symbolnet.config import TrainJob
from symbolnet.methods.symbolnet import job, wide
from symbolnet.pipeline.stages.train import train
job._ENOUGH, job._MANY, job._FEW, wide.STEPS, wide.PILOT = 100, 4, 4, 200, 50
folder, spec = Path(sys.argv[1]), TrainJob.model_validate_json(sys.argv[2])
files = [folder / "t" / name for name in ("network", "history", "members")]
train(folder / "dataset.npz", *files, folder / "t" / "checkpoint", spec)
"""
SPEC = SymbolNetTraining(seeds=[2, 5], budgets=[20, 30], effort=0.16, members=4, digits=3)


def _start(folder):
    folder.mkdir(exist_ok=True, parents=True)
    save_dataset(folder / "dataset.npz", dataset(300))
    spec = TrainJob(training=SPEC).model_dump_json()
    command = [sys.executable, "-c", SCRIPT, str(folder), spec]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _contents(folder):
    members = json.loads((folder / "t" / "members").read_text())
    for record in (members, *members["members"]):
        record.pop("train_seconds")
    return (folder / "t" / "network").read_bytes(), members


@pytest.mark.slow
def test_a_killed_job_goes_on_to_the_same_bytes(tmp_path):
    whole = _start(tmp_path / "whole")
    _, fault = whole.communicate(timeout=300)
    assert whole.returncode == 0, fault.decode()
    for _ in range(3):
        job_ = _start(tmp_path / "cut")
        checkpoint = tmp_path / "cut" / "t" / "checkpoint"
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while job_.poll() is None:
            if checkpoint.exists() and checkpoint.stat().st_mtime_ns != before:
                job_.send_signal(signal.SIGKILL)
            time.sleep(0.01)
        job_.communicate()
    job_ = _start(tmp_path / "cut")
    _, fault = job_.communicate(timeout=300)
    assert job_.returncode == 0, fault.decode()
    assert _contents(tmp_path / "cut") == _contents(tmp_path / "whole")
    entries = read_json(tmp_path / "whole" / "t" / "members", "members")["members"]
    assert {entry["seed"] for entry in entries} == {2, 5}
    assert len(load_members(tmp_path / "whole" / "t" / "network")) == len(entries)


def test_of_many_inputs_those_that_hardly_move_are_left_out():
    small = dataset(2000)
    x = np.random.default_rng(0).normal(size=(len(small.x_train), 70)).astype(np.float32)
    x[:, 3] = 0
    x[:5, 3] = 1.0
    names = tuple(f"x{i}" for i in range(70))
    data = data_of(
        small._replace(
            x_train=x, x_validation=x[:10], feature_names=names, y_validation=small.y_train[:10]
        ),
        SymbolNetTraining(),
    )
    assert 3 not in data.inputs and len(data.inputs) == 69


@pytest.mark.slow
@pytest.mark.parametrize("nodes", [10.0, 14.0, 25.0])
def test_no_sum_of_a_product_is_empty_and_the_budget_holds(nodes):
    """At 25 nodes a class was left a constant: the second sum of its only product had no input."""
    for seed in range(4):
        generator = np.random.default_rng(seed)
        trial = Descent(True, 1, nodes)
        units = descend(trial, pixels(seed), 60, 0.02, generator)
        assert (units.output_state > PRUNED).any(axis=0).all()
        assert mean_nodes(units) <= nodes
