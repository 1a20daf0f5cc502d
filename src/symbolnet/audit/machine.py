"""What a run was made with and on: versions, hardware, git state, wall times."""

import csv
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from symbolnet.artifact import Record

_PROGRAMS = ("g++", "make", "git")


def hardware() -> Record:
    """Return model and number of the processors and the memory in bytes."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def programs() -> dict[str, str | None]:
    """Return the version line of each program that is not a Python package; null if missing."""
    return {name: _first_line([name, "--version"]) for name in _PROGRAMS}


def git_state(folder: Path) -> Record | None:
    """Return commit and whether tracked files differ from it; None outside a repository."""
    commit = _first_line(["git", "-C", str(folder), "rev-parse", "HEAD"])
    if commit is None:
        return None
    status = ["git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no"]
    return {"commit": commit, "dirty": _first_line(status) is not None}


def _first_line(command: list[str]) -> str | None:
    """Return the first line that a program prints; None if it is missing, fails or says nothing."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    lines = done.stdout.splitlines() if done.returncode == 0 else []
    return lines[0].strip() if lines else None


def wall_times(logs: Path) -> dict[str, float]:
    """Return the seconds of each job that Snakemake measured, by `<rule>/<job>`."""
    found = sorted(logs.glob("*/*.tsv"))
    return {path.relative_to(logs).with_suffix("").as_posix(): _seconds(path) for path in found}


def _seconds(path: Path) -> float:
    with path.open(newline="", encoding="utf-8") as stream:
        return sum(float(row["s"]) for row in csv.DictReader(stream, delimiter="\t"))
