"""What a row counts by its class: in a training, and where its members are compared."""

from collections.abc import Mapping

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError


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
