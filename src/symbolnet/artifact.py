"""Atomic writes, hashes and schema checks: the only place that writes files under a final name."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.errors import InputError

Record = dict[str, Any]  # a JSON object, of the keys that its schema in `schema/` says


def sha256(path: Path) -> str:
    """Return the hex SHA-256 digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success sync it and rename it to `path`.

    Whatever goes wrong, nothing half-written is left under the final name, and the temporary
    file or folder is removed; what a killed run left is removed by the next. A full disk or a
    folder that cannot be written is reported as an InputError.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        with _faults_told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _remove(temporary)
            yield temporary
            _sync(temporary)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            temporary.replace(path)
    finally:
        _remove(temporary)


@contextlib.contextmanager
def _faults_told(path: Path) -> Iterator[None]:
    """Turn what a full or closed disk raises into an InputError that names `path`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _WRITING:
            raise
        expected, do = _WRITING[error.errno]
        raise InputError(expected, f"{error.strerror} while writing {path}", do) from error


_FULL = ("room for the file", "free space and run again")
_CLOSED = ("a folder that can be written", "change its permissions or write elsewhere")
_WRITING = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EACCES: _CLOSED,
    errno.EPERM: _CLOSED,
    errno.EROFS: _CLOSED,
    errno.ENOTDIR: _CLOSED,
    errno.EEXIST: _CLOSED,
}


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any, schema: str | None = None, sort_keys: bool = True) -> None:
    """Write JSON atomically, after checking it against `schema/<schema>.json`.

    Keys are sorted but where their order says something, as that of the classes in a config.
    """
    if schema is not None:
        check_schema(value, schema, path)
    write_text(path, json.dumps(value, indent=1, sort_keys=sort_keys, allow_nan=False) + "\n")


def read_json(path: Path, schema: str | None = None) -> Any:
    """Read JSON and check it against `schema/<schema>.json`; raise InputError on any fault.

    NaN and infinities are none of JSON's numbers, and nothing here is nested without end.
    """
    existing = _existing(path)
    try:
        value = json.loads(existing.read_text(encoding="utf-8"), parse_constant=_no_number)
    except RecursionError as error:
        raise InputError("a JSON file", f"{path}: nested too deep", "make it again") from error
    except ValueError as error:  # no UTF-8, no JSON, or a number of thousands of digits
        raise InputError("a JSON file", f"{path}: {error}", "make it again") from error
    if schema is not None:
        check_schema(value, schema, path)
    return value


def _no_number(name: str) -> float:
    raise ValueError(f"{name}, which is no number of JSON")


def check_schema(value: Any, schema: str, path: Path) -> None:
    """Raise InputError naming the first place where `value` breaks the schema."""
    import jsonschema

    rules = load_schema(schema)
    _check_version(value, rules, path)
    fault = next(iter(jsonschema.Draft202012Validator(rules).iter_errors(value)), None)
    if fault is not None:
        found = f"{path}: at {fault.json_path}: {fault.message[:300]}"
        raise InputError(f"content as in schema/{schema}.json", found, "make the file again")


def _check_version(value: Any, rules: Any, path: Path) -> None:
    """Refuse what a newer symbolnet wrote by that name, not by the first place that is new."""
    for key in ("contract", "version"):
        known = rules.get("properties", {}).get(key, {}).get("const")
        found = value.get(key) if isinstance(value, dict) else None
        if isinstance(found, int) and isinstance(known, int) and found > known:
            of = f"{path}: {key} {found}, of a newer symbolnet"
            raise InputError(f"a file of {key} {known}", of, "update symbolnet")


def load_schema(name: str) -> Any:
    """Return a JSON schema shipped with the package."""
    return json.loads(
        (resources.files("symbolnet") / "schema" / f"{name}.json").read_text(encoding="utf-8")
    )


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an .npz atomically; same arrays, same bytes."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **dict(sorted(arrays.items())))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read every array of an .npz without pickle; raise InputError if it is damaged."""
    try:
        # Opened here: np.load leaves its own file open where the content is damaged.
        with _existing(path).open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except InputError:
        raise
    except Exception as error:
        raise InputError("a readable .npz archive", f"{path}: {error}", "make it again") from error


@contextlib.contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `beside` that is removed afterwards."""
    folder = beside.with_name(f".{beside.name}.scratch")
    try:
        with _faults_told(folder):
            _remove(folder)
            folder.mkdir(parents=True)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"a file {path}", "none", "check the path or run the stage that makes it")
    return path


def _sync(path: Path) -> None:
    if path.is_file():
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):  # a read-only disk refuses to remove even what is not there
        path.unlink()
