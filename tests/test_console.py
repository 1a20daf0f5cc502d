"""The console of a run: its lines in a terminal and elsewhere, and as Snakemake's logger."""

import io
import logging
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_symbolnet import LogHandler
from symbolnet.pipeline.console import Console
from symbolnet.pipeline.running import Jobs, last_words, title
from workflow_case import REPOSITORY, environment

SNAKEFILE = """
rule all:
    input: "good", "bad"

rule good:
    output: "good"
    log: "logs/good.log"
    shell: "echo fine > {log}; touch {output}"

rule bad:
    input: "good"
    output: "bad"
    log: "logs/bad.log"
    shell: "(echo no; echo symbolnet bad: expected a; echo) > {log}; exit 1"
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def jobs_of(folder: Path) -> Jobs:
    """Three jobs, of which two run; one of them has said something."""
    (folder / "train.log").write_text("first\nseed 1/2  loss 0.1  ETA 20 s\n\n")
    jobs = Jobs()
    jobs.total = 3
    jobs.know(0, "all", [])
    jobs.know(1, title("train", {"dataset": "jets", "training": "a"}), [f"{folder}/train.log"])
    jobs.know(2, title("choose_model", {"choice": "c60"}), [f"{folder}/choose.log"])
    jobs.start([0, 1, 2])
    return jobs


def test_a_job_is_told_by_its_name_and_its_last_words(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path)
    assert jobs.shown() == [
        "train jets-a: seed 1/2  loss 0.1  ETA 20 s",
        "choose_model c60: no line yet",
    ]
    jobs.finish(2)
    assert len(jobs.shown()) == 1 and [job.title for job, _ in jobs.ended] == ["choose_model c60"]


def test_a_failure_is_told_by_its_last_line_and_forgotten_once_tried_again(tmp_path: Path) -> None:
    jobs, log = jobs_of(tmp_path), tmp_path / "choose.log"
    log.write_text("reading\nsymbolnet choose_model: expected a; found b; do c\n")
    jobs.fail(2, "choose_model", [str(log)])
    told = ["failed: choose_model c60: expected a; found b; do c", f"  log: {log}"]
    assert jobs.failures() == told
    jobs.start([2])
    assert jobs.failures() == []


def test_the_last_words_of_a_long_log_are_found(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_words(log) == ""
    log.write_bytes(b"\xff" * 5000 + b"\nlast\n \n")
    assert last_words(log) == "last"


def test_without_a_terminal_a_line_a_job_and_no_control_codes(tmp_path: Path) -> None:
    stream, jobs = io.StringIO(), jobs_of(tmp_path)
    console = Console(stream, jobs)
    console.begin()
    console.say("Building DAG of jobs...")
    console.say("Nothing to be done.")
    jobs.finish(2)
    console.progress(1, 3)
    jobs.fail(1, "train", [f"{tmp_path}/train.log"])
    console.end()
    console.end()
    assert stream.getvalue().splitlines() == [
        "3 jobs",
        "Nothing to be done.",
        "[1 of 3] choose_model c60, 0 s",
        "failed: train jets-a: seed 1/2  loss 0.1  ETA 20 s",
        f"  log: {tmp_path}/train.log",
    ]


def test_in_a_terminal_lines_fit_and_keep_when_a_job_will_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "34")
    stream, jobs = Terminal(), jobs_of(tmp_path)
    console = Console(stream, jobs)
    console.begin()
    console.say("a message")
    jobs.finish(2)
    console.progress(1, 3)
    console.say("more")
    console.end()
    *_, frame, _ = stream.getvalue().split("\x1b[J")
    lines = frame.splitlines()
    assert all(len(line) <= 33 for line in lines)
    assert any(line.endswith("...  ETA 20 s") for line in lines), lines
    assert stream.getvalue().endswith("\x1b[2A\r\x1b[J")


def test_a_stop_by_the_user_is_no_failure(tmp_path: Path) -> None:
    stream, jobs = io.StringIO(), jobs_of(tmp_path)
    console = Console(stream, jobs)
    console.say("Terminating processes on user request, this might take some time.")
    jobs.fail(1, "train", [f"{tmp_path}/train.log"])
    console.end()
    assert "failed" not in stream.getvalue()


def test_the_jobs_of_a_group_are_told_one_by_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = ("dryrun", "verbose", "debug_dag", "nocolor", "stdout")
    handler = LogHandler(SimpleNamespace(**dict.fromkeys(kinds, False)), None)
    known = {"rule_name": "train", "wildcards": {"dataset": "jets"}, "log": ["a.log"]}
    for event in (
        {"event": LogEvent.RUN_INFO, "stats": {"total": 2}},
        {"event": LogEvent.JOB_STARTED, "jobs": ["a group"]},
        {"event": LogEvent.JOB_INFO, "jobid": 1, "indent": True, **known},
        {"event": LogEvent.JOB_FINISHED, "job_id": 1},
        {"event": LogEvent.PROGRESS, "done": 1, "total": 2},
    ):
        handler.emit(logging.makeLogRecord(event))
    handler.close()
    assert capsys.readouterr().err == "2 jobs\n[1 of 2] train jets, 0 s\n"


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", "--logger", "symbolnet", "--cores", "1"]
    env = environment(REPOSITORY)
    return subprocess.run(
        [*command, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_snakemake_tells_its_jobs_and_last_what_failed(tmp_path: Path) -> None:
    done = snakemake(tmp_path)
    told = re.sub(r"\d+ s$", "N s", done.stderr, flags=re.MULTILINE).splitlines()
    assert done.returncode == 1 and "\x1b" not in done.stderr
    assert told[:2] == ["3 jobs", "[1 of 3] good, N s"], told
    assert told[-2:] == ["failed: bad: expected a", "  log: logs/bad.log"]
    assert len(told) == 5 and told[2].startswith("Complete log(s): "), told
    (log,) = (tmp_path / ".snakemake" / "log").iterdir()
    assert "Error in rule bad" in log.read_text()


@pytest.mark.slow
def test_a_dry_run_is_told_as_snakemake_tells_it(tmp_path: Path) -> None:
    done = snakemake(tmp_path, "--dry-run")
    assert done.returncode == 0 and "Job stats:" in done.stdout
    assert re.findall(r"^(?:local)?rule (\w+):", done.stdout, re.MULTILINE) == [
        "good", "bad", "all"
    ]  # fmt: skip
