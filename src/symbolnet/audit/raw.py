"""The test rows of a data set as they stand in its raw files, read a second way.

CSV by Python's own parser, Parquet value by value: with none of the code that made the data set,
but for the division of the rows. The features of jets, and the pixels of images, come from the
feature tables, which `compute_features` is held to.
"""

import csv
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symbolnet.config import Config, TableColumns, feature_settings, label_text, prepare_settings
from symbolnet.data.features import feature_table
from symbolnet.data.labels import places
from symbolnet.data.prepare import divide
from symbolnet.data.sources import Part
from symbolnet.data.table import FeatureTable, load_table

Row = tuple[list[Any], Any]  # the inputs and the label, as the file gives them


class RawRows(NamedTuple):
    """Inputs (n, d) in float64, and class numbers (n,) or targets (n, k), of the test rows."""

    values: np.ndarray
    truth: np.ndarray


def raw_test_rows(config: Config, dataset: str, parts: Sequence[Part], run: Path) -> RawRows:
    """Return the test rows of a data set, in its order, from the raw files `parts`."""
    settings = config.data[dataset]
    folder = run / "data" / dataset / "features"
    tables = [_table(part, folder, config, dataset) for part in parts]
    train, test = (
        [table for table, part in zip(tables, parts, strict=True) if part.split == split]
        for split in ("train", "test")
    )
    rows = divide(train, test, prepare_settings(settings))[0]["test"]
    if not isinstance(settings, TableColumns):
        joined = [np.concatenate([getattr(t, f) for t in tables]) for f in ("features", "label")]
        return RawRows(joined[0][rows].astype(np.float64), joined[1][rows])
    return _of_tables(parts, tables[0], settings, rows)


def _table(part: Part, folder: Path, config: Config, dataset: str) -> FeatureTable:
    stored = folder / f"{part.name}.npz"
    if stored.is_file():
        return load_table(stored)
    return feature_table(part.files, feature_settings(config.data[dataset]).data)


def _of_tables(
    parts: Sequence[Part], table: FeatureTable, settings: TableColumns, rows: np.ndarray
) -> RawRows:
    """Return the chosen rows, counted through those of all files that have a selected class."""
    names, quantity = table.feature_names, table.task == "regression"
    number = places(settings.classes or {name: name for name in table.class_names})
    found: dict[int, tuple[np.ndarray, Any]] = dict.fromkeys(rows.tolist(), (np.empty(0), None))
    every = (row for part in parts for row in _rows(part.path, names, settings))
    known = (row for row in every if quantity or label_text(row[1]) in number)
    for count, row in enumerate(known):
        if count in found:
            found[count] = np.array([_number(value) for value in row[0]]), row[1]
    values = np.stack([inputs for inputs, _ in found.values()])
    if quantity:
        return RawRows(values, np.array([[float(label)] for _, label in found.values()]))
    return RawRows(values, np.array([number[label_text(v) or ""] for _, v in found.values()]))


def _number(value: Any) -> float:
    """Return an input of a row; booleans, as text or not, are 1 and 0."""
    flag = {"true": 1.0, "false": 0.0}.get(str(value).lower())
    return float(value) if flag is None else flag


def _rows(path: Path, names: Sequence[str], settings: TableColumns) -> Iterator[Row]:
    if path.suffix in (".parquet", ".pq"):
        return _parquet_rows(path, names, settings.label)
    return _csv_rows(path, names, settings)


def _csv_rows(path: Path, names: Sequence[str], settings: TableColumns) -> Iterator[Row]:
    opened = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=settings.delimiter)
        header = [name.strip() for name in next(reader)]
        chosen, label = [header.index(name) for name in names], header.index(settings.label)
        for row in reader:
            if row:
                yield [row[place] for place in chosen], row[label]


def _parquet_rows(path: Path, names: Sequence[str], label: str) -> Iterator[Row]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        for batch in file.iter_batches(columns=[*names, label]):
            columns = [batch.column(name).to_pylist() for name in (*names, label)]
            for row in zip(*columns, strict=True):
                yield list(row[:-1]), row[-1]
