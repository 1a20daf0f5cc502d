"""Ours beside the published figures, as plain text."""

from collections.abc import Iterator
from typing import Any

Record = dict[str, Any]
_ORIGINS = {"training": "ours", "baseline": "ours, a baseline", "published": "published"}


def beside_published(summary: Record) -> Iterator[str]:
    """Yield the lines of two tables for each data set: accuracies, then FPGA designs."""
    for data in summary["datasets"]:
        name = data["name"]
        known = summary["published"].get(name)
        yield f"{name}: {data['source']}"
        if known is None:
            yield "  nothing published is known for this task"
            continue
        yield f"  published figures are of {known['data']}"
        yield from _accuracies(summary["budgets"][name])
        yield from _designs(summary, name, known["designs"])


def _accuracies(budgets: Record) -> Iterator[str]:
    head = "".join(f"{f'<= {limit:g}':>20}" for limit in budgets["complexities"])
    yield f"  {'test accuracy % at mean complexity':<44}{head}"
    for row in budgets["rows"]:
        cells = "".join(f"{_cell(cell):>20}" for cell in row["cells"])
        yield f"  {row['method'] + ' (' + _ORIGINS[row['origin']] + ')':<44}{cells}"


def _cell(cell: Record | None) -> str:
    """Return the accuracy of the run's own choice, in brackets that of a seed and the spread."""
    if cell is None:
        return "-"
    mean, spread = 100 * cell["accuracy_test"], cell["accuracy_test_spread"]
    if cell["choice"] is None:
        return f"{mean:.1f}"
    more = f" ({mean:.1f} +- {100 * spread:.1f})" if spread is not None else ""
    return f"{100 * cell['choice']['accuracy_test']:.1f}{more}"


def _designs(summary: Record, name: str, designs: list[Record]) -> Iterator[str]:
    if designs:
        yield f"  {'FPGA designs':<44}{'accuracy %':>20}{'LUT':>20}{'DSP':>20}{'latency':>20}"
    rows = [row for row in summary["firmware"] if row["dataset"] == name and designs]
    for choice in dict.fromkeys(row["choice"] for row in rows):
        kinds = {row["kind"]: row for row in rows if row["choice"] == choice}
        counts, rtl = kinds["resources"], kinds["rtl"]
        latency = f"{rtl['latency_cycles']} cycles"
        yield _line(
            f"{choice} (ours, {counts['tool']} count)", rtl["accuracy_test"], counts, latency
        )
    for one in designs:
        latency = "-" if one["latency_ns"] is None else f"{one['latency_ns']:g} ns"
        yield _line(f"{one['method']} (published)", one["accuracy"], one, latency)


def _line(name: str, accuracy: float | None, counts: Record, latency: str) -> str:
    share = "-" if accuracy is None else f"{100 * accuracy:.1f}"
    return f"  {name:<44}{share:>20}{counts['lut']:>16,}{counts['dsp']:>16,}{latency:>20}"
