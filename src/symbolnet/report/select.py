"""Entries of the summary by data set and choice."""

from typing import Any

Summary = dict[str, Any]


def chosen(summary: Summary) -> list[tuple[str, str]]:
    """Return data set and choice of every chosen model, in the order of the summary."""
    return list(dict.fromkeys((row["dataset"], row["choice"]) for row in summary["firmware"]))


def firmware_of(summary: Summary, dataset: str, choice: str) -> dict[str, Summary]:
    """Return the firmware rows of one choice by kind."""
    rows = summary["firmware"]
    return {r["kind"]: r for r in rows if (r["dataset"], r["choice"]) == (dataset, choice)}


def model_of(summary: Summary, dataset: str, choice: str) -> Summary:
    """Return the model that was chosen."""
    name = next(iter(firmware_of(summary, dataset, choice).values()))["model"]
    return next(m for m in summary["models"] if (m["dataset"], m["id"]) == (dataset, name))


def data_of(summary: Summary, name: str) -> Summary:
    """Return the entry of a data set."""
    return next(one for one in summary["datasets"] if one["name"] == name)
