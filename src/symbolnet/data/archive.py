"""Archives of HDF5 files of jets (Zenodo 3602260), read member by member.

Each HDF5 file holds `jets` (n, k), one row per jet, and `jetFeatureNames` (k,): among them the 16
published features and the classes, one-hot. Particle lists and images beside them are not read.
"""

import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from typing import IO, Any

import h5py
import numpy as np
import pandas as pd

from symbolnet.data.sources import JET_CLASSES
from symbolnet.data.table import FEATURES
from symbolnet.errors import InputError

_CHECK = "download it again (fetch_data), or correct `file` in the config"
_BLOCK = 1 << 20


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
