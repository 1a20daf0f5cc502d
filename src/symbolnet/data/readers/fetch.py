"""Downloads of published files: mirrors in turn, resume after a break, hashes kept in a lock file.

The lock file, JSON, is meant to be committed: a first download records size and sha256 of a file,
every later one, on any machine, must match them.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import requests

from symbolnet.artifact import read_json, replacing, sha256, write_json
from symbolnet.errors import InputError


class Download(NamedTuple):
    """A published file: its page, its first bytes and the addresses it can be had from."""

    page: str
    magic: bytes
    mirrors: tuple[str, ...]


def _zenodo(name: str) -> Download:
    record = "https://zenodo.org/records/3602260"
    mirrors = (
        f"{record}/files/{name}?download=1",
        f"https://zenodo.org/api/records/3602260/files/{name}/content",
    )
    return Download(record, b"\x1f\x8b", mirrors)


_OPENML = Download(
    "https://www.openml.org/d/42468",
    b"PAR1",
    (
        "https://data.openml.org/datasets/0004/42468/dataset_42468.pq",
        "https://openml1.win.tue.nl/datasets/0004/42468/dataset_42468.pq",
        "https://openml1.win.tue.nl/dataset42468/dataset_42468.pq",
    ),
)


def _mnist(name: str) -> Download:
    mirrors = (
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    )
    return Download(
        "http://yann.lecun.com/exdb/mnist", b"\x1f\x8b", tuple(f"{m}/{name}" for m in mirrors)
    )


def _svhn(name: str) -> Download:
    page = "ufldl.stanford.edu/housing"
    mirrors = (f"https://{page}/{name}", f"http://{page}/{name}")
    return Download(f"http://{page}", b"MATLAB 5.0 MAT-file", mirrors)


DOWNLOADS = {
    "hls4ml_lhc_jets_hlf.parquet": _OPENML,
    "hls4ml_LHCjet_150p_train.tar.gz": _zenodo("hls4ml_LHCjet_150p_train.tar.gz"),
    "hls4ml_LHCjet_150p_val.tar.gz": _zenodo("hls4ml_LHCjet_150p_val.tar.gz"),
    **{
        name: _mnist(name)
        for name in (
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz",
        )
    },
    **{name: _svhn(name) for name in ("train_32x32.mat", "test_32x32.mat", "extra_32x32.mat")},
}


DATA = ("schema/downloads.json",)
Log = Callable[[str], None]

_ATTEMPTS = 4
_PAUSE_SECONDS = 1.0
_TIMEOUT_SECONDS = 60
_PROBE_SECONDS = 10
_BLOCK = 1 << 20
_LOG_EVERY_SECONDS = 5.0


class _Fault(Exception):
    """Why one address did not give the file."""


def fetch(path: Path, lock: Path, log: Log) -> None:
    """Download the published file of the name of `path`, unless it lies there already.

    Raises InputError where no mirror gives the recorded file.
    """
    download = _download_of(path)
    if path.is_file():
        _accept(path, path, download, lock)
        log(f"{path.name}: already there, as recorded")
        return
    partial = path.with_name(f".{path.name}.partial")
    with replacing(path) as temporary:
        _try_mirrors(path, partial, download, lock, log)
        partial.replace(temporary)
    _note(partial).unlink(missing_ok=True)


def check_reachable(paths: Iterable[Path]) -> None:
    """Raise InputError, before work starts, where files are neither here nor to be had.

    It names all of them, and where they are to be put by hand.
    """
    missing = [path for path in paths if not path.is_file()]
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(_answered, missing))
    silent = [path for path, answered in zip(missing, answers, strict=True) if not answered]
    if silent:
        pages = {_download_of(path).page: None for path in silent}
        wanted = "; ".join(f"{_named(page, silent)} of {page}" for page in pages)
        do = f"connect to the network, or put them into {silent[0].parent} by hand: {wanted}"
        raise InputError("the published files, or an answer of a mirror", "neither", do)


def _answered(path: Path) -> bool:
    """Tell whether a mirror gives the first byte of a file."""
    return any(map(_answers, _download_of(path).mirrors))


def _answers(url: str) -> bool:
    first = {"Accept-Encoding": "identity", "Range": "bytes=0-0"}
    try:
        with requests.get(url, headers=first, stream=True, timeout=_PROBE_SECONDS) as answer:
            return answer.ok
    except requests.RequestException:
        return False


def _named(page: str, paths: Iterable[Path]) -> str:
    return ", ".join(path.name for path in paths if _download_of(path).page == page)


def _download_of(path: Path) -> Download:
    if path.name not in DOWNLOADS:
        expected = f"a published file: {', '.join(DOWNLOADS)}"
        raise InputError(expected, path.name, "name one of them")
    return DOWNLOADS[path.name]


def _try_mirrors(path: Path, partial: Path, download: Download, lock: Path, log: Log) -> None:
    faults = []
    for url in download.mirrors:
        try:
            _persist(url, partial, log)
            return _accept(partial, path, download, lock)
        except _Fault as fault:
            faults.append(f"{url}: {fault}")
            log(faults[-1])
    raise InputError(
        f"{path.name} from a mirror", "; ".join(faults), _by_hand(path, download, lock)
    )


def _by_hand(path: Path, download: Download, lock: Path) -> str:
    return (
        f"connect to the network and run again, or put the file of {download.page} at {path} by "
        f"hand; if the published file has changed, remove its entry from {lock}"
    )


def _accept(file: Path, path: Path, download: Download, lock: Path) -> None:
    """Compare a whole file with the lock, or record it there if it is the first of its name."""
    _check_magic(file, path, download, lock)
    found = {"sha256": sha256(file), "size": file.stat().st_size}
    with _exclusive(lock):
        recorded = read_json(lock, "downloads") if lock.is_file() else {}
        known = recorded.get(path.name)
        if known is None:
            write_json(lock, recorded | {path.name: found}, "downloads")
    if known not in (None, found):
        expected = f"sha256 {known['sha256']} ({known['size']} bytes, recorded in {lock})"
        _refuse(file, path, expected, f"{found['sha256']} ({found['size']} bytes)", download, lock)


def _check_magic(file: Path, path: Path, download: Download, lock: Path) -> None:
    with file.open("rb") as stream:
        start = stream.read(len(download.magic))
    if start != download.magic:
        expected = f"a file that starts with {download.magic!r}"
        _refuse(file, path, expected, f"{start!r}, another kind of file", download, lock)


def _refuse(
    file: Path, path: Path, expected: str, found: str, download: Download, lock: Path
) -> None:
    """Drop a wrong download, so that nothing resumes it; leave a file put there by hand."""
    if file == path:
        do = f"remove {path}, or {_by_hand(path, download, lock)}"
        raise InputError(expected, f"{found} in {path}", do)
    file.unlink()
    _note(file).unlink(missing_ok=True)
    raise _Fault(f"expected {expected}, found {found}")


@contextlib.contextmanager
def _exclusive(lock: Path) -> Iterator[None]:
    """Keep other jobs from the lock file meanwhile."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(lock.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _persist(url: str, partial: Path, log: Log) -> None:
    """Receive the whole file into `partial`, resuming for as long as there is progress."""
    failures, most = 0, 0
    while failures < _ATTEMPTS:
        time.sleep(_PAUSE_SECONDS * failures)
        try:
            return _receive(url, partial, log)
        except requests.HTTPError as error:
            raise _Fault(str(error).split(" for url")[0]) from error
        except requests.RequestException as error:
            fault = _reason(error)
            log(f"{url}: {fault}")
        size = partial.stat().st_size if partial.is_file() else 0
        failures, most = (failures + 1, most) if size <= most else (1, size)
    raise _Fault(f"{fault} ({_ATTEMPTS} attempts)")


def _reason(error: requests.RequestException) -> str:
    """Return the innermost fault in a few words; requests wraps it in three layers."""
    inner = getattr(error.args[0] if error.args else None, "reason", error)
    words = str(inner).split("): ", 1)[-1]
    return f"{type(inner).__name__}: {' '.join(words.split())[:120]}"


def _receive(url: str, partial: Path, log: Log) -> None:
    """Receive what is missing of `partial`, or all of it if it is of another address or version."""
    have, headers = _resume(url, partial)
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_SECONDS) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return _end(response, have, partial)
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            have = 0
            write_json(_note(partial), {"url": url, "version": _version(response)})
        _check_start(response, have)
        with partial.open("ab" if have else "wb") as stream:
            for block in _reported(response, have, partial.name.strip("."), log):
                stream.write(block)


def _end(response: requests.Response, have: int, partial: Path) -> None:
    """Accept that nothing is left to receive, if what is here is as long as the file."""
    if response.headers.get("Content-Range") != f"bytes */{have}":
        partial.unlink()
        raise requests.ConnectionError("the partial file does not fit: starting again")


def _note(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _resume(url: str, partial: Path) -> tuple[int, dict[str, str]]:
    """Return how many bytes are there, and the headers that ask for the rest of the same file."""
    headers = {"Accept-Encoding": "identity"}
    try:
        note = read_json(_note(partial))
        have = partial.stat().st_size
    except (InputError, FileNotFoundError):
        return 0, headers
    if not have or note.get("url") != url or not note.get("version"):
        return 0, headers
    return have, headers | {"Range": f"bytes={have}-", "If-Range": note["version"]}


def _version(response: requests.Response) -> str | None:
    """Return what identifies this version of the file, as `If-Range` takes it."""
    tag = response.headers.get("ETag", "")
    strong = tag if tag and not tag.startswith("W/") else None
    return strong or response.headers.get("Last-Modified")


def _check_start(response: requests.Response, have: int) -> None:
    given = response.headers.get("Content-Range", f"bytes {have}-")
    if not given.startswith(f"bytes {have}-"):
        raise requests.ConnectionError(f"asked for the bytes from {have}, got {given!r}")


def _reported(response: requests.Response, have: int, name: str, log: Log) -> Iterator[bytes]:
    """Yield the blocks of a response with a line of progress every few seconds."""
    start, last, received = time.monotonic(), time.monotonic(), 0
    total = have + int(response.headers.get("Content-Length", 0))
    for block in response.iter_content(_BLOCK):
        yield block
        received += len(block)
        if time.monotonic() - last > _LOG_EVERY_SECONDS:
            last = time.monotonic()
            log(_progress(name, have + received, total, received / (last - start)))
    log(_progress(name, have + received, total, received / (time.monotonic() - start)))


def _progress(name: str, done: int, total: int, speed: float) -> str:
    left = f", ETA {(total - done) / speed:.0f} s" if speed and total >= done else ""
    return f"{name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB, {speed / 1e6:.1f} MB/s{left}"
