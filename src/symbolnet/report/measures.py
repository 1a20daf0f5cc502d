"""What a score of a task is called on the page, and how it is written."""

from typing import NamedTuple


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


OF_TASK = {
    "classification": Measure("accuracy", "accuracy", True, "AUC", "class", "classes"),
    "regression": Measure("r2", "R²", False, "error", "target", "targets"),
}
