"""A run as one zip that opens without installing anything, and a wary way back to a folder."""

import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from symbolnet.artifact import replacing
from symbolnet.audit.crate import CRATE
from symbolnet.audit.manifest import NAME, load_manifest, recorded
from symbolnet.errors import InputError

README = "README.txt"
_DATE = (1980, 1, 1, 0, 0, 0)  # the same files, the same bytes
_MODE = (stat.S_IFREG | 0o644) << 16
_ENTRIES = 100_000
_BYTES = 8 * 2**30
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError)
_RATIO = 1_100  # deflate reaches 1,032
_TEXT = """\
Run {run} of symbolnet.

Open report/index.html in a browser: every figure, offline, nothing to install.
summary.json      the same figures with the tool and version that made each
manifest.json     size and SHA-256 of every file, settings, seeds, versions, wall times
{crate}   the same as a Workflow Run RO-Crate
firmware/         formulas, fixed-point graphs, test vectors, Verilog, HLS projects
source/           the workflow as it ran

To check it all again, with the software installed:
    python -m symbolnet verify FILE.zip
{left_out}"""


class Bundle(NamedTuple):
    """What a bundle holds and what was left out of it."""

    files: int
    left_out: list[str]


def write_bundle(run: Path, archive: Path, limit_bytes: int) -> Bundle:
    """Write a run as a zip; raise InputError naming the files that it lacks.

    Raw data and feature tables stay behind, and data sets above the limit: `verify` then says what
    it could not check.
    """
    manifest = load_manifest(run)
    sizes = {name: entry["size"] for name, entry in recorded(manifest).items()}
    missing = [name for name in [*sizes, CRATE] if not (run / name).is_file()]
    if missing:
        found = f"{len(missing)} missing: {', '.join(missing[:3])}"
        raise InputError(f"the files that {run / NAME} names", found, "run `snakemake` again")
    left_out = sorted(name for name, size in sizes.items() if stays_behind(name, size, limit_bytes))
    kept = sorted({*sizes, NAME, CRATE} - set(left_out))
    with replacing(archive) as temporary, zipfile.ZipFile(temporary, "w") as target:
        _add_bytes(target, f"{manifest['run']}/{README}", _readme(manifest, left_out).encode())
        for name in kept:
            _add_bytes(target, f"{manifest['run']}/{name}", (run / name).read_bytes())
    return Bundle(len(kept), left_out)


def stays_behind(name: str, size: int, limit_bytes: int) -> bool:
    """Tell whether a bundle leaves a file out: data that can be large, never a result."""
    parts = name.split("/")
    if parts[0] != "data":
        return False
    return parts[2] in ("raw", "features") or size > limit_bytes


def _readme(manifest: dict[str, Any], left_out: list[str]) -> str:
    lines = "".join(f"    {name}\n" for name in left_out)
    note = f"\nLeft out, their hashes are in manifest.json:\n{lines}" if left_out else ""
    return _TEXT.format(run=manifest["run"], crate=CRATE, left_out=note)


def _add_bytes(target: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _MODE
    entry.create_system = 3  # Unix, wherever it was written
    target.writestr(entry, content)


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a bundle below an empty folder and return the run's folder.

    Raise InputError for anything that a bundle never holds: paths outside of it, links, a file
    twice, several runs, sizes out of proportion.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            entries = [entry for entry in source.infolist() if not entry.is_dir()]
            fault = next(_faults(entries), None)
            if fault is not None:
                raise _refused(archive, fault)
            for entry in entries:
                _write(source, entry, folder / entry.filename)
    except _DAMAGES as error:
        raise _refused(archive, str(error)) from error
    return folder / entries[0].filename.split("/")[0]


def _refused(archive: Path, found: str) -> InputError:
    return InputError("a bundle as `bundle` writes it", f"{archive}: {found}", "ask for another")


def _faults(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    if not 0 < len(entries) <= _ENTRIES:
        yield f"{len(entries)} files"
    for entry in entries:
        fault = _fault(entry)
        if fault is not None:
            yield f"{entry.filename!r} {fault}"
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        yield f"{next(name for name in names if names.count(name) > 1)!r} twice"
    if len({name.split("/")[0] for name in names}) > 1:
        yield "more than one run"
    if (total := sum(entry.file_size for entry in entries)) > _BYTES:
        yield f"{total:,} bytes unpacked"


def _fault(entry: zipfile.ZipInfo) -> str | None:
    parts = PurePosixPath(entry.filename).parts
    odd = "\\" in entry.filename or ":" in entry.filename or "\0" in entry.filename
    if odd or entry.filename.startswith("/") or ".." in parts or len(parts) < 2:
        return "lies outside the bundle's folder"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is no regular file"
    if entry.file_size > _RATIO * max(entry.compress_size, 1):
        return "is out of proportion when unpacked"
    return None


def _write(source: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with source.open(entry) as stream, path.open("xb") as target:
        shutil.copyfileobj(stream, target)


def left_out_of(run: Path, manifest: dict[str, Any], bundled: bool) -> set[str]:
    """Return the files of data that an unpacked bundle does without."""
    if not bundled:
        return set()
    absent = [name for name in recorded(manifest) if not (run / name).exists()]
    return {name for name in absent if stays_behind(name, 0, -1)}
