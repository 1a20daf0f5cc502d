"""One baseline from candidates to members: expressions, metrics and what became of each.

Candidates are fixed functions of single inputs.
"""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch

from symbolnet.artifact import Record
from symbolnet.baselines.sparse import Problem, Weights, problem_of, sparse_fits
from symbolnet.baselines.units import unit_expressions, unit_fits
from symbolnet.config import Baseline, BaselineJob, Config, DataSettings
from symbolnet.data.dataset import Dataset
from symbolnet.data.readers.extent import extent_of
from symbolnet.data.sources import Part
from symbolnet.errors import InputError
from symbolnet.expression.assess import metrics_record
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.price import FACTOR
from symbolnet.expression.rounding import finalise
from symbolnet.expression.simplify import simplify
from symbolnet.expression.store import Collection, Extracted
from symbolnet.expression.tree import Apply, Constant, Expression, Variable, complexities, variables
from symbolnet.training.members import CONSTANT

_CENTRES = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
_TAIL = 0.05
_SLOPES = (1.0, 2.0, 4.0)


_BLOCK = 8192  # rows at a time: values are made in float64 and kept in float32
_BYTES, _MEMORY = 8, 2e9  # of a term of a row: float32, and a standardised copy of it
_BUMPS = 10  # terms of an input at the least, where it is no constant; at most 42


class Trained(NamedTuple):
    """The three artifacts of a baseline, as those of a training."""

    expressions: Collection
    metrics: Record
    members: Record


class _Fit(NamedTuple):
    """One sum per class, and the share of its weights that were pruned."""

    seed: int
    complexity_target: float
    sums: list[Expression]
    pruned: float


def train(name: str, dataset: Dataset, job: BaselineJob) -> Trained:
    """Fit the baseline called `name` with every seed; each asked complexity is a member."""
    if dataset.task != "classification":
        raise InputError("classes for a baseline", dataset.task, "leave `peers` empty")
    start = time.monotonic()
    fits, digits = _fits(dataset, job.baseline), job.rounding.digits
    members = tuple(_extracted(f"{name}-{k:03d}", fit.sums, digits) for k, fit in enumerate(fits))
    names = dataset.feature_names, dataset.class_names
    collection = Collection(digits, *names, members, dataset.feature_symbols)
    metrics = metrics_record(collection, {}, dataset)
    width = len(dataset.feature_names)
    entries = [
        _entry(fit, member, entry["unrolled"]["accuracy_validation"], width)
        for fit, member, entry in zip(fits, members, metrics["members"], strict=True)
    ]
    return Trained(collection, metrics, _record(name, job.baseline, entries, start))


def _fits(dataset: Dataset, spec: Baseline) -> list[_Fit]:
    terms = CANDIDATES[spec.kind](dataset.x_train)
    check_terms(len(terms), len(dataset.x_train), spec.kind)
    nodes = np.array(complexities(terms)) + FACTOR
    problem = problem_of(_values(terms, dataset.x_train), dataset.y_train, nodes)
    fit = _unit_sums if spec.kind == "units" else _term_sums
    asked = sorted(spec.complexities, reverse=True)
    return [
        _Fit(seed, complexity, *found)
        for seed in spec.seeds
        for complexity, found in zip(asked, fit(terms, problem, spec, seed), strict=True)
    ]


def _term_sums(
    terms: tuple[Expression, ...], problem: Problem, spec: Baseline, seed: int
) -> Iterator[tuple[list[Expression], float]]:
    for weights in sparse_fits(problem, spec, seed):
        sums = [_sum(terms, weights, output) for output in range(len(weights.bias))]
        yield sums, float((weights.weight == 0).mean())


def _unit_sums(
    terms: tuple[Expression, ...], problem: Problem, spec: Baseline, seed: int
) -> Iterator[tuple[list[Expression], float]]:
    inputs = variables(terms)
    for units in unit_fits(problem, spec, seed):
        yield unit_expressions(units, inputs), float((units.weight == 0).float().mean())


def _values(terms: tuple[Expression, ...], x: np.ndarray) -> np.ndarray:
    blocks = (x[start : start + _BLOCK] for start in range(0, len(x), _BLOCK))
    return np.concatenate([evaluate(terms, rows).astype(np.float32) for rows in blocks])


def _extracted(name: str, sums: list[Expression], digits: int) -> Extracted:
    return Extracted(name, None, simplify(sums), finalise(sums, digits))


def _sum(terms: tuple[Expression, ...], weights: Weights, output: int) -> Expression:
    column, bias = weights.weight[:, output], Constant(float(weights.bias[output]))
    products = [Apply("Mul", (Constant(float(column[j])), terms[j])) for j in column.nonzero()[0]]
    return Apply("Add", (*products, bias)) if products else bias


def _entry(fit: _Fit, member: Extracted, accuracy: float, width: int) -> Record:
    """Return a member as members.json has it; its weights are all that is pruned as such."""
    used = variables(member.unrolled)
    return {
        "id": member.id,
        "seed": fit.seed,
        "targets": None,
        "complexity_target": fit.complexity_target,
        "sparsity": {
            "input": 1 - len(used) / width,
            "weight": fit.pruned,
            "unary": 0.0,
            "binary": 0.0,
        },
        "inputs_kept": used,
        "accuracy_validation": accuracy,
        "accuracy_validation_best": accuracy,
        "diverged": False,
        "failed": None if used else CONSTANT,
    }


def _record(name: str, spec: Baseline, entries: list[Record], start: float) -> Record:
    """Return members.json; the time of the job is shared equally among its members."""
    seconds = time.monotonic() - start
    share = {"train_seconds": round(seconds / len(entries), 3)}
    return {
        "training": name,
        "method": spec.kind,
        "epochs": spec.epochs,
        "threads": torch.get_num_threads(),
        "device": "cpu",
        "torch": torch.__version__,
        "train_seconds": round(seconds, 3),
        "members": [entry | share for entry in entries],
    }


def check_terms(terms: int, rows: int, kind: str) -> None:
    """Raise InputError where the terms of a baseline of that kind would fill the memory."""
    if terms * rows * _BYTES > _MEMORY:
        found = f"{terms} terms of {rows} rows, {terms * rows * _BYTES / 1e9:.1f} GB"
        do = f"use `linear` or `units` instead of `{kind}`, or fewer rows"
        raise InputError(f"a baseline of at most {_MEMORY / 1e9:g} GB", found, do)


def check_baselines(config: Config, dataset: str, parts: list[Part]) -> None:
    """Raise InputError where a data set is too wide for a baseline that is selected for it.

    By the headers of its files, before anything is read of them; `check_terms` counts exactly.
    """
    names = config.selected("peers", dataset)
    data = config.data[dataset]
    if any(config.baselines[name].kind == "bumps" for name in names):
        files = [part for part in parts if part.split == "train"]
        extents = [found for part in files if (found := extent_of(data, part.path)) is not None]
        if extents:
            rows = sum(extent.rows for extent in extents)
            check_terms(_BUMPS * extents[0].inputs, _trained(data, rows, parts), "bumps")


def _trained(data: DataSettings, rows: int, parts: list[Part]) -> int:
    """Return how many of the rows of the files to train on are trained on."""
    tested = any(part.split == "test" for part in parts)
    share = 1.0 if tested else 1 - data.split.test_fraction
    limit = getattr(data, "limit", None) or rows
    return int(min(limit, share * rows) * (1 - data.split.validation_fraction))


def linear(x: np.ndarray) -> tuple[Expression, ...]:
    """Return the inputs themselves, of which `units` are made too."""
    return tuple(Variable(i) for i in distinct_inputs(x))


def bumps(x: np.ndarray) -> tuple[Expression, ...]:
    """Return tanh(s (x_i - c)) and exp(-s^2 (x_i - c)^2) for all c and s of a fixed grid.

    Centres in the tails of an input are left out: there a step tells few rows apart and would need
    a weight too large to be rounded.
    """
    terms = []
    for i in distinct_inputs(x):
        low, high = np.quantile(x[:, i], (_TAIL, 1 - _TAIL))
        inside = [c for c in _CENTRES if low <= c <= high]
        terms += [f(Variable(i), s, c) for s in _SLOPES for c in inside for f in _SHAPES]
    return simplify(terms)


def distinct_inputs(x: np.ndarray) -> list[int]:
    """Return the inputs (n, d) that vary and are no multiple of an earlier one."""
    scale = x.std(axis=0, dtype=np.float64)
    varying = np.flatnonzero(scale > 0)
    columns = (x[:, varying] - x[:, varying].mean(axis=0)) / scale[varying].astype(x.dtype)
    alike = np.triu(np.abs(columns.T @ columns) / len(x) > 1 - 1e-5, k=1).any(axis=0)
    return [int(i) for i in varying[~alike]]


def _tanh(x: Expression, slope: float, centre: float) -> Expression:
    return Apply("tanh", (_shifted(_times(slope, x), -slope * centre),))


def _gauss(x: Expression, slope: float, centre: float) -> Expression:
    squared = Apply("Pow", (_shifted(x, -centre), Constant(2)))
    return Apply("exp", (_times(-(slope**2), squared),))


def _times(factor: float, node: Expression) -> Expression:
    return Apply("Mul", (Constant(factor), node))


def _shifted(node: Expression, constant: float) -> Expression:
    return Apply("Add", (node, Constant(constant)))


_SHAPES = (_tanh, _gauss)
CANDIDATES: dict[str, Callable[[np.ndarray], tuple[Expression, ...]]] = {
    "bumps": bumps,
    "linear": linear,
    "units": linear,
}
