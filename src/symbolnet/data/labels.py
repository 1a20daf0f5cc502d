"""The column that a table is to predict: texts to classes, or to a quantity."""

from typing import Any

import numpy as np

from symbolnet.config import TableColumns
from symbolnet.errors import InputError

_MOST = 100  # classes; more of them are a quantity or a number of the row
_LABEL = "correct the column, or name another as `label`"


class Labels:
    """The labels met so far, batch by batch."""

    def __init__(self, settings: TableColumns, where: str) -> None:
        self._settings, self._where = settings, where
        self._known: dict[str, int] = {}
        self._parts: list[np.ndarray] = []  # of each batch: numbers of texts, or quantities

    def add(self, column: Any) -> None:
        """Take in the texts of a batch, none of which is missing."""
        regression = self._settings.task == "regression"
        self._parts.append(self._quantities(column) if regression else self._coded(column))

    def _coded(self, column: Any) -> np.ndarray:
        """Return the texts as numbers, in the order in which they were first met."""
        coded = column.dictionary_encode()
        texts = [_plain(text) for text in coded.dictionary.to_pylist()]
        number = np.array([self._known.setdefault(text, len(self._known)) for text in texts], int)
        if len(self._known) > _MOST and self._settings.classes is None:
            found = f"more than {_MOST} in {self._where}, among them {texts[0]!r}"
            do = "name another column as `label`, or set `task: regression` for a quantity"
            raise InputError(f"at most {_MOST} classes", found, do)
        return number[coded.indices.to_numpy()] if len(texts) else np.empty(0, int)

    def _quantities(self, column: Any) -> np.ndarray:
        import pyarrow as pa
        from pyarrow import compute

        try:
            values = compute.utf8_trim_whitespace(column).cast(pa.float64()).to_numpy()
        except pa.ArrowInvalid as error:
            found = f"{' '.join(str(error).split())[:100]} in {self._where}"
            raise InputError("numbers to predict", found, _LABEL) from error
        if not np.isfinite(values).all():
            found = f"{values[~np.isfinite(values)][0]} in {self._where}"
            raise InputError("finite numbers to predict", found, _LABEL)
        return values

    def quantity(self) -> np.ndarray:
        """Return the labels as numbers (n,), which must vary."""
        values = np.concatenate(self._parts)
        if np.ptp(values) == 0:
            found = f"only {values[0]:g} in {self._where}"
            raise InputError("a quantity that varies", found, _LABEL)
        return values

    def classes(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the class of each row, -1 for those left out, and the names of the classes."""
        wanted = self._settings.classes or {text: text for text in self._sorted()}
        if len(wanted) < 2:
            found = f"only {', '.join(map(repr, wanted))} in {self._where}"
            raise InputError("at least two classes", found, "name another column as `label`")
        place = np.full(len(self._known), -1, dtype=np.int64)
        for number, (name, value) in enumerate(wanted.items()):
            text = _plain(str(value))
            if text not in self._known:
                found = f"{', '.join(map(repr, list(self._known)[:10]))} in {self._where}"
                do = "correct `classes` in the config"
                raise InputError(f"rows of the class {name!r} ({value!r})", found, do)
            place[self._known[text]] = number
        return place[np.concatenate(self._parts)], tuple(wanted)

    def _sorted(self) -> list[str]:
        """Return the texts, in the order of numbers where all are; a fraction is no class."""
        numbers = [_number(text) for text in self._known]
        if any(value is None for value in numbers):
            return sorted(self._known)
        broken = [text for text in self._known if not float(text).is_integer()]
        if broken:
            do = "set `task: regression` for a quantity, or name the `classes`"
            found = f"{broken[0]} in {self._where}"
            raise InputError("whole numbers or texts as labels", found, do)
        return sorted(self._known, key=float)


def _plain(text: str) -> str:
    """Return a label without blanks around it; whole numbers as such: 1.0 is 1."""
    text = text.strip()
    number = _number(text)
    return str(int(number)) if number is not None and number.is_integer() else text


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None
