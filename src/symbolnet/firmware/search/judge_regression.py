"""What values in fixed point are worth beside the float ones: squared error, R2, loss of R2."""

import math

import numpy as np

from symbolnet.expression.metrics import r2
from symbolnet.firmware.search.judge_classes import Verdict

_UNKNOWN = -1.0  # stands for an R2 that cannot be computed


class ValueJury:
    """Compares values with the float ones on training rows, then validation rows.

    The accuracies of its verdicts are R2.
    """

    def __init__(self, outputs: np.ndarray, train: np.ndarray, validation: np.ndarray) -> None:
        self._train, self._values = len(train), np.concatenate([train, validation])
        self._spread = _spread(self._values)
        self._missed = self._squares(outputs)

    def _squares(self, outputs: np.ndarray) -> np.ndarray:
        return np.asarray(
            ((np.nan_to_num(outputs) - self._values) ** 2 / self._spread).mean(axis=1)
        )

    def verdict(self, outputs: np.ndarray) -> Verdict:
        """Judge values (n, targets)."""
        lost = self._squares(outputs) - self._missed
        splits = slice(None, self._train), slice(self._train, None), slice(None)
        found = [r2(outputs[rows], self._values[rows]) for rows in splits]
        train, validation, every = (_UNKNOWN if value is None else value for value in found)
        error = float(lost.std()) / math.sqrt(len(lost))
        return Verdict(train, validation, every, float(lost.mean()), error, measure="r2")


class ValueCriterion:
    """Squared error of values, relative to the spread of each target, the mean over targets."""

    def __init__(self, outputs: np.ndarray, values: np.ndarray) -> None:
        self._values, self._spread = values, _spread(values)
        self._left = self.loss(np.nan_to_num(outputs))

    @property
    def unit(self) -> float:
        """Return the least deviation of a target; what is far below it changes no loss."""
        return float(np.sqrt(self._spread.min()))

    @property
    def nat(self) -> float:
        """Return by how much the losses of all rows fall where these are e times as likely."""
        return 2 * self._left

    def loss(self, outputs: np.ndarray) -> float:
        """Return the relative squared error of values (n, targets)."""
        return float(self.losses(outputs).mean())

    def losses(self, outputs: np.ndarray) -> np.ndarray:
        """Return the relative squared error of each row (n,)."""
        return np.asarray(((outputs - self._values) ** 2 / self._spread).mean(axis=1))


def _spread(values: np.ndarray) -> np.ndarray:
    variance = values.var(axis=0)
    return np.where(variance > 0, variance, 1.0)
