"""Figures of the page, drawn from the summary and the training histories alone."""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from symbolnet.report.designs import DESIGNS, FORMULAS
from symbolnet.report.measures import OF_TASK, Measure
from symbolnet.report.plot import MARKERS, Axis, Series, Size, axis, draw, legend

SPARSITIES = ("input", "weight", "unary", "binary")
_PEERS = ("cross", "diamond")
_COLOURS = 10
_POINTS = 200  # per line; more than a line of this width can show
_SMALL = Size(width=200, height=146, left=32, right=6, top=6, bottom=34, x_ticks=4, y_ticks=3)
_WIDE = Size(width=520, height=370)

_SCORES = {"accuracy_validation": "accuracy", "r2_validation": "R²"}

History = dict[str, list[float]]


def front_figure(
    models: Sequence[dict[str, Any]],
    front: Sequence[dict[str, Any]],
    published: dict[str, Any] | None,
    baselines: Sequence[dict[str, Any]] = (),
    measure: Measure = OF_TASK["classification"],
) -> Markup:
    """Draw test accuracy, or R2, against mean complexity: ours filled, all others hollow."""
    series = [*_published(published), *_peers(baselines, measure), *_ours(models, front, measure)]
    xs = [value for one in series for value in one.x]
    ys = [value for one in series for value in one.y]
    shown = [one.label for one in series if one.kind == "points" and one.x]
    title = f"Test {measure.name} against mean complexity: {', '.join(shown)}"
    x, y = axis(xs, "mean complexity", log=True), axis(ys, f"test {measure.name}")
    return draw(title, x, y, series, _WIDE) + legend(series)


def _ours(
    models: Sequence[dict[str, Any]], front: Sequence[dict[str, Any]], measure: Measure
) -> Iterable[Series]:
    key = f"{measure.key}_test"
    known = [m for m in models if m[f"expression_{key}"] is not None]
    line = [point for point in front if point[key] is not None]
    x = [point["complexity"] for point in line]
    y = [point[key] for point in line]
    yield Series("front of this run (chosen without test rows)", x, y, "ours thin")
    yield Series(
        "models of this run",
        [m["complexity_mean"] for m in known],
        [m[f"expression_{key}"] for m in known],
        "ours",
        "points",
        titles=[_point_title(m, measure) for m in known],
    )


def _point_title(model: dict[str, Any], measure: Measure) -> str:
    score, size = model[f"expression_{measure.key}_test"], model["complexity_mean"]
    return f"{model['id']}: {measure.name} {score:.3f} at complexity {size:.1f}"


def _peers(baselines: Sequence[dict[str, Any]], measure: Measure) -> Iterable[Series]:
    for i, name in enumerate(dict.fromkeys(m["training"] for m in baselines)):
        known = [m for m in baselines if m["training"] == name]
        yield Series(
            f"baseline {name} (run here)",
            [m["complexity_mean"] for m in known],
            [m[f"expression_{measure.key}_test"] for m in known],
            f"baseline b{i % 2}",
            "points",
            _PEERS[i % len(_PEERS)],
            [f"baseline {_point_title(m, measure)}" for m in known],
        )


def _published(published: dict[str, Any] | None) -> Iterable[Series]:
    for i, curve in enumerate(published["curves"] if published else []):
        points = curve["points"]
        yield Series(
            f"{curve['method']} (published)",
            [x for x, _ in points],
            [y for _, y in points],
            f"published p{i}",
            "points",
            MARKERS[1 + i],
            [
                f"{curve['method']}, published: accuracy {y:.3f} at complexity {x:g}"
                for x, y in points
            ],
        )


def cost_figure(designs: dict[str, Any], measure: Measure) -> Markup:
    """Draw the test score in fixed point against counted LUTs, a series for each kind of design."""
    of_kind: dict[str, list[dict[str, Any]]] = {FORMULAS: designs["symbolic"]}
    for one in designs["rivals"]:
        of_kind.setdefault(one["kind"], []).append(one)
    series = [
        Series(
            DESIGNS[kind].label,
            [one["lut"] for one in some],
            [one[f"{measure.key}_test"] for one in some],
            DESIGNS[kind].style,
            "points",
            DESIGNS[kind].marker,
            [_design_title(one, measure) for one in some],
        )
        for kind, some in of_kind.items()
        if some
    ]
    x = [value for one in series for value in one.x]
    y = [value for one in series for value in one.y]
    title = f"Test {measure.name} in fixed point against LUTs"
    across, up = axis(x, "LUT (Yosys)", log=True), axis(y, f"test {measure.name}")
    return draw(title, across, up, series, _WIDE) + legend(series)


def _design_title(design: dict[str, Any], measure: Measure) -> str:
    score = measure.text(design[f"{measure.key}_test"], 2)
    return f"{design['name']}: {measure.name} {score} with {design['lut']:,} LUT"


def read_history(path: Path) -> dict[str, History]:
    """Return the columns of a history.csv by member."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    members: dict[str, History] = {}
    for row in rows:
        columns = members.setdefault(row["member"], {})
        for name, value in row.items():
            if name != "member":
                columns.setdefault(name, []).append(float(value))
    return members


def loss_figure(member: str, history: History) -> Markup:
    """Draw the losses of one member over the epochs."""
    names = {"loss": "loss that was trained on", "loss_mse": "without its sparsity terms"}
    series = [
        Series(label, *_thinned(history["epoch"], history[name]), f"c{i}")
        for i, (name, label) in enumerate(names.items())
    ]
    y = axis([v for one in series for v in one.y], "loss", log=True)
    title = f"Training loss of {member} over the epochs"
    return draw(title, _epochs(history), y, series) + legend(series)


def sparsity_figure(
    member: str, history: History, targets: dict[str, float] | None = None
) -> Markup:
    """Draw the four sparsities, their targets (dashed) if any, and the validation score."""
    epochs = [history["epoch"][0], history["epoch"][-1]]
    reached = [
        Series(kind, *_thinned(history["epoch"], history[f"sparsity_{kind}"]), f"c{i}")
        for i, kind in enumerate(SPARSITIES)
    ]
    asked = [
        Series("", epochs, [targets[kind]] * 2, f"c{i} dashed")
        for i, kind in enumerate(SPARSITIES)
        if targets is not None
    ]
    column, name = next((c, n) for c, n in _SCORES.items() if c in history)
    score = Series(f"validation {name}", *_thinned(history["epoch"], history[column]), "ink")
    title = f"Sparsities and validation {name} of {member} over the epochs"
    y = Axis(0, 1, f"sparsity, {name}")
    return draw(title, _epochs(history), y, [*asked, *reached, score]) + legend([*reached, score])


def _epochs(history: History) -> Axis:
    first, last = history["epoch"][0], history["epoch"][-1]
    return Axis(first, max(last, first + 1), "epoch")


def _thinned(x: Sequence[float], y: Sequence[float]) -> tuple[list[float], list[float]]:
    """Keep the last point and evenly spread ones before it."""
    stride = max(1, -(-len(x) // _POINTS))
    start = (len(x) - 1) % stride
    return list(x[start::stride]), list(y[start::stride])


def histogram_figure(feature: str, histogram: dict[str, Any], classes: Sequence[str]) -> Markup:
    """Draw the distribution of one feature, one line per class, each normalised to 1."""
    edges = histogram["edges"]
    series = [
        Series(name, edges, _shares(histogram["counts"][name]), f"c{i % _COLOURS}", "step")
        for i, name in enumerate(classes)
    ]
    top = max((v for one in series for v in one.y), default=1.0) or 1.0
    title = f"Distribution of {feature}" + (" by class" if len(classes) > 1 else "")
    return draw(title, Axis(edges[0], edges[-1], feature), Axis(0, 1.05 * top), series, _SMALL)


def response_figure(response: dict[str, Any], outputs: Sequence[str]) -> Markup:
    """Draw every output while one input sweeps its range and all others stay at their median."""
    raw = [math.nan if value is None else value for value in response["raw"]]
    series = [
        Series(name, raw, [math.nan if v is None else v for v in values], f"c{k % _COLOURS}")
        for k, (name, values) in enumerate(zip(outputs, response["outputs"], strict=True))
    ]
    title = f"Outputs against {response['name']}, all other inputs at their median"
    x, y = axis(raw, response["name"], pad=0.01), axis([v for one in series for v in one.y])
    return draw(title, x, y, series, _SMALL)


def class_legend(classes: Sequence[str]) -> Markup:
    """Return the colours of the classes."""
    return legend([Series(name, [], [], f"c{i % _COLOURS}") for i, name in enumerate(classes)])


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts) or 1.0
    return [count / total for count in counts]
