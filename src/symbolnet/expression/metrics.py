"""How well scores (n, k) tell the classes apart; rows that are not finite count as wrong."""

import numpy as np


def accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of rows whose largest score is that of their class."""
    return float(_right(scores, labels).mean())


def class_accuracy(scores: np.ndarray, labels: np.ndarray) -> list[float | None]:
    """Return the share of rows told right among those of each class; None for no rows."""
    right = _right(scores, labels)
    masks = [labels == k for k in range(scores.shape[1])]
    return [float(right[mask].mean()) if mask.any() else None for mask in masks]


def roc_auc(scores: np.ndarray, labels: np.ndarray) -> list[float | None]:
    """Return the area under the ROC curve of each class against the rest.

    None where the class or the rest has no rows, or where a score is NaN. Infinite scores keep
    their place in the order.
    """
    return [_auc(scores[:, k], labels == k) for k in range(scores.shape[1])]


def largest_difference(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return the largest absolute difference; None where one of the two alone is not finite."""
    first, second = first.astype(np.float64), second.astype(np.float64)
    known = np.isfinite(first)
    if (known != np.isfinite(second)).any():
        return None
    return float(np.abs(first[known] - second[known]).max(initial=0.0))


def _right(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    finite = np.isfinite(scores).all(axis=1)
    return (np.where(finite[:, None], scores, 0.0).argmax(axis=1) == labels) & finite


def _auc(scores: np.ndarray, positive: np.ndarray) -> float | None:
    from sklearn.metrics import roc_auc_score

    if positive.all() or not positive.any() or np.isnan(scores).any():
        return None
    ranks = np.unique(scores, return_inverse=True)[1]  # sklearn refuses infinite scores
    return float(roc_auc_score(positive, ranks))
