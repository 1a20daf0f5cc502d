"""Command `compare`: two runs, or bundles of them, side by side."""

from collections.abc import Iterator
from json import dumps
from pathlib import Path
from typing import Any

from symbolnet.audit.compare import compare as compared
from symbolnet.audit.verify import opened

Record = dict[str, Any]
_LISTED = 20  # of each kind of difference
_WIDE = 48  # letters of a value


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
        yield "no accuracies to compare: no common data set, or it is not here"
        return
    how = "rows paired" if figures[0]["paired"] else "rows of their own"
    yield f"test accuracy %, second minus first with its 95 % bootstrap interval ({how})"
    for one in figures:
        first, second = (100 * value for value in one["accuracy_test"])
        low, high = (100 * value for value in one["interval_95"])
        sure = "significant" if one["significant"] else "within the noise"
        change = f"{100 * one['difference']:+.2f} [{low:+.2f}, {high:+.2f}]"
        what = f"{one['dataset']}, {one['what']}"
        yield f"  {what:<50}{first:>8.2f}{second:>8.2f}  {change:<26}{sure}"
