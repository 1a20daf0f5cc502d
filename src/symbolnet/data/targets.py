"""The column that a table is to predict, batch by batch: classes, or a quantity."""

from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.config import TableColumns, label_text
from symbolnet.data.arrow import as_numbers, distinct
from symbolnet.data.gaps import Gaps, is_missing
from symbolnet.data.labels import Labels, quantities
from symbolnet.data.table import FeatureTable


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
