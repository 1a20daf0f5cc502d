"""Before a run starts: the folder, the disk, the partition; and files on a full or closed disk."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from symbolnet.artifact import read_json
from symbolnet.errors import InputError
from symbolnet.pipeline.preflight import begin_run, check_partition, check_room, check_submittable
from workflow_case import copy_workflow, environment

WRITE = """
import sys
from pathlib import Path
import numpy as np
from symbolnet.artifact import scratch, write_arrays
from symbolnet.errors import InputError
try:
    write_arrays(Path(sys.argv[1]), {"x": np.zeros(2_000_000)})
    with scratch(Path(sys.argv[1])):
        pass
except InputError as error:
    print(error)
"""


def test_the_config_is_written_beside_the_results(tmp_path: Path) -> None:
    begin_run(tmp_path / "results" / "a", {"run": "a"}, None)
    assert read_json(tmp_path / "results" / "a" / "config.json") == {"run": "a"}


def test_a_full_disk_is_told_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(InputError, match="at least 50 MB of room; found 1 MB left"):
        check_room(tmp_path / "results" / "a")


def fake_sinfo(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (folder / "sinfo").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "sinfo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_an_unknown_partition_names_the_known_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_sinfo(tmp_path, monkeypatch, "echo long; echo gpu; echo gpu")
    check_partition("gpu")
    with pytest.raises(InputError, match=r"\(gpu, long\); found 'cpu'.*profiles/slurm"):
        check_partition("cpu")
    fake_sinfo(tmp_path, monkeypatch, "exit 1")  # Slurm is down: sbatch will say so
    check_partition("cpu")
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(InputError, match="no sinfo"):
        check_partition("cpu")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def written(path: Path) -> str:
    command = [sys.executable, "-c", WRITE, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_full_disk_leaves_nothing(small_disk: Path) -> None:
    assert "No space left on device while writing" in written(small_disk / "x.npz")
    assert list(small_disk.iterdir()) == []


def test_a_read_only_disk_is_one_line(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(InputError, match="is read-only"):
        check_room(small_disk / "results" / "a")
    lines = written(small_disk / "x.npz").splitlines()
    assert len(lines) == 1 and "a folder that can be written" in lines[0]
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize("name", ['a b;touch X [1] {} $(c) "d" & Größe.csv', "data={a: {b: [1]}}"])
def test_what_a_job_of_a_cluster_can_be_told(name: str) -> None:
    """Snakemake writes it as Python does; a shell must read the very same."""
    check_submittable("/usr/bin/python3", [name])
    echo = f"printf %s {name!r}"
    assert subprocess.check_output(["sh", "-c", echo], encoding="utf-8") == name


@pytest.mark.parametrize("name", ["it's $(touch X)", "a\\b", "a\nb", "a\tb"])
def test_what_a_job_of_a_cluster_cannot_be_told(name: str) -> None:
    with pytest.raises(InputError, match="rename the file or folder"):
        check_submittable("/usr/bin/python3", ["a", name])


@pytest.mark.parametrize("python", ["/my env/bin/python", "/a;b/python", "/$x/python"])
def test_a_python_that_no_job_of_a_cluster_finds(python: str) -> None:
    with pytest.raises(InputError, match="a Python in a path without blanks"):
        check_submittable(python, [])


@pytest.mark.slow
def test_a_cluster_is_not_asked_for_what_it_would_get_wrong(tmp_path: Path) -> None:
    folder = copy_workflow(tmp_path / "copy")
    (folder / "it's $(touch X).csv").write_text("a,label\n1,u\n2,v\n")
    config = {"run": "x", "data_dir": ".", "data": {"own": {"train": "it's $(touch X).csv"}}}
    (folder / "x.json").write_text(json.dumps(config))
    call = [sys.executable, "-m", "snakemake", "--profile", "profiles/slurm", "datasets"]
    files = ["--configfile", "config/own.yaml", "x.json"]
    env = environment(folder)
    done = subprocess.run([*call, *files], cwd=folder, env=env, capture_output=True, text=True)
    told = [line for line in done.stderr.splitlines() if line.startswith("symbolnet:")]
    assert done.returncode == 1 and len(told) == 1 and "for a cluster" in told[0], done.stderr
    assert not list(folder.rglob("X"))
