"""A data set to the samples that the phases work on: which inputs, which rows, what they count."""

import hashlib

import numpy as np
import torch

from symbolnet.config import SymbolNetTraining
from symbolnet.data.dataset import Dataset
from symbolnet.data.quantities import quantities_of
from symbolnet.data.row_weights import RowWeights
from symbolnet.errors import InputError
from symbolnet.methods.symbolnet.forward import Sample, tensor
from symbolnet.methods.symbolnet.laws.law import ruler_of
from symbolnet.methods.symbolnet.likelihood import Likelihood, error_of
from symbolnet.methods.symbolnet.point import Data
from symbolnet.training.weights import ClassWeights, class_weights

FEW = 64  # inputs that are few
_FEW_ROWS, _MOST_ROWS = 20_000, 60_000  # that paths go by, and that all is finished on
_RARE = 0.004  # of many inputs, those that are not at their median in a smaller share are left out


def data_of(dataset: Dataset, spec: SymbolNetTraining, rows: RowWeights | None = None) -> Data:
    """Return the samples with each distinct input that varies once; the test set is left out."""
    inputs, weights = _distinct(dataset.x_train), class_weights(dataset, spec)
    splits = [dataset.split(name) for name in ("train", "validation")]
    if dataset.task == "regression":
        scale = quantities_of(dataset.y_train).scale
        error = error_of(tensor(dataset.y_train / scale, torch.float64), spec.robust)
        samples = [_quantities(x[:, inputs], y / scale, error) for x, y in splits]
        train, validation = _weighed(samples, rows)
        scaler = dataset.scaler_scale[inputs], dataset.scaler_mean[inputs]
        ruler = ruler_of(*scaler, spec.digits)
        return _bounded(Data(train, validation, inputs, scale=scale, ruler=ruler))
    if spec.robust is not None:
        raise InputError("a regression for `robust`", "classes", "leave `robust` out")
    classes = len(dataset.class_names)
    samples = [_sample(x[:, inputs], torch.tensor(y), classes, weights) for x, y in splits]
    train, validation = _weighed(samples, rows)
    return _bounded(Data(train, validation, inputs, weights))


def _weighed(samples: list[Sample], rows: RowWeights | None) -> list[Sample]:
    """Return the samples of train and validation, their rows counted as these weights say."""
    if rows is None:
        return samples
    found = []
    for sample, values in zip(samples, (rows.train, rows.validation), strict=True):
        weight = sample.weighed(tensor(values[:, None], sample.x.dtype))
        found.append(sample._replace(weight=weight, multiple=rows.multiple))
    return found


def _bounded(data: Data) -> Data:
    """Return data whose rows are no more than the constants of a formula can use.

    A hundred constants are determined by a fraction of 60,000 rows; each event of a path takes
    time in proportion to its rows, and there are hundreds.
    """
    train = _every(data.train, _MOST_ROWS)
    few = _every(train, _FEW_ROWS) if len(train.x) > 2 * _FEW_ROWS else None
    return data._replace(train=train, validation=_every(data.validation, _MOST_ROWS), few=few)


def _every(sample: Sample, most: int) -> Sample:
    """Return at most so many rows, each as far from the next, the classes in their shares."""
    stride = -(-len(sample.x) // most)
    if stride <= 1:
        return sample
    by_class = sample.target.argmax(dim=1).argsort(stable=True)
    return sample.rows(by_class[::stride].sort().values)


def _quantities(x: np.ndarray, y: np.ndarray, error: Likelihood) -> Sample:
    """Return quantities of deviation 1; their mean stays, so that a bias of 0 costs no node."""
    kind = torch.float64
    return Sample(tensor(x, kind), tensor(y, kind), likelihood=error)


def _sample(
    values: np.ndarray, labels: torch.Tensor, classes: int, weights: ClassWeights | None
) -> Sample:
    each = None if weights is None else weights.of(labels)[:, None]
    return Sample(torch.tensor(values, dtype=torch.float32), torch.eye(classes)[labels], each)


def _distinct(x: np.ndarray) -> np.ndarray:
    """Return the first of all equal columns of x (n, d), without constants; of these alone one.

    Of many columns, those are left out too that hardly ever move.
    """
    first: dict[bytes, tuple[int, int]] = {}
    for place in range(x.shape[1]):  # one at a time: a copy of 3,072 columns takes 1 GB
        column = x[:, place] + 0.0  # -0 is 0
        moving = int((column != np.median(column)).sum())
        first.setdefault(hashlib.sha256(column.tobytes()).digest(), (place, moving))
    places, moving = np.array(list(first.values())).T
    least = _RARE * len(x) if len(places) > FEW else 0
    varying = places[moving > least]
    result: np.ndarray = varying if len(varying) else places[:1]
    return result
