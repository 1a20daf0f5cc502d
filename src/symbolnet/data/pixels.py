"""Images made smaller: colours to grey, blocks of pixels to their mean."""

from collections.abc import Callable

import numpy as np

from symbolnet.errors import InputError

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_BLOCK = 4096  # images at a time: bounds the memory of what lies between


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
    return split.mean(axis=(2, 4), dtype=np.float64)


def _blocks(pixels: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the changed images in the type of the given ones."""
    whole = pixels.dtype.kind != "f"
    parts = []
    for start in range(0, len(pixels), _BLOCK):
        values = change(pixels[start : start + _BLOCK])
        parts.append((values.round() if whole else values).astype(pixels.dtype))
    return np.concatenate(parts)
