"""How much each input explains by itself: the search for an input that gives the answer away."""

import numpy as np

from symbolnet.data.dataset import Dataset

_ROWS = 5000  # of train, and as many that were not trained on
_BINS = (8, 32, 256)  # a threshold that many rows lie near wants narrow bins, noise wide ones
_LEAST = 2  # rows of a bin
_FEW = 5  # rows of a class: fewer may all be told by chance, and the class is left out


def alone(dataset: Dataset) -> list[float | None]:
    """Return for each input what it explains of rows not trained on, from 0 (chance) to 1 (all).

    The rule is made on training rows, in bins of the input that hold equally many: of classes the
    one with the largest share of its rows, judged by balanced accuracy above that of chance; of
    quantities a line through the means of the bins, judged by R2. None where nothing varies, or
    fewer than two classes have enough rows.
    """
    x, y = dataset.x_train[:_ROWS], dataset.y_train[:_ROWS]
    parts = [dataset.split(name) for name in ("validation", "test")]
    held = np.concatenate([part[0] for part in parts])[:_ROWS]
    truth = np.concatenate([part[1] for part in parts])[:_ROWS]
    rule = _class_skill if dataset.task == "classification" else _value_skill
    return [rule(x[:, i], y, held[:, i], truth) for i in range(x.shape[1])]


def _class_skill(x: np.ndarray, y: np.ndarray, held: np.ndarray, truth: np.ndarray) -> float | None:
    classes = int(max(y.max(), truth.max())) + 1
    known = np.flatnonzero(np.bincount(truth) >= _FEW)
    if len(known) < 2:
        return None
    chance = 1 / len(known)
    shares = 1 / np.maximum(np.bincount(y, minlength=classes), 1)
    best = 0.0
    for edges in _edges(x):
        bins = np.searchsorted(edges, x, side="right")
        cells = np.bincount(bins * classes + y, shares[y], (len(edges) + 1) * classes)
        told = cells.reshape(-1, classes).argmax(axis=1)[np.searchsorted(edges, held, side="right")]
        right = [float((told[truth == k] == k).mean()) for k in known]
        best = max(best, (float(np.mean(right)) - chance) / (1 - chance))
    return best


def _value_skill(x: np.ndarray, y: np.ndarray, held: np.ndarray, truth: np.ndarray) -> float | None:
    """Return R2, mean over the targets that vary."""
    spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    varies = spread > 0
    if not varies.any():
        return None
    found = [0.0]
    for edges in _edges(x):
        bins = np.searchsorted(edges, x, side="right")
        count = np.bincount(bins, minlength=len(edges) + 1)
        full = count > 0
        centre = np.bincount(bins, x, len(count))[full] / count[full]
        lines = [np.bincount(bins, column, len(count))[full] / count[full] for column in y.T]
        told = np.stack([np.interp(held, centre, line) for line in lines], axis=1)
        missed = ((truth - told) ** 2).sum(axis=0)
        found.append(float(np.mean(1 - missed[varies] / spread[varies])))
    return max(found)


def _edges(x: np.ndarray) -> list[np.ndarray]:
    """Return the inner edges of bins that hold equally many rows, for each number of bins."""
    most = max(2, len(x) // _LEAST)
    counts = sorted({min(bins, most) for bins in _BINS})
    # Midway between neighbours: an edge on a value would tell rows apart that are equal.
    ordered = np.sort(x.astype(np.float64))
    places = [np.arange(1, bins) * len(ordered) // bins for bins in counts]
    return [np.unique((ordered[at - 1] + ordered[at]) / 2) for at in places]
