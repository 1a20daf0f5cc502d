"""What a graph's formats were chosen from, as a JSON record (schema/precision.json)."""

from typing import Any

from symbolnet.data.dataset import Dataset
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.metrics import score
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.estimate import node_luts
from symbolnet.firmware.graph import Graph
from symbolnet.firmware.reference import input_mantissas, real_outputs, run
from symbolnet.firmware.search import Front, Point

DATA = ("schema/precision.json",)


_NAMES = {"accuracy": "r2", "cross_entropy": "squared_error"}  # of a regression


def searched(front: Front, chosen: Point, task: str = "classification") -> dict[str, Any]:
    """Return the record of a search: every step, and which was taken."""
    record = {
        "method": "search",
        "float_accuracy_train": front.float_accuracy_train,
        "float_accuracy_validation": front.float_accuracy_validation,
        "points": [_point(point, point is chosen) for point in front.points],
    }
    return _named(record, task)


def _named(record: Any, task: str) -> Any:
    """Call the figures of a regression by their own names."""
    if task == "classification" or not isinstance(record, (dict, list)):
        return record
    if isinstance(record, list):
        return [_named(one, task) for one in record]
    names = {key: key for key in record}
    for ours, theirs in _NAMES.items():
        names = {key: name.replace(ours, theirs) for key, name in names.items()}
    return {names[key]: _named(value, task) for key, value in record.items()}


def _point(point: Point, chosen: bool) -> dict[str, Any]:
    figures = {"luts_estimated": round(point.luts, 6), "chosen": chosen}
    names = ("cross_entropy", "accuracy_train", "accuracy_validation")
    return figures | {name: getattr(point, name) for name in names}


def uniform(graph: Graph, expressions: ExpressionSet, data: Dataset) -> dict[str, Any]:
    """Return the record of a uniform precision: the one point there is."""
    figures: dict[str, Any] = {"method": "uniform"}
    point: dict[str, Any] = {
        "luts_estimated": sum(node_luts(graph)),
        "chosen": True,
        "cross_entropy": None,
    }
    for split in ("train", "validation"):
        x, y = data.split(split)
        fixed = real_outputs(graph, run(graph, input_mantissas(graph, x)))
        true = evaluate(expressions.expressions, x)
        figures[f"float_accuracy_{split}"] = score(true, y, data.task)
        point[f"accuracy_{split}"] = score(fixed, y, data.task)
    return _named(figures | {"points": [point]}, data.task)
