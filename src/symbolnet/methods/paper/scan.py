"""A scan in two passes: the targets of the second lie in the gaps that the front of the first has.

The complexity of the final expressions is not known here; the number of kept weights stands for it.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from symbolnet.config import Targets
from symbolnet.methods.paper.epochs import FORMS, kept_epochs, kept_rows, start, take_epoch
from symbolnet.methods.paper.masks import sections_of
from symbolnet.methods.paper.members import found_members, together, told
from symbolnet.methods.paper.problem import Problem, targets_of
from symbolnet.methods.paper.state import State, frozen, members_of, thawed
from symbolnet.training.members import COLUMNS, SCORE
from symbolnet.training.method import Log, Members, Tensors

_SECOND = "second pass "  # before the names of its tensors


class Point(NamedTuple):
    """What one target reached: kept weights, and the best validation score over the seeds."""

    size: float
    score: float
    targets: Targets


@dataclass
class Scan:
    """The states of both passes; the second begins when the first is done."""

    first: State
    second: State | None = None


class Paper:
    """The method `paper` on a data set: a step is an epoch of all members (training/method.py)."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    def start(self) -> Scan:
        """Return the state before the first epoch."""
        return Scan(start(self.problem))

    def step(self, scan: Scan, log: Log) -> None:
        """Take an epoch of the present pass."""
        if not self._done(scan.first):
            take_epoch(self.problem, scan.first, log)
            return
        second = self._second(scan)
        if scan.second is None:
            told = ", ".join(_told(targets) for targets in second.spec.targets)
            log(f"refined by {len(second.spec.targets)} targets: {told}")
            scan.second = start(second)
        take_epoch(second, scan.second, log)

    def finished(self, scan: Scan) -> bool:
        """Tell whether both passes are done, or the first where it leaves no gap."""
        if not self._done(scan.first):
            return False
        return not self._added(scan) if scan.second is None else self._done(scan.second)

    def due(self, scan: Scan) -> bool:
        """Tell whether a checkpoint is due: now and then, and before the second pass."""
        epoch = len((scan.second or scan.first).history)
        return epoch % self.problem.spec.checkpoint_every == 0 or epoch == self.problem.spec.epochs

    def share(self, scan: Scan) -> float:
        """Return the share of the epochs of the present pass."""
        return len((scan.second or scan.first).history) / self.problem.spec.epochs

    def line(self, scan: Scan) -> str:
        """Return the figures of the last epoch: lowest..highest over the members of a pass."""
        state, problem = scan.second or scan.first, self.problem
        place = f"epoch {len(state.history)}/{problem.spec.epochs}"
        return f"{place}  {told(state.history[-1], problem.task)}" if state.history else place

    def freeze(self, scan: Scan) -> Tensors:
        """Return a copy of the states as named tensors."""
        second = {} if scan.second is None else frozen(scan.second)
        return frozen(scan.first) | {f"{_SECOND}{name}": part for name, part in second.items()}

    def thaw(self, tensors: Tensors) -> Scan:
        """Return the states that `freeze` copied."""
        device = self.problem.x_train.device
        cut = {
            name.removeprefix(_SECOND): tensors[name]
            for name in tensors
            if name.startswith(_SECOND)
        }
        return Scan(thawed(tensors, device), thawed(cut, device) if cut else None)

    def members(self, scan: Scan) -> Members:
        """Return the members of both passes."""
        if scan.second is None:
            return found_members(self.problem, scan.first)
        first = found_members(self.problem, scan.first)
        second = found_members(self._second(scan), scan.second)
        return together(first, second)

    def _done(self, state: State) -> bool:
        return len(state.history) == self.problem.spec.epochs

    def _added(self, scan: Scan) -> list[Targets]:
        count = self.problem.spec.refine
        return between(points_of(self.problem, scan.first), count) if count else []

    def _second(self, scan: Scan) -> Problem:
        spec = self.problem.spec.model_copy(update={"targets": self._added(scan), "refine": 0})
        return self.problem._replace(
            spec=spec, targets=targets_of(spec, self.problem.targets.device)
        )


def points_of(problem: Problem, state: State) -> list[Point]:
    """Return one point per target, of the best of its seeds as it would be stored."""
    sections = sections_of(problem.layout, kept_rows(problem, state))
    masks = FORMS[problem.spec.thresholds].masks(sections)
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
