"""Models of one data set: the front, the tables, the formulas of the front."""

from typing import Any

from symbolnet.report.figures import front_figure
from symbolnet.report.formulas import front_formulas
from symbolnet.report.inputs import Inputs
from symbolnet.report.measures import OF_TASK
from symbolnet.report.select import Summary


def models_of(summary: Summary, data: Summary, formulas: list[Summary], inputs: Inputs) -> Summary:
    """Return what the page shows of the models of one data set."""
    name = data["name"]
    models = [one for one in summary["models"] if one["dataset"] == name]
    published = summary["published"].get(name)
    front = {point["id"]: place for place, point in enumerate(summary["front"][name])}
    on_front = sorted((m for m in models if m["id"] in front), key=lambda m: front[m["id"]])
    chosen = {one["model"]["id"] for one in formulas}
    shown = [m for m in models if m["id"] in chosen or m["id"] in front]
    peers = [one for one in summary["baselines"] if one["dataset"] == name]
    measure = OF_TASK[data["task"]]
    return {
        "caveat": _caveat(data),
        "test_error": max((m["expression_accuracy_test_error"] or 0.0 for m in shown), default=None)
        if data["task"] == "classification"
        else None,
        "models": sorted(shown, key=_by_complexity),
        "others": sorted((m for m in models if m not in shown), key=_by_complexity),
        "baselines": sorted(peers, key=_by_complexity),
        "references": [one for one in summary["references"] if one["dataset"] == name],
        "budgets": summary["budgets"][name],
        "targets": [one for one in summary["targets"] if one["dataset"] == name],
        "front": front_formulas(on_front, data["rows"]["test"], inputs),
        "chosen": chosen,
        "published": published,
        "front_figure": front_figure(models, summary["front"][name], published, peers, measure),
    }


def _by_complexity(model: dict[str, Any]) -> tuple[bool, float, str]:
    """Sort models by complexity, those without any last."""
    complexity = model["complexity_mean"]
    return complexity is None, complexity or 0.0, model["id"]


def _caveat(data: Summary) -> str:
    """Return what keeps the published points from being compared with ours point by point."""
    if data["source_kind"] in ("openml", "mnist"):
        return "the same data set, in a split that need not be theirs."
    return f"those are of another data set than ours ({data['source']})."
