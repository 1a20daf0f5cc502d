"""What a score of a task is called on the page, and how it is written."""

import math
from typing import NamedTuple

_DIGITS = 4
_PLAIN = 1e-4, 1e9  # beyond these a size is written with a power of ten


class Measure(NamedTuple):
    """Key in the summary, name in a sentence, whether it is written in percent; its outputs."""

    key: str
    name: str
    percent: bool
    error: str
    output: str
    outputs: str

    def text(self, value: float | None, digits: int = 1) -> str:
        """Return a score in words: percent of an accuracy, four decimals of R2."""
        if value is None:
            return "–"
        return f"{100 * value:.{digits}f}\u202f%" if self.percent else f"{value:.{digits + 3}f}"

    def titled(self, name: str) -> str:
        """Return the name of an output behind what it is, once where it is called so itself."""
        return name if name.casefold() == self.output else f"{self.output} {name}"


def size_text(value: float | None) -> str:
    """Return a size in the unit of a quantity, which may be any: four significant digits."""
    if value is None:
        return "–"
    if value and not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return f"{value:.{_DIGITS - 1}e}"
    ahead = math.floor(math.log10(abs(value))) + 1 if value else 0
    return f"{value:,.{max(0, _DIGITS - ahead)}f}"


OF_TASK = {
    "classification": Measure("accuracy", "accuracy", True, "AUC", "class", "classes"),
    "regression": Measure("r2", "R²", False, "error", "target", "targets"),
}
