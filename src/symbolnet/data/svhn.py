"""Images of SVHN's MATLAB files: X (h, w, 3, n) bytes, y labels of which 10 means the digit 0."""

from pathlib import Path

import numpy as np

from symbolnet.data.matlab import read_matlab
from symbolnet.errors import InputError

_TEN = 10
_CHECK = "take a file of cropped digits (train_32x32.mat)"


def read_svhn(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, h, w, 3) uint8 and labels (n,) 0..9 of one file."""
    arrays = read_matlab(path)
    if not {"X", "y"} <= set(arrays):
        found = f"{', '.join(sorted(arrays)) or 'none'} in {path.name}"
        raise InputError("the arrays X and y", found, _CHECK)
    pixels, label = arrays["X"], arrays["y"].ravel()
    shape = pixels.shape
    if pixels.dtype != np.uint8 or len(shape) != 4 or shape[2] != 3 or 0 in shape:
        found = f"{pixels.dtype} of shape {shape} in {path.name}"
        raise InputError("bytes X of shape (height, width, 3, images)", found, _CHECK)
    if len(label) != shape[3]:
        found = f"y of shape {arrays['y'].shape} in {path.name}"
        raise InputError(f"one label y for each of {shape[3]} images", found, _CHECK)
    wrong = np.flatnonzero(~np.isin(label, np.arange(1, _TEN + 1)))
    if len(wrong):
        found = f"{label[wrong[0]]} for image {wrong[0]} of {path.name}"
        raise InputError("labels 1 to 10, of which 10 means the digit 0", found, _CHECK)
    return pixels.transpose(3, 0, 1, 2), label.astype(np.int64) % _TEN
