"""A data set to the fronts of all seeds: paths, local searches, thinning, rounding."""

import math
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from symbolnet.config import SymbolNetTraining, usual_budgets
from symbolnet.data.dataset import Dataset
from symbolnet.data.row_weights import RowWeights
from symbolnet.expression.price import FUNCTIONS
from symbolnet.methods.symbolnet.descend import descents_of
from symbolnet.methods.symbolnet.forward import Sample
from symbolnet.methods.symbolnet.laws.task import (
    LawSearches,
    exact,
    laws_of,
    refitted,
    sought,
)
from symbolnet.methods.symbolnet.members import members_of
from symbolnet.methods.symbolnet.path import (
    Ancestor,
    Problem,
    Standing,
    Walk,
    advance,
    pruned_to,
    searched,
    settled,
)
from symbolnet.methods.symbolnet.point import (
    Data,
    Form,
    Point,
    expected_losses,
    measured,
    thinned,
    without_need,
)
from symbolnet.methods.symbolnet.record import Progress, frozen, thawed
from symbolnet.methods.symbolnet.refit import Fit, fitted
from symbolnet.methods.symbolnet.rounding import rounded
from symbolnet.methods.symbolnet.samples import FEW, data_of
from symbolnet.methods.symbolnet.units import Units
from symbolnet.methods.symbolnet.wide import advance_wide
from symbolnet.training.members import SCORES
from symbolnet.training.method import Log, Members, Tensors

_MANY = 32  # inputs above which descents are taken; paths are up to FEW
_ENOUGH = 5000  # rows above which a descent learns more than it overfits
_SCANT = 1000  # rows up to which many inputs take paths, too
_LARGE, _SMALL = 13 / 14, 4 / 14  # constants that growth unmasks, for each node asked for
_AGAIN = Fit(8, 1e-3, 1e-6)  # of points that are fitted to all rows
_STOP = 0.6  # a path ends at this share of the smallest budget
_TRIALS, _TRIES, _EXCHANGES = 3, 12, 25  # of growth, search and exchange, at an effort of one
_FAILURES = 6  # tries of a search in a row that gain nothing, after which it is done
_ABOVE = 1.3, 2.5  # a search starts from the best points up to so much larger than asked


class SymbolNet:
    """The method `symbolnet` on a data set: a step is an event (training/method.py)."""

    def __init__(
        self, dataset: Dataset, spec: SymbolNetTraining, rows: RowWeights | None = None
    ) -> None:
        self.spec, self.width = spec, len(dataset.feature_names)
        self.data = data_of(dataset, spec, rows)
        scale, ruler = self.data.scale, self.data.ruler
        self.laws: LawSearches | None = None
        if scale is not None and ruler is not None:
            self.laws = LawSearches(self.data.searched, ruler, scale, spec.effort)

    def start(self) -> Progress:
        """Return the state before the first event."""
        return Progress()

    def step(self, progress: Progress, log: Log) -> None:
        """Take one event of the present task, or of the end of a seed."""
        _take_event(progress, self.spec, self.data, self.laws)

    def finished(self, progress: Progress) -> bool:
        """Tell whether all seeds are done."""
        return progress.seed == len(self.spec.seeds)

    def due(self, progress: Progress) -> bool:
        """Tell that a checkpoint is due: events take long."""
        return True

    def share(self, progress: Progress) -> float:
        """Return the share of the tasks done; of a path by the logarithm of its complexity."""
        return _share(progress, self.spec, self.data)

    def line(self, progress: Progress) -> str:
        """Return task, event and the figures of the last point."""
        return _line(progress, self.spec, self.data)

    def freeze(self, progress: Progress) -> Tensors:
        """Return the progress as named tensors."""
        return frozen(progress)

    def thaw(self, tensors: Tensors) -> Progress:
        """Return the progress that `freeze` copied."""
        return thawed(tensors)

    def conclude(self, progress: Progress) -> None:
        """Keep what this seed has found so far, at worst what it grows, and take no other."""
        if not progress.found and progress.walk.units is not None:
            _note(progress, progress.walk.units, self.data)
        if progress.found:
            _finish_seed(progress, self.spec, self.data)
        progress.seed, progress.found = len(self.spec.seeds), []

    def refitted(self, progress: Progress) -> Progress:
        """Return the kept points with constants of all rows, those of validation among them.

        What is left to fit, once validation rows have told which point is taken.
        """
        rows = self.data.train.beside(self.data.validation)
        forms = [_fitted_again(point.form, rows, self.data) for point in progress.kept]
        kept = [
            point._replace(form=_rounded(form, rows, self.spec, self.data))
            for point, form in zip(progress.kept, forms, strict=True)
        ]
        return replace(progress, kept=kept)

    def has_any(self, progress: Progress) -> bool:
        """Tell whether `conclude` would leave a front."""
        return bool(progress.found or progress.kept) or progress.walk.units is not None

    def members(self, progress: Progress) -> Members:
        """Return the points of all fronts."""
        return members_of(progress, self.spec, self.data, self.width)


class Task(NamedTuple):
    """One way to points of a seed: laws, a path, descents to a budget, a local search at one."""

    kind: Literal["law", "path", "descent", "search"]
    nodes: float
    path: Ancestor | None = None


def plan(spec: SymbolNetTraining, data: Data) -> list[Task]:
    """Return the tasks of each seed.

    Quantities of few inputs are first searched for laws; where one is exact nothing follows.
    A path begins with a library of functions of each input and of all pairs, a descent with all
    weights of all inputs at once: the first is for few inputs or few rows, the second for many
    inputs, or for several dozen where there are rows enough. Where both are taken, what they are
    expected to lose decides.
    """
    rows, inputs = data.train.x.shape
    classes = data.task == "classification"  # a descent has no other loss
    descents = classes and (inputs > FEW or (inputs > _MANY and rows > _ENOUGH))
    budgets = spec.budgets or usual_budgets(inputs)
    allowed = operators_of(spec)
    wide = [nodes for nodes in budgets if descents and descents_of(nodes, allowed)]
    lawful = data.scale is not None and sought(data.train, data.scale, spec.operators)
    tasks = [Task("law", max(budgets))] if lawful else []
    if inputs <= FEW or rows <= _SCANT or not wide:
        tasks += [Task("path", path.stop, path) for path in ancestors(budgets, spec.effort)]
        tasks += [Task("search", nodes) for nodes in sorted(budgets, reverse=True)]
    return tasks + [Task("descent", nodes) for nodes in wide]


def operators_of(spec: SymbolNetTraining) -> tuple[int, ...] | None:
    """Return the codes of the operators that are allowed, None where all are."""
    if spec.operators is None:
        return None
    return tuple(sorted(FUNCTIONS.index(name) for name in spec.operators if name in FUNCTIONS))


def ancestors(budgets: list[float], effort: float) -> list[Ancestor]:
    """Return the networks that paths begin with; small fronts want another than large ones."""
    most, stop = max(budgets), max(1.0, _STOP * min(budgets))
    trials = max(1, round(_TRIALS * effort))
    return [
        Ancestor(max(8, round(_LARGE * most)), 0.3, trials, stop),
        Ancestor(max(8, round(_SMALL * most)), 0.1, 1, stop),
    ]


def _take_event(
    progress: Progress, spec: SymbolNetTraining, data: Data, laws: LawSearches | None
) -> None:
    tasks, walk = plan(spec, data), progress.walk
    if progress.task == len(tasks):
        _finish_seed(progress, spec, data)
        return
    task = tasks[progress.task]
    sample = data.train if task.kind == "descent" else data.searched
    seed = spec.seeds[progress.seed]
    problem = Problem(sample, seed, progress.task, operators_of(spec))
    following = progress.task + 1
    if task.path is not None:
        advance(walk, task.path, problem)
        if walk.events >= task.path.trials:
            _note(progress, walk.units, data)
    elif laws is not None and task.kind == "law":
        following = len(tasks) if _seek_laws(progress, laws, seed, spec, data) else following
    elif task.kind == "descent":
        _descend(progress, problem, task.nodes, spec, data)
    else:
        _search(progress, problem, task.nodes, spec, data)
    if walk.done:
        progress.task, progress.walk = following, Walk()


def _seek_laws(
    progress: Progress, laws: LawSearches, seed: int, spec: SymbolNetTraining, data: Data
) -> bool:
    """Take one step of the search for laws, at its end points; tell that nothing need follow."""
    walk = progress.walk
    walk.events, walk.done = laws.advance(progress.laws, walk.events, seed)
    if not walk.done:
        return False
    fronts, progress.laws = progress.laws, []
    found = laws_of(fronts, spec.operators)
    for law in found:
        _note(progress, law, data)
    return bool(found) and exact(fronts)


def _descend(
    progress: Progress, problem: Problem, nodes: float, spec: SymbolNetTraining, data: Data
) -> None:
    """Take one event of a descent; of its points, all of one size, only the last is kept."""
    if advance_wide(progress.walk, nodes, problem, round(_EXCHANGES * spec.effort)):
        here = progress.seed, progress.task
        progress.found = [p for p in progress.found if (p.seed, p.task) != here]
        _note(progress, progress.walk.units, data)


def _search(
    progress: Progress, problem: Problem, size: float, spec: SymbolNetTraining, data: Data
) -> None:
    """Take one try of a search: the first ones prune the best points not too far above its size."""
    walk = progress.walk
    far = _ABOVE[walk.events] if walk.events < len(_ABOVE) else None
    start = walk.units if far is None else _best_below(progress, far * size)
    if start is not None:
        now = Standing(start, fitted(start, problem.sample))
        if far is None:
            after = searched(now, problem, size, walk.events)
        else:
            after = pruned_to(now, problem.sample, size)
        gained = walk.units is None or after.loss < walk.loss
        walk.failures = 0 if gained else walk.failures + 1
        if gained:
            walk.units, walk.loss = after.units, after.loss
        _note(progress, walk.units, data)
    walk.events += 1
    done = walk.failures >= _FAILURES * spec.effort or walk.events >= _TRIES * spec.effort
    walk.done = start is None or done


def _best_below(progress: Progress, size: float) -> Units | None:
    fitting = [
        (p.form, _row(progress, p)[0])
        for p in progress.found
        if isinstance(p.form, Units) and p.nodes <= size
    ]
    return min(fitting, key=lambda one: one[1])[0] if fitting else None


def _row(progress: Progress, point: Point) -> np.ndarray:
    return progress.traces[point.seed, point.task][point.row]


def _note(progress: Progress, form: Form | None, data: Data) -> None:
    assert form is not None
    rows = progress.traces.setdefault((progress.seed, progress.task), [])
    own = form.copy() if isinstance(form, Units) else form
    progress.found.append(Point(own, progress.seed, progress.task, len(rows)))
    rows.append(measured(form, data))


def _finish_seed(progress: Progress, spec: SymbolNetTraining, data: Data) -> None:
    """Keep the front of the seed, its constants rounded."""
    rows = [_row(progress, point) for point in progress.found]
    losses = expected_losses(progress.found, rows, data)
    needless = without_need(progress.found, losses, data)
    kept = [k for k, spare in enumerate(needless) if not spare]
    found = [progress.found[k] for k in kept]
    for point in thinned(found, [losses[k] for k in kept], spec.members):
        form = _rounded(point.form, data.train, spec, data)
        progress.kept.append(point._replace(form=form))
    progress.seed, progress.task, progress.found = progress.seed + 1, 0, []


def _rounded(form: Form, sample: Sample, spec: SymbolNetTraining, data: Data) -> Form:
    if isinstance(form, Units):
        return rounded(form, sample, spec.digits, data.scale)
    assert data.scale is not None
    return form.rounded(spec.digits, data.scale.tolist())


def _fitted_again(form: Form, sample: Sample, data: Data) -> Form:
    if isinstance(form, Units):
        return settled(form, sample, _AGAIN)
    assert data.scale is not None and data.ruler is not None
    return refitted(form, sample, data.ruler, data.scale)


def _line(progress: Progress, spec: SymbolNetTraining, data: Data) -> str:
    if progress.laws:
        best = min((one.left for one in progress.laws[-1]), default=1.0)
        where = f"laws of quantity {len(progress.laws)}  step {progress.walk.events}"
        return f"seed {progress.seed + 1}/{len(spec.seeds)}  {where}  R2 {1 - best:.6f}"
    if not progress.found:
        return f"seed {progress.seed}/{len(spec.seeds)}  points {len(progress.kept)}"
    point = progress.found[-1]
    row, score = _row(progress, point), SCORES[data.task].removesuffix("_validation")
    return (
        f"seed {point.seed + 1}/{len(spec.seeds)}  task {point.task}  event {point.row}  "
        f"complexity {point.nodes:.1f}  loss {row[0]:.4g}  "
        f"{score} {row[3]:.4f}"
    )


def _share(progress: Progress, spec: SymbolNetTraining, data: Data) -> float:
    tasks, number = plan(spec, data), progress.task
    part = _part(progress, tasks[number], spec) if number < len(tasks) else 0.0
    return (progress.seed * len(tasks) + number + part) / (len(spec.seeds) * len(tasks))


def _part(progress: Progress, task: Task, spec: SymbolNetTraining) -> float:
    """Return the share of a task that is done."""
    if task.kind == "law":
        return 0.0
    if task.path is None:
        most = (_TRIES if task.kind == "search" else _EXCHANGES) * spec.effort
        return min(1.0, progress.walk.events / most)
    sizes = [p.nodes for p in progress.found if p.task == progress.task]
    way = math.log(sizes[0] / max(1.0, task.nodes)) if len(sizes) > 1 else 0.0
    if way <= 0:
        return 0.0
    return min(1.0, max(0.0, math.log(sizes[0] / sizes[-1]) / way))
