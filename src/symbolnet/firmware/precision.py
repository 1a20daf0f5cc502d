"""What a graph's formats were chosen from, as JSON records: precision.json and formats.json."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symbolnet.artifact import read_json, write_json
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.estimate import node_luts
from symbolnet.firmware.formats import Format
from symbolnet.firmware.graph import Graph
from symbolnet.firmware.judge import Jury
from symbolnet.firmware.reference import input_mantissas, run
from symbolnet.firmware.reference import scores as as_scores
from symbolnet.firmware.search import Front, Point
from symbolnet.firmware.values import ValueJury

DATA = ("schema/precision.json", "schema/formats.json")
Record = dict[str, Any]
_FIGURES = Point._fields[2:]


class Searched(NamedTuple):
    """The points of one member's search, the float accuracies and the time it took."""

    id: str
    points: list[Point]
    float_accuracy_train: float
    float_accuracy_validation: float
    search_seconds: float


def after_search(name: str, front: Front, points: list[Point], seconds: float) -> Searched:
    """Return those points of a search that are to be kept."""
    return Searched(
        name, points, front.float_accuracy_train, front.float_accuracy_validation, seconds
    )


def searched(found: Searched, chosen: Point) -> Record:
    """Return the record of a search for precision.json: its points, and which was taken."""
    return {
        "method": "search",
        "float_accuracy_train": found.float_accuracy_train,
        "float_accuracy_validation": found.float_accuracy_validation,
        "points": [_point(point) | {"chosen": point == chosen} for point in found.points],
        "search_seconds": found.search_seconds,
    }


def _point(point: Point) -> Record:
    figures = {name: getattr(point, name) for name in _FIGURES}
    return {"luts_estimated": round(point.luts, 6)} | figures


def uniform(graph: Graph, expressions: ExpressionSet, data: Dataset, seconds: float) -> Record:
    """Return the record of a uniform precision: the one point there is."""
    parts = [data.split(split) for split in ("train", "validation")]
    scores = [as_scores(graph, run(graph, input_mantissas(graph, x))) for x, _ in parts]
    trues = [evaluate(expressions.expressions, x) for x, _ in parts]
    train, validation = (y for _, y in parts)
    jury = (
        Jury(np.concatenate(trues), train, validation, ordered=graph.decision() is None)
        if data.task == "classification"
        else ValueJury(np.concatenate(trues), train, validation)
    )
    true, verdict = jury.verdict(np.concatenate(trues)), jury.verdict(np.concatenate(scores))
    point = {"luts_estimated": sum(node_luts(graph)), "chosen": True, "cross_entropy": None}
    return {
        "method": "uniform",
        "float_accuracy_train": true.accuracy_train,
        "float_accuracy_validation": true.accuracy_validation,
        "points": [point | verdict._asdict()],
        "search_seconds": seconds,
    }


def save_searches(path: Path, searches: list[Searched]) -> None:
    """Write the searches of several members with the formats of every point."""
    members = [
        found._asdict()
        | {"points": [_point(p) | {"formats": list(map(list, p.formats))} for p in found.points]}
        for found in searches
    ]
    write_json(path, {"members": members}, "formats")


def load_searches(path: Path) -> list[Searched]:
    """Read the searches of several members."""
    return [
        Searched(**{**member, "points": [_from_json(point) for point in member["points"]]})
        for member in read_json(path, "formats")["members"]
    ]


def load_search(path: Path, name: str) -> Searched:
    """Read the search of one member; raise InputError where it was not searched."""
    found = next((one for one in load_searches(path) if one.id == name), None)
    if found is None:
        raise InputError(f"a search of {name}", f"none in {path}", "search the formats again")
    return found


def _from_json(point: Record) -> Point:
    formats = tuple(Format(*form) for form in point["formats"])
    return Point(formats, point["luts_estimated"], *(point[name] for name in _FIGURES))
