"""A data set to the fronts of all seeds: paths, local searches, thinning, rounding."""

import math
import time

import numpy as np
import torch

from symbolnet.config import FrontTraining
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.front.forward import Sample
from symbolnet.front.members import write_front
from symbolnet.front.nodes import mean_nodes
from symbolnet.front.path import DECAY, Problem, Walk, advance, searched
from symbolnet.front.point import Data, Point, measured, pooled_accuracy, thinned
from symbolnet.front.record import Progress, frozen, thawed
from symbolnet.front.refit import fitted
from symbolnet.front.rounding import rounded
from symbolnet.front.stage import Standing
from symbolnet.front.units import Units
from symbolnet.network.checkpoint import load_checkpoint, save_checkpoint, stamp_of
from symbolnet.network.job import Job
from symbolnet.network.weights import ClassWeights, class_weights
from symbolnet.progress import eta

_ABOVE = 1.3  # a search starts from points up to this much larger than asked


def train_front(job: Job, spec: FrontTraining) -> None:
    """Find the fronts of all seeds and write the files."""
    data = data_of(job.dataset, spec)
    write_front(job, spec, data, run_front(job, spec, data))


def run_front(job: Job, spec: FrontTraining, data: Data) -> Progress:
    """Take every event of every seed, from the checkpoint if there is one."""
    torch.set_num_threads(spec.threads)
    stamp = stamp_of(spec, job.dataset_sha256)
    tensors = load_checkpoint(job.checkpoint, stamp, job.log)
    progress = Progress() if tensors is None else thawed(tensors)
    began = time.monotonic() - progress.seconds
    while progress.seed < len(spec.seeds):
        _take_event(progress, spec, data)
        progress.seconds = time.monotonic() - began
        save_checkpoint(job.checkpoint, stamp, frozen(progress))
        job.log(_line(progress, spec))
    return progress


def data_of(dataset: Dataset, spec: FrontTraining) -> Data:
    """Return the samples with each distinct input that varies once; the test set is left out."""
    if dataset.task != "classification":
        do = "use `preset: compact` for it"
        raise InputError("classes to tell apart, for `preset: front`", dataset.task, do)
    inputs = _distinct(dataset.x_train)
    weights = class_weights(dataset, spec)
    train, validation = (
        _sample(values[:, inputs], torch.tensor(labels), len(dataset.class_names), weights)
        for values, labels in (dataset.split("train"), dataset.split("validation"))
    )
    return Data(train, validation, inputs, weights)


def _sample(
    values: np.ndarray, labels: torch.Tensor, classes: int, weights: ClassWeights | None
) -> Sample:
    each = None if weights is None else weights.of(labels)[:, None]
    return Sample(torch.tensor(values, dtype=torch.float32), torch.eye(classes)[labels], each)


def _distinct(x: np.ndarray) -> np.ndarray:
    """Return the first of all equal columns of x (n, d), without constants; of these alone one."""
    first: dict[bytes, int] = {}
    for place, column in enumerate(np.ascontiguousarray(x.T) + 0.0):  # -0 is 0
        first.setdefault(column.tobytes(), place)
    varying = [place for place in first.values() if np.ptp(x[:, place]) > 0]
    return np.array(varying or [0])


def _take_event(progress: Progress, spec: FrontTraining, data: Data) -> None:
    """Take one event of the present task: a path, then a local search, then the end of a seed."""
    problem = Problem(data.train, spec.seeds[progress.seed], progress.task)
    walk, paths = progress.walk, len(spec.paths)
    if progress.task < paths:
        path = spec.paths[progress.task]
        advance(walk, path, problem)
        if walk.events >= path.trials:
            _note(progress, walk.units, data)
    elif progress.task < paths + len(spec.search):
        _search(progress, problem, spec, data)
    else:
        _finish_seed(progress, spec, data)
    if walk.done:
        progress.task, progress.walk = progress.task + 1, Walk()


def _search(progress: Progress, problem: Problem, spec: FrontTraining, data: Data) -> None:
    """Take one try of a search, which starts from the best point not much above its complexity."""
    size, walk = spec.search[progress.task - len(spec.paths)], progress.walk
    start = _best_below(progress, _ABOVE * size) if walk.units is None else walk.units
    if start is not None:
        now = Standing(start, fitted(start, data.train, DECAY))
        walk.units = searched(now, problem, size, walk.events).units
        _note(progress, walk.units, data)
    walk.events += 1
    walk.done = start is None or walk.events >= spec.search_tries


def _best_below(progress: Progress, size: float) -> Units | None:
    fitting = [p for p in progress.found if mean_nodes(p.units) <= size]
    return min(fitting, key=lambda p: _row(progress, p)[0]).units if fitting else None


def _row(progress: Progress, point: Point) -> np.ndarray:
    return progress.traces[point.seed, point.task][point.row]


def _note(progress: Progress, units: Units | None, data: Data) -> None:
    assert units is not None
    rows = progress.traces.setdefault((progress.seed, progress.task), [])
    progress.found.append(Point(units.copy(), progress.seed, progress.task, len(rows)))
    rows.append(measured(units, data))


def _finish_seed(progress: Progress, spec: FrontTraining, data: Data) -> None:
    """Keep the front of the seed, its constants rounded."""
    scores = [pooled_accuracy(_row(progress, point), data) for point in progress.found]
    for point in thinned(progress.found, scores, spec.members):
        progress.kept.append(point._replace(units=rounded(point.units, data.train, spec.digits)))
    progress.seed, progress.task, progress.found = progress.seed + 1, 0, []


def _line(progress: Progress, spec: FrontTraining) -> str:
    if not progress.found:
        begun = f"seed {progress.seed}/{len(spec.seeds)} task {progress.task}"
        return f"{begun}  {progress.seconds:.0f} s  {eta(progress.seconds, _share(progress, spec))}"
    point = progress.found[-1]
    row = _row(progress, point)
    return (
        f"seed {point.seed + 1}/{len(spec.seeds)}  task {point.task}  event {point.row}  "
        f"complexity {mean_nodes(point.units):.1f}  loss {row[0]:.4f}  "
        f"accuracy {row[3]:.4f}  {progress.seconds:.0f} s  "
        f"{eta(progress.seconds, _share(progress, spec))}"
    )


def _share(progress: Progress, spec: FrontTraining) -> float:
    """Return the share of the tasks done; of a path by the logarithm of its complexity."""
    tasks = len(spec.paths) + len(spec.search)
    part, task = 0.0, progress.task
    sizes = [mean_nodes(point.units) for point in progress.found if point.task == task]
    if task < len(spec.paths) and len(sizes) > 1:
        way = math.log(sizes[0] / max(1.0, spec.paths[task].stop))
        part = min(1.0, max(0.0, math.log(sizes[0] / sizes[-1]) / way)) if way > 0 else 1.0
    elif task >= len(spec.paths):
        part = progress.walk.events / spec.search_tries if task < tasks else 0.0
    return (progress.seed * tasks + min(task, tasks) + part) / (len(spec.seeds) * tasks)
