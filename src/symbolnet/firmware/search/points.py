"""The points of a search, the choice among them, and their files: precision.json, formats.json."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from symbolnet.artifact import Record, read_json, write_json
from symbolnet.errors import InputError
from symbolnet.firmware.build.formats import Format, assemble, distances
from symbolnet.firmware.build.parts import Datapath, Group, regrouped
from symbolnet.firmware.graph.graph import Graph
from symbolnet.firmware.search.judge_classes import worth


class Point(NamedTuple):
    """One step of a search: formats, their estimate, and what they do on rows that are not test.

    `accuracy` and what follows are those of training and validation rows together, `loss` and its
    standard error those of the measure that loses most against the float expressions. `groups` are
    the tables of several inputs, of which the parts are that the formats are for.
    """

    formats: tuple[Format, ...]
    luts: float
    cross_entropy: float
    accuracy_train: float
    accuracy_validation: float
    accuracy: float
    loss: float
    loss_error: float
    balanced_accuracy: float | None = None
    auc: float | None = None
    measure: str = "accuracy"
    groups: tuple[Group, ...] = ()

    def worth(self, by: str = "accuracy") -> float:
        """Return what points are ranked by: all measures, or the one that a choice goes by.

        By accuracy alone no point would be told from a constant where a class is rare.
        """
        named = {"balanced_accuracy": self.balanced_accuracy, "auc": self.auc}.get(by)
        if named is not None:
            return named
        return worth(self.accuracy, self.balanced_accuracy, self.auc)


class Front(NamedTuple):
    """The steps of a search from generous formats on, and the float expressions for comparison."""

    points: list[Point]
    float_accuracy_train: float
    float_accuracy_validation: float


def choose(front: Front, tolerance: float) -> Point:
    """Return the cheapest point that surely loses no more than `tolerance` of any measure.

    Surely: its loss on training and validation rows together, plus the standard error of the loss.
    """
    within = [point for point in front.points if point.loss + point.loss_error <= tolerance]
    return min(within, key=lambda point: point.luts) if within else front.points[0]


def best_below(points: Sequence[Point], lut_max: float, by: str = "accuracy") -> Point | None:
    """Return the best point of at most so many estimated LUTs, if there is one."""
    within = [point for point in points if point.luts <= lut_max]
    return max(within, key=lambda point: (point.worth(by), -point.luts), default=None)


def useful(points: Sequence[Point]) -> list[Point]:
    """Return the points that no cheaper one equals in worth, in the same order."""
    best, kept = -math.inf, list[Point]()
    for point in sorted(points, key=lambda point: (point.luts, -point.worth())):
        if point.worth() > best:
            best = point.worth()
            kept.append(point)
    return kept[::-1]


DATA = ("schema/precision.json", "schema/formats.json")
Method = Literal["search", "uniform"]
_FIGURES = Point._fields[2:-1]


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


def searched(found: Searched, chosen: Point, method: Method = "search") -> Record:
    """Return the record of a search for precision.json: its points, and which was taken."""
    return {
        "method": method,
        "float_accuracy_train": found.float_accuracy_train,
        "float_accuracy_validation": found.float_accuracy_validation,
        "points": [_point(point) | {"chosen": point == chosen} for point in found.points],
        "search_seconds": found.search_seconds,
    }


def graph_at(datapath: Datapath, point: Point) -> Graph:
    """Return the graph of a datapath in the formats of a point, its tables joined as they were."""
    return assemble(regrouped(datapath, point.groups), point.formats)


def entries_at(datapath: Datapath, point: Point) -> Record:
    """Return how many table entries there are, on which side, and how far from the formula."""
    steps = distances(regrouped(datapath, point.groups), point.formats)
    most = float(steps.max(initial=0.0))
    farther = int(np.count_nonzero(steps > 0.5))
    return {"number": len(steps), "farther": farther, "steps_most": round(most, 6)}


def _point(point: Point) -> Record:
    figures = {name: getattr(point, name) for name in _FIGURES}
    return {"luts_estimated": round(point.luts, 6)} | figures


def save_searches(path: Path, searches: list[Searched]) -> None:
    """Write the searches of several members with the formats of every point."""
    members = [
        found._asdict() | {"points": [_point(point) | _formats(point) for point in found.points]}
        for found in searches
    ]
    write_json(path, {"members": members}, "formats")


def _formats(point: Point) -> Record:
    formats = [[*numbers, list(farther)] for *numbers, farther in point.formats]
    return {"formats": formats, "groups": list(map(list, point.groups))}


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
    pairs = ((Format(*numbers), tuple(farther)) for *numbers, farther in point["formats"])
    formats = tuple(form._replace(farther=farther) for form, farther in pairs)
    groups = tuple(map(tuple, point["groups"]))
    figures = {name: point[name] for name in _FIGURES}
    return Point(formats, point["luts_estimated"], **figures, groups=groups)
