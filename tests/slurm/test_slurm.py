"""The smoke run on a real Slurm of one node: whole, interrupted, changed, on a wrong partition."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cluster
import pytest

from symbolnet.artifact import sha256
from workflow_case import SMOKE, copy_workflow, environment, run_snakemake

pytestmark = pytest.mark.slurm

# The profile, without a database and without the patience that a large cluster wants.
SLURM = (
    "--profile", "profiles/slurm", "--slurm-status-command", "squeue",
    "--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2",
    "--latency-wait", "5",
)  # fmt: skip
TARGET = "results/smoke/training/jets/notebook/network.safetensors"
LONG = ("--config", "training={notebook: {epochs: 2000, checkpoint_every: 20}}")
SUBMITTED = r"has been submitted with SLURM jobid (\d+)"


def submitted(folder: Path, *arguments: str) -> list[str]:
    """Run Snakemake through Slurm; return the numbers of the Slurm jobs."""
    done = run_snakemake(folder, *SLURM, *arguments)
    assert done.returncode == 0, done.stdout[-6000:]
    return re.findall(SUBMITTED, done.stdout)


@pytest.fixture(scope="module")
def finished(slurm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_workflow(tmp_path_factory.mktemp("smoke"))
    jobs = submitted(folder)
    assert 10 <= len(jobs) <= 20  # 27 stages, the small ones in groups
    return folder


@pytest.fixture(scope="module")
def prepared(slurm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data set of the smoke run, made without Slurm."""
    folder = copy_workflow(tmp_path_factory.mktemp("prepared"))
    done = run_snakemake(folder, "--cores", "2", "results/smoke/data/jets/dataset.npz")
    assert done.returncode == 0, done.stdout[-4000:]
    return folder


def test_smoke_run_through_the_executor(finished: Path) -> None:
    assert (finished / "results" / "smoke" / "summary.json").is_file()
    assert (finished / "results" / "smoke" / "report" / "index.html").is_file()
    assert "Nothing to be done" in run_snakemake(finished, *SLURM).stdout


def test_a_change_of_config_submits_the_affected_jobs_only(finished: Path) -> None:
    assert len(submitted(finished, "--config", "report={budgets: [20]}")) == 1
    more = "training={again: {preset: notebook, epochs: 2, layers: [{unary: 3}]}}"
    train = "train=[notebook, front, again]"
    # The training, its expressions with their metrics, and the report.
    assert len(submitted(finished, "--config", "report={budgets: [20]}", more, train)) == 3


def test_an_unknown_partition_is_one_line(prepared: Path) -> None:
    wrong = ("--default-resources", "slurm_partition=nosuch")
    done = run_snakemake(prepared, *SLURM, *wrong)
    lines = [line for line in done.stdout.splitlines() if line.startswith("symbolnet: ")]
    assert done.returncode == 1 and len(lines) == 1 and "submitted" not in done.stdout
    assert f"a partition of this cluster ({cluster.PARTITION}); found 'nosuch'" in lines[0]


def test_a_training_stopped_by_time_and_by_signal_gives_the_same_bytes(prepared: Path) -> None:
    folder = prepared
    arguments = (TARGET, "--rerun-triggers", "mtime", *LONG)
    command = [sys.executable, "-m", "snakemake", *arguments, *SLURM, *SMOKE]
    output = folder / "output"
    with open(output, "w") as log:
        run = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=log, stderr=log)
    try:
        _stop_twice(folder, output)
        assert run.wait(200) == 0, output.read_text()[-4000:]
    finally:
        run.kill()
        run.wait()
    stopped = sha256(folder / TARGET)
    local = run_snakemake(folder, *arguments, "--cores", "1", "--forcerun", "train")
    assert local.returncode == 0, local.stdout[-4000:]
    assert "resumed" not in _log(folder) and sha256(folder / TARGET) == stopped


def _stop_twice(folder: Path, output: Path) -> None:
    """Let the time run out, then send SIGTERM; each is submitted again and resumes."""
    _until((folder / f"{TARGET}.checkpoint").exists, output)
    subprocess.run(["scontrol", "update", f"JobId={_jobs(output)[0]}", "EndTime=now"], check=True)
    seen = _resumed(folder, output, [])
    subprocess.run(["scancel", "--signal=TERM", _jobs(output)[1]], check=True)
    _resumed(folder, output, seen)
    assert len(_jobs(output)) == 3


def _jobs(output: Path) -> list[str]:
    return re.findall(SUBMITTED, output.read_text())


def _log(folder: Path) -> str:
    log = folder / "results" / "smoke" / "logs" / "train" / "jets-notebook.log"
    return log.read_text() if log.exists() else ""


def _resumed(folder: Path, output: Path, seen: list[str]) -> list[str]:
    """Wait until the log says that the training went on from another epoch than seen."""

    def lines() -> list[str]:
        return re.findall(r"resumed after epoch \d+", _log(folder))

    _until(lambda: bool(lines()) and lines() != seen, output)
    return lines()


def _until(holds: Callable[[], bool], output: Path) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, output.read_text()[-4000:]
        time.sleep(0.1)
