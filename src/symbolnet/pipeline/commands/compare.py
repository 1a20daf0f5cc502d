"""Command `compare`: two runs, or bundles of them, side by side."""

from collections.abc import Iterator
from json import dumps
from pathlib import Path
from typing import Any

from symbolnet.artifact import Record
from symbolnet.audit.compare import compare as compared
from symbolnet.audit.verify import opened

_LISTED = 20  # of each kind of difference
_WIDE = 48  # letters of a value
# Name, unit and digits of a measure.
_WRITTEN = {"accuracy": ("accuracy %", 100, 2), "r2": ("R2", 1, 4)}


def compare(first: Path, second: Path, /, json: bool = False) -> None:
    """Print what differs between two runs, accuracies with 95 % bootstrap intervals.

    --json prints the same as JSON.
    """
    with opened(first) as one, opened(second) as other:
        found = compared(one, other)
    print(dumps(found, indent=1, sort_keys=True) if json else "\n".join(_lines(found)))


def _lines(found: Record) -> Iterator[str]:
    yield f"{'':<52}{found['runs'][0]:>20}{found['runs'][1]:>20}"
    for kind in ("config", "code", "packages"):
        yield from _changes(kind, found[kind])
    for data in found["data"]:
        same = "the same bytes" if data["equal"] else "another data set"
        rows = [f"{one['train']:,} + {one['test']:,}" for one in data["rows"]]
        yield f"{'data ' + data['dataset'] + ': ' + same:<52}{rows[0]:>20}{rows[1]:>20}"
    for one in found["firmware"]:
        what, (before, after) = f"firmware {one['dataset']}/{one['what']}", one["values"]
        yield f"{what:<52}{before:>20,}{after:>20,}"
    yield from _accuracies(found["accuracy"])


def _changes(kind: str, changed: list[Record]) -> Iterator[str]:
    yield f"{kind}: {len(changed) or 'no'} differences"
    for one in changed[:_LISTED]:
        before, after = (_short(value) for value in one["values"])
        yield f"  {one['name']}: {before} -> {after}"
    if len(changed) > _LISTED:
        yield f"  and {len(changed) - _LISTED} more"


def _short(value: Any) -> str:
    text = "none" if value is None else dumps(value)
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 3]}..."


def _accuracies(figures: list[Record]) -> Iterator[str]:
    if not figures:
        yield "no scores to compare: no common data set, or it is not here"
        return
    for measure in _WRITTEN:
        yield from _scores([one for one in figures if one["measure"] == measure], measure)


def _scores(figures: list[Record], measure: str) -> Iterator[str]:
    if not figures:
        return
    how = "rows paired" if figures[0]["paired"] else "rows of their own"
    name, unit, digits = _WRITTEN[measure]
    yield f"test {name}, second minus first with its 95 % bootstrap interval ({how})"
    for one in figures:
        first, second = (f"{unit * value:.{digits}f}" for value in one[f"{measure}_test"])
        change, low, high = (
            f"{unit * value:+.{digits}f}" for value in (one["difference"], *one["interval_95"])
        )
        sure = "significant" if one["significant"] else "within the noise"
        what, span = f"{one['dataset']}, {one['what']}", f"{change} [{low}, {high}]"
        yield f"  {what:<50}{first:>8}{second:>8}  {span:<26}{sure}"
