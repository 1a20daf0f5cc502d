"""The summary, the chosen formulas and the histories into one self-contained HTML page."""

from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from symbolnet.report.figures import (
    class_legend,
    front_figure,
    histogram_figure,
    loss_figure,
    read_history,
    sparsity_figure,
)
from symbolnet.report.formulas import chosen_formulas, front_formulas
from symbolnet.report.inputs import Inputs
from symbolnet.report.mathml import symbol

DATA = ("report/page.html.j2", "report/page.css", "report/page.js")
HISTOGRAMS = 24  # at most so many inputs of a data set are drawn
HISTORIES = 12  # at most so many models are drawn over the epochs
HOLDS = {
    "dataset.npz": "the data set: counts, scaler",
    "description.json": "distributions, distances",
    "network.safetensors": "weights and masks of the networks",
    "history.csv": "loss and sparsity per epoch",
    "members.json": "targets, sparsities, seconds",
    "metrics.json": "accuracy and AUC of models",
    "expressions.json": "formulas, complexity",
    "expressions.tex": "formulas as LaTeX",
    "expressions.py": "formulas as Python",
    "graph.json": "the fixed-point graph",
    "reference.json": "integer reference",
    "rtl.json": "simulation of the RTL",
    "hls.json": "run of the HLS C model",
    "resources.json": "synthesis counts",
}
Summary = dict[str, Any]


def render(summary: Summary, inputs: Inputs) -> str:
    """Return the page; every figure on it is taken from the summary or from a history."""
    chosen = _chosen(summary)
    formulas = [
        chosen_formulas(
            _model(summary, data, choice), choice, _data(summary, data)["rows"]["test"], inputs
        )
        for data, choice in chosen
    ]
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_file("page.html.j2")).render(
        summary=summary,
        style=Markup(_file("page.css")),
        script=Markup(_file("page.js")),
        headlines=[_headline(summary, *key) for key in chosen],
        formulas=formulas,
        datasets=[_dataset(summary, data, formulas, inputs) for data in summary["datasets"]],
        histories=_histories(summary, inputs),
        histories_open=len({(f["dataset"], f["model"]["id"]) for f in formulas}),
        artifacts=[_artifact(summary, one) for one in summary["artifacts"]],
    )


def _file(name: str) -> str:
    return (resources.files("symbolnet") / "report" / name).read_text(encoding="utf-8")


def _chosen(summary: Summary) -> list[tuple[str, str]]:
    """Return data set and choice of every chosen model, in the order of the summary."""
    return list(dict.fromkeys((row["dataset"], row["choice"]) for row in summary["firmware"]))


def _rows(summary: Summary, dataset: str, choice: str) -> dict[str, Summary]:
    """Return the firmware rows of one choice by kind."""
    rows = summary["firmware"]
    return {r["kind"]: r for r in rows if (r["dataset"], r["choice"]) == (dataset, choice)}


def _model(summary: Summary, dataset: str, choice: str) -> Summary:
    name = next(iter(_rows(summary, dataset, choice).values()))["model"]
    return next(m for m in summary["models"] if (m["dataset"], m["id"]) == (dataset, name))


def _data(summary: Summary, name: str) -> Summary:
    return next(one for one in summary["datasets"] if one["name"] == name)


def _headline(summary: Summary, dataset: str, choice: str) -> Summary:
    model, data = _model(summary, dataset, choice), _data(summary, dataset)
    return {
        "dataset": dataset,
        "choice": choice,
        "model": model,
        "n_test": data["n_test"],
        "n_inputs": data["n_inputs"],
        "tiles": _tiles(_rows(summary, dataset, choice)),
    }


def _tiles(rows: dict[str, Summary]) -> list[dict[str, str]]:
    rtl, counts = rows["rtl"], rows["resources"]
    interval = rtl["initiation_interval"]
    every = "every cycle" if interval == 1 else f"every {interval} cycles"
    run = f"{rtl['vectors']:,} test rows and {rtl['corner_vectors']:,} corner cases"
    return [
        {
            "name": "Lookup tables",
            "value": f"{counts['lut']:,}",
            "unit": "LUT",
            "what": f"and {counts['dsp']:,} DSP: {counts['tool']} count, not post-route",
        },
        {
            "name": "Latency",
            "value": f"{rtl['latency_cycles']:,}",
            "unit": "cycles",
            "what": f"of the simulated RTL, one result {every}",
        },
        {
            "name": "Mismatches",
            "value": f"{rtl['mismatches']:,}",
            "unit": "",
            "what": f"RTL simulation against the integer reference, {run}",
        },
    ]


def _dataset(summary: Summary, data: Summary, formulas: list[Summary], inputs: Inputs) -> Summary:
    """Return what the page shows of one data set, its models and its firmware."""
    name = data["name"]
    models = [one for one in summary["models"] if one["dataset"] == name]
    published = summary["published"].get(name)
    firmware = [row for row in summary["firmware"] if row["dataset"] == name]
    front = {point["id"]: place for place, point in enumerate(summary["front"][name])}
    on_front = sorted((m for m in models if m["id"] in front), key=lambda m: front[m["id"]])
    mine = [one for one in formulas if one["dataset"] == name]
    chosen = {one["model"]["id"] for one in mine}
    shown = [m for m in models if m["id"] in chosen or m["id"] in front]
    peers = [one for one in summary["baselines"] if one["dataset"] == name]
    described = [f for f in data["features"] if f["histogram"] is not None]
    distances = [f["distance"] for f in data["features"] if f["distance"] is not None]
    return data | {
        "distance_max": max(distances, default=None),
        "caveat": _caveat(data),
        "test_error": max(
            (m["expression_accuracy_test_error"] or 0.0 for m in shown), default=None
        ),
        "models": sorted(shown, key=_by_complexity),
        "others": sorted((m for m in models if m not in shown), key=_by_complexity),
        "baselines": sorted(peers, key=_by_complexity),
        "budgets": summary["budgets"][name],
        "targets": [one for one in summary["targets"] if one["dataset"] == name],
        "front": front_formulas(on_front, data["rows"]["test"], inputs),
        "chosen": chosen,
        "published": published,
        "front_figure": front_figure(models, summary["front"][name], published, peers),
        "class_legend": class_legend(data["classes"]),
        "histograms": [
            histogram_figure(f["name"], f["histogram"], data["classes"])
            for f in described[:HISTOGRAMS]
        ],
        "features": [_feature(one, mine) for one in data["features"]],
        "runs": [row for row in firmware if row["accuracy_test"] is not None],
        "costs": [row for row in firmware if row["lut"] is not None],
    }


def _by_complexity(model: Summary) -> tuple[bool, float, str]:
    """Sort models by complexity, those without any last."""
    complexity = model["complexity_mean"]
    return complexity is None, complexity or 0.0, model["id"]


def _feature(feature: Summary, formulas: list[Summary]) -> Summary:
    users = [one["choice"] for one in formulas if feature["name"] in one["inputs"]]
    return feature | {"symbol": symbol(feature["name"]), "used_by": users}


def _histories(summary: Summary, inputs: Inputs) -> list[Summary]:
    """Return the figures of the chosen models, then of the others on the fronts."""
    chosen = [(d, _model(summary, d, c)["id"]) for d, c in _chosen(summary)]
    front = [(d, point["id"]) for d, points in summary["front"].items() for point in points]
    keys = list(dict.fromkeys([*chosen, *front]))[: max(HISTORIES, len(set(chosen)))]
    by_key = {(m["dataset"], m["id"]): m for m in summary["models"]}
    names = {f"training/{d}/{by_key[d, i]['training']}/history.csv" for d, i in keys}
    read = {name: read_history(inputs.path(name)) for name in sorted(names)}
    return [_history(by_key[key], read) for key in keys]


def _history(model: Summary, read: dict[str, dict[str, dict[str, list[float]]]]) -> Summary:
    name = f"training/{model['dataset']}/{model['training']}/history.csv"
    columns = read[name][model["id"]]
    return {
        "dataset": model["dataset"],
        "id": model["id"],
        "loss": loss_figure(model["id"], columns),
        "sparsity": sparsity_figure(model["id"], columns, model["targets"]),
    }


def _artifact(summary: Summary, artifact: Summary) -> Summary:
    path = artifact["path"]
    timed = artifact["sha256"] is None
    return {
        "path": path,
        "holds": HOLDS[path.rsplit("/", 1)[1]],
        "timed": timed,
        "digest": summary["environment"]["sha256"][path] if timed else artifact["sha256"],
    }


def _caveat(data: Summary) -> str:
    """Return what keeps the published points from being compared with ours point by point."""
    if data["source_kind"] in ("openml", "mnist"):
        return "the same data set, in a split that need not be theirs."
    return f"those are of another data set than ours ({data['source']})."
