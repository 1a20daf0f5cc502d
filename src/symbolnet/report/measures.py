"""What a score of a task is called on the page, and how it is written."""

from typing import NamedTuple


class Measure(NamedTuple):
    """Key in the summary, name in a sentence, and whether it is written in percent."""

    key: str
    name: str
    percent: bool
    error: str
    output: str

    def text(self, value: float | None, digits: int = 1) -> str:
        """Return a score in words: percent of an accuracy, four decimals of R2."""
        if value is None:
            return "–"
        return f"{100 * value:.{digits}f}\u202f%" if self.percent else f"{value:.{digits + 3}f}"


OF_TASK = {
    "classification": Measure("accuracy", "accuracy", True, "AUC", "class"),
    "regression": Measure("r2", "R²", False, "error", "target"),
}
