"""What a score of a task is called on the page, how it is written, and its statistical error."""

import math
from collections.abc import Sequence
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


def accuracy_error(accuracy: float, rows: int) -> float:
    """Return the binomial standard deviation of an accuracy."""
    return math.sqrt(accuracy * (1 - accuracy) / rows)


def balanced_error(shares: Sequence[float | None], rows: Sequence[int]) -> float:
    """Return that of the mean over classes, of which these shares of their rows are told right."""
    known = [(share, n) for share, n in zip(shares, rows, strict=True) if share is not None and n]
    return math.sqrt(sum(share * (1 - share) / n for share, n in known)) / max(1, len(known))


def auc_error(auc: float, positive: int, negative: int) -> float:
    """Return that of an area under the ROC curve (Hanley and McNeil, Radiology 143 (1982) 29)."""
    if not positive or not negative:
        return 1.0
    one, both = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = (positive - 1) * (one - auc**2) + (negative - 1) * (both - auc**2)
    return math.sqrt(max(0.0, auc * (1 - auc) + spread) / (positive * negative))


def auc_mean_error(auc: float, rows: Sequence[int]) -> float:
    """Return that of a mean over classes: of each against the rest; they hang together."""
    total = sum(rows)
    return sum(auc_error(auc, n, total - n) for n in rows) / max(1, len(rows))


def r2_error(r2: float, rows: int) -> float:
    """Return that of R2, 2 sqrt(R2) (1 - R2) / sqrt(n), for errors that are normal."""
    return 2 * math.sqrt(max(0.0, r2)) * abs(1 - r2) / math.sqrt(rows)
