"""Losses and sparsities over the epochs."""

from symbolnet.files import file_of
from symbolnet.report.figures import loss_figure, read_history, sparsity_figure
from symbolnet.report.inputs import Inputs
from symbolnet.report.select import Summary, chosen, model_of

HISTORIES = 12  # at most so many models are drawn over the epochs


def histories(summary: Summary, inputs: Inputs) -> list[Summary]:
    """Return the figures of the chosen models, then of the others on the fronts."""
    first = [(d, model_of(summary, d, c)["id"]) for d, c in chosen(summary)]
    front = [(d, point["id"]) for d, points in summary["front"].items() for point in points]
    keys = list(dict.fromkeys([*first, *front]))[: max(HISTORIES, len(set(first)))]
    by_key = {(m["dataset"], m["id"]): m for m in summary["models"]}
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
