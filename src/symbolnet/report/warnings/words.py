"""How a warning is made and written."""

from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]
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
