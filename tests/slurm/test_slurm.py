"""The smoke run on a real Slurm of one node: whole, changed, divided, interrupted, misdirected."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cluster
import pytest
import yaml

from symbolnet.artifact import sha256
from workflow_case import SMOKE, copy_workflow, environment, run_snakemake

pytestmark = pytest.mark.slurm

# The profile, without a database and without the patience that a large cluster wants.
SLURM = (
    "--profile", "profiles/test", "--slurm-status-command", "squeue",
    "--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2",
    "--latency-wait", "5",
)  # fmt: skip
TARGET = "results/smoke/training/jets/paper/network.safetensors"
LONG = ("--config", "training={paper: {epochs: 12000, checkpoint_every: 20}}")
SUBMITTED = r"has been submitted with SLURM jobid (\d+)"


def workflow_with_profile(folder: Path) -> Path:
    """Copy the workflow; its profile joins the jets of all classes too, to save starts."""
    copy_workflow(folder)
    profile = yaml.safe_load((folder / "profiles" / "slurm" / "config.yaml").read_text())
    profile["groups"]["generate_jets"] = "jets"
    profile["group-components"] |= {"jets": 5, "features": 5}
    (folder / "profiles" / "test").mkdir()
    (folder / "profiles" / "test" / "config.yaml").write_text(yaml.safe_dump(profile))
    return folder


def submitted(folder: Path, *arguments: str) -> list[str]:
    """Run Snakemake through Slurm; return the numbers of the Slurm jobs."""
    done = run_snakemake(folder, *SLURM, *arguments)
    assert done.returncode == 0, done.stdout[-6000:]
    return re.findall(SUBMITTED, done.stdout)


@pytest.fixture(scope="module")
def finished(slurm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = workflow_with_profile(tmp_path_factory.mktemp("smoke"))
    jobs = submitted(folder)
    assert 10 <= len(jobs) <= 16  # 33 stages, the small ones in groups
    return folder


@pytest.fixture(scope="module")
def prepared(slurm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data set of the smoke run, made without Slurm."""
    folder = workflow_with_profile(tmp_path_factory.mktemp("prepared"))
    done = run_snakemake(folder, "--cores", "2", "results/smoke/data/jets/dataset.npz")
    assert done.returncode == 0, done.stdout[-4000:]
    return folder


def test_smoke_run_through_the_executor(finished: Path) -> None:
    assert (finished / "results" / "smoke" / "summary.json").is_file()
    assert (finished / "results" / "smoke" / "report" / "index.html").is_file()
    assert "Nothing to be done" in run_snakemake(finished, *SLURM).stdout


def test_a_change_of_config_submits_the_affected_jobs_only(finished: Path) -> None:
    more = "training={again: {method: paper, epochs: 2, layers: [{unary: 3}]}}"
    # The training, its expressions with their metrics, and the report with the manifest.
    assert len(submitted(finished, "--config", more, "train=[paper, symbolnet, again]")) == 3


def test_an_unknown_partition_is_one_line(prepared: Path) -> None:
    wrong = ("--default-resources", "slurm_partition=nosuch")
    done = run_snakemake(prepared, *SLURM, *wrong)
    lines = [line for line in done.stdout.splitlines() if line.startswith("symbolnet: ")]
    assert done.returncode == 1 and len(lines) == 1 and "submitted" not in done.stdout
    assert f"a partition of this cluster ({cluster.PARTITION}); found 'nosuch'" in lines[0]


def test_a_training_on_a_gpu_asks_slurm_for_one(prepared: Path) -> None:
    gpu = ("--retries", "0", "--config", "training={paper: {device: cuda}}")
    done = run_snakemake(prepared, TARGET, *SLURM, *gpu)
    (job,) = re.findall(SUBMITTED, done.stdout)
    assert "gres:gpu:1" in _shown(job)
    # The GPU of this cluster is one in name only.
    assert done.returncode == 1 and "expected a CUDA device" in _log(prepared)


def test_shards_over_jobs_give_the_bytes_of_one_job(prepared: Path) -> None:
    files = [prepared / TARGET, (prepared / TARGET).with_name("history.csv")]
    one = run_snakemake(prepared, TARGET, "--cores", "1")
    assert one.returncode == 0, one.stdout[-4000:]
    expected = [sha256(file) for file in files]
    shards = "training={paper: {shards: 2}}"
    assert len(submitted(prepared, TARGET, "--config", shards)) == 3
    assert [sha256(file) for file in files] == expected
    assert not list((prepared / TARGET).parent.glob("*.shard*"))


def test_a_training_stopped_by_time_signal_and_requeue_gives_the_same_bytes(
    prepared: Path,
) -> None:
    folder = prepared
    (folder / TARGET).unlink(missing_ok=True)
    arguments = (TARGET, "--rerun-triggers", "mtime", *LONG)
    command = [sys.executable, "-m", "snakemake", *arguments, *SLURM, *SMOKE]
    output = folder / "output"
    with output.open("w") as log:
        run = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=log, stderr=log)
    try:
        _stop_thrice(folder, output)
        assert run.wait(200) == 0, output.read_text()[-4000:]
    finally:
        run.kill()
        run.wait()
    stopped = sha256(folder / TARGET)
    local = run_snakemake(folder, *arguments, "--cores", "1", "--forcerun", "train")
    assert local.returncode == 0, local.stdout[-4000:]
    assert "resumed" not in _log(folder) and sha256(folder / TARGET) == stopped


def _stop_thrice(folder: Path, output: Path) -> None:
    """Let the time run out, send SIGTERM, have Slurm put the job back; each time it resumes.

    After the first two Snakemake submits a job anew; the last keeps its number.
    """
    _until((folder / f"{TARGET}.checkpoint").exists, output)
    subprocess.run(["scontrol", "update", f"JobId={_jobs(output)[0]}", "EndTime=now"], check=True)
    seen = _resumed(folder, output, [])
    subprocess.run(["scancel", "--signal=TERM", _jobs(output)[1]], check=True)
    seen = _resumed(folder, output, seen)
    job = _jobs(output)[2]
    subprocess.run(["scontrol", "requeue", job], check=True)
    _resumed(folder, output, seen)
    assert "Restarts=1" in _shown(job) and len(_jobs(output)) == 3


def _jobs(output: Path) -> list[str]:
    return re.findall(SUBMITTED, output.read_text())


def _shown(job: str) -> str:
    """What Slurm knows of a job."""
    command = ["scontrol", "show", "job", job]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _log(folder: Path) -> str:
    log = folder / "results" / "smoke" / "logs" / "train" / "jets-paper.log"
    return log.read_text() if log.exists() else ""


def _resumed(folder: Path, output: Path, seen: list[str]) -> list[str]:
    """Wait until the log says that the training went on, by an epoch, from another than seen."""

    def lines() -> list[str]:
        return re.findall(r"resumed after epoch \d+.*\nepoch \d+", _log(folder))

    _until(lambda: bool(lines()) and lines() != seen, output)
    return lines()


def _until(holds: Callable[[], bool], output: Path) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, output.read_text()[-4000:]
        time.sleep(0.1)
