"""A table of named columns, CSV or Parquet, to a feature table; read in batches."""

import difflib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import sha256
from symbolnet.config import TableColumns
from symbolnet.data.delimited import csv_batches, csv_header
from symbolnet.data.labels import Labels
from symbolnet.data.parquet import parquet_batches, parquet_header
from symbolnet.data.table import FeatureTable
from symbolnet.errors import InputError

_SHOWN = 5
_ENDINGS = (".csv", ".csv.gz", ".parquet", ".pq")


def read_columns(path: Path, settings: TableColumns) -> FeatureTable:
    """Read the inputs and the column to predict; every other column must hold numbers.

    Raises InputError, with column and row, on whatever is no table of numbers with labels.
    """
    names = _inputs(_header(path, settings), settings, path)
    labels = Labels(settings, f"column {settings.label!r} of {path.name}")
    gaps, parts, rows = _Gaps(path), [], 0
    for batch in _batches(path, names, settings):
        if gaps.none_in(batch, rows):
            parts.append(_numbers(batch, names, rows, path))
            labels.add(batch.column(settings.label))
        rows += batch.num_rows
    gaps.check()
    if not rows:
        raise InputError("rows below the names", f"none in {path.name}", "give more rows")
    return _table(np.concatenate(parts), labels, names, settings, path)


def _table(
    features: np.ndarray,
    labels: Labels,
    names: tuple[str, ...],
    settings: TableColumns,
    path: Path,
) -> FeatureTable:
    provenance = {"file": path.name, "sha256": sha256(path), "entries": len(features)}
    if settings.task == "regression":
        values = labels.quantity()[:, None]
        return FeatureTable(
            features, values, names, (settings.label,), provenance, task="regression"
        )
    label, classes = labels.classes()
    kept = label >= 0
    counts = np.bincount(label[kept], minlength=len(classes)).tolist()
    provenance |= {"rows": dict(zip(classes, counts, strict=True))}
    if not kept.all():
        features, label = features[kept], label[kept]
    return FeatureTable(features, label, names, classes, provenance)


def _header(path: Path, settings: TableColumns) -> list[str]:
    if not path.name.endswith(_ENDINGS):
        raise InputError(f"a file that ends in {', '.join(_ENDINGS)}", path.name, "save it so")
    if not path.is_file():
        raise InputError(f"a file {path}", "none", "check the path and `data_dir`")
    return parquet_header(path) if _is_parquet(path) else csv_header(path, settings.delimiter)


def _is_parquet(path: Path) -> bool:
    return path.suffix in (".parquet", ".pq")


def _inputs(columns: list[str], settings: TableColumns, path: Path) -> tuple[str, ...]:
    """Return the names of the inputs: all columns but the label and those dropped."""
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        found = f"{', '.join(map(repr, twice))} more than once in {path.name}"
        raise InputError("a name of its own for each column", found, "rename or remove columns")
    if "" in columns:
        found = f"none for column {columns.index('') + 1} of {path.name}"
        do = "name it, or save without the index (pandas: to_csv(..., index=False))"
        raise InputError("a name for each column", found, do)
    for name in (settings.label, *settings.drop):
        if name not in columns:
            near = difflib.get_close_matches(name, columns, n=1)
            shown = ", ".join(columns[:20]) + (", ..." if len(columns) > 20 else "")
            hint = f", is {near[0]!r} meant?" if near else ""
            key = "label" if name == settings.label else "drop"
            raise InputError(
                f"a column {name!r} in {path.name}",
                f"{shown}{hint}",
                f"correct `{key}` in the config",
            )
    names = tuple(n for n in columns if n != settings.label and n not in settings.drop)
    if not names:
        raise InputError("at least one input", f"none in {path.name}", "give more columns")
    return names


def _batches(path: Path, names: tuple[str, ...], settings: TableColumns) -> Iterator[Any]:
    if _is_parquet(path):
        return parquet_batches(path, names, settings.label)
    return csv_batches(path, settings.delimiter, names, settings.label)


class _Gaps:
    """Counts the values that are missing, so that all of them are named at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count: Counter[str] = Counter()
        self._first: dict[str, int] = {}

    def none_in(self, batch: Any, first: int) -> bool:
        """Count the gaps of a batch that starts at row `first`; tell whether there were any yet."""
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if column.null_count:
                empty = column.is_null().to_numpy(zero_copy_only=False)
                self._first.setdefault(name, first + int(empty.argmax()) + 1)
                self._count[name] += column.null_count
        return not self._count

    def check(self) -> None:
        """Raise InputError where a value was missing."""
        if self._count:
            each = [
                f"{n} of {name!r} (first in row {self._first[name]})"
                for name, n in self._count.most_common(_SHOWN)
            ]
            more = (
                f" and of {len(self._count) - _SHOWN} columns more"
                if len(self._count) > _SHOWN
                else ""
            )
            do = "fill the gaps or remove these rows, or list the columns under `drop`"
            raise InputError(
                f"a value in every row of {self._path.name}",
                f"missing: {', '.join(each)}{more}",
                do,
            )


def _numbers(batch: Any, names: tuple[str, ...], first: int, path: Path) -> np.ndarray:
    features = np.empty((batch.num_rows, len(names)), dtype=np.float32)
    for place, name in enumerate(names):
        values = batch.column(name).to_numpy(zero_copy_only=False)
        with np.errstate(over="ignore"):
            features[:, place] = values
        bad = np.flatnonzero(~np.isfinite(features[:, place]))
        if len(bad):
            found = f"{values[bad[0]]} in row {first + bad[0] + 1} of {path.name}"
            raise InputError(f"finite numbers below 3e38 in {name!r}", found, "correct or drop it")
    return features
