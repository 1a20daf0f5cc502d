"""What a graph's formats were chosen from, as JSON records: precision.json and formats.json."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

from symbolnet.artifact import read_json, write_json
from symbolnet.errors import InputError
from symbolnet.firmware.formats import Format
from symbolnet.firmware.search import Front, Point

DATA = ("schema/precision.json", "schema/formats.json")
Record = dict[str, Any]
Method = Literal["search", "uniform"]
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


def searched(found: Searched, chosen: Point, method: Method = "search") -> Record:
    """Return the record of a search for precision.json: its points, and which was taken."""
    return {
        "method": method,
        "float_accuracy_train": found.float_accuracy_train,
        "float_accuracy_validation": found.float_accuracy_validation,
        "points": [_point(point) | {"chosen": point == chosen} for point in found.points],
        "search_seconds": found.search_seconds,
    }


def _point(point: Point) -> Record:
    figures = {name: getattr(point, name) for name in _FIGURES}
    return {"luts_estimated": round(point.luts, 6)} | figures


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
