"""The idx format of MNIST, plain or gzip: two zero bytes, type, number of axes, lengths, values."""

import gzip
import math
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from symbolnet.errors import InputError

_UBYTE = 0x08
_GZIP = b"\x1f\x8b"
_LARGEST = 1 << 32  # bytes; more is a damaged header, and would not fit in memory
_CHECK = "copy or download the file again"


def read_idx(path: Path, axes: int) -> np.ndarray:
    """Return the unsigned bytes of an idx file of so many axes.

    Raises InputError where the file is damaged or holds something else.
    """
    if not path.is_file():
        raise InputError(f"a file {path}", "none", "check the path and `data_dir`")
    try:
        with path.open("rb") as plain:
            zipped = plain.read(2) == _GZIP
            plain.seek(0)
            if not zipped:
                return _array(plain, axes, path)
            with gzip.GzipFile(fileobj=plain) as stream:
                return _array(stream, axes, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError("a whole gzip file", f"{path.name}: {error}", _CHECK) from error


def _array(stream: IO[bytes] | gzip.GzipFile, axes: int, path: Path) -> np.ndarray:
    shape = _shape(stream, axes, path)
    size = math.prod(shape)
    values = stream.read(size + 1)
    if len(values) != size:
        counted = "more" if len(values) > size else str(len(values))
        found = f"{counted} in {path.name}"
        raise InputError(f"{size} values for the shape {shape}", found, _CHECK)
    return np.frombuffer(values, np.uint8).reshape(shape)


def _shape(stream: IO[bytes] | gzip.GzipFile, axes: int, path: Path) -> tuple[int, ...]:
    magic = stream.read(4)
    wanted = bytes([0, 0, _UBYTE, axes])
    if magic != wanted:
        expected = f"an idx file of unsigned bytes with {axes} axes (magic {wanted.hex()})"
        do = "name images and labels in this order, or correct the file"
        raise InputError(expected, f"{path.name} with {magic.hex() or 'nothing'}", do)
    lengths = stream.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise InputError(f"{axes} lengths in the header", f"{path.name} ends in it", _CHECK)
    shape = tuple(int(n) for n in np.frombuffer(lengths, ">u4"))
    if not 0 < math.prod(shape) < _LARGEST:
        raise InputError("1 to 4 G values", f"the shape {shape} in {path.name}", _CHECK)
    return shape
