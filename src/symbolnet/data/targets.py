"""Columns to predict: labels or numbers of a table, and what is missing in its columns."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.config import TableColumns, label_text
from symbolnet.data.labels import Labels, quantities
from symbolnet.data.readers.parquet import as_numbers, distinct
from symbolnet.data.table import FeatureTable
from symbolnet.errors import InputError

_SHOWN = 5


class Gaps:
    """Counts of the missing values of each column, and the first row of each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def add(self, name: str, missing: np.ndarray, first: int, text: str | None = None) -> None:
        """Count the rows `missing` (n,) of a column, of rows that start at `first`.

        `text` is what stands in the first of them, where it says something.
        """
        if missing.any():
            shown = f": {text!r}" if text else ""
            self._first.setdefault(name, f"row {first + int(missing.argmax()) + 1}{shown}")
            self._count[name] += int(missing.sum())

    def __bool__(self) -> bool:
        """Tell whether any value is missing."""
        return bool(self._count)

    def check(self) -> None:
        """Raise InputError where a value was missing."""
        if not self._count:
            return
        each = [
            f"{n} of {name!r} (first in {self._first[name]})"
            for name, n in self._count.most_common(_SHOWN)
        ]
        rest = len(self._count) - _SHOWN
        more = f" and of {rest} columns more" if rest > 0 else ""
        expected = f"a value in every row of {self._path.name}"
        do = (
            "fill the gaps or remove these rows, or list the columns under `drop`"
            " (`missing` in the config says what counts as one)"
        )
        raise InputError(expected, f"missing: {', '.join(each)}{more}", do)


def is_missing(values: np.ndarray, missing: Collection[str]) -> np.ndarray:
    """Return which of some numbers are NaN, or stand for a missing value, as -999 may."""
    texts = [label_text(text) or "" for text in missing]
    numbers = [float(text) for text in texts if text.lstrip("-").isdecimal()]
    result: np.ndarray = (
        np.isnan(values) | np.isin(values, numbers) if numbers else np.isnan(values)
    )
    return result


class ClassTarget:
    """The column to predict, of classes."""

    def __init__(self, settings: TableColumns, path: Path) -> None:
        self._settings = settings
        where = f"column {settings.label!r} of {path.name}"
        self._labels = Labels(settings.classes, settings.missing, where)
        self._codes: list[np.ndarray] = []

    def add(self, column: Any, first: int, gaps: Gaps) -> None:
        """Take in the labels of a batch that starts at row `first`."""
        values, number = distinct(column)
        codes = self._labels.add(values, number)
        if (codes < 0).any():
            text = label_text([*values, None][number[(codes < 0).argmax()]])
            gaps.add(self._settings.label, codes < 0, first, text)
        self._codes.append(codes)

    def table(self, features: np.ndarray, names: tuple[str, ...]) -> FeatureTable:
        """Return the rows of the selected classes."""
        labels, chosen = self._labels, self._settings.classes
        if chosen is not None:
            labels.expect_each()
            labels.expect_one_spelling()
        classes = labels.take_all() if chosen is None else tuple(chosen)
        label = labels.selected(np.concatenate(self._codes))
        kept = label >= 0
        if not kept.all():
            features, label = features[kept], label[kept]
        counts = np.bincount(label, minlength=len(classes)).tolist()
        provenance = {"rows": dict(zip(classes, counts, strict=True))}
        return FeatureTable(features, label, names, classes, provenance)


class QuantityTarget:
    """The column to predict, of numbers."""

    def __init__(self, settings: TableColumns, path: Path) -> None:
        self._settings = settings
        self._where = f"column {settings.label!r} of {path.name}"
        self._parts: list[np.ndarray] = []

    def add(self, column: Any, first: int, gaps: Gaps) -> None:
        """Take in the numbers of a batch that starts at row `first`."""
        values = as_numbers(column, self._settings.missing, self._where)
        gaps.add(self._settings.label, is_missing(values, self._settings.missing), first)
        self._parts.append(values)

    def table(self, features: np.ndarray, names: tuple[str, ...]) -> FeatureTable:
        """Return all rows."""
        values = quantities(np.concatenate(self._parts), self._where)[:, None]
        target = (self._settings.label,)
        return FeatureTable(features, values, names, target, {}, task="regression")


Target = ClassTarget | QuantityTarget
TARGETS: dict[str, type[ClassTarget] | type[QuantityTarget]] = {
    "classification": ClassTarget,
    "regression": QuantityTarget,
}
