"""Published figures and tables of the same task, beside those of this run."""

from symbolnet.report.measures import OF_TASK
from symbolnet.report.sections.models import caveat
from symbolnet.report.select import Summary, chosen, firmware_of, model_of


def published_view(summary: Summary) -> list[Summary]:
    """Return one entry for each data set whose task has published results."""
    datasets = [data for data in summary["datasets"] if data["name"] in summary["published"]]
    return [_entry(summary, data) for data in datasets]


def _entry(summary: Summary, data: Summary) -> Summary:
    known, name = summary["published"][data["name"]], data["name"]
    choices = [choice for dataset, choice in chosen(summary) if dataset == name]
    return {
        "title": data["title"],
        "data": known["data"],
        "caveat": caveat(data),
        "measure": OF_TASK[data["task"]],
        "curves": [_curve(curve) for curve in known["curves"]],
        "classes": data["classes"],
        "by_class": [
            *(_published_classes(one, data["classes"]) for one in known["by_class"]),
            *(_own_classes(summary, name, choice) for choice in choices),
        ],
        "designs": [*(_own_design(summary, name, choice) for choice in choices), *known["designs"]]
        if known["designs"]
        else [],
    }


def _curve(curve: Summary) -> Summary:
    pairs = zip(curve["points"], curve["beside"], strict=True)
    rows = [{"complexity": x, "accuracy": y, "ours": ours} for (x, y), ours in pairs]
    return curve | {"rows": rows}


def _published_classes(one: Summary, classes: list[str]) -> Summary:
    sizes = one["complexity"] and [one["complexity"][name] for name in classes]
    return _classes(one["method"], one["source"], sizes, [one["auc"][name] for name in classes])


def _own_classes(summary: Summary, dataset: str, choice: str) -> Summary:
    model = model_of(summary, dataset, choice)
    return _classes(f"choice “{choice}”", None, model["complexity"], model["expression_auc"])


def _classes(
    method: str, source: str | None, complexity: list[int] | None, auc: list[float]
) -> Summary:
    return {"method": method, "source": source, "complexity": complexity, "auc": auc}


def _own_design(summary: Summary, dataset: str, choice: str) -> Summary:
    """Return a design of this run in the words of a published one."""
    rows = firmware_of(summary, dataset, choice)
    rtl, counts = rows["rtl"], rows["resources"]
    return {
        "method": f"choice “{choice}”",
        "accuracy": rtl["accuracy_test"],
        **{name: counts[name] for name in ("lut", "ff", "dsp", "part")},
        "latency_ns": None,
        "latency_cycles": rtl["latency_cycles"],
        "source": None,
        "tool": counts["tool"],
    }
