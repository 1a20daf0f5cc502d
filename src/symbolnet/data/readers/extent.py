"""How many rows and inputs a raw file has, by its header or its size: no values are read."""

import gzip
import math
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symbolnet.config import (
    ArrayImages,
    DataSettings,
    Images,
    MnistImages,
    SvhnImages,
    TableColumns,
)
from symbolnet.data.readers.columns import input_names

_SVHN = (32, 32, 3)


class Extent(NamedTuple):
    """Rows and inputs of a data set; the rows of a CSV are an estimate."""

    rows: int
    inputs: int


def extent_of(data: DataSettings, path: Path) -> Extent | None:
    """Return the extent of a file; None for jets, which have few inputs, and for damaged files.

    What is wrong with a file its reader says, with all that it knows.
    """
    try:
        if isinstance(data, Images):
            return _of_images(data, path)
        return _of_table(data, path) if isinstance(data, TableColumns) else None
    except Exception:  # whatever a damaged header makes of a reader
        return None


def _of_images(data: Images, path: Path) -> Extent | None:
    shape = _shape(data, path)
    if shape is None:
        return None
    rows, *sides = shape
    values = math.prod(sides) // (3 if data.grey else 1)
    return Extent(rows, values // data.downsample**2)


def _shape(data: Images, path: Path) -> tuple[int, ...] | None:
    if isinstance(data, MnistImages):
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            return tuple(int(n) for n in np.frombuffer(stream.read(16)[4:], ">u4"))
    if isinstance(data, SvhnImages):
        return path.stat().st_size // math.prod(_SVHN), *_SVHN
    if isinstance(data, ArrayImages):
        with zipfile.ZipFile(path) as archive, archive.open(f"{data.images}.npy") as stream:
            return _array_shape(stream)
    return None


def _array_shape(stream: Any) -> tuple[int, ...]:
    read = np.lib.format.read_array_header_1_0
    if np.lib.format.read_magic(stream) != (1, 0):
        read = np.lib.format.read_array_header_2_0
    return read(stream)[0]


def _of_table(data: TableColumns, path: Path) -> Extent:
    inputs = len(input_names(path, data))
    if path.suffix in (".parquet", ".pq"):
        import pyarrow.parquet

        with pyarrow.parquet.ParquetFile(path) as file:
            return Extent(file.metadata.num_rows, inputs)
    if path.suffix == ".gz":
        return Extent(0, inputs)
    with path.open("rb") as stream:
        names = len(stream.readline())
        line = len(stream.readline())
    return Extent((path.stat().st_size - names) // max(1, line), inputs)
