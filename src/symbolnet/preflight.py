"""What must hold before the first job of a run starts: a folder to write to, a known partition."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from symbolnet.artifact import write_json
from symbolnet.errors import InputError

CONFIG = "config.json"
_ROOM = 50_000_000  # bytes; the smoke run takes 10 MB


def begin_run(folder: Path, config: dict[str, Any], partition: str | None) -> None:
    """Check folder and partition, and write the config of the run beside its results."""
    check_room(folder)
    if partition is not None:
        check_partition(partition)
    write_json(folder / CONFIG, config, sort_keys=False)  # the order of classes is a setting


def check_submittable(python: str, texts: Iterable[str]) -> None:
    """Raise InputError where a job of a cluster would not get a path as it stands.

    Snakemake writes the paths of a job on its command line as Python does, which a shell reads
    otherwise where there are quotes or backslashes, and that of Python with no quotes at all.
    """
    do = "rename the file or folder"
    for text in texts:
        if repr(text) != f"'{text}'":
            expected = "no quotes, backslashes or line breaks in paths and --config for a cluster"
            raise InputError(expected, repr(text), f"{do}, or put settings into a config file")
    if shlex.quote(python) != python:
        raise InputError("a Python in a path without blanks and signs for a cluster", python, do)


def check_room(folder: Path) -> None:
    """Raise InputError where a folder cannot be written or its disk is full."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK):
        do = "change its permissions, or copy the project to where you may write"
        raise InputError("a results folder that can be written", f"{there} is read-only", do)
    free = shutil.disk_usage(there).free
    if free < _ROOM:
        found = f"{free // 10**6} MB left on the disk of {there}"
        raise InputError(f"at least {_ROOM // 10**6} MB of room", found, "free space and run again")


def check_partition(name: str) -> None:
    """Raise InputError where Slurm has no partition of that name."""
    command = ["sinfo", "--noheader", "--format=%R"]
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", check=False
        )
    except FileNotFoundError:
        do = "run this on a login node of the cluster"
        raise InputError("Slurm's commands on PATH", "no sinfo", do) from None
    known = sorted(set(done.stdout.split()))
    if done.returncode == 0 and name not in known:
        do = "correct slurm_partition in profiles/slurm/config.yaml"
        raise InputError(f"a partition of this cluster ({', '.join(known)})", repr(name), do)
