"""A scan in two passes: the targets of the second lie in the gaps that the front of the first has.

The complexity of the final expressions is not known here; the number of kept weights stands for it.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.config import Architecture, Targets
from symbolnet.data.quantities import Quantities
from symbolnet.methods.paper.epochs import FORMS, kept_epochs, kept_rows, start, take_epoch
from symbolnet.methods.paper.layout import Layout, sections_of
from symbolnet.methods.paper.problem import Problem, State, frozen, members_of, targets_of, thawed
from symbolnet.network.store import QUANTITIES, Arrays
from symbolnet.training.members import COLUMNS, SCORE, SCORES, SPARSITIES
from symbolnet.training.method import Log, Member, Members, Tensors

_KINDS = ("weight", "input", "unary", "binary")


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


def found_members(problem: Problem, state: State) -> Members:
    """Return the members of one pass as they are to be stored."""
    rows, epochs = kept_rows(problem, state), kept_epochs(problem, state.history).tolist()
    with torch.no_grad():
        masks = FORMS[problem.spec.thresholds].masks(sections_of(problem.layout, rows))
    histories = torch.stack(state.history, dim=1).numpy()
    pairs = zip(members_of(problem.spec), histories, epochs, strict=True)
    return Members(
        Architecture.model_validate(
            problem.spec.model_dump(include=set(Architecture.model_fields))
        ),
        networks_of(problem.layout, rows, masks._asdict(), problem.quantities),
        [Member(seed, history, targets, epoch) for (seed, targets), history, epoch in pairs],
        problem.task,
        problem.weights,
        rows.device.type,
    )


def together(first: Members, second: Members) -> Members:
    """Return the members of two passes, those of the first before those of the second."""
    networks = {
        name: array if name in QUANTITIES else np.concatenate([array, second.networks[name]])
        for name, array in first.networks.items()
    }
    return first._replace(networks=networks, members=first.members + second.members)


def told(figures: Tensor, task: str) -> str:
    """Return a row of the history as text: one value, or lowest..highest, over the members."""
    columns = dict(zip(COLUMNS, figures.unbind(dim=1), strict=True))
    score = SCORES[task].removesuffix("_validation")
    sparsity = " ".join(f"{name[9:]} {_range(columns[name])}" for name in SPARSITIES)
    return f"loss {_range(columns['loss'])}  {score} {_range(columns[SCORE])}  sparsity {sparsity}"


def _range(values: Tensor) -> str:
    finite = values[values.isfinite()]
    if not len(finite):
        return "nan"
    low, high = f"{finite.min():.3f}", f"{finite.max():.3f}"
    return low if low == high else f"{low}..{high}"


def networks_of(
    layout: Layout,
    parameters: Tensor,
    masks: dict[str, Tensor],
    quantities: Quantities | None = None,
) -> Arrays:
    """Return rows (m, p) and the masks made from them, by kind (m, size), as they are stored.

    `quantities` are what the outputs of a regression stand for.
    """
    found = {} if quantities is None else dict(zip(QUANTITIES, quantities, strict=True))
    rows = parameters.cpu().numpy()
    ends = np.cumsum(layout.sections)
    weights, *thresholds = np.split(rows, ends[:-1], axis=1)
    tensors = _by_part(layout, weights, "")
    for kind, threshold in zip(_KINDS, thresholds, strict=True):
        split = _by_part if kind == "weight" else _by_kind(kind)
        tensors |= split(layout, threshold, "_threshold")
        tensors |= split(layout, masks[kind].cpu().numpy().astype(np.uint8), "_mask")
    return {name: np.ascontiguousarray(array) for name, array in tensors.items()} | found


def _by_part(layout: Layout, values: np.ndarray, suffix: str) -> Arrays:
    """Cut the weight section into matrices and biases, in the paper's order."""
    pieces = np.split(values, np.cumsum(layout.weight_sizes)[:-1], axis=1)
    sources = [list(range(layout.inputs)), *(layer.outputs for layer in layout.layers)]
    targets = [*(layer.units for layer in layout.layers), list(range(layout.outputs))]
    names = [*(f"layer{i}" for i in range(len(layout.layers))), "output"]
    tensors: Arrays = {}
    for i, (name, shape) in enumerate(zip(names, layout.matrices, strict=True)):
        columns, units = np.argsort(sources[i]), np.argsort(targets[i])
        matrix = pieces[2 * i].reshape(-1, *shape)[:, units][:, :, columns]
        tensors[f"{name}.weight{suffix}"] = matrix.transpose(0, 2, 1)
        tensors[f"{name}.bias{suffix}"] = pieces[2 * i + 1][:, units]
    return tensors


def _by_kind(kind: str) -> Any:
    def split(layout: Layout, values: np.ndarray, suffix: str) -> Arrays:
        if kind == "input":
            return {f"input{suffix}": values}
        groups = [getattr(layer, kind) for layer in layout.layers]
        orders = [[place for group in layer for place in group.members] for layer in groups]
        pieces = np.split(values, np.cumsum([len(order) for order in orders])[:-1], axis=1)
        named = zip(orders, pieces, strict=True)
        return {f"layer{i}.{kind}{suffix}": p[:, np.argsort(o)] for i, (o, p) in enumerate(named)}

    return split
