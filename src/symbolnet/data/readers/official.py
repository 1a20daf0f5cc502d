"""The published jets, OpenML 42468 and Zenodo 3602260, to feature tables."""

import difflib
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from typing import IO, Any

import h5py
import numpy as np
import pandas as pd

from symbolnet.artifact import sha256
from symbolnet.config import OfficialJets
from symbolnet.data.sources import JET_CLASSES
from symbolnet.data.symbols import JETS
from symbolnet.data.table import FEATURES, FeatureTable
from symbolnet.errors import InputError

# Each HDF5 file holds `jets` (n, k), one row per jet, and `jetFeatureNames` (k,): among them the 16
# published features and the classes, one-hot. Particle lists and images beside them are not read.
_CHECK = "download it again (fetch_data), or correct `file` in the config"
_BLOCK = 1 << 20
CLASS = "class"
ROWS = 50_000
_HEADER_LINES = 10_000


def archive_frames(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the jets of every HDF5 member, at most `rows` at a time, in the archive's order."""
    found = 0
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            if _is_hdf5(member, path):
                found += 1
                yield from _member_frames(archive, member, rows)
    if not found:
        raise InputError(f"HDF5 files in {path.name}", "none", _CHECK)


def _is_hdf5(member: tarfile.TarInfo, path: Path) -> bool:
    """Tell whether a member holds jets; refuse what no archive of jets needs."""
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts or not (member.isreg() or member.isdir()):
        found = f"{member.name!r} in {path.name}, a link, device or path outside"
        raise InputError("plain files and folders in the archive", found, _CHECK)
    # Archives made on a Mac hold a shadow ._name of every file.
    return member.isreg() and name.suffix in (".h5", ".hdf5") and not name.name.startswith(".")


def _member_frames(
    archive: tarfile.TarFile, member: tarfile.TarInfo, rows: int
) -> Iterator[pd.DataFrame]:
    source = archive.extractfile(member)
    assert source is not None  # a regular file
    with tempfile.TemporaryFile() as copy:
        copyfileobj(source, copy, _BLOCK)
        yield from hdf5_frames(copy, member.name, rows)


def hdf5_frames(stream: IO[bytes], name: str, rows: int) -> Iterator[pd.DataFrame]:
    """Yield features and class of the jets of one HDF5 file; unlabelled jets are left out."""
    with h5py.File(stream, "r") as file:
        jets, columns = _dataset(file, "jets", name), _columns(file, name)
        if jets.ndim != 2 or jets.shape[1] != len(columns):
            found = f"shape {jets.shape} for {len(columns)} names in {name}"
            raise InputError("as many columns of `jets` as names", found, _CHECK)
        places = [_place(columns, f"j_{column}", name) for column in (*FEATURES, *JET_CLASSES)]
        for first in range(0, jets.shape[0], rows):
            yield _frame(jets[first : first + rows][:, places], name)


def _dataset(file: h5py.File, key: str, name: str) -> Any:
    """Return a dataset that lies in the file itself."""
    inside = isinstance(file.get(key, getlink=True), h5py.HardLink)
    dataset = file[key] if inside else None
    if not isinstance(dataset, h5py.Dataset):
        found = f"{', '.join(list(file)[:10]) or 'nothing'} in {name}"
        raise InputError(f"a data set `{key}`", found, _CHECK)
    if dataset.is_virtual or dataset.external:
        raise InputError(f"`{key}` inside the file", f"a reference out of {name}", _CHECK)
    return dataset


def _columns(file: h5py.File, name: str) -> list[str]:
    values = _dataset(file, "jetFeatureNames", name)[()]
    return [v.decode() if isinstance(v, bytes) else str(v) for v in np.ravel(values)]


def _place(columns: list[str], wanted: str, name: str) -> int:
    if columns.count(wanted) != 1:
        found = f"{columns.count(wanted)} in {name}"
        raise InputError(f"one name {wanted!r} among jetFeatureNames", found, _CHECK)
    return columns.index(wanted)


def _frame(values: np.ndarray, name: str) -> pd.DataFrame:
    features, classes = values[:, : len(FEATURES)], values[:, len(FEATURES) :]
    if not np.isin(classes, (0, 1)).all() or (classes.sum(axis=1) > 1).any():
        raise InputError("at most one class a jet, 0 or 1", f"another value in {name}", _CHECK)
    known = classes.sum(axis=1) == 1
    frame = pd.DataFrame(features[known], columns=list(FEATURES))
    return frame.assign(**{"class": np.array(JET_CLASSES)[classes[known].argmax(axis=1)]})


def read_official(path: Path, settings: OfficialJets) -> FeatureTable:
    """Read a published file by its extension, a part at a time.

    Raises InputError on a damaged file, wrong columns, unknown classes and values that are not
    finite.
    """
    if not path.is_file():
        raise InputError(f"a file {path}", "none", "check `file` and `data_dir`")
    features, labels, rows = [], [], 0
    for frame in _guarded(_reader(path, settings.source)(path), path):
        features.append(_numbers(frame, path, rows))
        labels.append(_labels(frame[CLASS], path, rows))
        rows += len(frame)
    if not rows:
        raise InputError("at least one jet", f"none in {path.name}", _CHECK)
    label = np.concatenate(labels)
    provenance: dict[str, Any] = {"source": settings.source, "file": path.name}
    counts = np.bincount(label, minlength=len(JET_CLASSES)).tolist()
    provenance |= {"sha256": sha256(path), "jets": dict(zip(JET_CLASSES, counts, strict=True))}
    jets = np.concatenate(features)
    return FeatureTable(jets, label, FEATURES, JET_CLASSES, provenance, symbols=JETS)


def _reader(path: Path, source: str) -> Callable[[Path], Iterator[pd.DataFrame]]:
    for ending, reader in _READERS[source].items():
        if path.name.lower().endswith(ending):
            return reader
    expected = f"a file of {source} that ends in {', '.join(_READERS[source])}"
    raise InputError(expected, path.name, "correct `file` or `source` in the config")


def _guarded(frames: Iterator[pd.DataFrame], path: Path) -> Iterator[pd.DataFrame]:
    """Yield the parts of a file; whatever a parser makes of damaged bytes is an InputError."""
    while True:
        try:
            frame = next(frames, None)
        except InputError:
            raise
        except Exception as error:
            found = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            raise InputError(f"a readable file {path.name}", found, _CHECK) from error
        if frame is None:
            return
        yield frame


def _csv(path: Path) -> Iterator[pd.DataFrame]:
    names = [str(name).strip() for name in pd.read_csv(path, nrows=0).columns]
    _check_columns(names, path)
    with path.open(encoding="utf-8") as stream:
        next(stream)
        yield from _rows(stream, names, path)


def _arff(path: Path) -> Iterator[pd.DataFrame]:
    with path.open(encoding="utf-8") as stream:
        names = list(_attributes(stream, path))
        _check_columns(names, path)
        yield from _rows(stream, names, path)


def _attributes(stream: Any, path: Path) -> Iterator[str]:
    """Yield the names of the attributes; leave the stream at the first row."""
    for _, line in zip(range(_HEADER_LINES), stream, strict=False):
        words = line.split(None, 2)
        keyword = words[0].lower() if words else ""
        if keyword == "@data":
            return
        if keyword == "@attribute" and len(words) == 3:
            yield words[1].strip("'\"")
    raise InputError(f"an ARFF header that ends with @data in {path.name}", "none", _CHECK)


def _rows(stream: Any, names: list[str], path: Path) -> Iterator[pd.DataFrame]:
    options: dict[str, Any] = {"comment": "%", "na_values": "?", "skipinitialspace": True}
    try:
        parts = pd.read_csv(
            stream, header=None, names=names, chunksize=ROWS, low_memory=False, **options
        )
    except pd.errors.EmptyDataError:
        return
    for frame in parts:
        if not isinstance(frame.index, pd.RangeIndex):
            found = f"more in some row after {frame.index[0]}"
            raise InputError(f"{len(names)} values a row in {path.name}", found, _CHECK)
        yield frame


def _parquet(path: Path) -> Iterator[pd.DataFrame]:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        _check_columns(file.schema_arrow.names, path)
        for batch in file.iter_batches(ROWS, columns=[*FEATURES, CLASS]):
            yield batch.to_pandas()


def _archive(path: Path) -> Iterator[pd.DataFrame]:
    return archive_frames(path, ROWS)


def _hdf5(path: Path) -> Iterator[pd.DataFrame]:
    with path.open("rb") as stream:
        yield from hdf5_frames(stream, path.name, ROWS)


_READERS: dict[str, dict[str, Callable[[Path], Iterator[pd.DataFrame]]]] = {
    "openml": {".arff": _arff, ".csv": _csv, ".parquet": _parquet, ".pq": _parquet},
    "zenodo": {".tar.gz": _archive, ".tgz": _archive, ".h5": _hdf5, ".hdf5": _hdf5},
}


def _check_columns(names: list[str], path: Path) -> None:
    for name in [*FEATURES, CLASS]:
        if names.count(name) != 1:
            close = difflib.get_close_matches(name, set(names) - {name}, n=3)
            found = f"{names.count(name)}" + (f"; near: {', '.join(close)}" if close else "")
            raise InputError(f"one column {name!r} in {path.name}", found, _CHECK)


def _numbers(frame: pd.DataFrame, path: Path, first: int) -> np.ndarray:
    columns = [pd.to_numeric(frame[name], errors="coerce") for name in FEATURES]
    values = np.stack([column.to_numpy(np.float64) for column in columns], axis=1)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        found = f"{frame[FEATURES[column]].iloc[row]!r} in row {first + row + 1} of {path.name}"
        raise InputError(f"finite numbers in {FEATURES[column]!r}", found, _CHECK)
    return values


def _labels(column: pd.Series, path: Path, first: int) -> np.ndarray:
    names = column.astype(object).map(_class_name)
    label = names.map({name: index for index, name in enumerate(JET_CLASSES)})
    unknown = np.flatnonzero(label.isna())
    if len(unknown):
        found = f"{names.iloc[unknown[0]]!r} in row {first + unknown[0] + 1} of {path.name}"
        raise InputError(f"classes {', '.join(JET_CLASSES)}", found, _CHECK)
    result: np.ndarray = label.to_numpy(np.int64)
    return result


def _class_name(value: object) -> str:
    text = value.decode() if isinstance(value, bytes) else str(value)
    return text.strip(" '\"")
