"""The first difference between two files or folders, in words."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import read_arrays, read_json
from symbolnet.audit.manifest import without_times


def difference(stored: Path, fresh: Path, tolerance: float) -> str | None:
    """Return where a stored file or folder differs from a fresh one; None where it does not.

    Wall times do not count. Numbers of JSON may differ by the relative `tolerance`.
    """
    if fresh.is_dir():
        return _of_folders(stored, fresh, tolerance)
    if not stored.is_file():
        return f"{stored.name} is missing"
    if stored.read_bytes() == fresh.read_bytes():
        return None
    kind = {".json": _of_json, ".npz": _of_arrays}.get(stored.suffix)
    return kind(stored, fresh, tolerance) if kind is not None else _of_lines(stored, fresh)


def files_below(folder: Path) -> list[str]:
    """Return the files below a folder, hidden ones left out."""
    found = (path for path in folder.rglob("*") if path.is_file())
    names = (path.relative_to(folder) for path in found)
    return sorted(n.as_posix() for n in names if not any(p.startswith(".") for p in n.parts))


def first_change(stored: Any, fresh: Any, tolerance: float, path: str = "$") -> str | None:
    """Return the first place where two JSON values differ, by more than the tolerance."""
    if isinstance(stored, dict) and isinstance(fresh, dict):
        if stored.keys() != fresh.keys():
            return f"{path} has other keys: {', '.join(sorted(stored.keys() ^ fresh.keys()))}"
        pairs = [(f"{path}.{key}", stored[key], fresh[key]) for key in stored]
    elif isinstance(stored, list) and isinstance(fresh, list):
        if len(stored) != len(fresh):
            return f"{path} has {len(stored)} entries, not {len(fresh)}"
        pairs = [(f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(stored, fresh, strict=True))]
    else:
        return None if _same(stored, fresh, tolerance) else f"{path} is {stored!r}, not {fresh!r}"
    changes = (first_change(a, b, tolerance, place) for place, a, b in pairs)
    return next((one for one in changes if one is not None), None)


def _same(stored: Any, fresh: Any, tolerance: float) -> bool:
    if isinstance(stored, float) and isinstance(fresh, float) and tolerance:
        return math.isclose(stored, fresh, rel_tol=tolerance, abs_tol=tolerance)
    return type(stored) is type(fresh) and stored == fresh


def canonical(path: Path, sort_keys: bool = True) -> bool:
    """Tell whether a JSON file has exactly the bytes that `write_json` gives it."""
    text = json.dumps(read_json(path), indent=1, sort_keys=sort_keys) + "\n"
    return path.read_bytes() == text.encode()


def _of_folders(stored: Path, fresh: Path, tolerance: float) -> str | None:
    ours, theirs = files_below(stored), files_below(fresh)
    if ours != theirs:
        return f"{stored.name} has other files: {', '.join(sorted(set(ours) ^ set(theirs))[:3])}"
    found = ((name, difference(stored / name, fresh / name, tolerance)) for name in ours)
    return next((f"{name}: {one}" for name, one in found if one is not None), None)


def _of_json(stored: Path, fresh: Path, tolerance: float) -> str | None:
    ours, theirs = without_times(read_json(stored)), without_times(read_json(fresh))
    change = first_change(ours, theirs, tolerance)
    if change is not None:
        return f"{stored.name}: {change}"
    return None if canonical(stored) else f"{stored.name}: not laid out as it was written"


def _of_arrays(stored: Path, fresh: Path, tolerance: float) -> str | None:
    ours, theirs = read_arrays(stored), read_arrays(fresh)
    if ours.keys() != theirs.keys():
        return f"{stored.name} has other arrays: {', '.join(sorted(ours.keys() ^ theirs.keys()))}"
    for name, array in ours.items():
        if not _same_array(array, theirs[name], tolerance):
            return f"{stored.name}: {_first_entry(name, array, theirs[name])}"
    return None if tolerance else f"{stored.name}: other bytes around the same arrays"


def _same_array(ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> bool:
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return False
    if ours.dtype.kind == "f" and tolerance:
        return bool(np.allclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True))
    return ours.tobytes() == theirs.tobytes()


def _first_entry(name: str, ours: np.ndarray, theirs: np.ndarray) -> str:
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return f"{name} is {ours.dtype}{ours.shape}, not {theirs.dtype}{theirs.shape}"
    if ours.ndim == 0:
        return f"{name} is another"
    place = tuple(int(axis[0]) for axis in np.nonzero(ours != theirs))
    return f"{name}{list(place)} is {ours[place]}, not {theirs[place]}"


def _of_lines(stored: Path, fresh: Path) -> str:
    ours, theirs = stored.read_bytes().split(b"\n"), fresh.read_bytes().split(b"\n")
    pairs = enumerate(zip(ours, theirs, strict=False), start=1)
    line = next((number for number, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
    return f"{stored.name} differs in line {line}"
