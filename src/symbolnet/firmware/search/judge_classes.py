"""What scores in fixed point are worth beside the float ones: accuracy, AUC, cross-entropy, losses.

Where one class in a hundred is signal, a design that never says so loses hardly any accuracy: what
counts is the measure that loses most, of accuracy, balanced accuracy and ROC AUC.

The AUC is computed row by row, so that two sets of scores of the same rows can be compared, on so
many rows of each class at most: all of a rare one, and enough of any other. A class's rows are
ordered by the log-odds of its softmax probability, as in `metrics.json`.
"""

import math
from typing import NamedTuple

import numpy as np

from symbolnet.expression.metrics import accuracy, balanced_accuracy, log_odds

_EACH = 1000  # rows of a class that are ranked
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


# Steps of a quarter octave: the cross-entropy is flat about its minimum.
_TEMPERATURES = 2.0 ** np.arange(-2, 8.25, 0.25)
_EVIDENT = 0.95  # of what is left by rows: class weights must explain evidently more


class Verdict(NamedTuple):
    """Measures of scores, and what they lose against the float scores on all rows together.

    `loss` and its standard error are those of `measure`, the one that may have lost most. The
    balanced accuracy is the mean over the classes, the AUC that of each class against the rest.
    """

    accuracy_train: float
    accuracy_validation: float
    accuracy: float
    loss: float
    loss_error: float
    balanced_accuracy: float | None = None
    auc: float | None = None
    measure: str = "accuracy"


class _Loss(NamedTuple):
    loss: float
    error: float
    measure: str

    @property
    def most(self) -> float:
        return self.loss + self.error


class Jury:
    """Compares scores with the float ones on training rows, then validation rows.

    Without `ordered` only the decision leaves the hardware, and the order of scores is no matter.
    """

    def __init__(
        self, scores: np.ndarray, train: np.ndarray, validation: np.ndarray, ordered: bool = True
    ) -> None:
        self._train, self._labels = len(train), np.concatenate([train, validation])
        self._classes = [self._labels == k for k in np.unique(self._labels)]
        self._right = self._is_right(scores)
        self._ranked = ranked_rows(self._labels) if ordered else None
        self._places = self._placed(scores)

    def _is_right(self, scores: np.ndarray) -> np.ndarray:
        return np.asarray(np.nan_to_num(scores).argmax(axis=1) == self._labels)

    def _placed(self, scores: np.ndarray) -> Places:
        rows = self._ranked
        return [] if rows is None else places(scores[rows], self._labels[rows])

    def verdict(self, scores: np.ndarray) -> Verdict:
        """Judge scores (n, classes)."""
        right, placed = self._is_right(scores), self._placed(scores)
        lost = self._right.astype(np.int8) - right
        losses = [
            _Loss(*_mean_loss([lost]), "accuracy"),
            _Loss(*_mean_loss([lost[rows] for rows in self._classes]), "balanced_accuracy"),
            self._lost_area(placed),
        ]
        train, validation = right[: self._train], right[self._train :]
        accuracies = float(train.mean()), float(validation.mean()), float(right.mean())
        balanced = float(np.mean([right[rows].mean() for rows in self._classes]))
        worst = max(losses, key=lambda one: one.most)
        return Verdict(*accuracies, worst.loss, worst.error, balanced, area(placed), worst.measure)

    def _lost_area(self, placed: Places) -> _Loss:
        """A gain is luck and counts as none: coarse scores of few rows would thrive on it."""
        loss, error = lost_area(self._places, placed)
        return _Loss(max(0.0, loss), error, "auc")


def _mean_loss(groups: list[np.ndarray]) -> tuple[float, float]:
    """Return the mean over groups of rows, each -1, 0 or 1 of a row, and its standard error."""
    variance = sum(float(rows.var()) / len(rows) for rows in groups)
    return float(np.mean([rows.mean() for rows in groups])), math.sqrt(variance) / len(groups)


def worth(*measures: float | None) -> float:
    """Return what models are ranked by: the mean of the measures that are known."""
    known = [measure for measure in measures if measure is not None]
    return sum(known) / len(known)


def worth_of(scores: np.ndarray, labels: np.ndarray, ordered: bool) -> float:
    """Return accuracy, balanced accuracy and, of `ordered` scores, the AUC in one number."""
    known, rows = np.nan_to_num(scores), ranked_rows(labels)
    found = area(places(known[rows], labels[rows])) if ordered else None
    return worth(accuracy(known, labels), balanced_accuracy(known, labels), found)


class _Fit(NamedTuple):
    """Weights of rows (n,), the temperature that suits the float scores best, and what is left.

    `left` is the share of the classes' own entropy that the scores do not explain.
    """

    weights: np.ndarray
    temperature: float
    left: float


class Criterion:
    """Cross-entropy of scores at the temperature that suits the float scores best.

    All rows count alike, or all classes where the float scores were evidently made for that: with
    class weights they say of a rare class too often, by its share, what it is.
    """

    def __init__(self, scores: np.ndarray, labels: np.ndarray) -> None:
        self._labels, known = labels, np.nan_to_num(scores)
        shares = np.bincount(labels, minlength=scores.shape[1]) / len(labels)
        rows = _fitted(known, labels, np.ones(len(labels)))
        classes = _fitted(known, labels, 1 / (shares[labels] * np.count_nonzero(shares)))
        self._fit = classes if classes.left < _EVIDENT * rows.left else rows

    @property
    def unit(self) -> float:
        """Return the difference of two scores that makes the odds of their classes e times larger.

        What is far below it changes no loss.
        """
        return 1 / self._fit.temperature

    @property
    def nat(self) -> float:
        """Return by how much the losses of all rows fall where these are e times as likely."""
        return 1.0

    def loss(self, scores: np.ndarray) -> float:
        """Return the cross-entropy of scores (n, classes)."""
        return float(self.losses(scores).mean())

    def losses(self, scores: np.ndarray) -> np.ndarray:
        """Return the cross-entropy of each row (n,)."""
        return _cross_entropies(scores * self._fit.temperature, self._labels, self._fit.weights)


def _fitted(scores: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> _Fit:
    losses = [_cross_entropies(scores * t, labels, weights).mean() for t in _TEMPERATURES]
    shares = np.bincount(labels, weights) / len(labels)
    entropy = -sum(share * math.log(share) for share in shares if share > 0)
    best = int(np.argmin(losses))
    left = float(losses[best]) / (entropy or 1.0)
    return _Fit(weights, float(_TEMPERATURES[best]), left)


def _cross_entropies(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=1))
    return np.asarray(weights * (total - shifted[np.arange(len(labels)), labels]))
