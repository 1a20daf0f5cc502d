"""Images to feature tables: one feature per pixel, named by its row and column.

MNIST's idx format, plain or gzip: two zero bytes, type, number of axes, lengths, values.
"""

import gzip
import math
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from symbolnet.artifact import read_arrays, sha256
from symbolnet.config import ArrayImages, DigitImages, Images, MnistImages, SvhnImages
from symbolnet.data.labels import selected
from symbolnet.data.readers.matlab import read_svhn
from symbolnet.data.symbols import pixels as symbols_of_pixels
from symbolnet.data.table import FeatureTable
from symbolnet.errors import InputError

_UBYTE = 0x08
_GZIP = b"\x1f\x8b"
_LARGEST = 1 << 32  # bytes; more is a damaged header, and would not fit in memory
_CHECK = "copy or download the file again"


_SIDE = 8  # pixels of a row of scikit-learn's digits
_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_BLOCK = 4096  # images at a time: bounds the memory of what lies between


def read_mnist(images: Path, labels: Path, settings: MnistImages) -> FeatureTable:
    """Read idx files of images (n, h, w) and labels (n,)."""
    pixels, label = read_idx(images, 3), read_idx(labels, 1)
    provenance = {"file": images.name, "sha256": sha256(images)}
    provenance |= {"labels": labels.name, "labels_sha256": sha256(labels)}
    return _table(pixels, label, settings, provenance)


def read_mat(path: Path, settings: SvhnImages) -> FeatureTable:
    """Read a MATLAB file of SVHN: images (n, 32, 32, 3) and labels (n,)."""
    pixels, label = read_svhn(path)
    return _table(pixels, label, settings, {"file": path.name, "sha256": sha256(path)})


def read_npz(path: Path, settings: ArrayImages) -> FeatureTable:
    """Read images (n, ...) and labels (n,) from the arrays of an `.npz` file."""
    arrays = read_arrays(path)
    pixels = _named(arrays, settings.images, path)
    label = _named(arrays, settings.labels, path)
    if pixels.ndim < 2 or pixels.dtype.kind not in "uifb":
        found = f"{pixels.dtype} of shape {pixels.shape} in {path.name}"
        raise InputError(f"numbers {settings.images!r} (images, ...)", found, "store them so")
    provenance: dict[str, Any] = {"file": path.name, "sha256": sha256(path)}
    if settings.test_rows is None:
        return _table(pixels, label, settings, provenance)
    test = _tested(_named(arrays, settings.test_rows.array, path), len(pixels), settings, path)
    return _table(pixels, label, settings, provenance, test)


def read_digits(path: Path, settings: DigitImages) -> FeatureTable:
    """Read scikit-learn's digits: rows of 64 pixels of 0 to 16 and the label."""
    rows = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    provenance = {"file": path.name, "sha256": sha256(path)}
    return _table(rows[:, :-1].reshape(-1, _SIDE, _SIDE), rows[:, -1], settings, provenance)


def pixel_names(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the feature names of images of a shape: p<row>_<column>, or p<i> for plain rows."""
    return tuple("p" + "_".join(map(str, place)) for place in np.ndindex(shape))


def _tested(number: np.ndarray, rows: int, settings: ArrayImages, path: Path) -> np.ndarray:
    """Return the mask (n,) of the rows that are the test set."""
    rule = settings.test_rows
    assert rule is not None
    if number.shape != (rows,) or number.dtype.kind not in "ui":
        found = f"{number.dtype} of shape {number.shape} in {path.name}"
        raise InputError(f"{rows} whole numbers {rule.array!r}", found, "correct `test_rows`")
    test = number % rule.modulo == rule.remainder
    if test.all() or not test.any():
        found = f"{int(test.sum())} of {rows} rows with {rule.array} % {rule.modulo}"
        expected = f"rows to train and to test on in {path.name}"
        raise InputError(expected, f"{found} = {rule.remainder}", "correct `test_rows`")
    result: np.ndarray = test
    return result


def _named(arrays: Mapping[str, np.ndarray], name: str, path: Path) -> np.ndarray:
    if name not in arrays:
        found = f"{', '.join(sorted(arrays)) or 'none'} in {path.name}"
        raise InputError(f"an array {name!r}", found, "name the arrays in the config")
    return arrays[name]


def _table(
    pixels: np.ndarray,
    label: np.ndarray,
    settings: Images,
    provenance: dict[str, Any],
    test: np.ndarray | None = None,
) -> FeatureTable:
    """Keep the images of the selected classes; pixels stay as they are in the file."""
    where = provenance.get("labels", provenance["file"])
    _check_labels(label, len(pixels), where)
    missing = settings.missing if isinstance(settings, ArrayImages) else ()
    index = selected(label, settings.classes, missing, where)
    kept = np.flatnonzero(index >= 0)
    if len(kept) < len(label):  # else a copy for nothing
        pixels = pixels[kept]
    pixels = reduced(pixels, settings.grey, settings.downsample, provenance["file"])
    features = pixels.reshape(len(pixels), -1)
    names, classes = pixel_names(pixels.shape[1:]), tuple(settings.classes)
    counts = np.bincount(index[kept], minlength=len(classes)).tolist()
    provenance |= {"entries": len(label), "images": dict(zip(classes, counts, strict=True))}
    held = None if test is None else test[kept]
    symbols = symbols_of_pixels(pixels.shape[1:])
    return FeatureTable(features, index[kept], names, classes, provenance, held, symbols=symbols)


def _check_labels(label: np.ndarray, images: int, where: str) -> None:
    if label.shape != (images,):
        found = f"labels of shape {label.shape} in {where}"
        raise InputError(f"one label for each of {images} images", found, "use files of one set")
    if label.dtype.kind not in "uifbUS":
        raise InputError("labels of numbers or texts", f"{label.dtype} in {where}", "store them so")


def reduced(pixels: np.ndarray, grey: bool, downsample: int, where: str) -> np.ndarray:
    """Return images (n, h, w, ...) in grey, of means of downsample x downsample pixels.

    Whole numbers stay whole, rounded; bytes stay bytes.
    """
    if grey:
        if pixels.ndim != 4 or pixels.shape[-1] != len(_LUMA):
            found = f"images of shape {pixels.shape[1:]} in {where}"
            raise InputError("colours (height, width, 3) for `grey`", found, "set it to false")
        pixels = _blocks(pixels, lambda block: block @ _LUMA)
    if downsample > 1:
        height, width = (*pixels.shape[1:3], 0)[:2]
        if pixels.ndim not in (3, 4) or height % downsample or width % downsample:
            expected = f"images of {downsample} n x {downsample} m pixels for `downsample`"
            found = f"the shape {pixels.shape[1:]} in {where}"
            raise InputError(expected, found, "choose a common divisor of height and width")
        pixels = _blocks(pixels, lambda block: _means(block, downsample))
    return pixels


def _means(block: np.ndarray, size: int) -> np.ndarray:
    n, height, width, *rest = block.shape
    split = block.reshape(n, height // size, size, width // size, size, *rest)
    result: np.ndarray = split.mean(axis=(2, 4), dtype=np.float64)
    return result


def _blocks(pixels: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the changed images in the type of the given ones."""
    whole = pixels.dtype.kind != "f"
    parts = []
    for start in range(0, len(pixels), _BLOCK):
        values = change(pixels[start : start + _BLOCK])
        parts.append((values.round() if whole else values).astype(pixels.dtype))
    return np.concatenate(parts)


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
