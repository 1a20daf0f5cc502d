"""What the models are compared by: the front, the table at given complexities, targets reached.

Everything is chosen on the validation accuracy of the rounded expressions; test accuracy is only
carried along.
"""

from collections.abc import Iterable, Sequence
from statistics import mean, stdev
from typing import Any

Record = dict[str, Any]

KINDS = ("input", "weight", "unary", "binary")
_MANY_INPUTS = 64  # more than this are pixels rather than features
_BUDGETS_FEATURES = (16.0, 30.0, 60.0, 140.0)
_BUDGETS_PIXELS = (50.0, 100.0, 150.0, 300.0)


def front(models: Iterable[Record]) -> list[Record]:
    """Return the models that no simpler one equals in validation accuracy, simplest first."""
    points = [_point(m) for m in models if m["expression_accuracy_validation"] is not None]
    points.sort(key=lambda p: (p["complexity"], -p["accuracy_validation"], p["id"]))
    kept: list[Record] = []
    for point in points:
        if not kept or point["accuracy_validation"] > kept[-1]["accuracy_validation"]:
            kept.append(point)
    return kept


def _point(model: Record) -> Record:
    return {
        "id": model["id"],
        "complexity": model["complexity_mean"],
        "accuracy_validation": model["expression_accuracy_validation"],
        "accuracy_test": model["expression_accuracy_test"],
    }


def budgets(
    asked: Sequence[float],
    inputs: int,
    models: Sequence[Record],
    baselines: Sequence[Record],
    curves: Sequence[Record],
) -> Record:
    """Return test accuracies at given mean complexities, one row per training and peer.

    `asked` are the complexities; where there are none they follow from the number of inputs.
    """
    usual = _BUDGETS_PIXELS if inputs > _MANY_INPUTS else _BUDGETS_FEATURES
    limits = sorted(asked) or list(usual)
    rows = [
        {"origin": origin, "method": name, "cells": [_cell(limit, found) for limit in limits]}
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


def _cell(limit: float, models: Sequence[Record]) -> Record | None:
    """Choose for each seed the best on validation data that is simple enough."""
    fitting = [
        m
        for m in models
        if m["expression_accuracy_validation"] is not None and m["complexity_mean"] <= limit
    ]
    chosen = [min(found, key=_rank) for _, found in sorted(_by(fitting, "seed").items())]
    if not chosen:
        return None
    accuracies = [m["expression_accuracy_test"] for m in chosen]
    return {
        "accuracy_test": mean(accuracies),
        "accuracy_test_spread": stdev(accuracies) if len(accuracies) > 1 else None,
        "complexity": mean(m["complexity_mean"] for m in chosen),
        "seeds": len(chosen),
        "models": [m["id"] for m in chosen],
    }


def _rank(model: Record) -> tuple[float, float, str]:
    return -model["expression_accuracy_validation"], model["complexity_mean"], model["id"]


def _published(limit: float, points: Iterable[Sequence[float]]) -> Record | None:
    """Return the best published point that is simple enough; its authors chose it, not we."""
    fitting = [(accuracy, -size) for size, accuracy in points if size <= limit]
    if not fitting:
        return None
    accuracy, size = max(fitting)
    return {
        "accuracy_test": accuracy,
        "accuracy_test_spread": None,
        "complexity": -size,
        "seeds": None,
        "models": [],
    }


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
