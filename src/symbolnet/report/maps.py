"""Explanations of image models as small pictures: pixels used, their influence, wrong images."""

import base64
import struct
import zlib

import numpy as np

from symbolnet.artifact import Record

# Colours of a map: what raises an output, what lowers it, and a pixel used by many classes.
_RAISES, _LOWERS, _USED = (np.array(c) for c in ((200, 60, 20), (30, 90, 190), (90, 30, 110)))
_PAPER, _FAINT = 255.0, 0.3  # the mean image lies behind a map this strongly
_LEAST = 0.35  # the faintest pixel that is used at all
_COLOURS = {1: 0, 3: 2, 4: 6}  # PNG's colour type by number of channels


def picture(pixels: str, shape: list[int]) -> str:
    """Return an image of the explanation as a data URI."""
    return data_uri(_levels(pixels, shape))


def influence_map(found: Record, k: int) -> str:
    """Return the pixels used by class k over its mean image, coloured by their influence."""
    picture = _backdrop(found["means"][k : k + 1], found["shape"])
    used = [one for one in found["inputs"] if k in one["used_by"]]
    top = max((abs(one["influence"][k] or 0.0) for one in used), default=0.0) or 1.0
    for one in used:
        value = one["influence"][k] or 0.0
        colour = _RAISES if value >= 0 else _LOWERS
        _paint(picture, one["index"], found["shape"], colour, abs(value) / top)
    return _drawn(picture)


def use_map(found: Record) -> str:
    """Return every pixel used over the mean image, the stronger the more classes use it."""
    picture = _backdrop(found["means"], found["shape"])
    top = max((len(one["used_by"]) for one in found["inputs"]), default=1)
    for one in found["inputs"]:
        _paint(picture, one["index"], found["shape"], _USED, len(one["used_by"]) / top)
    return _drawn(picture)


def _levels(pixels: str, shape: list[int]) -> np.ndarray:
    levels = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(shape)
    return levels if shape[2] in (1, 3) else levels[:, :, :1]


def _backdrop(means: list[str], shape: list[int]) -> np.ndarray:
    """Return the mean of some images as dark grey on white, faintly, (rows, columns, 3)."""
    if not means:
        return np.full((*shape[:2], 3), _PAPER)
    grey = np.mean([_levels(one, shape).mean(axis=2) for one in means], axis=0)
    return np.repeat((_PAPER - _FAINT * grey)[:, :, None], 3, axis=2)


def _paint(
    picture: np.ndarray, index: int, shape: list[int], colour: np.ndarray, share: float
) -> None:
    """Cover a pixel; of the channels of one pixel the last painted shows."""
    row, column, _ = np.unravel_index(index, shape)
    strength = _LEAST + (1 - _LEAST) * share
    picture[row, column] = strength * colour + (1 - strength) * _PAPER


def _drawn(picture: np.ndarray) -> str:
    return data_uri(np.rint(picture).astype(np.uint8))


def data_uri(pixels: np.ndarray) -> str:
    """Return a PNG of uint8 pixels (rows, columns, 1, 3 or 4) as a data URI."""
    rows, columns, channels = pixels.shape
    header = struct.pack(">IIBBBBB", columns, rows, 8, _COLOURS[channels], 0, 0, 0)
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, -1)], axis=1)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    content = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check
