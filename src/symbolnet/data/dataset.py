"""The data-set artifact: one .npz contract that every data set fills and every stage reads.

Arrays of the file: `x_train`, `x_validation`, `x_test` float32 (n, d), standardised;
`y_train`, `y_validation`, `y_test` int64 (n,), index into `class_names`;
`scaler_mean`, `scaler_scale` float64 (d,), fitted on train only: x = (raw - mean) / scale;
`feature_names` (d,), `class_names` (k,) text; `provenance` JSON text; `contract` = 1.
Where `task` (default `classification`) is `regression`, y is float (n, k): the values of k targets,
whose names stand in `class_names`. `feature_symbols` (d,) text, or (0,): what the source calls the
inputs in formulas (symbols.py).
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symbolnet.artifact import read_arrays, write_arrays
from symbolnet.errors import InputError

CONTRACT = 1
SPLITS = ("train", "validation", "test")


class Dataset(NamedTuple):
    """Arrays of the three splits, the scaler, the names and where it all came from."""

    x_train: np.ndarray
    x_validation: np.ndarray
    x_test: np.ndarray
    y_train: np.ndarray
    y_validation: np.ndarray
    y_test: np.ndarray
    scaler_mean: np.ndarray
    scaler_scale: np.ndarray
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    provenance: dict[str, Any]
    task: str = "classification"
    feature_symbols: tuple[str, ...] = ()

    def split(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs (n, d) and class indices (n,), or targets (n, k), of one of `SPLITS`."""
        return getattr(self, f"x_{name}"), getattr(self, f"y_{name}")


def save_dataset(path: Path, dataset: Dataset) -> None:
    """Check a data set and write it atomically."""
    _check(dataset, path)
    arrays = {name: np.asarray(value) for name, value in dataset._asdict().items()}
    arrays["feature_symbols"] = np.array(dataset.feature_symbols, dtype=str)
    arrays["provenance"] = np.array(json.dumps(dataset.provenance, sort_keys=True))
    write_arrays(path, arrays | {"contract": np.array(CONTRACT)})


def load_dataset(path: Path) -> Dataset:
    """Read a data set; raise InputError where it breaks the contract."""
    arrays = read_arrays(path)
    arrays.setdefault("task", np.array("classification"))
    arrays.setdefault("feature_symbols", np.array([], dtype=str))
    missing = {*Dataset._fields, "contract"} - set(arrays)
    if missing or int(arrays.pop("contract", np.array(-1))) != CONTRACT:
        found = f"{path} without {', '.join(sorted(missing))}" if missing else "another contract"
        raise InputError(f"a data set of contract {CONTRACT}", found, "prepare it again")
    values: dict[str, Any] = {name: arrays[name] for name in Dataset._fields}
    values["provenance"] = json.loads(str(arrays["provenance"]))
    values["task"] = str(arrays["task"])
    for name in ("feature_names", "class_names", "feature_symbols"):
        values[name] = tuple(str(item) for item in arrays[name])
    dataset = Dataset(**values)
    _check(dataset, path)
    return dataset


def _check(dataset: Dataset, path: Path) -> None:
    width, classes = len(dataset.feature_names), len(dataset.class_names)
    symbols = len(dataset.feature_symbols)
    _expect(symbols in (0, width), path, f"{width} feature_symbols or none", symbols)
    _expect(dataset.task in TASKS, path, f"a task of {', '.join(TASKS)}", dataset.task)
    for name in SPLITS:
        x, y = dataset.split(name)
        _expect(x.ndim == 2 and x.shape[1] == width, path, f"x_{name} of width {width}", x.shape)
        _expect(len(x) > 0, path, f"at least one row in {name}", "none")
        _expect(bool(np.isfinite(x).all()), path, f"finite inputs in {name}", "NaN or infinity")
        TASKS[dataset.task](y, len(x), classes, name, path)
    if dataset.task == "classification":
        whole = len(np.unique(dataset.y_train)) == classes
        _expect(whole, path, "every class in train", "one missing")
    for name in ("scaler_mean", "scaler_scale"):
        _expect(getattr(dataset, name).shape == (width,), path, f"{name} of {width}", "another")


def _check_labels(y: np.ndarray, rows: int, classes: int, name: str, path: Path) -> None:
    _expect(y.shape == (rows,), path, f"y_{name} of {rows} labels", y.shape)
    inside = int(y.min()) >= 0 and int(y.max()) < classes
    _expect(inside, path, f"labels 0..{classes - 1} in {name}", f"{y.min()}..{y.max()}")


def _check_values(y: np.ndarray, rows: int, count: int, name: str, path: Path) -> None:
    _expect(y.shape == (rows, count), path, f"y_{name} of {rows} x {count} values", y.shape)
    _expect(bool(np.isfinite(y).all()), path, f"finite targets in {name}", "NaN or infinity")


TASKS = {"classification": _check_labels, "regression": _check_values}


def _expect(truth: bool, path: Path, expected: str, found: object) -> None:
    if not truth:
        raise InputError(f"{expected} in {path.name}", str(found), "check the data and its config")
