"""Whole jobs of kind `front`: files, rounding, thinning, kill and resume."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from front_cases import SPEC, random_units, sample
from network_cases import dataset
from symbolnet.artifact import read_json
from symbolnet.config import Rounding, SymbolNetTraining, TrainJob
from symbolnet.data.dataset import load_dataset, save_dataset
from symbolnet.expression.evaluate import evaluate as value_of
from symbolnet.expression.store import load_collection
from symbolnet.methods.symbolnet.forward import figures, run
from symbolnet.methods.symbolnet.path import Walk
from symbolnet.methods.symbolnet.point import Point, thinned
from symbolnet.methods.symbolnet.record import Progress, frozen, thawed
from symbolnet.methods.symbolnet.refit import Fit, refit
from symbolnet.methods.symbolnet.rounding import rounded
from symbolnet.methods.symbolnet.samples import data_of
from symbolnet.methods.symbolnet.units import mean_nodes
from symbolnet.network.masked import evaluate
from symbolnet.network.store import load_members
from symbolnet.pipeline.stages.extract_expressions import extract_expressions
from symbolnet.pipeline.stages.train import train
from test_checkpoint import wait_for

FILES = ("network", "history", "members")


def with_twin():
    """The small data set, its second input repeated as a sixth."""
    data = dataset(300)
    parts = {
        f"x_{s}": data.split(s)[0][:, [0, 1, 2, 3, 4, 1]] for s in ("train", "validation", "test")
    }
    names = tuple(f"x{i}" for i in range(6))
    return data._replace(
        **parts, scaler_mean=np.zeros(6), scaler_scale=np.ones(6), feature_names=names
    )


def run_job(folder, spec=SPEC):
    folder.mkdir(parents=True, exist_ok=True)
    save_dataset(folder / "dataset.npz", with_twin())
    files = [folder / "t" / name for name in FILES]
    train(folder / "dataset.npz", *files, folder / "t" / "checkpoint", TrainJob(training=spec))
    return files


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("front")
    run_job(folder)
    return folder


def test_every_seed_has_a_front_of_members(finished):
    members = read_json(finished / "t" / "members", "members")["members"]
    networks = dict(load_members(finished / "t" / "network"))
    assert [m["id"] for m in members] == list(networks)
    seeds = [m["seed"] for m in members]
    assert seeds == sorted(seeds, key=SPEC.seeds.index) and set(seeds) == set(SPEC.seeds)
    assert max(seeds.count(seed) for seed in SPEC.seeds) <= SPEC.members
    assert not (finished / "t" / "checkpoint").exists()


def test_members_are_measured_as_they_are_stored(finished):
    data = load_dataset(finished / "dataset.npz")
    members = read_json(finished / "t" / "members")["members"]
    for entry, (_, network) in zip(members, load_members(finished / "t" / "network"), strict=True):
        outputs = evaluate(network, data.x_validation.astype(np.float64))
        right = (outputs.argmax(axis=1) == data.y_validation).mean()
        assert entry["accuracy_validation"] == pytest.approx(right, abs=0.004)


def test_the_best_member_is_far_better_than_chance(finished):
    members = read_json(finished / "t" / "members")["members"]
    assert max(m["accuracy_validation"] for m in members) > 0.75


def test_of_equal_inputs_the_first_is_used(finished):
    data = data_of(load_dataset(finished / "dataset.npz"), SymbolNetTraining())
    assert data.inputs.tolist() == [0, 1, 2, 3, 4]
    assert all(5 not in m["inputs_kept"] for m in read_json(finished / "t" / "members")["members"])


def test_rounding_expressions_changes_nothing_more(finished):
    expressions = finished / "expressions.json"
    extract_expressions(
        finished / "t" / "network",
        finished / "dataset.npz",
        expressions,
        Rounding(digits=SPEC.digits),
    )
    x = load_dataset(finished / "dataset.npz").x_test.astype(np.float64)
    networks = dict(load_members(finished / "t" / "network"))
    for member in load_collection(expressions).members:
        found, stored = value_of(member.rounded, x), evaluate(networks[member.id], x)
        # Where terms of one shape are merged, their constants are rounded once more.
        same = (found.argmax(axis=1) == stored.argmax(axis=1)).mean()
        assert same > 0.98, member.id


@pytest.mark.parametrize("seed", range(4))
def test_rounding_keeps_the_loss(seed):
    units, data = random_units(seed, count=5), sample(seed, n=600)
    refit(units, data, Fit(5))
    after = rounded(units, data, 2)
    assert figures(after, data)[0] < 1.01 * figures(units, data)[0] + 0.005
    assert mean_nodes(after) == mean_nodes(units)


def test_thinning_keeps_the_front():
    units = [random_units(seed, count=2 + seed % 9) for seed in range(60)]
    points = [Point(u, 0, 0, i) for i, u in enumerate(units)]
    losses = [-float(np.log(mean_nodes(u))) - 0.3 * (i % 3) for i, u in enumerate(units)]
    kept = thinned(points, losses, 5)
    nodes, found = [p.nodes for p in kept], [losses[p.row] for p in kept]
    assert len(kept) <= 5 and nodes == sorted(nodes) and found == sorted(found, reverse=True)
    assert min(losses) in found
    assert len(thinned(points, losses, 1000)) >= len(kept)


def test_progress_is_read_back_unchanged():
    units = random_units(1)
    walk = Walk(4, False, 30.0, 0.7, units)
    progress = Progress(1, 2, walk, [], [Point(units, 1, 0, 0)], [], {(1, 0): [np.arange(8.0)]})
    again = thawed(frozen(progress))
    assert again.walk.events == 4 and again.task == 2
    x = torch.randn(5, 4)
    assert torch.equal(run(again.found[0].form, x).outputs, run(units, x).outputs)
    assert torch.equal(run(again.walk.units, x).outputs, run(units, x).outputs)
    assert (again.traces[1, 0][0] == np.arange(8.0)).all()


def start(folder):
    folder.mkdir(parents=True, exist_ok=True)
    save_dataset(folder / "dataset.npz", with_twin())
    arguments = ["--dataset", folder / "dataset.npz"]
    for name in (*FILES, "checkpoint"):
        arguments += [f"--{name}", folder / "t" / name]
    command = [sys.executable, "-m", "symbolnet", "train", *map(str, arguments)]
    spec = ["--spec", TrainJob(training=SPEC).model_dump_json()]
    with (folder / "log").open("a") as log:
        return subprocess.Popen([*command, *spec], stdout=log, stderr=log)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_job_resumes_to_the_same_bytes(finished, tmp_path, number):
    checkpoint = tmp_path / "t" / "checkpoint"
    for events in (2, 5):
        process, before = start(tmp_path), 0
        for _ in range(events):
            wait_for(checkpoint, process, after=before)
            before = checkpoint.stat().st_mtime_ns
        process.send_signal(number)
        assert process.wait() != 0 and checkpoint.exists()
    assert start(tmp_path).wait() == 0
    assert (tmp_path / "log").read_text().count("resumed after seed") == 2
    for name in ("network", "history"):
        assert (tmp_path / "t" / name).read_bytes() == (finished / "t" / name).read_bytes()


def test_settings_are_in_the_file(finished):
    raw = (finished / "t" / "network").read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(json.loads(raw[8 : 8 + length])["__metadata__"]["symbolnet"])
    assert header["training"] == json.loads(SPEC.model_dump_json())


def test_of_many_rows_paths_take_some_and_points_are_finished_on_more():
    small = dataset(300)
    rows = np.arange(500_001) % len(small.x_train)
    many = small._replace(x_train=small.x_train[rows], y_train=small.y_train[rows])
    data = data_of(many, SymbolNetTraining())
    assert len(data.searched.x) <= 20_000 < len(data.train.x) <= 200_000
    shares = [sample.target.mean(dim=0) for sample in (data.train, data.searched)]
    assert torch.allclose(*shares, atol=0.02)
    few = data_of(small, SymbolNetTraining())
    assert few.searched is few.train and len(few.train.x) == len(small.x_train)
