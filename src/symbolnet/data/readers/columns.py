"""A table of named columns (CSV, Parquet, flat branches of ROOT) to a feature table, in batches."""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import sha256
from symbolnet.config import TableColumns
from symbolnet.data.readers.delimited import csv_batches, csv_header
from symbolnet.data.readers.parquet import parquet_batches, parquet_header, parquet_index
from symbolnet.data.table import FeatureTable
from symbolnet.data.targets import TARGETS, Gaps, Target, is_missing
from symbolnet.errors import InputError

_LARGEST = "3e38"
_FIRST, _GROWTH = 4096, 1.2
_ENDINGS = (".csv", ".csv.gz", ".parquet", ".pq", ".root")


def read_columns(path: Path, settings: TableColumns) -> FeatureTable:
    """Read the inputs and the column to predict; every other column must hold numbers.

    Raises InputError, with column and row, on whatever is no table of numbers with labels.
    """
    index, names = _index(path), input_names(path, settings)
    target: Target = TARGETS[settings.task](settings, path)
    gaps, kept, rows = Gaps(path), _Rows(len(names)), 0
    for batch in _batches(path, names, settings):
        values = _values(batch, names)
        _count_gaps(values, names, settings, rows, gaps)
        target.add(batch.column(settings.label), rows, gaps)
        if not gaps:
            _expect_finite(values, names, rows, path)
            kept.add(values)
        rows += batch.num_rows
    gaps.check()
    if not rows:
        raise InputError("rows below the names", f"none in {path.name}", "give more rows")
    table = target.table(kept.whole(), names)
    left_out = [name for name in index if name not in (*names, settings.label, *settings.drop)]
    about = {"file": path.name, "sha256": sha256(path), "entries": rows, "index": left_out}
    return table._replace(provenance=about | table.provenance)


def input_names(path: Path, settings: TableColumns) -> tuple[str, ...]:
    """Return the names of the inputs by the header of a file; raise InputError on its faults."""
    return _inputs(header(path, settings), _index(path), settings, path)


def header(path: Path, settings: TableColumns) -> list[str]:
    """Return the names of all columns; raise InputError where the file is none or has none."""
    if not path.name.endswith(_ENDINGS):
        raise InputError(f"a file that ends in {', '.join(_ENDINGS)}", path.name, "save it so")
    if not path.is_file():
        raise InputError(f"a file {path}", "none", "check the path and `data_dir`")
    if _is_ntuple(path):
        from symbolnet.data.readers.ntuple import ntuple_header  # awkward loads slowly

        return ntuple_header(path, settings.tree)
    return parquet_header(path) if _is_parquet(path) else csv_header(path, settings.delimiter)


def _is_ntuple(path: Path) -> bool:
    return path.suffix == ".root"


def _is_parquet(path: Path) -> bool:
    return path.suffix in (".parquet", ".pq")


def _index(path: Path) -> list[str]:
    """Return the columns that are the index of a pandas frame: row numbers, never inputs."""
    return parquet_index(path) if _is_parquet(path) else []


def _inputs(
    columns: list[str], index: Collection[str], settings: TableColumns, path: Path
) -> tuple[str, ...]:
    """Return the names of the inputs: those to keep, or all but the label, an index and `drop`."""
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        found = f"{', '.join(map(repr, twice))} more than once in {path.name}"
        raise InputError("a name of its own for each column", found, "rename or remove columns")
    _expect_named(columns, settings, path)
    others = {settings.label, *settings.drop, *index}
    kept = set(columns) - others if settings.keep is None else set(settings.keep)
    names = tuple(name for name in columns if name in kept)
    nameless = [name for name in names if _is_nameless(name) and settings.keep is None]
    if nameless:
        found = f"none for column {columns.index(nameless[0]) + 1} of {path.name}"
        do = "name it, or save without the index (pandas: to_csv(..., index=False))"
        raise InputError("a name for each column", found, do)
    if not names:
        raise InputError("at least one input", f"none in {path.name}", "give more columns")
    return names


def _expect_named(columns: list[str], settings: TableColumns, path: Path) -> None:
    """Raise InputError where a column of the config is not in the file."""
    known, lower = set(columns), {name.lower(): name for name in columns}
    wanted = {"label": [settings.label], "drop": settings.drop, "keep": settings.keep or []}
    for key, name in ((key, name) for key, names in wanted.items() for name in names):
        if name not in known:
            near = difflib.get_close_matches(name.lower(), lower, n=1)
            shown = ", ".join(columns[:20]) + (", ..." if len(columns) > 20 else "")
            hint = f", is {lower[near[0]]!r} meant?" if near else ""
            do = f"correct `{key}` in the config"
            raise InputError(f"a column {name!r} in {path.name}", f"{shown}{hint}", do)


def _is_nameless(name: str) -> bool:
    """Tell a column without a name, which pandas writes again under one of its own."""
    return not name or re.fullmatch(r"Unnamed: \d+", name) is not None


def _batches(path: Path, names: tuple[str, ...], settings: TableColumns) -> Iterator[Any]:
    if _is_ntuple(path):
        from symbolnet.data.readers.ntuple import ntuple_batches

        return ntuple_batches(path, settings.tree, names, settings.label)
    if _is_parquet(path):
        return parquet_batches(path, names, settings.label)
    return csv_batches(path, settings.delimiter, names, settings.label, settings.missing)


def _values(batch: Any, names: tuple[str, ...]) -> np.ndarray:
    """Return the inputs (n, d) of a batch in float64; NaN where a value is missing."""
    features = np.empty((batch.num_rows, len(names)))
    for place, name in enumerate(names):
        features[:, place] = batch.column(name).to_numpy(zero_copy_only=False)
    return features


def _count_gaps(
    values: np.ndarray, names: tuple[str, ...], settings: TableColumns, first: int, gaps: Gaps
) -> None:
    missing = is_missing(values, settings.missing)
    for place in np.flatnonzero(missing.any(axis=0)):
        gaps.add(names[place], missing[:, place], first)


def _expect_finite(values: np.ndarray, names: tuple[str, ...], first: int, path: Path) -> None:
    bad = np.argwhere(~(np.abs(values) < float(_LARGEST)))
    if len(bad):
        row, place = bad[0]
        found = f"{values[row, place]} in row {first + row + 1} of {path.name}"
        expected = f"finite numbers below {_LARGEST} in {names[place]!r}"
        raise InputError(expected, found, "correct or drop it")


class _Rows:
    """The rows of all batches in one array, which grows in place: lists of parts take it twice."""

    def __init__(self, width: int) -> None:
        self._rows, self._count = np.empty((_FIRST, width)), 0

    def add(self, part: np.ndarray) -> None:
        """Add rows (n, d)."""
        count = self._count + len(part)
        if count > len(self._rows):
            self._rows.resize((int(_GROWTH * count), part.shape[1]), refcheck=False)
        self._rows[self._count : count] = part
        self._count = count

    def whole(self) -> np.ndarray:
        """Return all rows (n, d)."""
        return self._rows[: self._count]
