"""The ROC AUC of scores, row by row, so that two sets of scores of the same rows can be compared.

Of each class at most so many rows are ranked: all of a rare one, and enough of any other. A class's
rows are ordered by the log-odds of its softmax probability, as in `metrics.json` of all trainings
by cross-entropy.
"""

import numpy as np

from symbolnet.expression.metrics import log_odds

_EACH = 1000

# For each class: what share of the others each of its rows lies above (n,), and what share of its
# rows each of the others lies below (m,); the mean of either is the area.
Places = list[tuple[np.ndarray, np.ndarray]]


def ranked_rows(labels: np.ndarray) -> np.ndarray:
    """Return the numbers of the rows to rank, evenly spaced among those of a class."""
    rows = (np.flatnonzero(labels == k) for k in np.unique(labels))
    return np.sort(np.concatenate([one[:: -(-len(one) // _EACH)] for one in rows]))


def places(scores: np.ndarray, labels: np.ndarray) -> Places:
    """Return the places of rows by scores (n, classes); a class without rows has none."""
    odds = log_odds(np.nan_to_num(scores))
    masks = [labels == k for k in range(scores.shape[1])]
    pairs = enumerate(masks)
    return [_placed(odds[:, k], mask) for k, mask in pairs if mask.any() and not mask.all()]


def area(found: Places) -> float | None:
    """Return the mean of the areas of all classes; None where there is one class alone."""
    return float(np.mean([above.mean() for above, _ in found])) if found else None


def lost_area(before: Places, after: Places) -> tuple[float, float]:
    """Return by how much the mean area falls, and the standard error of that.

    DeLong's variance of a paired difference; the classes share their rows, so errors add up.
    """
    if not before:
        return 0.0, 0.0
    pairs = list(zip(before, after, strict=True))
    losses = [float((first[0] - second[0]).mean()) for first, second in pairs]
    errors = [
        np.sqrt(sum((a - b).var() / len(a) for a, b in zip(first, second, strict=True)))
        for first, second in pairs
    ]
    return float(np.mean(losses)), float(np.mean(errors))


def _placed(values: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Equal values count half."""
    inside, others = values[own], values[~own]
    return _share_below(others, inside), 1 - _share_below(inside, others)


def _share_below(values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    ordered = np.sort(values)
    ends = np.searchsorted(ordered, limits, "left") + np.searchsorted(ordered, limits, "right")
    return ends / (2 * len(values))
