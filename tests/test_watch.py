"""What Snakemake prints to the state of a run, and the loop's line about how far it is."""

import time
from pathlib import Path

import pytest

from symbolnet.pipeline.cli import main
from symbolnet.pipeline.commands.status import (
    State,
    Waiting,
    done_logs,
    last_line,
    status,
    waiting_jobs,
)
from symbolnet.progress import counted

PLAN = """Building DAG of jobs...
[Wed Nov 25 05:41:48 2026]
rule train:
    input: a/dataset.npz
    output: a/network, a/history
    log: logs/train/jets-notebook.log
    jobid: 4
    reason: Params have changed since last execution: {reason}
    wildcards: dataset=jets, training=notebook
    resources: tmpdir=/tmp
[Wed Nov 25 05:41:48 2026]
rule write_report:
    input: a/network
    output: summary.json
    log: logs/write_report.log
    jobid: 1
    reason: Missing output files: summary.json
    resources: tmpdir=/tmp

[Wed Nov 25 05:41:48 2026]
rule all:
    input: summary.json
    jobid: 0
    reason: Input files updated by another job: summary.json
"""
SUMMARY = """output_file\tdate\trule\tlog-file(s)\tstatus\tplan
a/x.npz\tWed\tprepare\tlogs/prepare/a.log\tok\tno update
a/y.npz\tWed\tprepare\tlogs/prepare/a.log\tok\tno update
a/network\tWed\ttrain\tlogs/train/b.log\tparams changed\tupdate pending
"""


def test_jobs_of_a_plan() -> None:
    train, report = waiting_jobs(PLAN.replace("{reason}", "x" * 500))
    assert train[:2] == ("train", "jets-notebook") and train.outputs == ["a/network", "a/history"]
    assert train.reason.startswith("Params have changed") and len(train.reason) == 100
    expected = "Missing output files: summary.json"
    assert report == ("write_report", "", ["summary.json"], "logs/write_report.log", expected)


def test_done_jobs_of_a_summary() -> None:
    assert done_logs(SUMMARY) == ["logs/prepare/a.log"]


def test_last_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_line(log) == "no log yet"
    log.write_text("epoch 1\nepoch 2\n\n")
    assert last_line(log).startswith("epoch 2 (") and last_line(log).endswith(" s ago)")


@pytest.mark.parametrize(("locked", "word"), [(True, "running"), (False, "stopped")])
def test_status(
    locked: bool,
    word: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = Waiting("train", "jets-a", ["x"], "a.log", "")
    waiting = Waiting("write_report", "", ["y"], "b.log", "Missing output files: y")
    state = State(["c.log"], [begun], [waiting], locked)
    monkeypatch.setattr("symbolnet.pipeline.commands.status.state_of", lambda run: state)
    (tmp_path / "a.log").write_text("epoch 3/20\n")
    status(tmp_path / "results" / "smoke")
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == f"1 of 3 jobs done, 1 {word}, 1 waiting"
    assert second.startswith(f"{word}  train jets-a: epoch 3/20 (")
    assert third == "waiting  write_report: Missing output files: y"


def test_a_folder_that_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", str(tmp_path)]) == 1
    assert "a run with its config.json" in capsys.readouterr().err


def test_counted_says_how_far(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in counted([1, 2, 3], "members", seconds=0.02):
        time.sleep(0.03)
    assert capsys.readouterr().out.startswith("members 1/3, 0 s, ETA 0 s\nmembers 2/3")
    assert list(counted([1, 2], "members")) == [1, 2] and capsys.readouterr().out == ""
