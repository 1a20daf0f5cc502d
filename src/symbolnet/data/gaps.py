"""Values that are missing in a table: counted, so that all of them are named at once."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

import numpy as np

from symbolnet.config import label_text
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
    return np.isnan(values) | np.isin(values, numbers) if numbers else np.isnan(values)
