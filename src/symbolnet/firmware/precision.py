"""What a graph's formats were chosen from, as a JSON record (schema/precision.json)."""

from typing import Any

from symbolnet.data.dataset import Dataset
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.metrics import accuracy
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.estimate import node_luts
from symbolnet.firmware.graph import Graph
from symbolnet.firmware.reference import input_mantissas, real_outputs, run
from symbolnet.firmware.search import Front, Point

DATA = ("schema/precision.json",)


def searched(front: Front, chosen: Point) -> dict[str, Any]:
    """Return the record of a search: every step, and which was taken."""
    return {
        "method": "search",
        "float_accuracy_train": front.float_accuracy_train,
        "float_accuracy_validation": front.float_accuracy_validation,
        "points": [_point(point, point is chosen) for point in front.points],
    }


def _point(point: Point, chosen: bool) -> dict[str, Any]:
    figures = {"luts_estimated": round(point.luts, 6), "chosen": chosen}
    names = ("cross_entropy", "accuracy_train", "accuracy_validation")
    return figures | {name: getattr(point, name) for name in names}


def uniform(graph: Graph, expressions: ExpressionSet, data: Dataset) -> dict[str, Any]:
    """Return the record of a uniform precision: the one point there is."""
    figures: dict[str, Any] = {"method": "uniform"}
    point = {"luts_estimated": sum(node_luts(graph)), "chosen": True, "cross_entropy": None}
    for split in ("train", "validation"):
        x, y = data.split(split)
        fixed = real_outputs(graph, run(graph, input_mantissas(graph, x)))
        figures[f"float_accuracy_{split}"] = accuracy(evaluate(expressions.expressions, x), y)
        point[f"accuracy_{split}"] = accuracy(fixed, y)
    return figures | {"points": [point]}
