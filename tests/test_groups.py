"""Preset `groups`: equations, budgets and gradients against numpy; files; kills; expressions."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import sympy
import torch
from pydantic import ValidationError

from group_cases import SPEC, images, job, problem
from symbolnet.artifact import read_json
from symbolnet.config import Budget, GroupTraining, TrainJob
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import InputError
from symbolnet.expression.complexity import complexities
from symbolnet.expression.convert import all_to_sympy
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.extract import extract
from symbolnet.network import groups, masked
from symbolnet.network.group_forward import group_loss, group_outputs, picked
from symbolnet.network.group_masks import group_weights, inputs_allowed, ramp
from symbolnet.network.group_members import group_network
from symbolnet.network.groups import group_gradient, run_groups, train_groups, weighted
from symbolnet.network.store import load_members


def random_parts():
    """0/1 weights and constants of two seeds."""
    shape, generator = problem(), torch.Generator().manual_seed(0)
    rows = torch.rand(len(SPEC.seeds), sum(shape.layout.sizes), generator=generator)
    parts = shape.layout.parts(rows * 2 - 1)
    return parts._replace(scores=(parts.scores > 0.7).float())


def members():
    return [(s, t) for s in range(len(SPEC.seeds)) for t in range(len(SPEC.targets))]


def constants_of(shape, parts, seed, target):
    """Weights (d, k, J), bare (d, k), V and c (k, J), b (k,) of one member as float64 arrays."""
    k, j = shape.layout.classes, shape.layout.functions[target]
    start = sum(shape.layout.columns[:target])
    taken = parts.scores[seed].double().numpy()[:, start : start + k * (j + 1)]
    place = sum(shape.layout.function_columns[:target])
    outer, shift = (p[seed].double().numpy()[place : place + k * j] for p in parts[1:3])
    inside = taken[:, : k * j].reshape(len(taken), k, j)
    bias = parts.bias[seed].double().numpy()[target * k : (target + 1) * k]
    return inside, taken[:, k * j :], outer.reshape(k, j), shift.reshape(k, j), bias


def reference(shape, parts, seed, target, x):
    """o_k = b_k + sum_{S_k0} x + sum_j V_kj tanh(c_kj + sum_{S_kj} x), loop by loop."""
    inside, bare, outer, shift, bias = constants_of(shape, parts, seed, target)
    o = bias + x @ bare
    for k in range(inside.shape[1]):
        for j in range(inside.shape[2]):
            o[:, k] += outer[k, j] * np.tanh(shift[k, j] + x @ inside[:, k, j])
    return o


def test_outputs_are_the_equation() -> None:
    shape = problem()
    parts, x = random_parts(), shape.x_train[:7]
    outputs = group_outputs(shape.layout, parts, x.expand(2, -1, -1))
    for seed, target in members():
        expected = reference(shape, parts, seed, target, x.double().numpy())
        np.testing.assert_allclose(outputs[seed, :, target], expected, atol=1e-5)


def test_loss_is_the_cross_entropy() -> None:
    generator = np.random.default_rng(0)
    o, tau = generator.normal(size=(2, 9, 3, 4)), generator.normal(size=(2, 3))
    label = generator.integers(0, 4, (2, 9))
    found = group_loss(*map(torch.from_numpy, (o, tau, label)))
    for s in range(2):
        for t in range(3):
            z = np.exp(o[s, :, t] * np.exp(tau[s, t]))
            p = z / z.sum(axis=1, keepdims=True)
            loss = -np.log(p[np.arange(9), label[s]]).mean()
            assert float(found[s, t]) == pytest.approx(loss)


def test_gradient_is_that_of_finite_differences_also_for_inputs_left_out() -> None:
    shape = problem()
    parts = type(random_parts())(*[p.double() for p in random_parts()])
    shape = shape._replace(x_train=shape.x_train.double())
    batch = torch.arange(20).expand(2, -1)
    gradient, _ = group_gradient(shape, parts, picked(parts.scores), batch)

    def loss(values):
        o = group_outputs(shape.layout, values, shape.x_train[batch])
        return float(group_loss(o, values.temperature, shape.y_train[batch]).sum())

    expected = shape.layout.parts(gradient)
    generator = torch.Generator().manual_seed(1)
    for name in parts._fields:
        values, found = getattr(parts, name), getattr(expected, name)
        for place in torch.randint(values.numel(), (12,), generator=generator).tolist():
            moved = [values.clone() for _ in range(2)]
            for tensor, step in zip(moved, (1e-6, -1e-6), strict=True):
                tensor.view(-1)[place] += step
            up, down = (loss(parts._replace(**{name: tensor})) for tensor in moved)
            assert (up - down) / 2e-6 == pytest.approx(float(found.reshape(-1)[place]), abs=1e-6)


def test_exactly_the_inputs_that_the_nodes_allow_and_the_highest_scores() -> None:
    shape = problem()
    scores = torch.rand(2, shape.layout.inputs, sum(shape.layout.columns))
    for factor in (1.0, 1.5):
        weights = group_weights(shape.layout, scores, SPEC.targets, factor)
        assert set(weights.unique().tolist()) == {0.0, 1.0}
        blocks = [values.split(shape.layout.columns, 2) for values in (weights, scores)]
        pairs = zip(*blocks, strict=True)
        for target, (taken, score) in zip(SPEC.targets, pairs, strict=True):
            allowed = int(factor * inputs_allowed(target, 3))
            assert taken.sum(dim=(1, 2)).tolist() == [allowed] * 2
            for s in range(2):
                assert score[s][taken[s] > 0].min() > score[s][taken[s] == 0].max()
    assert [inputs_allowed(t, 3) for t in SPEC.targets] == [24, 21, 28]
    assert inputs_allowed(Budget(complexity=100, functions=5), 10) == 730


def test_the_ramp_ends_at_the_target() -> None:
    factors = [ramp(progress, 1.5, 0.6) for progress in np.linspace(0, 1, 101)]
    assert factors[0] == 1.5 and factors == sorted(factors, reverse=True)
    assert factors[60:] == [1.0] * 41 and factors[59] > 1


def test_a_network_computes_what_the_training_computed() -> None:
    shape, parts, data = problem(), random_parts(), images()
    x = data.x_test.astype(np.float64)
    kept = shape.columns.numpy()
    for seed, target in members():
        network = group_network(shape, parts, seed, target)
        expected = reference(shape, parts, seed, target, x[:, kept])
        np.testing.assert_allclose(masked.evaluate(network, x), expected, atol=1e-6)
        assert set(np.unique(network.layers[0].weight)) <= {0.0, 1.0}


def test_expressions_cost_one_node_an_input() -> None:
    shape, parts = problem(), random_parts()
    x = images().x_test
    for seed, target in members():
        network = group_network(shape, parts, seed, target)
        member = extract("a", network, 3)
        found = evaluate(member.unrolled, x)
        np.testing.assert_allclose(
            found, masked.evaluate(network, x.astype(np.float64)), atol=1e-12
        )
        inside, bare, *_ = constants_of(shape, parts, seed, target)
        inputs = inside.sum(axis=0)
        counted = 2 + bare.sum(axis=0) + ((5 + inputs) * (inputs > 0)).sum(axis=1)
        assert complexities(member.rounded) == counted.astype(int).tolist()
        trees = all_to_sympy(member.rounded)
        assert [len(list(sympy.preorder_traversal(t))) for t in trees] == member.complexity


def test_inputs_hardly_ever_lit_are_left_out() -> None:
    data = images()
    share = (abs(data.x_train) > 0.3).mean(axis=0)
    assert share[-1] == 0
    spec = SPEC.model_copy(update={"rare": float(np.sort(share)[5])})
    found = groups.group_problem(data, spec, torch.device("cpu"))
    assert found.columns.tolist() == np.flatnonzero(share >= spec.rare).tolist()
    assert len(found.columns) == 25
    with pytest.raises(InputError, match="lower `lit` or `rare`"):
        groups.group_problem(data, SPEC.model_copy(update={"lit": 2.0}), torch.device("cpu"))


def test_training_learns_and_meets_every_budget(tmp_path) -> None:
    work, spec = job(tmp_path), SPEC.model_copy(update={"epochs": 40})
    train_groups(work, spec)
    record = read_json(work.members, "members")
    assert [m["id"] for m in record["members"]] == [f"t-{k:03d}" for k in range(6)]
    assert [m["seed"] for m in record["members"]] == [4, 4, 4, 1, 1, 1]
    assert min(m["accuracy_validation"] for m in record["members"]) > 0.7
    data = images()
    for member, (name, network) in zip(record["members"], load_members(work.network), strict=True):
        sizes = extract(name, network, 3).complexity
        assert sum(sizes) / len(sizes) <= member["complexity_target"]
        outputs = masked.evaluate(network, data.x_validation)
        right = (outputs.argmax(axis=1) == data.y_validation).mean()
        assert right == pytest.approx(member["accuracy_validation"])
        kept = member["inputs_kept"]
        assert member["sparsity"]["input"] == pytest.approx(1 - len(kept) / 30)
        weight = network.layers[0].weight
        units = 3 * (SPEC.targets[int(name[-3:]) % 3].functions + 1)
        assert member["sparsity"]["weight"] == pytest.approx(1 - weight.sum() / (30 * units))
    rows = work.history.read_text().splitlines()
    assert len(rows) == 1 + 6 * spec.epochs


def test_a_member_alone_is_the_member_of_the_scan(tmp_path) -> None:
    spec = SPEC.model_copy(update={"epochs": 1})
    whole = problem(spec)
    state = run_groups(whole, job(tmp_path), "whole")
    parts = weighted(whole, state.parameters, 1.0)
    for seed, target in members():
        change = {"seeds": [SPEC.seeds[seed]], "targets": [SPEC.targets[target]]}
        alone = problem(spec.model_copy(update=change))
        rows = run_groups(alone, job(tmp_path / f"{seed}-{target}"), "alone").parameters
        one = group_network(alone, weighted(alone, rows, 1.0), 0, 0)
        x = images().x_test
        other = masked.evaluate(group_network(whole, parts, seed, target), x)
        np.testing.assert_allclose(masked.evaluate(one, x), other, atol=1e-3)


@pytest.mark.parametrize("fails_at", [1, 8, 15])
def test_an_interrupted_epoch_is_taken_again_whole(fails_at, tmp_path, monkeypatch) -> None:
    whole = run_groups(problem(), job(tmp_path / "other"), "stamp")
    calls, real = [0], groups._step

    def failing(*arguments):
        calls[0] += 1
        if calls[0] == fails_at:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(groups, "_step", failing)
    with pytest.raises(KeyboardInterrupt):
        run_groups(problem(), job(tmp_path), "stamp")
    resumed = run_groups(problem(), job(tmp_path), "stamp")
    assert torch.equal(resumed.parameters, whole.parameters)
    assert torch.equal(torch.stack(resumed.history), torch.stack(whole.history))


def start(folder, epochs=40):
    folder.mkdir(parents=True, exist_ok=True)
    save_dataset(folder / "dataset.npz", images())
    arguments = ["--dataset", folder / "dataset.npz"]
    for name in ("network", "history", "members", "checkpoint"):
        arguments += [f"--{name}", folder / "t" / name]
    spec = TrainJob(training=SPEC.model_copy(update={"epochs": epochs})).model_dump_json()
    command = [sys.executable, "-m", "symbolnet", "train", *map(str, arguments), "--spec", spec]
    with open(folder / "log", "a") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def test_killed_twice_the_files_have_the_same_bytes(tmp_path) -> None:
    assert start(tmp_path / "whole").wait() == 0
    for _ in range(2):
        process, before = start(tmp_path / "cut"), time.monotonic()
        path = tmp_path / "cut" / "t" / "checkpoint"
        known = path.stat().st_mtime_ns if path.exists() else 0
        while not path.exists() or path.stat().st_mtime_ns == known:
            assert process.poll() is None and time.monotonic() < before + 60, "no checkpoint"
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -9
    assert start(tmp_path / "cut").wait() == 0
    assert "resumed after epoch" in (tmp_path / "cut" / "log").read_text()
    for name in ("network", "history"):
        one, other = ((tmp_path / run / "t" / name).read_bytes() for run in ("whole", "cut"))
        assert one == other
    timeless = [
        json.loads((tmp_path / run / "t" / "members").read_text()) for run in ("whole", "cut")
    ]
    for record in timeless:
        record.pop("train_seconds")
        for member in record["members"]:
            member.pop("train_seconds")
    assert timeless[0] == timeless[1]


def test_values_instead_of_classes_are_refused() -> None:
    data = images()._replace(task="regression")
    with pytest.raises(InputError, match="classes, for the preset `groups`; found regression"):
        groups.group_problem(data, SPEC, torch.device("cpu"))


def test_a_budget_without_room_for_inputs_is_refused() -> None:
    with pytest.raises(ValidationError, match="2 \\+ 5 functions"):
        GroupTraining(targets=[{"complexity": 17, "functions": 3}])
