"""A scan in two passes: the targets of the second lie in the gaps that the front of the first has.

The complexity of the final expressions is not known here; the number of kept weights stands for it.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch

from symbolnet.config import Targets
from symbolnet.network.checkpoint import save_checkpoint, stamp_of
from symbolnet.network.history import COLUMNS, SCORE
from symbolnet.network.keep import kept_epochs, kept_rows
from symbolnet.network.masks import sections_of
from symbolnet.network.preset import PRESETS
from symbolnet.network.problem import Problem, targets_of
from symbolnet.network.state import State, frozen, members_of
from symbolnet.network.train import train_members

Log = Callable[[str], None]


class Point(NamedTuple):
    """What one target reached: kept weights, and the best validation score over the seeds."""

    size: float
    score: float
    targets: Targets


class Scan(NamedTuple):
    """All members of a job: their state, and the seed and the targets of each."""

    state: State
    members: list[tuple[int, Targets]]


def train_scan(problem: Problem, checkpoint: Path, digest: str, log: Log) -> Scan:
    """Train all targets, then those that `refine` adds; each pass has a checkpoint of its own."""
    stamp, members = stamp_of(problem.spec, digest), members_of(problem.spec)
    state = train_members(problem, checkpoint, stamp, log)
    added = between(points_of(problem, state), problem.spec.refine)
    if not added:
        return Scan(state, members)
    save_checkpoint(checkpoint, stamp, frozen(state))
    log(f"refined by {len(added)} targets: " + ", ".join(_told(targets) for targets in added))
    spec = problem.spec.model_copy(update={"targets": added, "refine": 0})
    second = problem._replace(spec=spec, targets=targets_of(spec, problem.targets.device))
    more = train_members(second, second_checkpoint(checkpoint), stamp_of(spec, digest), log)
    return Scan(_joined(state, more), members + members_of(spec))


def second_checkpoint(checkpoint: Path) -> Path:
    """Return where the second pass keeps its state."""
    return checkpoint.with_name(f"{checkpoint.name}.refine")


def points_of(problem: Problem, state: State) -> list[Point]:
    """Return one point per target, of the best of its seeds as it would be stored."""
    sections = sections_of(problem.layout, kept_rows(problem, state))
    masks = PRESETS[problem.spec.thresholds].masks(sections)
    sizes, epochs = masks.weight.sum(dim=1).tolist(), kept_epochs(problem, state.history).tolist()
    column, best = COLUMNS.index(SCORE), dict[int, Point]()
    for k, (_, targets) in enumerate(members_of(problem.spec)):
        score = state.history[epochs[k]][k, column].item()
        number = k % len(problem.spec.targets)
        if math.isfinite(score) and (number not in best or score > best[number].score):
            best[number] = Point(sizes[k], score, targets)
    return [best[number] for number in sorted(best)]


def front_of(points: list[Point]) -> list[Point]:
    """Return the points that no smaller one equals, by size."""
    front = list[Point]()
    for point in sorted(points, key=lambda point: (point.size, -point.score)):
        if not front or point.score > front[-1].score:
            front.append(point)
    return front


def between(points: list[Point], count: int) -> list[Targets]:
    """Return up to `count` targets, each halfway across what is then the largest gap of the front.

    A gap is as wide as its share of the front in log(size) and in score, added as sides of a right
    triangle. A target between two others leaves two gaps of half the width.
    """
    front = front_of(points)
    gaps = [(_width(low, high, front), low.targets, high.targets) for low, high in pairwise(front)]
    known, added = [point.targets for point in points], list[Targets]()
    while gaps and len(added) < count:
        number = max(range(len(gaps)), key=lambda i: gaps[i][0])
        width, low, high = gaps[number]
        middle = _halfway(low, high)
        gaps[number : number + 1] = [(width / 2, low, middle), (width / 2, middle, high)]
        if middle in known:
            del gaps[number : number + 2]
        else:
            known.append(middle)
            added.append(middle)
    return added


def _width(low: Point, high: Point, front: list[Point]) -> float:
    first, last = front[0], front[-1]
    size = math.log(high.size / low.size) / math.log(last.size / first.size)
    return math.hypot(size, (high.score - low.score) / (last.score - first.score))


def _halfway(one: Targets, other: Targets) -> Targets:
    first, second = one.model_dump(), other.model_dump()
    return Targets(**{kind: (first[kind] + second[kind]) / 2 for kind in first})


def _told(targets: Targets) -> str:
    return " ".join(f"{kind} {share:.4g}" for kind, share in targets.model_dump().items())


def _joined(first: State, second: State) -> State:
    """Return the members of both; only what is stored of them has a meaning."""
    rows = [torch.cat(both) for both in zip(first.history, second.history, strict=True)]
    parameters = torch.cat([first.parameters, second.parameters])
    kept, seconds = torch.cat([first.kept, second.kept]), first.seconds + second.seconds
    return State(parameters, first.adam, first.generators, history=rows, seconds=seconds, kept=kept)
