"""The whole workflow on the smoke config: files made, reruns, kills, two folders, Slurm dry run."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from symbolnet.artifact import load_schema, sha256
from workflow_case import SMOKE, copy_workflow, digests, environment, snakemake

pytestmark = pytest.mark.slow

_FIRMWARE = {
    "build_graph", "evaluate_graph", "simulate_rtl", "count_resources", "prove_graph",
    "certify_distance",
    "write_testbench", "run_vendor", "write_emulator",
}  # fmt: skip
_AFTER_TRAINING = {
    "train", "extract_expressions", "evaluate_models", "choose_model", "export_expressions",
    "explain_model",
    "simulate_hls", "write_report", "write_manifest", "all",
} | _FIRMWARE  # fmt: skip


def _planned(folder: Path, *arguments: str) -> set[str]:
    """The rules that a dry run would execute."""
    output = snakemake(folder, "--dry-run", *arguments)
    if "Nothing to be done" in output:
        return set()
    table = output.split("Job stats:")[1].split("\n\n")[0]
    return set(re.findall(r"^(\w+)\s+\d+$", table, re.MULTILINE)) - {"total"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_workflow(tmp_path_factory.mktemp("first"))
    snakemake(folder)
    return folder


def test_summary_and_page_exist_and_validate(finished: Path) -> None:
    results = finished / "results" / "smoke"
    summary = json.loads((results / "summary.json").read_text())
    jsonschema.validate(summary, load_schema("summary"))
    assert {row["mismatches"] for row in summary["firmware"] if row["kind"] == "rtl"} == {0}
    assert (results / "report" / "index.html").stat().st_size < 3_000_000
    assert not list(results.rglob("*.part")) and not list(results.rglob("*.checkpoint"))


def test_the_finished_run_verifies_to_the_last_bit(finished: Path) -> None:
    command = [sys.executable, "-m", "symbolnet", "verify", "results/smoke"]
    done = subprocess.run(
        command, cwd=finished, env=environment(finished), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    open_ends = [line for line in done.stdout.splitlines() if line.startswith("not checkable")]
    assert all("not run again here" in line for line in open_ends), open_ends


def test_second_run_has_nothing_to_do(finished: Path) -> None:
    assert _planned(finished) == set()


def test_a_comment_edit_reruns_nothing(finished: Path) -> None:
    module = finished / "src" / "symbolnet" / "methods" / "paper" / "loss.py"
    text = module.read_text()
    module.write_text(text + "\n# a comment\n")
    try:
        assert _planned(finished) == set()
    finally:
        module.write_text(text)


def test_a_code_edit_reruns_its_stages_and_names_the_module(finished: Path) -> None:
    module = finished / "src" / "symbolnet" / "methods" / "paper" / "loss.py"
    text = module.read_text()
    module.write_text(text + "\n_EXTRA = 1\n")
    try:
        assert _planned(finished) == _AFTER_TRAINING
        assert "symbolnet.methods.paper.loss@" in snakemake(finished, "--dry-run")
    finally:
        module.write_text(text)


def test_a_training_setting_reruns_training_and_what_follows(finished: Path) -> None:
    change = "training={paper: {learning_rate: 0.004}}"
    assert _planned(finished, "--config", change) == _AFTER_TRAINING


def test_a_precision_reruns_firmware_and_report_only(finished: Path) -> None:
    change = "firmware={precision: {width: 14}}"
    expected = _FIRMWARE | {"simulate_hls", "write_report", "write_manifest", "all"}
    assert _planned(finished, "--config", change) == expected


def test_two_folders_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    """The other's path has every sign that a shell, make, a glob or a wildcard takes for more."""
    name = "some 'where\" [1] {x} <y> $z #w;touch X"
    other = copy_workflow(tmp_path / name / "else", finished)
    snakemake(other)
    assert not list(tmp_path.rglob("X"))
    first, second = digests(finished), digests(other)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_killed_training_resumes_to_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    folder = copy_workflow(tmp_path / "killed", finished)
    kept = finished / "results" / "smoke" / "data"
    shutil.copytree(kept, folder / "results" / "smoke" / "data", copy_function=shutil.copy2)
    longer = ("--config", "training={paper: {checkpoint_every: 1}}")
    target = "results/smoke/training/jets/paper/network.safetensors"
    _kill_in_training(folder, target, longer)
    assert not (folder / target).exists()
    snakemake(folder, "--unlock", *longer)
    snakemake(folder, target, "--rerun-triggers", "mtime", *longer)
    log = (folder / "results/smoke/logs/train/jets-paper.log").read_text()
    assert "resum" in log.lower()
    assert sha256(folder / target) == sha256(_uninterrupted(folder, target, longer))


def _kill_in_training(folder: Path, target: str, arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "snakemake", target, "--cores", "2", *arguments, *SMOKE]
    process = subprocess.Popen(
        [*command, "--rerun-triggers", "mtime"],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    checkpoint = folder / (target + ".checkpoint")
    deadline = time.monotonic() + 120
    while not checkpoint.exists():
        assert process.poll() is None and time.monotonic() < deadline, "training never checkpointed"
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _uninterrupted(folder: Path, target: str, arguments: tuple[str, ...]) -> Path:
    """Train again without a kill; return the weights."""
    resumed = (folder / target).rename(folder / "resumed.safetensors")
    snakemake(folder, target, "--rerun-triggers", "mtime", "--forcerun", "train", *arguments)
    again = (folder / target).rename(folder / "uninterrupted.safetensors")
    resumed.rename(folder / target)
    return again


def test_slurm_profile_dry_runs(finished: Path) -> None:
    output = snakemake(
        finished, "--profile", "profiles/slurm", "--dry-run", "--forcerun", "write_report"
    )
    assert "write_report" in output
