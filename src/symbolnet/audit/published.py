"""Ours beside the published figures, as plain text."""

from collections.abc import Iterable, Iterator

from symbolnet.artifact import Record
from symbolnet.report.select import chosen, model_of

_ORIGINS = {"training": "ours", "baseline": "ours, a baseline", "published": "published"}


def beside_published(summary: Record) -> Iterator[str]:
    """Yield the lines of the tables of each data set: accuracies, classes, FPGA designs."""
    for data in summary["datasets"]:
        name = data["name"]
        known = summary["published"].get(name)
        yield f"{name}: {data['source']}"
        if known is None:
            yield "  nothing published is known for this task"
            continue
        yield f"  published figures are of {known['data']}"
        yield from _accuracies(summary["budgets"][name])
        for curve in known["curves"]:
            yield from _curve(curve)
        yield from _classes(summary, name, known["by_class"])
        yield from _designs(summary, name, known["designs"])


def _accuracies(budgets: Record) -> Iterator[str]:
    head = "".join(f"{f'<= {limit:g}':>20}" for limit in budgets["complexities"])
    yield f"  {'test accuracy % at mean complexity':<44}{head}"
    for row in budgets["rows"]:
        cells = "".join(f"{_cell(cell):>20}" for cell in row["cells"])
        yield f"  {row['method'] + ' (' + _ORIGINS[row['origin']] + ')':<44}{cells}"


def _curve(curve: Record) -> Iterator[str]:
    """Yield a published curve and what the run would choose of at most each complexity."""
    points = list(zip(curve["points"], curve["beside"], strict=True))
    yield _wide("test accuracy % at published complexities", (f"{x:g}" for (x, _), _ in points))
    yield _wide(f"{curve['method']} (published)", (f"{100 * y:.1f}" for (_, y), _ in points))
    ours = (f"{100 * one['accuracy_test']:.1f}" if one else "-" for _, one in points)
    yield _wide("this run", ours)


def _classes(summary: Record, name: str, tables: list[Record]) -> Iterator[str]:
    """Yield the areas under the ROC curve of each class, published and of the chosen models."""
    if not tables:
        return
    classes = next(data["classes"] for data in summary["datasets"] if data["name"] == name)
    yield _wide("ROC AUC by class", classes)
    for one in tables:
        yield _wide(f"{one['method']} (published)", (f"{one['auc'][c]:.3f}" for c in classes))
    for dataset, choice in chosen(summary):
        if dataset == name:
            areas = model_of(summary, name, choice)["expression_auc"]
            yield _wide(f"{choice} (ours)", ("-" if a is None else f"{a:.3f}" for a in areas))


def _wide(name: str, cells: Iterable[str]) -> str:
    return f"  {name:<44}" + "".join(f"{cell:>8}" for cell in cells)


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
