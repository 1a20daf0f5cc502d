"""What the models are compared by: the front, the table at given complexities, targets reached.

Everything is chosen by the expected loss of the rounded expressions on training and validation
rows (expression/loss.py); what they reach on the test set is only carried along.
"""

from collections.abc import Iterable, Sequence
from statistics import mean, stdev
from typing import Any

from symbolnet.artifact import Record
from symbolnet.config import usual_budgets

MEASURES = ("accuracy", "r2")
KINDS = ("input", "weight", "unary", "binary")


def front(models: Iterable[Record]) -> list[Record]:
    """Return the models that no simpler one equals in expected loss, simplest first.

    Losses in which rows count differently are not compared: each kind of `class_weights` has its
    own models in the front.
    """
    groups = _by([m | {"counts": str(m.get("class_weights"))} for m in models], "counts")
    found = [point for group in groups.values() for point in _front(group)]
    return sorted(found, key=lambda p: (p["complexity"], p["id"]))


def _front(models: Iterable[Record]) -> list[Record]:
    points = [_point(m) for m in models if m["loss_expected"] is not None]
    points.sort(key=lambda p: (p["complexity"], p["loss_expected"], p["id"]))
    kept: list[Record] = []
    for point in points:
        if not kept or point["loss_expected"] < kept[-1]["loss_expected"]:
            kept.append(point)
    return kept


def _point(model: Record) -> Record:
    names = [f"{measure}_{split}" for measure in MEASURES for split in ("validation", "test")]
    scores = {name: model.get(f"expression_{name}") for name in names}
    size, lost = model["complexity_mean"], model["loss_expected"]
    return {"id": model["id"], "complexity": size, "loss_expected": lost, **scores}


def budgets(
    asked: Sequence[float],
    inputs: int,
    models: Sequence[Record],
    baselines: Sequence[Record],
    curves: Sequence[Record],
    measure: str = "accuracy",
) -> Record:
    """Return test accuracies, or R2, at given mean complexities, one row per training and peer.

    `asked` are the complexities; where there are none they follow from the number of inputs.
    """
    limits = sorted(asked) or usual_budgets(inputs)
    rows = [
        {
            "origin": origin,
            "method": name,
            "cells": [_cell(limit, found, measure) for limit in limits],
        }
        for origin, group in (("training", models), ("baseline", baselines))
        for name, found in _by(group, "training").items()
    ]
    rows += [
        {
            "origin": "published",
            "method": curve["method"],
            "cells": [_published(limit, curve["points"]) for limit in limits],
        }
        for curve in curves
    ]
    return {"complexities": limits, "rows": rows}


def _by(models: Iterable[Record], key: str) -> dict[Any, list[Record]]:
    groups: dict[Any, list[Record]] = {}
    for model in models:
        groups.setdefault(model[key], []).append(model)
    return groups


def _cell(limit: float, models: Sequence[Record], measure: str) -> Record | None:
    """Choose the best that is simple enough: among all seeds, and of each seed."""
    lost = "loss_expected"
    fitting = [m for m in models if m[lost] is not None and m["complexity_mean"] <= limit]
    chosen = [min(found, key=_rank) for _, found in sorted(_by(fitting, "seed").items())]
    if not chosen:
        return None
    scores = [m[f"expression_{measure}_test"] for m in chosen]
    return _scores(scores, measure) | {
        "choice": _point(min(chosen, key=_rank)),
        "complexity": mean(m["complexity_mean"] for m in chosen),
        "seeds": len(chosen),
        "models": [m["id"] for m in chosen],
    }


def _scores(values: Sequence[float | None], measure: str) -> Record:
    """Return mean and spread under the name of the measure, null under the other one's."""
    known = [value for value in values if value is not None]
    empty = {f"{m}_test{end}": None for m in MEASURES for end in ("", "_spread")}
    return empty | {
        f"{measure}_test": mean(known) if known else None,
        f"{measure}_test_spread": stdev(known) if len(known) > 1 else None,
    }


def _rank(model: Record) -> tuple[float, float, str]:
    return model["loss_expected"], model["complexity_mean"], model["id"]


def _published(limit: float, points: Iterable[Sequence[float]]) -> Record | None:
    """Return the best published point that is simple enough; its authors chose it, not we."""
    fitting = [(accuracy, -size) for size, accuracy in points if size <= limit]
    if not fitting:
        return None
    accuracy, size = max(fitting)
    return _scores([accuracy], "accuracy") | {
        "choice": None,
        "complexity": -size,
        "seeds": None,
        "models": [],
    }


def beside(points: Iterable[Sequence[float]], models: Iterable[Record]) -> list[Record | None]:
    """Return for each published point what the run itself would choose of at most its size."""
    known = [m for m in models if m["loss_expected"] is not None]
    fitting = ([m for m in known if m["complexity_mean"] <= size] for size, _ in points)
    return [_point(min(found, key=_rank)) if found else None for found in fitting]


def misses(models: Iterable[Record]) -> list[Record]:
    """Return for each training and kind of target how far its members are from what was asked.

    A target that is a complexity must not be exceeded: a miss is what lies above it.
    """
    return [
        _miss(dataset, training, kind, pairs)
        for dataset, found in _by(models, "dataset").items()
        for training, members in _by(found, "training").items()
        for kind, pairs in _asked_and_reached(members).items()
    ]


Pairs = list[tuple[str, float, float, float]]


def _asked_and_reached(members: Iterable[Record]) -> dict[str, Pairs]:
    """Return id, asked, reached and miss of each member that has a target, by kind."""
    found: dict[str, Pairs] = {}
    for m in members:
        for kind in KINDS if m["targets"] is not None else ():
            asked, reached = m["targets"][kind], m["sparsity"][kind]
            found.setdefault(kind, []).append((m["id"], asked, reached, abs(reached - asked)))
        asked, reached = m["complexity_target"], m["complexity_mean"]
        if asked is not None and reached is not None:
            pair = (m["id"], asked, reached, max(0.0, reached - asked))
            found.setdefault("complexity", []).append(pair)
    return found


def _miss(dataset: str, training: str, kind: str, pairs: Pairs) -> Record:
    worst, asked, reached, largest = max(pairs, key=lambda pair: pair[3])
    return {
        "dataset": dataset,
        "training": training,
        "kind": kind,
        "members": len(pairs),
        "largest_miss": largest,
        "mean_miss": mean(pair[3] for pair in pairs),
        "model": worst,
        "asked": asked,
        "reached": reached,
    }
