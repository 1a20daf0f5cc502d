"""Copies of the workflow, runs of it on the smoke config, and what its artifacts are."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from symbolnet.artifact import sha256

REPOSITORY = Path(__file__).resolve().parent.parent
SMOKE = ("--configfile", "config/smoke.yaml")
_PARTS = ("Snakefile", "workflow", "config", "profiles", "src")


def copy_workflow(folder: Path, origin: Path = REPOSITORY) -> Path:
    """Copy what a run needs into a folder."""
    for part in _PARTS:
        source, target = origin / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Environment in which the copy's own package is imported."""
    return os.environ | {"PYTHONPATH": str(folder / "src"), "OMP_NUM_THREADS": "1"}


def run_snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake on the smoke config; return what it printed and its exit code."""
    command = [sys.executable, "-m", "snakemake", *arguments, *SMOKE]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done


def snakemake(folder: Path, *arguments: str) -> str:
    """Run Snakemake on the smoke config with two cores; return its output."""
    done = run_snakemake(folder, "--cores", "2", *arguments)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def digests(folder: Path) -> dict[str, str]:
    """Digest of every artifact, logs and what holds wall times left out."""
    root = folder / "results" / "smoke"
    files = (p for p in sorted(root.rglob("*")) if p.is_file() and "logs" not in p.parts)
    return {str(p.relative_to(root)): _digest(p) for p in files}


def _digest(path: Path) -> str:
    if path.name == "ro-crate-metadata.json":
        return "crate"
    if path.suffix == ".json":
        return json.dumps(timeless(json.loads(path.read_text())), sort_keys=True)
    if path.name == "index.html":
        return "page"
    return sha256(path)


def timeless(value: object) -> object:
    """Drop wall times and the block about this run's machine and files, which hold them too."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if not k.endswith("_seconds") and k != "environment"}
        return {k: timeless(v) for k, v in kept.items()}
    return [timeless(item) for item in value] if isinstance(value, list) else value
