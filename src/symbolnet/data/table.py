"""The feature table: what every reader makes of one raw file, in physical units.

Arrays of the file: `features` (n, d), float64 for jets and tables, for images as in the file
(uint8: an eighth of the memory); `label` int64 (n,), index into `class_names` (k,);
`feature_names` (d,) text; `provenance` JSON text; `contract` = 1; where the file itself says which
rows are the test set, `test` bool (n,); where the source has symbols for formulas, `symbols` (d,)
(symbols.py). Where `task` (default `classification`) is `regression`, `label` is float64 (n, k):
the values of k targets, whose names stand in `class_names`.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symbolnet.artifact import read_arrays, write_arrays
from symbolnet.config import FEATURES as FEATURES
from symbolnet.errors import InputError

CONTRACT = 1
_LABEL: dict[str, type] = {"classification": np.int64, "regression": np.float64}


class FeatureTable(NamedTuple):
    """Features (n, d) and class indices (n,) of the rows of one file, and where they came from."""

    features: np.ndarray
    label: np.ndarray
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    provenance: dict[str, Any]
    test: np.ndarray | None = None
    task: str = "classification"
    symbols: tuple[str, ...] = ()


def save_table(path: Path, table: FeatureTable) -> None:
    """Check a feature table and write it atomically."""
    _check(table, path)
    arrays = {
        "features": np.ascontiguousarray(table.features),
        "label": np.asarray(table.label, dtype=_LABEL.get(table.task, np.int64)),
        "task": np.array(table.task),
        "feature_names": np.array(table.feature_names),
        "class_names": np.array(table.class_names),
        "provenance": np.array(json.dumps(table.provenance, sort_keys=True)),
        "contract": np.array(CONTRACT),
    }
    if table.test is not None:
        arrays["test"] = table.test
    if table.symbols:
        arrays["symbols"] = np.array(table.symbols)
    write_arrays(path, arrays)


def load_table(path: Path) -> FeatureTable:
    """Read a feature table; raise InputError where it breaks the contract."""
    arrays = read_arrays(path)
    missing = {*FeatureTable._fields, "contract"} - {"test", "task", "symbols"} - set(arrays)
    if missing or int(arrays["contract"]) != CONTRACT:
        found = f"{path} without {', '.join(sorted(missing))}" if missing else "another contract"
        raise InputError(f"a feature table of contract {CONTRACT}", found, "compute it again")
    table = FeatureTable(
        features=arrays["features"],
        label=arrays["label"],
        feature_names=tuple(str(name) for name in arrays["feature_names"]),
        class_names=tuple(str(name) for name in arrays["class_names"]),
        provenance=json.loads(str(arrays["provenance"])),
        test=arrays.get("test"),
        task=str(arrays.get("task", "classification")),
        symbols=tuple(str(symbol) for symbol in arrays.get("symbols", ())),
    )
    _check(table, path)
    return table


def _check(table: FeatureTable, path: Path) -> None:
    rows, width, classes = len(table.label), len(table.feature_names), len(table.class_names)
    _expect(rows > 0, path, "at least one row", "none")
    _expect(len(table.symbols) in (0, width), path, f"{width} symbols or none", len(table.symbols))
    shape = table.features.shape
    _expect(shape == (rows, width), path, f"features of shape {(rows, width)}", shape)
    bad = np.flatnonzero(~np.isfinite(table.features).all(axis=0))
    names = ", ".join(table.feature_names[column] for column in bad)
    if table.test is not None:
        kind = table.test.dtype.kind, table.test.shape
        _expect(kind == ("b", (rows,)), path, f"`test` of {rows} booleans", kind)
    _expect(not len(bad), path, "finite features", f"NaN or infinity in {names}")
    _expect(table.task in _LABEL, path, f"a task of {', '.join(_LABEL)}", table.task)
    if table.task == "regression":
        shape = table.label.shape
        _expect(shape == (rows, classes), path, f"targets of shape {(rows, classes)}", shape)
        _expect(bool(np.isfinite(table.label).all()), path, "finite targets", "NaN or infinity")
        return
    low, high = int(table.label.min()), int(table.label.max())
    _expect(low >= 0 and high < classes, path, f"labels 0..{classes - 1}", f"{low}..{high}")


def _expect(truth: bool, path: Path, expected: str, found: object) -> None:
    if not truth:
        raise InputError(f"{expected} in {path.name}", str(found), "check the data and its config")
