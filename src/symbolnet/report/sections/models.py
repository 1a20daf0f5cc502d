"""A data set and its models: distributions, the front, tables and formulas, training histories."""

from typing import Any

from symbolnet.data.symbols import image_shape
from symbolnet.expression.mathml import label
from symbolnet.files import file_of
from symbolnet.report.figures import (
    class_legend,
    front_figure,
    histogram_figure,
    loss_figure,
    read_history,
    sparsity_figure,
)
from symbolnet.report.formulas import front_formulas
from symbolnet.report.inputs import Inputs
from symbolnet.report.measures import OF_TASK
from symbolnet.report.select import Summary, chosen, model_of

HISTOGRAMS = 24  # at most so many inputs of a data set are drawn, and no pixels
GIVEN = "formulas"  # the method of formulas that were given: they have no history
HISTORIES = 12  # at most so many models are drawn over the epochs


def models_of(summary: Summary, data: Summary, formulas: list[Summary], inputs: Inputs) -> Summary:
    """Return what the page shows of the models of one data set."""
    name = data["name"]
    models = [one for one in summary["models"] if one["dataset"] == name]
    published = summary["published"].get(name)
    front = {point["id"]: place for place, point in enumerate(summary["front"][name])}
    on_front = sorted((m for m in models if m["id"] in front), key=lambda m: front[m["id"]])
    picked = {one["model"]["id"] for one in formulas}
    shown = [m for m in models if m["id"] in picked or m["id"] in front]
    peers = [one for one in summary["baselines"] if one["dataset"] == name]
    measure = OF_TASK[data["task"]]
    return {
        "caveat": caveat(data),
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
        "chosen": picked,
        "published": published,
        "front_figure": front_figure(models, summary["front"][name], published, peers, measure),
    }


def _by_complexity(model: dict[str, Any]) -> tuple[bool, float, str]:
    """Sort models by complexity, those without any last."""
    complexity = model["complexity_mean"]
    return complexity is None, complexity or 0.0, model["id"]


def caveat(data: Summary) -> str:
    """Return what keeps the published points from being compared with ours point by point."""
    if data["source_kind"] in ("openml", "mnist"):
        return "the same data set, in a split that need not be theirs."
    return f"those are of another data set than ours ({data['source']})."


def data_view(data: Summary, formulas: list[Summary]) -> Summary:
    """Return what the page shows of one data set."""
    pixels = image_shape([f["symbol"] or "" for f in data["features"]]) is not None
    described = [f for f in data["features"] if f["histogram"] is not None and not pixels]
    distances = [f["distance"] for f in data["features"] if f["distance"] is not None]
    groups = data["classes"] if data["task"] == "classification" else list(data["rows"]["test"])
    return {
        "distance_max": max(distances, default=None),
        "symbols": any(f["symbol"] for f in data["features"]),
        "class_legend": class_legend(groups),
        "histograms": [
            histogram_figure(f["name"], f["histogram"], groups) for f in described[:HISTOGRAMS]
        ],
        "features": [_feature(one, formulas) for one in data["features"]],
    }


def _feature(feature: Summary, formulas: list[Summary]) -> Summary:
    users = [one["choice"] for one in formulas if feature["name"] in one["inputs"]]
    return feature | {"typeset": label(feature["name"], feature["symbol"]).markup, "used_by": users}


def histories(summary: Summary, inputs: Inputs) -> list[Summary]:
    """Return the figures of the chosen models, then of the others on the fronts."""
    first = [(d, model_of(summary, d, c)["id"]) for d, c in chosen(summary)]
    front = [(d, point["id"]) for d, points in summary["front"].items() for point in points]
    by_key = {(m["dataset"], m["id"]): m for m in summary["models"] if m["method"] != GIVEN}
    both = [key for key in dict.fromkeys([*first, *front]) if key in by_key]
    keys = both[: max(HISTORIES, len(set(first)))]
    names = {_file(by_key[key]) for key in keys}
    read = {name: read_history(inputs.path(name)) for name in sorted(names)}
    return [_history(by_key[key], read) for key in keys]


def _file(model: Summary) -> str:
    return f"training/{model['dataset']}/{model['training']}/{file_of('history')}"


def _history(model: Summary, read: dict[str, dict[str, dict[str, list[float]]]]) -> Summary:
    columns = read[_file(model)][model["id"]]
    return {
        "dataset": model["dataset"],
        "id": model["id"],
        "loss": loss_figure(model["id"], columns),
        "sparsity": sparsity_figure(model["id"], columns, model["targets"]),
    }


def weighed(summary: Summary) -> list[Summary]:
    """Return the trainings in which rows count by their class, and what they count."""
    found = {(m["dataset"], m["training"]): m["class_weights"] for m in summary["models"]}
    return [
        {"dataset": dataset, "training": training, "weights": weights}
        for (dataset, training), weights in found.items()
        if weights is not None
    ]
