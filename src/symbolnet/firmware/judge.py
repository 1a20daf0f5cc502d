"""What a search of formats holds its points to: the loss, and the score on rows of both splits."""

from typing import NamedTuple

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.expression.metrics import accuracy, r2

_TEMPERATURES = 2.0 ** np.arange(-2, 8.25, 0.25)
_WORST_R2 = -1.0  # stands for what cannot be computed


class Verdict(NamedTuple):
    """Loss on training rows, and accuracy or R2 on training rows and on validation rows."""

    loss: float
    train: float
    validation: float


class ClassJudge:
    """Cross-entropy and accuracy of scores on training rows, then validation rows."""

    def __init__(self, labels: np.ndarray, validation: np.ndarray) -> None:
        self._labels, self._validation = labels, validation
        self._temperature = 1.0

    def tuned(self, scores: np.ndarray) -> Verdict:
        """Judge float scores, from now on at the temperature that suits them best."""
        scores = np.nan_to_num(scores)
        train = scores[: len(self._labels)]
        losses = [_cross_entropy(train * t, self._labels) for t in _TEMPERATURES]
        self._temperature = float(_TEMPERATURES[int(np.argmin(losses))])
        return self.verdict(scores)

    def loss(self, scores: np.ndarray) -> float:
        """Return the cross-entropy of the training rows."""
        return _cross_entropy(scores[: len(self._labels)] * self._temperature, self._labels)

    def verdict(self, scores: np.ndarray) -> Verdict:
        """Judge scores of training rows, then validation rows."""
        rows = len(self._labels)
        train = accuracy(scores[:rows], self._labels)
        return Verdict(self.loss(scores), train, accuracy(scores[rows:], self._validation))


class ValueJudge:
    """Squared error, relative to the spread of the targets, and R2 of the values."""

    def __init__(self, values: np.ndarray, validation: np.ndarray) -> None:
        self._values, self._validation = values, validation
        self._spread = float(values.var(axis=0).sum()) or 1.0

    def tuned(self, outputs: np.ndarray) -> Verdict:
        """Judge float outputs; a value has no temperature."""
        return self.verdict(np.nan_to_num(outputs))

    def loss(self, outputs: np.ndarray) -> float:
        """Return the relative squared error of the training rows."""
        missed = (outputs[: len(self._values)] - self._values) ** 2
        return float(missed.sum(axis=1).mean()) / self._spread

    def verdict(self, outputs: np.ndarray) -> Verdict:
        """Judge outputs of training rows, then validation rows."""
        rows = len(self._values)
        found = r2(outputs[:rows], self._values), r2(outputs[rows:], self._validation)
        train, validation = (_WORST_R2 if value is None else value for value in found)
        return Verdict(self.loss(outputs), train, validation)


def judge_of(data: Dataset, truth: np.ndarray) -> ClassJudge | ValueJudge:
    """Return the judge of a data set's task; `truth` belongs to the training rows looked at."""
    kind = ClassJudge if data.task == "classification" else ValueJudge
    return kind(truth, data.y_validation)


def _cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(total - shifted[np.arange(len(labels)), labels]))
