"""What each row counts in a training and in comparisons of members: by itself and by its class."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError


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


def weights_by_class(dataset: Dataset, asked: str | Mapping[str, float] | None) -> np.ndarray:
    """Return weights (k,) of the classes whose mean over the training rows is 1.

    `asked` is the setting `class_weights`; `balanced` gives a class of n_k among n rows
    n / (K n_k). Raises InputError for a quantity, and for a class that the data set has not.
    """
    if asked is None:
        return np.ones(len(dataset.class_names))
    if dataset.task != "classification":
        raise InputError("classes, for class_weights", dataset.task, "leave `class_weights` out")
    counts = np.bincount(dataset.y_train, minlength=len(dataset.class_names))
    weights = np.ones(len(counts))
    if isinstance(asked, str):
        weights = 1 / counts
    else:
        for name, weight in asked.items():
            weights[_place(name, dataset.class_names)] = weight
    result: np.ndarray = weights * counts.sum() / (weights @ counts)
    return result


def _place(name: str, classes: tuple[str, ...]) -> int:
    if name not in classes:
        expected = f"classes of the data set ({', '.join(classes)}) in class_weights"
        raise InputError(expected, name, "correct its name")
    return classes.index(name)
