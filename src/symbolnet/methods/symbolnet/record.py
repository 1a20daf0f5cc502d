"""How far a job has come, as named tensors for its checkpoint and back."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import torch
from torch import Tensor

from symbolnet.expression.store import from_graph, to_graph
from symbolnet.expression.tree import Expression, complexity
from symbolnet.methods.symbolnet.laws.law import Law
from symbolnet.methods.symbolnet.laws.proposals import Proposal
from symbolnet.methods.symbolnet.path import Walk
from symbolnet.methods.symbolnet.point import Point
from symbolnet.methods.symbolnet.units import Units

_ANY = sys.maxsize  # inputs that a law of a checkpoint may read


@dataclass
class Progress:
    """Finished points by seed, what the present seed has found, and where it stands.

    `laws` are the fronts of the quantities whose laws it has begun to search. `traces` holds rows
    of figures (n, columns) by (seed number, task).
    """

    seed: int = 0
    task: int = 0
    walk: Walk = field(default_factory=Walk)
    laws: list[list[Proposal]] = field(default_factory=list)
    found: list[Point] = field(default_factory=list)
    kept: list[Point] = field(default_factory=list)
    traces: dict[tuple[int, int], list[np.ndarray]] = field(default_factory=dict)


def frozen(progress: Progress) -> dict[str, Tensor]:
    """Return the progress as named tensors."""
    walk = progress.walk
    numbers = [progress.seed, progress.task, walk.events, walk.done, walk.mark, walk.loss]
    numbers.append(walk.failures)
    tensors = {"numbers": torch.tensor([float(n) for n in numbers], dtype=torch.float64)}
    if walk.units is not None:
        tensors |= _units("walk", walk.units)
    tensors |= _points("found", progress.found) | _points("kept", progress.kept)
    for k, front in enumerate(progress.laws):
        tensors[f"laws.{k:04d}"] = _written([one.tree for one in front])
        tensors[f"laws.{k:04d}.left"] = torch.tensor(
            [one.left for one in front], dtype=torch.float64
        )
    for (seed, task), rows in progress.traces.items():
        tensors[f"trace.{seed}.{task}"] = torch.from_numpy(np.stack(rows))
    return tensors


def thawed(tensors: dict[str, Tensor]) -> Progress:
    """Return the progress that `frozen` was given."""
    seed, task, events, done, mark, loss, failures = tensors["numbers"].tolist()
    units = _read(tensors, "walk") if "walk.operator" in tensors else None
    walk = Walk(int(events), bool(done), mark, loss, units, int(failures))
    found, kept = (list(_read_points(tensors, name)) for name in ("found", "kept"))
    traces = {}
    for name in sorted(n for n in tensors if n.startswith("trace.")):
        _, number, part = name.split(".")
        traces[int(number), int(part)] = list(tensors[name].numpy())
    return Progress(int(seed), int(task), walk, list(_fronts(tensors)), found, kept, traces)


def joined(parts: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the frozen progress of a whole training from those of its parts, in their order."""
    whole = Progress()
    for part in map(thawed, parts):
        first = whole.seed
        whole.kept += [point._replace(seed=first + point.seed) for point in part.kept]
        whole.traces |= {(first + seed, task): rows for (seed, task), rows in part.traces.items()}
        whole.seed += part.seed
    return frozen(whole)


def _units(name: str, units: Units) -> dict[str, Tensor]:
    """Return the arrays of units, of thousands of inputs only the columns that are read."""
    read = np.flatnonzero(units.inputs)
    tensors = {f"{name}.inputs": torch.tensor([units.weight.shape[2], *read])}
    for f in fields(Units):
        array = getattr(units, f.name)
        array = array[:, :, read] if f.name.startswith("weight") else array
        # Copied: points share arrays.
        tensors[f"{name}.{f.name}"] = torch.tensor(np.ascontiguousarray(array))
    return tensors


def _read(tensors: dict[str, Tensor], name: str) -> Units:
    narrow = {f.name: tensors[f"{name}.{f.name}"].numpy().copy() for f in fields(Units)}
    width, *read = tensors[f"{name}.inputs"].tolist()
    return Units(**narrow).spread(np.array(read, dtype=np.int64), width)


def _points(name: str, points: list[Point]) -> dict[str, Tensor]:
    about = [[point.seed, point.task, point.row] for point in points]
    tensors = {name: torch.tensor(about, dtype=torch.int64).reshape(-1, 3)}
    for i, point in enumerate(points):
        if isinstance(point.form, Law):
            tensors[f"{name}.{i}.law"] = _written(point.form.trees)
        else:
            tensors |= _units(f"{name}.{i}", point.form)
    return tensors


def _read_points(tensors: dict[str, Tensor], name: str) -> Iterable[Point]:
    for i, about in enumerate(tensors[name].tolist()):
        law = tensors.get(f"{name}.{i}.law")
        yield Point(_read(tensors, f"{name}.{i}") if law is None else Law(_trees(law)), *about)


def _fronts(tensors: dict[str, Tensor]) -> Iterable[list[Proposal]]:
    for name in sorted(n for n in tensors if n.startswith("laws.") and n.endswith(".left")):
        trees, left = _trees(tensors[name.removesuffix(".left")]), tensors[name].tolist()
        yield [Proposal(t, one, complexity(t)) for t, one in zip(trees, left, strict=True)]


def _written(trees: Sequence[Expression]) -> Tensor:
    """Return expressions as the bytes of their JSON."""
    text = json.dumps(to_graph(trees))
    return torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8)


def _trees(tensor: Tensor) -> tuple[Expression, ...]:
    graph = json.loads(bytes(tensor.tolist()).decode())
    return from_graph(graph, _ANY, "the checkpoint")
