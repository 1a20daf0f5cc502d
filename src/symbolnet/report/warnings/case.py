"""A chosen model with everything that it is judged by, and how a warning of it is written."""

from collections.abc import Mapping

from symbolnet.artifact import Record
from symbolnet.config import ReportSpec
from symbolnet.report.measures import (
    OF_TASK,
    accuracy_error,
    auc_mean_error,
    balanced_error,
    r2_error,
)

Figures = Mapping[str, float | None]

_NAMED = 5  # members or classes that are named


def warning(kind: str, data: Record, place: str, message: str, figures: Figures) -> Record:
    """Return a warning about a place of a data set, with the figures that it rests on."""
    return {
        "kind": kind,
        "dataset": data["name"],
        "place": place,
        "message": message,
        "figures": dict(figures),
    }


def listed(names: list[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def members(count: int) -> str:
    """Return a count of members in words."""
    return f"{count} member{'' if count == 1 else 's'}"


def percent(share: float | None) -> str:
    """Return a share in percent."""
    return "–" if share is None else f"{100 * share:.1f} %"


def figure(name: str, value: float) -> str:
    """Return a figure as its kind is written: accuracies in percent."""
    return percent(value) if "accuracy" in name else f"{value:.4f}"


class Case:
    """Summary, settings, data set, choice and model."""

    def __init__(
        self, summary: Record, spec: ReportSpec, data: Record, choice: str, model: Record
    ) -> None:
        self.summary, self.spec, self.data = summary, spec, data
        self.choice, self.model = choice, model
        self.measure = OF_TASK[data["task"]]
        self.is_class = data["task"] == "classification"
        tested = data["rows"]["test"]
        # In the order of the classes: a file's keys are in that of the alphabet.
        self.class_rows = [tested[name] for name in (data["classes"] if self.is_class else tested)]

    @property
    def score(self) -> float | None:
        """Test accuracy or R2 of the rounded formulas."""
        score: float | None = self.model[f"expression_{self.measure.key}_test"]
        return score

    def errors(self) -> dict[str, float]:
        """Return the statistical error of each figure of the formulas on the test set."""
        if self.score is None:
            return {}
        if not self.is_class:
            return {"r2_test": r2_error(self.score, self.data["n_test"])}
        shares, auc = self.model["expression_class_accuracy"], self.model["expression_auc_mean"]
        found = {
            "accuracy_test": accuracy_error(self.score, self.data["n_test"]),
            "balanced_accuracy_test": balanced_error(shares, self.class_rows),
        }
        return found if auc is None else found | {"auc_test": auc_mean_error(auc, self.class_rows)}

    def figures(self) -> Figures:
        """Return the figures of the formulas by the names that references and hardware have."""
        model = self.model
        return {
            "accuracy_test": model["expression_accuracy_test"],
            "balanced_accuracy_test": model["expression_balanced_accuracy_test"],
            "auc_test": model["expression_auc_mean"],
            "r2_test": model["expression_r2_test"],
        }

    def warning(self, kind: str, message: str, figures: Figures) -> Record:
        """Return a warning whose place is the choice."""
        return warning(kind, self.data, f"choice {self.choice}", message, figures)
