"""Rows in memory to the data set and the weights that a training takes."""

from typing import NamedTuple

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.data.prepare import held_out, held_out_by_class, scaled
from symbolnet.data.row_weights import RowWeights, row_weights
from symbolnet.data.scaler import fit_scaler
from symbolnet.errors import InputError


class Rows(NamedTuple):
    """Inputs (n, d), class indices (n,) or targets (n, k), and what each row counts (n,)."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray


class Names(NamedTuple):
    """What inputs and outputs are called; symbols of inputs without names (data/symbols.py)."""

    features: tuple[str, ...]
    outputs: tuple[str, ...]
    symbols: tuple[str, ...] = ()


def distinct_rows(rows: Rows) -> Rows:
    """Return each row once, in an order of its own, with the sum of what its copies count.

    So a row of weight two is two rows, to the last bit, none is both trained and validated on, and
    the order in which rows are handed over changes nothing. Rows that count nothing are left out.
    """
    counted = rows.weight > 0
    x, y, weight = rows.x[counted], rows.y[counted], rows.weight[counted]
    block = np.column_stack([x, y]).astype(np.float64) + 0.0  # -0 is 0
    bytes_of_rows = np.ascontiguousarray(block).view(np.dtype((np.void, block[:1].nbytes)))
    _, first, inverse = np.unique(bytes_of_rows.ravel(), return_index=True, return_inverse=True)
    return Rows(x[first], y[first], np.bincount(inverse.ravel(), weight))


def dataset_of(
    rows: Rows, names: Names, task: str, fraction: float, seed: int
) -> tuple[Dataset, RowWeights | None]:
    """Hold out a share of the rows for validation and scale by the others; there are no test rows.

    Weights are None where all rows count alike.
    """
    train, validation = _divided(rows, task, fraction, seed)
    scaler = fit_scaler(rows.x, train, "decimal")
    dataset = Dataset(
        x_train=scaled(rows.x, train, scaler),
        x_validation=scaled(rows.x, validation, scaler),
        x_test=np.empty((0, rows.x.shape[1]), np.float32),
        y_train=rows.y[train],
        y_validation=rows.y[validation],
        y_test=rows.y[:0],
        scaler_mean=scaler.mean,
        scaler_scale=scaler.scale,
        feature_names=names.features,
        class_names=names.outputs,
        provenance={},
        task=task,
        feature_symbols=names.symbols,
    )
    if not all(np.isfinite(x).all() for x in dataset[:2]):
        raise InputError("columns whose spread float64 can hold", "larger values", "rescale them")
    alike = bool((rows.weight == rows.weight[0]).all())
    weights = None if alike else row_weights(rows.weight[train], rows.weight[validation])
    return dataset, weights


def _divided(rows: Rows, task: str, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of training and of validation rows.

    A class of one row is trained on. Where no row can be spared, training rows validate.
    """
    every = np.arange(len(rows.y))
    if task == "regression":
        return held_out(every, fraction, seed, "validation") if len(every) > 1 else (every, every)
    spared = np.bincount(rows.y)[rows.y] > 1
    if not spared.any():
        return every, every
    pool = every[spared]
    train, validation = held_out_by_class(pool, rows.y[pool], fraction, seed, "validation")
    return np.concatenate([train, every[~spared]]), validation
