"""Arrays of pixels as PNG files inside a page."""

import base64
import struct
import zlib

import numpy as np

_COLOURS = {1: 0, 3: 2, 4: 6}  # PNG's colour type by number of channels


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
