"""What must hold before Snakemake reads its config files, and before the first job of a run.

Snakemake answers a missing config file with a traceback, a malformed one without its name or line,
and of a key that is there twice it takes the last without a word.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from symbolnet.artifact import write_json
from symbolnet.errors import InputError

CONFIG = "config.json"
_ROOM = 50_000_000  # bytes; the smoke run takes 10 MB


def check_command_line() -> None:
    """End Snakemake with one line where a config file or a setting of its call is none."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="*", action="extend", type=Path)
    parser.add_argument("--config", "-C", nargs="*", action="extend")
    given, _ = parser.parse_known_args(sys.argv[1:])
    try:
        for path in given.configfile or ():
            check_file(path)
        for setting in given.config or ():
            _check_setting(setting)
    except InputError as fault:
        sys.exit(f"symbolnet: {fault}")


def check_file(path: Path) -> None:
    """Raise InputError where a file is not YAML (or JSON) with keys, each of them once."""
    try:
        with path.open(encoding="utf-8") as stream:
            value = yaml.load(stream, _Once)
    except OSError as error:
        do = "check the path after --configfile, seen from the folder that snakemake is called in"
        raise InputError(f"a config file {path}", str(error.strerror), do) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        found = f"{path}: {' '.join(str(error).split())}"
        raise InputError("a config file in YAML", found, "correct it there") from None
    if not isinstance(value, dict):
        found = f"{path}, which is {'empty' if value is None else f'a {type(value).__name__}'}"
        raise InputError("a config file of keys, `run: name` and so on", found, "add keys to it")


def _check_setting(setting: str) -> None:
    if not re.match(r"[A-Za-z_]\w+=", setting):
        do = "give --config KEY=VALUE, in quotes where the value has blanks or signs"
        raise InputError("a key and a value", repr(setting), do)


class _Once(yaml.SafeLoader):  # type: ignore[misc]  # no stubs
    """A loader that refuses a key that is there twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"the key {key.value!r} is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


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
