"""How well outputs (n, k) tell classes apart, or explain values; classes of NaN count as wrong."""

from collections.abc import Sequence

import numpy as np

MEASURES = {"classification": "accuracy", "regression": "r2"}  # what models are compared by


def score(outputs: np.ndarray, truth: np.ndarray, task: str) -> float | None:
    """Return the measure of a task: accuracy of class indices (n,), or R2 of values (n, k)."""
    return accuracy(outputs, truth) if task == "classification" else r2(outputs, truth)


def accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of rows whose largest score is that of their class."""
    return float(_right(scores, labels).mean())


def class_accuracy(scores: np.ndarray, labels: np.ndarray) -> list[float | None]:
    """Return the share of rows told right among those of each class; None for no rows."""
    right = _right(scores, labels)
    masks = [labels == k for k in range(scores.shape[1])]
    return [float(right[mask].mean()) if mask.any() else None for mask in masks]


def balanced_accuracy(scores: np.ndarray, labels: np.ndarray) -> float | None:
    """Return the mean over the classes that have rows: a rare class counts as much as any other."""
    known = [share for share in class_accuracy(scores, labels) if share is not None]
    return mean_of(known)


def mean_of(values: Sequence[float | None] | None) -> float | None:
    """Return the mean; None where there is no value, or one of them is undefined."""
    known = [value for value in values or () if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values or ()) else None


def roc_auc(scores: np.ndarray, labels: np.ndarray) -> list[float | None]:
    """Return the area under the ROC curve of each class against the rest.

    None where the class or the rest has no rows, or where a score is NaN. Infinite scores keep
    their place in the order.
    """
    return [_auc(scores[:, k], labels == k) for k in range(scores.shape[1])]


def log_odds(scores: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) of p = softmax(scores) (n, k), which orders rows as p does.

    It is s_k - log sum_{j != k} exp(s_j), and unlike p itself never rounds to 0 or 1.
    """
    if scores.shape[1] == 1:
        return scores  # one score has no others to be normalised by
    with np.errstate(all="ignore"):
        columns = [scores[:, k] - _log_sum(np.delete(scores, k, axis=1)) for k in _places(scores)]
    return np.stack(columns, axis=1)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the probabilities (n, k) of scores (n, k)."""
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def r2(outputs: np.ndarray, values: np.ndarray) -> float | None:
    """Return 1 - sum (y - output)^2 / sum (y - mean y)^2, the mean over targets (n, k) that vary.

    Each target counts alike, whatever its unit. None where an output is not finite or no target
    varies.
    """
    varying = [k for k in _places(values) if np.ptp(values[:, k]) > 0]
    found = float(np.mean([_r2(outputs[:, k], values[:, k]) for k in varying] or [np.nan]))
    return found if np.isfinite(found) and np.isfinite(outputs).all() else None


@np.errstate(all="ignore")
def _r2(outputs: np.ndarray, values: np.ndarray) -> float:
    """Return R2 of one target (n,); squares are taken of shares of the largest deviation."""
    deviation = values - values.mean()
    largest = np.abs(deviation).max()
    missed, total = ((values - outputs) / largest) ** 2, (deviation / largest) ** 2
    return float(1 - missed.sum() / total.sum())


def target_r2(outputs: np.ndarray, values: np.ndarray) -> list[float | None]:
    """Return R2 of each target."""
    return [r2(outputs[:, [k]], values[:, [k]]) for k in _places(values)]


@np.errstate(all="ignore")
def rmse(outputs: np.ndarray, values: np.ndarray) -> float | None:
    """Return the root mean square error over rows and targets; None where it is not finite."""
    missed = np.abs(values - outputs)
    largest = missed.max() or 1.0
    found = largest * np.sqrt(np.mean((missed / largest) ** 2))
    return float(found) if np.isfinite(found) else None


def confusion(scores: np.ndarray, labels: np.ndarray) -> list[list[int]]:
    """Return how many rows of each class (first index) have their largest score in each class.

    Rows that are not finite are left out.
    """
    known, classes = np.isfinite(scores).all(axis=1), scores.shape[1]
    pairs = labels[known] * classes + scores[known].argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes).tolist()


def largest_difference(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return the largest absolute difference; None where one of the two alone is not finite."""
    first, second = first.astype(np.float64), second.astype(np.float64)
    known = np.isfinite(first)
    if (known != np.isfinite(second)).any():
        return None
    return float(np.abs(first[known] - second[known]).max(initial=0.0))


def _places(values: np.ndarray) -> range:
    return range(values.shape[1])


def _log_sum(scores: np.ndarray) -> np.ndarray:
    top = scores.max(axis=1, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0.0)
    result: np.ndarray = np.log(np.exp(scores - shift).sum(axis=1)) + shift[:, 0]
    return result


def classes_of(scores: np.ndarray) -> np.ndarray:
    """Return the class (n,) of the largest score of each row, -1 where one is not finite."""
    finite = np.isfinite(scores).all(axis=1)
    return np.where(finite, np.where(finite[:, None], scores, 0.0).argmax(axis=1), -1)


def _right(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    right: np.ndarray = classes_of(scores) == labels
    return right


def _auc(scores: np.ndarray, positive: np.ndarray) -> float | None:
    from sklearn.metrics import roc_auc_score

    if positive.all() or not positive.any() or np.isnan(scores).any():
        return None
    ranks = np.unique(scores, return_inverse=True)[1]  # sklearn refuses infinite scores
    return float(roc_auc_score(positive, ranks))
