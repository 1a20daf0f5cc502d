"""manifest.json: every file of a run with its hash, and everything that it was made from.

What may differ between two runs of the same config stands under `environment` alone.
"""

import hashlib
import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from symbolnet.artifact import Record, check_schema, read_json, sha256
from symbolnet.audit import machine
from symbolnet.audit.contents import files, raw_files, role
from symbolnet.code import run_fingerprint
from symbolnet.config import Config, selected
from symbolnet.errors import InputError
from symbolnet.files import file_of
from symbolnet.report.provenance import versions, without_seconds

CONTRACT = 1
NAME = file_of("manifest")
DATA = ("schema/manifest.json",)


def manifest_of(config: Config, run: Path) -> Record:
    """Return the manifest of a finished run in the folder `run`."""
    kept = selected(config)
    names = files(kept, run)
    entries = [{"path": name, "role": role(name), **_hashes(run / name)} for name in names]
    return {
        "contract": CONTRACT,
        "run": kept.run,
        "config": kept.model_dump(mode="json"),
        "seeds": seeds(kept.model_dump(mode="json")),
        "code": code(),
        "inputs": _inputs(kept, run),
        "files": entries,
        "environment": {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": versions(),
            "programs": machine.programs(),
            "hardware": machine.hardware(),
            "git": machine.git_state(Path(__file__).parent),
            "wall_seconds": machine.wall_times(run / "logs"),
            "files": [sized(one["path"], run) for one in entries if one["sha256"] is None],
        },
    }


def load_manifest(run: Path) -> Record:
    """Read the manifest of a run; raise InputError where there is none or an older one."""
    path = run / NAME
    if not path.is_file():
        found = "none" if run.is_dir() else "no such folder"
        do = "finish the run with `snakemake`, or give results/<run>"
        raise InputError(f"a {NAME} in {run}", found, do)
    value = read_json(path)
    contract = value.get("contract") if isinstance(value, dict) else None
    if contract != CONTRACT:
        found = f"{path} of contract {contract}, made by another version"
        raise InputError(f"a manifest of contract {CONTRACT}", found, "run `snakemake` again")
    check_schema(value, "manifest", path)
    manifest: Record = value
    return manifest


def recorded(manifest: Record) -> dict[str, Record]:
    """Return path, size and hash of every file of the run, by path."""
    timed = {one["path"]: one for one in manifest["environment"]["files"]}
    return {one["path"]: timed.get(one["path"], one) for one in manifest["files"]}


def code() -> dict[str, str]:
    """Return the digest of every module that the stages use, by name."""
    return {name: digest for name, digest in (one.split("@") for one in run_fingerprint())}


def seeds(value: Any, path: str = "") -> Record:
    """Return every seed of a config by its dotted path."""
    found: Record = {}
    for key, one in value.items() if isinstance(value, dict) else ():
        here = f"{path}.{key}".lstrip(".")
        found |= {here: one} if key in ("seed", "seeds") else seeds(one, here)
    return found


def _inputs(config: Config, run: Path) -> list[Record]:
    return [
        {"dataset": one.dataset, "path": one.name, **_size_and_hash(one.path)}
        for one in raw_files(config, run)
    ]


def sized(name: str, run: Path) -> Record:
    """Return the entry of a file: its path, size and hash."""
    return {"path": name, **_size_and_hash(run / name)}


def _size_and_hash(path: Path) -> Record:
    return {"size": path.stat().st_size, "sha256": sha256(path)}


def _hashes(path: Path) -> Record:
    """Return size and hash of a file that a second run repeats; else of its content alone.

    The page repeats wall times in its text, so it has neither.
    """
    content = without_times(read_json(path)) if path.suffix == ".json" else None
    timed = path.suffix == ".html" or (content is not None and content != read_json(path))
    if not timed:
        return {**_size_and_hash(path), "sha256_without_seconds": None}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    digest = None if content is None else hashlib.sha256(text.encode()).hexdigest()
    return {"size": None, "sha256": None, "sha256_without_seconds": digest}


def without_times(value: Any) -> Any:
    """Return JSON content without wall times and without the `environment` of a summary."""
    if isinstance(value, dict):
        value = {key: one for key, one in value.items() if key != "environment"}
    return without_seconds(value)
