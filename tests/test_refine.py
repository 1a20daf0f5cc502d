"""The second pass of a scan: where its targets lie, what it trains, kill and resume."""

import os
import signal

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from network_cases import SPEC, dataset, train_members
from symbolnet.artifact import read_json
from symbolnet.config import PaperTraining, Targets
from symbolnet.methods.paper import epochs
from symbolnet.methods.paper.problem import problem_of
from symbolnet.methods.paper.scan import Paper, Point, between, front_of
from symbolnet.network.store import load_members
from symbolnet.training.loop import run
from test_checkpoint import LONG, start, wait_for

CPU = torch.device("cpu")
SCAN = SPEC.model_copy(
    update={
        "thresholds": "exact",
        "targets": [Targets(weight=0.3, binary=0.5), Targets(weight=0.6), Targets(weight=0.9)],
        "refine": 2,
        "epochs": 3,
        "checkpoint_every": 2,
    }
)


def points(*figures):
    return [Point(size, score, Targets(weight=share)) for size, score, share in figures]


def weights(found):
    return [targets.weight for targets in found]


def test_a_point_that_a_smaller_one_equals_is_not_on_the_front():
    found = front_of(points((40, 0.8, 0.6), (10, 0.7, 0.9), (20, 0.7, 0.8), (20, 0.75, 0.7)))
    assert [(point.size, point.score) for point in found] == [(10, 0.7), (20, 0.75), (40, 0.8)]


def test_targets_are_added_across_the_largest_gaps():
    # From 10 to 20 weights and from 20 to 80, with the same rise of the score.
    front = points((10, 0.6, 0.9), (20, 0.7, 0.8), (80, 0.8, 0.2))
    assert weights(between(front, 1)) == [0.5]
    assert weights(between(front, 2)) == pytest.approx([0.5, 0.85])
    assert weights(between(front, 4)) == pytest.approx([0.5, 0.85, 0.65, 0.35])
    # A steep rise is a gap too.
    assert weights(between(points((10, 0.3, 0.9), (20, 0.75, 0.8), (40, 0.8, 0.4)), 1)) == (
        pytest.approx([0.85])
    )


def test_nothing_is_added_to_a_single_point_and_no_target_twice():
    assert between(points((10, 0.6, 0.9)), 3) == []
    assert between(points((10, 0.6, 0.9), (20, 0.6, 0.8)), 3) == []
    dominated = points((10, 0.6, 0.75), (20, 0.7, 0.25), (15, 0.5, 0.5))
    assert between(dominated, 3) == []
    assert between(points((10, 0.6, 0.9), (20, 0.7, 0.8)), 0) == []


def scanned(problem, checkpoint, log=lambda line: None):
    return run(Paper(problem), checkpoint, "stamp", log).state


def test_members_added_are_those_of_a_scan_that_asks_for_their_targets(tmp_path):
    problem = problem_of(dataset(), SCAN, CPU)
    scan = scanned(problem, tmp_path / "checkpoint")
    members = [(m.seed, m.targets) for m in Paper(problem).members(scan).members]
    assert members[:6] == [(seed, t) for seed in SCAN.seeds for t in SCAN.targets]
    added = [targets for _, targets in members[6:8]]
    assert members[6:] == [(seed, t) for seed in SCAN.seeds for t in added]
    for state, targets in ((scan.first, SCAN.targets), (scan.second, added)):
        spec = SCAN.model_copy(update={"targets": targets, "refine": 0})
        alone = train_members(problem_of(dataset(), spec, CPU), tmp_path / "other", "stamp", print)
        (tmp_path / "other").unlink()
        assert torch.equal(state.parameters, alone.parameters)
        rows = zip(state.history, alone.history, strict=True)
        assert all(torch.equal(row, other) for row, other in rows)


@pytest.mark.parametrize("keep", ["last", "best"])
@pytest.mark.parametrize("stops_at", [3, 4, 5])
def test_an_interrupted_second_pass_goes_on(stops_at, keep, tmp_path, monkeypatch):
    problem = problem_of(dataset(), SCAN.model_copy(update={"keep": keep}), CPU)
    whole = scanned(problem, tmp_path / "whole")
    calls, real = [0], epochs.run_epoch

    def failing(*arguments):
        calls[0] += 1
        if calls[0] == stops_at + 1:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(epochs, "run_epoch", failing)
    with pytest.raises(KeyboardInterrupt):
        scanned(problem, tmp_path / "checkpoint")
    lines: list[str] = []
    resumed = scanned(problem, tmp_path / "checkpoint", lines.append)
    assert f"resumed after epoch {stops_at - 3 or 3}/{SCAN.epochs}" in lines[0]
    for one, other in ((resumed.first, whole.first), (resumed.second, whole.second)):
        assert torch.equal(one.parameters, other.parameters)
        assert torch.equal(one.kept, other.kept)
        assert torch.equal(torch.stack(one.history), torch.stack(other.history))


@pytest.mark.slow
def test_a_job_killed_in_both_passes_resumes_to_the_same_bytes(tmp_path):
    spec = LONG.model_copy(update={"thresholds": "exact", "refine": 1})
    assert start(tmp_path / "whole", spec).wait() == 0
    folder = tmp_path / "killed" / "t"
    for passes in (1, 2):
        process = start(tmp_path / "killed", spec)
        wait_for(folder / "checkpoint", process)
        while passes == 2 and b"second pass" not in (folder / "checkpoint").read_bytes():
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -9
        assert not (folder / "network").exists()
    assert start(tmp_path / "killed", spec).wait() == 0
    for name in ("network", "history"):
        assert (folder / name).read_bytes() == (tmp_path / "whole" / "t" / name).read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["history", "members", "network"]
    records = read_json(folder / "members", "members")["members"]
    assert len(records) == len(list(load_members(folder / "network"))) == 6
    assert [record["seed"] for record in records[4:]] == SCAN.seeds
    assert np.isclose(records[4]["sparsity"]["weight"], records[4]["targets"]["weight"], atol=0.01)


def test_only_members_that_meet_their_targets_are_refined():
    with pytest.raises(ValidationError, match="refine needs thresholds: exact"):
        PaperTraining(refine=1)
