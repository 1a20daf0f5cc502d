"""What each row counts in a training and where its members are compared."""

from typing import NamedTuple

import numpy as np


class RowWeights(NamedTuple):
    """What training rows (n,) and validation rows (m,) count, each 1 in the mean.

    A training row is worth `multiple` rows that count alike: weights that are numbers of equal rows
    make a prior as weak as those rows would.
    """

    train: np.ndarray
    validation: np.ndarray
    multiple: float = 1.0


def row_weights(train: np.ndarray, validation: np.ndarray) -> RowWeights:
    """Return weights of rows from numbers above 0 of which only the ratios matter.

    Where they sum up to more than the rows are, they are taken for numbers of equal rows.
    """
    multiple = max(1.0, float(train.mean()))
    return RowWeights(train / train.mean(), validation / validation.mean(), multiple)
