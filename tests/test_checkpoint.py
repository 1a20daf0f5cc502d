"""Kill and resume: the bytes of an uninterrupted run."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from network_cases import SPEC, dataset, saved_dataset, train_members
from symbolnet.config import TrainJob
from symbolnet.methods.paper import epochs
from symbolnet.methods.paper.epochs import learned_state
from symbolnet.methods.paper.problem import frozen, problem_of, thawed
from symbolnet.training.loop import load_checkpoint, save_checkpoint, stamp_of

CPU = torch.device("cpu")
# Long enough to be killed in the middle of.
LONG = SPEC.model_copy(update={"epochs": 120, "checkpoint_every": 7})
FORMS = ("learned", "exact")


def start(folder, spec=LONG):
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["--dataset", saved_dataset(folder / "dataset.npz")]
    for name in ("network", "history", "members", "checkpoint"):
        arguments += [f"--{name}", folder / "t" / name]
    command = [sys.executable, "-m", "symbolnet", "train", *map(str, arguments)]
    with (folder / "log").open("a") as log:
        spec_json = ["--spec", TrainJob(training=spec).model_dump_json()]
        return subprocess.Popen([*command, *spec_json], stdout=log, stderr=log)


def wait_for(path, process, seconds=60, after=0):
    deadline = time.monotonic() + seconds
    while not (path.exists() and path.stat().st_mtime_ns > after):
        assert process.poll() is None and time.monotonic() < deadline, "no checkpoint appeared"
        time.sleep(0.005)


@pytest.fixture(scope="module", params=FORMS)
def uninterrupted(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    spec = LONG.model_copy(update={"thresholds": request.param, "keep": "best"})
    assert start(folder, spec).wait() == 0
    files = (folder / "t" / "network").read_bytes(), (folder / "t" / "history").read_bytes()
    return spec, files


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_job_killed_twice_resumes_to_the_same_bytes(number, uninterrupted, tmp_path):
    spec, expected = uninterrupted
    checkpoint = tmp_path / "t" / "checkpoint"
    for _ in range(2):
        process = start(tmp_path, spec)
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        wait_for(checkpoint, process, after=before)
        os.kill(process.pid, number)
        assert process.wait() == (-9 if number == signal.SIGKILL else 143)
        assert not (tmp_path / "t" / "network").exists()
    assert start(tmp_path, spec).wait() == 0
    assert (tmp_path / "log").read_text().count("resumed after epoch") == 2
    found = (tmp_path / "t" / "network").read_bytes(), (tmp_path / "t" / "history").read_bytes()
    assert found == expected
    assert not (tmp_path / "t" / "checkpoint").exists()


@pytest.mark.parametrize("thresholds", FORMS)
@pytest.mark.parametrize("fails_at", [1, 9, 17])
def test_an_interrupted_epoch_is_taken_again_whole(fails_at, thresholds, tmp_path, monkeypatch):
    spec = SPEC.model_copy(update={"thresholds": thresholds, "keep": "best"})
    problem = problem_of(dataset(), spec, CPU)
    whole = train_members(problem, tmp_path / "other", "stamp", lambda line: None)
    calls, form = [0], epochs.FORMS[thresholds]

    def failing(*arguments):
        calls[0] += 1
        if calls[0] == fails_at:
            raise KeyboardInterrupt
        return form.step(*arguments)

    monkeypatch.setitem(epochs.FORMS, thresholds, form._replace(step=failing))
    with pytest.raises(KeyboardInterrupt):
        train_members(problem, tmp_path / "checkpoint", "stamp", lambda line: None)
    resumed = train_members(problem, tmp_path / "checkpoint", "stamp", lambda line: None)
    assert torch.equal(resumed.parameters, whole.parameters)
    assert torch.equal(resumed.kept, whole.kept)
    assert torch.equal(torch.stack(resumed.history), torch.stack(whole.history))


def test_a_frozen_state_thaws_to_itself():
    problem = problem_of(dataset(), SPEC, CPU)
    state = learned_state(SPEC, problem.layout, CPU)
    for _ in range(2):
        state.history.append(epochs.run_epoch(problem, state))
    copies = frozen(state), frozen(thawed(frozen(state), CPU))
    assert copies[0].keys() == copies[1].keys()
    assert all(torch.equal(copies[0][name], copies[1][name]) for name in copies[0])


def test_a_checkpoint_of_other_settings_or_data_is_ignored_and_said_so(tmp_path):
    path, lines = tmp_path / "checkpoint", []
    save_checkpoint(path, stamp_of(SPEC, "a" * 64), {"x": torch.ones(2)})
    changed = SPEC.model_copy(update={"learning_rate": 0.001})
    assert load_checkpoint(path, stamp_of(changed, "a" * 64), lines.append) is None
    assert load_checkpoint(path, stamp_of(SPEC, "b" * 64), lines.append) is None
    assert len(lines) == 2 and all("ignored" in line for line in lines)
    found = load_checkpoint(path, stamp_of(SPEC, "a" * 64), lines.append)
    assert found is not None and found["x"].tolist() == [1, 1]
    assert load_checkpoint(tmp_path / "none", "stamp", lines.append) is None
    assert len(lines) == 2


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff" * 64])
def test_a_damaged_checkpoint_is_ignored_and_said_so(content, tmp_path):
    (tmp_path / "checkpoint").write_bytes(content)
    lines: list[str] = []
    assert load_checkpoint(tmp_path / "checkpoint", "stamp", lines.append) is None
    assert "unreadable" in lines[0]
