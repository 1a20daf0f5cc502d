"""What scores in fixed point are worth beside the float ones: cross-entropy, accuracy, loss."""

import math
from typing import NamedTuple

import numpy as np

_TEMPERATURES = 2.0 ** np.arange(-2, 8.25, 0.25)


class Verdict(NamedTuple):
    """Accuracies of scores, and what they lose against the float scores on all rows together.

    `loss_error` is the standard error of `loss`, from the rows that only one of the two gets right.
    """

    accuracy_train: float
    accuracy_validation: float
    accuracy: float
    loss: float
    loss_error: float


class Jury:
    """Compares scores with the float ones on training rows, then validation rows."""

    def __init__(self, scores: np.ndarray, train: np.ndarray, validation: np.ndarray) -> None:
        self._train, self._labels = len(train), np.concatenate([train, validation])
        self._right = self._is_right(scores)

    def _is_right(self, scores: np.ndarray) -> np.ndarray:
        return np.nan_to_num(scores).argmax(axis=1) == self._labels

    def verdict(self, scores: np.ndarray) -> Verdict:
        """Judge scores (n, classes)."""
        right, rows = self._is_right(scores), len(self._labels)
        lost, gained = (self._right & ~right).sum() / rows, (right & ~self._right).sum() / rows
        error = math.sqrt(max(0.0, lost + gained - (lost - gained) ** 2) / rows)
        train, validation = right[: self._train], right[self._train :]
        accuracies = float(train.mean()), float(validation.mean()), float(right.mean())
        return Verdict(*accuracies, float(lost - gained), error)


class Criterion:
    """Cross-entropy of scores at the temperature that suits the float scores best."""

    def __init__(self, scores: np.ndarray, labels: np.ndarray) -> None:
        self._labels = labels
        known = np.nan_to_num(scores)
        losses = [_cross_entropy(known * t, labels) for t in _TEMPERATURES]
        self._temperature = float(_TEMPERATURES[int(np.argmin(losses))])

    def loss(self, scores: np.ndarray) -> float:
        """Return the cross-entropy of scores (n, classes)."""
        return _cross_entropy(scores * self._temperature, self._labels)


def _cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(total - shifted[np.arange(len(labels)), labels]))
