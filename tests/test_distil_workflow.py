"""A small distillation through the workflow: files, page, kills, and checks of a forgery."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from markupsafe import escape

from symbolnet.artifact import load_schema, read_json, write_json
from symbolnet.audit.distilled import distil_checks
from symbolnet.pipeline.cli import main
from workflow_case import copy_workflow, environment

pytestmark = pytest.mark.slow
MINI = {
    "run": "mini",
    "distil": {
        "systems": ["tiny"],
        "simulations": {"tiny": {"force": "spring", "simulations": 40, "steps": 200}},
        "train": ["quick"],
        "networks": {
            "quick": {"steps": 400, "hidden": 16, "node_hidden": 16, "batch": 16, "messages": 4}
        },
        "laws": {"graphs": 100, "states": 100},
        "judge": {"simulations": 8, "states": 60, "rollouts": 3, "max_steps": 500},
        "halos": ["few"],
        "mocks": {"few": {"halos": 900, "box": 160.0, "cells": 32, "radius": 30.0}},
        "halo_network": {"steps": 300, "hidden": 8, "batch": 16},
        "halo_search": {"rows": 200, "effort": 0.1},
    },
}


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "distil", "--configfile", "mini.yaml", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = copy_workflow(tmp_path_factory.mktemp("distil"))
    (made / "mini.yaml").write_text(yaml.safe_dump(MINI))
    done = snakemake(made, "--cores", "2")
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return made


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder / "results" / "mini", tmp_path / "mini")) / "distil"


def test_summary_and_page_hold_every_member(folder: Path) -> None:
    distil = folder / "results" / "mini" / "distil"
    summary = json.loads((distil / "summary.json").read_text())
    jsonschema.validate(summary, load_schema("distil_summary"))
    (system,) = summary["systems"]
    assert [one["variant"] for one in system["members"]] == ["bottleneck", "l1", "pruned"]
    assert [one["live"] for one in system["members"]] == [2, 4, 2]
    law = system["direct"]["front"][system["direct"]["chosen"]]
    assert law["equal"] and law["constants"] == pytest.approx([2, -1.98])
    page = (distil / "report" / "index.html").read_text()
    assert law["text"] in page and page.count("<svg") == 3 * 5 + 2
    (mock,) = summary["mocks"]
    assert [one["published"] for one in mock["peers"]] == [0.421, 0.121, 0.120, 0.0882, None]
    assert escape(mock["found"]["front"][mock["found"]["chosen"]]["text"]) in page
    assert not list(distil.rglob("*.checkpoint")) and not list(distil.rglob("*.part"))


def test_a_second_run_has_nothing_to_do_and_a_law_setting_trains_nothing(folder: Path) -> None:
    again = snakemake(folder, "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr
    planned = snakemake(folder, "--dry-run", "--config", "distil={laws: {factor: 2}}")
    told = planned.stdout + planned.stderr
    assert "distil_laws" in told and "train_graph_networks" not in told


def test_it_verifies_and_changed_constants_are_noticed(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(run)]) == 0
    said = capsys.readouterr().out
    assert "0 FAILED" in said
    unchecked = [line for line in said.splitlines() if line.startswith("not checkable")]
    assert any("training of few" in line for line in unchecked)
    path = run / "tiny" / "quick" / "laws.json"
    record = read_json(path, "laws")
    member = record["members"][0]
    member["front"][member["chosen"]]["of_motion"]["constants"][0] *= 1.001
    write_json(path, record)
    path = run / "few" / "formulas.json"
    record = read_json(path, "halo_formulas")
    record["front"][record["chosen"]]["error_held"] *= 1.001
    write_json(path, record)
    assert main(["verify", str(run)]) == 1
    failed = {
        line.split()[1] for line in capsys.readouterr().out.splitlines() if "FAILED  " in line
    }
    assert failed == {"hashes", "summary", "distil_laws", "judge_laws", "distil_halos"}


def test_a_figure_of_the_summary_is_derived_again(run: Path) -> None:
    path = run / "summary.json"
    record = read_json(path)
    record["systems"][0]["members"][0]["r2"]["robust"] = 0.9999
    write_json(path, record)
    found = distil_checks(run, [])
    failed = {one.name: one.detail for one in found if one.outcome == "failed"}
    assert set(failed) == {"hashes", "summary", "page"}
    assert "members[0].r2.robust is 0.9999" in failed["summary"]


def test_a_killed_training_goes_on_to_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    distil = folder / "results" / "mini" / "distil"
    spec = MINI["distil"]["networks"]["quick"] | {"checkpoint_every": 100}  # type: ignore[index]
    command = [sys.executable, "-m", "symbolnet", "train_graph_networks"]
    command += ["--simulations", str(distil / "tiny" / "simulations.npz")]
    for name in ("trained", "errors", "timing-of-training", "checkpoint"):
        command += [f"--{name}", str(tmp_path / name)]
    command += ["--spec", json.dumps(spec)]
    started = subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, text=True)
    while not (tmp_path / "checkpoint").exists() and started.poll() is None:
        pass
    started.terminate()
    told = started.communicate()[0]
    if started.returncode:  # else it was done before the signal came
        assert started.returncode == 143 and not (tmp_path / "trained").exists(), told
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ("resumed after step" in done.stdout) == bool(started.returncode)
    stored = (distil / "tiny" / "quick" / "network.safetensors").read_bytes()
    changed = (tmp_path / "trained").read_bytes()
    size = int.from_bytes(stored[:8], "little"), int.from_bytes(changed[:8], "little")
    assert stored[8 + size[0] :] == changed[8 + size[1] :]  # headers name checkpoint_every
