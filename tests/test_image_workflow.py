"""The workflow on images: scikit-learn's digits and idx files, from raw files to metrics."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from test_images import idx_bytes

pytestmark = pytest.mark.slow

_REPOSITORY = Path(__file__).resolve().parent.parent
_PARTS = ("Snakefile", "workflow", "config", "profiles")
_QUICK = """
training:
  NAME:
    budgets: [30]
    effort: 0.1
    members: 3
    seeds: [0]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The workflow without any result, and settings that make it quick."""
    for part in _PARTS:
        source = _REPOSITORY / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / part)
    return tmp_path


def snakemake(folder: Path, *arguments: str) -> str:
    """Run the workflow; return what it printed."""
    command = [sys.executable, "-m", "snakemake", *arguments, "--cores", "1"]
    environment = os.environ | {"PYTHONPATH": str(_REPOSITORY / "src"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout + done.stderr


def models(folder: Path, config: str) -> list[dict]:
    """Make the models of a config, quickly; return their metrics."""
    (folder / "quick.yaml").write_text(_QUICK.replace("NAME", config))
    files = ["--configfile", f"config/{config}.yaml", "quick.yaml"]
    snakemake(folder, "models", "--config", "data_dir=data", *files)
    text = (folder / f"results/{config}/training/{config}/{config}/metrics.json").read_text()
    return json.loads(text)["members"]


def test_digits(folder: Path) -> None:
    member = models(folder, "digits")[-1]
    assert 10 < member["complexity_mean"] <= 100
    assert member["rounded"]["accuracy_test"] > 0.7


def test_idx_files_in_data_dir(folder: Path) -> None:
    generator = np.random.default_rng(0)
    (folder / "data" / "mnist").mkdir(parents=True)
    for name, rows in (("train", 1500), ("t10k", 300)):
        label = generator.integers(0, 10, rows).astype(np.uint8)
        pixels = generator.integers(0, 256, (rows, 6, 10)).astype(np.uint8)
        pixels[np.arange(rows), :, label] |= 192
        for kind, values in (("images-idx3", pixels), ("labels-idx1", label)):
            path = folder / "data" / "mnist" / f"{name}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(idx_bytes(values)))
    member = models(folder, "mnist")[-1]
    assert 10 < member["complexity_mean"] <= 100
    assert member["rounded"]["accuracy_test"] > 0.2


def test_named_targets_make_one_data_set_of_any_config(folder: Path) -> None:
    planned = snakemake(folder, "digits", "--dry-run", "--configfile", "config/smoke.yaml")
    assert "results/smoke/datasets/digits/summary.json" in planned
    assert "training/digits/digits" in planned and "jets" not in planned.split("Job stats")[1]
    planned = snakemake(folder, "--dry-run", "--configfile", "config/digits.yaml")
    assert "results/digits/summary.json" in planned
