"""The part of MATLAB's version 5 format that holds arrays of numbers, plain or compressed.

Read here, bounds checked: scipy.io.loadmat crashes the interpreter on some damaged files. An
element is a tag (type, bytes) and its content, padded to 8 bytes; up to 4 bytes of content may
stand in the tag. An array is an element of elements: flags, shape, name, values.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from symbolnet.errors import InputError

_HEADER = 128
_V5 = b"MATLAB 5.0 MAT-file"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_V73 = b"MATLAB 7.3 MAT-file"
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
_NUMBERS = range(6, 16)  # classes of arrays: double to uint64, neither text nor cells
_LARGEST = 1 << 32  # bytes of an array; more is a damaged file, and would not fit in memory
_CHECK = "copy or download the file again"
_TEN = 10
_DIGITS_FILE = "take a file of cropped digits (train_32x32.mat)"


class _Damage(Exception):
    """What is wrong with the bytes."""


def read_matlab(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of numbers of a file by name, in MATLAB's order of axes and values.

    Raises InputError where the file is damaged or of another version.
    """
    _check_version(path)
    content = memoryview(path.read_bytes())
    order = {b"IM": "<", b"MI": ">"}.get(bytes(content[126:_HEADER]))
    try:
        if order is None:
            raise _Damage("no mark of its byte order")
        return dict(_arrays(content[_HEADER:], order))
    except (_Damage, zlib.error, struct.error, ValueError) as error:
        raise InputError("a whole MATLAB file", f"{path.name}: {error}", _CHECK) from error


def _check_version(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"a file {path}", "none", "check the path and `data_dir`")
    with path.open("rb") as stream:
        header = stream.read(_HEADER)
        stream.seek(4 * _HEADER)  # a version 7.3 file is HDF5 behind a block of 512 bytes
        behind = stream.read(len(_HDF5))
    if header.startswith((_V73, _HDF5)) or behind == _HDF5:
        found = f"{path.name} of version 7.3 (HDF5)"
        raise InputError("a MATLAB file of version 5", found, "save it with `save -v7`")
    if not header.startswith(_V5) or len(header) < _HEADER:
        found = f"{path.name}, which starts with {header[:19]!r}"
        raise InputError("a MATLAB file of version 5", found, _CHECK)


def _arrays(content: memoryview, order: str) -> Iterator[tuple[str, np.ndarray]]:
    for kind, part in _elements(content, order):
        if kind == _COMPRESSED:
            yield from _arrays(_decompressed(part), order)
        elif kind == _MATRIX:
            yield from _array(part, order)


def _decompressed(part: memoryview) -> memoryview:
    stream = zlib.decompressobj()
    values = stream.decompress(part, _LARGEST)
    if not stream.eof:
        raise _Damage("compressed values that end too early or never")
    return memoryview(values)


def _elements(content: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Yield type and content of each element."""
    place = 0
    while place < len(content):
        kind, size = struct.unpack_from(f"{order}II", content, place)
        start, stop = place + 8, place + 8 + size
        place = stop if kind == _COMPRESSED else -(-stop // 8) * 8
        if kind >> 16:  # size and type share the first word
            kind, size = kind & 0xFFFF, kind >> 16
            start, stop, place = start - 4, start - 4 + size, start
        if stop > len(content) or (size > 4 and stop > place):
            raise _Damage(f"an element of {size} bytes where {len(content) - start} are left")
        yield kind, content[start:stop]


def _array(part: memoryview, order: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yield name and values of an array of numbers; others (text, cells) are passed over."""
    pieces = [piece for piece, _ in zip(_elements(part, order), range(4), strict=False)]
    if len(pieces) < 4 or pieces[3][0] not in _TYPES or not _holds_numbers(pieces[0][1], order):
        return
    shape = tuple(int(n) for n in np.frombuffer(pieces[1][1], f"{order}i4"))
    kind = np.dtype(f"{order}{_TYPES[pieces[3][0]]}")
    if min(shape, default=-1) < 0 or math.prod(shape) * kind.itemsize != len(pieces[3][1]):
        raise _Damage(f"{len(pieces[3][1])} bytes of {kind.name} for the shape {shape}")
    name = bytes(pieces[2][1]).decode("latin-1")
    yield name, np.frombuffer(pieces[3][1], kind).reshape(shape, order="F")


def _holds_numbers(flags: memoryview, order: str) -> bool:
    return int(struct.unpack_from(f"{order}I", flags)[0]) & 0xFF in _NUMBERS


def read_svhn(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, h, w, 3) uint8 and labels (n,) 0..9 of one file."""
    arrays = read_matlab(path)
    if not {"X", "y"} <= set(arrays):
        found = f"{', '.join(sorted(arrays)) or 'none'} in {path.name}"
        raise InputError("the arrays X and y", found, _DIGITS_FILE)
    pixels, label = arrays["X"], arrays["y"].ravel()
    shape = pixels.shape
    if pixels.dtype != np.uint8 or len(shape) != 4 or shape[2] != 3 or 0 in shape:
        found = f"{pixels.dtype} of shape {shape} in {path.name}"
        raise InputError("bytes X of shape (height, width, 3, images)", found, _DIGITS_FILE)
    if len(label) != shape[3]:
        found = f"y of shape {arrays['y'].shape} in {path.name}"
        raise InputError(f"one label y for each of {shape[3]} images", found, _DIGITS_FILE)
    wrong = np.flatnonzero(~np.isin(label, np.arange(1, _TEN + 1)))
    if len(wrong):
        found = f"{label[wrong[0]]} for image {wrong[0]} of {path.name}"
        raise InputError("labels 1 to 10, of which 10 means the digit 0", found, _DIGITS_FILE)
    return pixels.transpose(3, 0, 1, 2), label.astype(np.int64) % _TEN
