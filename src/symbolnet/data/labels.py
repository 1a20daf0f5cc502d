"""The labels of rows: texts as they stand in the file, to classes; the same for every format."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import numpy as np

from symbolnet.config import LabelValue, label_text, spellings
from symbolnet.errors import InputError

_MOST = 100  # classes; more of them are a quantity or a number of the row
_LABEL = "correct the column, or name another as `label`"
_SHOWN = 10


class Labels:
    """The labels met so far, batch by batch; `where` names their column and file in messages."""

    def __init__(
        self,
        classes: Mapping[str, LabelValue] | None,
        missing: Collection[str],
        where: str,
    ) -> None:
        self._classes, self._where = classes, where
        self._place = places(classes or {})
        self._missing = {label_text(text) for text in missing} - self._place.keys()
        self._known: dict[str, int] = {}  # text to number, as first met

    def add(self, values: Sequence[object], number: np.ndarray) -> np.ndarray:
        """Take in distinct values, of which each row (n,) has one by its number.

        Return the numbers of their texts (n,), -1 for a label that is missing.
        """
        texts = [label_text(value) for value in values]
        codes = [-1 if self.misses(text) else self._code(text) for text in texts]
        if len(self._known) > _MOST and self._classes is None:
            found = f"more than {_MOST} in {self._where}, among them {next(iter(self._known))!r}"
            do = "name another column as `label`, or set `task: regression` for a quantity"
            raise InputError(f"at most {_MOST} classes", found, do)
        result: np.ndarray = np.array([*codes, -1], dtype=np.int64)[number]
        return result

    def coded(self, label: np.ndarray, first: int = 0) -> np.ndarray:
        """Return the numbers of the texts of labels (n,), of rows that start at `first`.

        Raises InputError where one is missing.
        """
        values, number = np.unique(label, return_inverse=True)
        codes = self.add(list(values), number)
        gaps = np.flatnonzero(codes < 0)
        if len(gaps):
            found = f"{str(label[gaps[0]])!r} for row {first + gaps[0] + 1} in {self._where}"
            do = "fill the gaps or remove these rows (`missing` in the config says what counts)"
            raise InputError("a label for each row", found, do)
        return codes

    def misses(self, text: str | None) -> bool:
        """Tell whether a text stands for a label that is not there."""
        return text is None or text in self._missing

    def _code(self, text: str | None) -> int:
        assert text is not None  # else missing
        return self._known.setdefault(text, len(self._known))

    def selected(self, codes: np.ndarray) -> np.ndarray:
        """Return the class (n,) of the numbers of texts that `add` gave, -1 for those left out."""
        found = [self._place.get(text, -1) for text in self._known]
        result: np.ndarray = np.array([*found, -1], dtype=np.int64)[codes]
        return result

    def found(self) -> tuple[str, ...]:
        """Return the texts found as the names of the classes; raise InputError where they are none.

        In the order of numbers where all are; a fraction is no class.
        """
        numbers = [_number(text) for text in self._known]
        if len(self._known) < 2:
            found = f"only {', '.join(map(repr, self._known))} in {self._where}"
            raise InputError("at least two classes", found, "name another column as `label`")
        if "" in self._known:
            do = "fill the gaps, or name the `classes` in the config"
            raise InputError("a text for each class", f"an empty one in {self._where}", do)
        if any(number is None for number in numbers):
            return tuple(sorted(self._known))
        broken = [t for t, n in zip(self._known, numbers, strict=True) if n and n % 1]
        if broken:
            do = "set `task: regression` for a quantity, or name the `classes`"
            found = f"{broken[0]} in {self._where}"
            raise InputError("whole numbers or texts as labels", found, do)
        return tuple(sorted(self._known, key=lambda text: (Decimal(text), text)))

    def take_all(self) -> tuple[str, ...]:
        """Select every text found as a class of its own; return their names."""
        names = self.found()
        self._place = {name: number for number, name in enumerate(names)}
        return names

    def expect_each(self) -> None:
        """Raise InputError where no row has the label of a class."""
        met = {self._place[text] for text in self._known if text in self._place}
        for number, (name, value) in enumerate((self._classes or {}).items()):
            if number not in met:
                expected = f"rows of the class {name!r} ({value!r})"
                raise InputError(expected, self.listed(), _correct(value))

    def expect_one_spelling(self) -> None:
        """Raise InputError where yes, true or the like of the config may mean several labels."""
        for number, (name, value) in enumerate((self._classes or {}).items()):
            same = [text for text in self._known if self._place.get(text) == number]
            if len(same) > 1:
                expected = f"one label of the class {name!r} ({value!r})"
                found = f"{' and '.join(map(repr, same))} in {self._where}"
                do = "put the one that is meant in quotes, or make each a class"
                raise InputError(expected, found, do)

    def listed(self) -> str:
        """Return some of the labels found, for a message."""
        more = ", ..." if len(self._known) > _SHOWN else ""
        return (
            f"{', '.join(map(repr, list(self._known)[:_SHOWN])) or 'none'}{more} in {self._where}"
        )


def selected(
    label: np.ndarray, classes: Mapping[str, LabelValue], missing: Collection[str], where: str
) -> np.ndarray:
    """Return the class (n,) of each of some labels of a file, -1 for those left out.

    Raises InputError where a label is missing, or none is that of a class.
    """
    labels = Labels(classes, missing, where)
    index = labels.selected(labels.coded(label))
    labels.expect_one_spelling()
    if not (index >= 0).any():
        found = f"none among {len(label)}, which are {labels.listed()}"
        raise InputError(
            f"labels {list(classes.values())}", found, "correct `classes` in the config"
        )
    return index


def places(classes: Mapping[str, LabelValue]) -> dict[str, int]:
    """Return the number of the class of each label; the plain spelling of one goes first."""
    ranked = [
        (rank + isinstance(value, bool), text, number)
        for number, value in enumerate(classes.values())
        for rank, text in enumerate(spellings(value))
    ]
    return {text: number for _, text, number in sorted(ranked, reverse=True)}


def _correct(value: LabelValue) -> str:
    quotes = "" if isinstance(value, str) else ", with the label in quotes"
    return f"correct `classes` in the config{quotes}"


def _number(text: str) -> Decimal | None:
    """Return the number that a plain decimal text is."""
    if not text.isascii() or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _MOST else None


def quantities(values: np.ndarray, where: str) -> np.ndarray:
    """Return numbers to predict (n,) as they are, which must be finite and vary."""
    if not np.isfinite(values).all():
        found = f"{values[~np.isfinite(values)][0]} in {where}"
        raise InputError("finite numbers to predict", found, _LABEL)
    if np.ptp(values) == 0:
        found = f"only {values[0]:g} in {where}"
        raise InputError("a quantity that varies", found, _LABEL)
    return values
