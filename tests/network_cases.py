"""Small problems for the tests of the network room."""

from pathlib import Path

import numpy as np
import torch

from symbolnet.config import Architecture, Layer, PaperTraining, Targets
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.methods.paper.layout import Layout, layout_of, masks_of, sections_of
from symbolnet.methods.paper.problem import Problem, State
from symbolnet.methods.paper.scan import Paper, found_members, networks_of
from symbolnet.network.store import save_networks
from symbolnet.training import members
from symbolnet.training.loop import run
from symbolnet.training.method import Log

SPEC = PaperTraining(
    layers=[Layer(unary=7, binary=4), Layer(unary=3, binary=2)],
    unary_operators=["sin", "gauss", "tanh", "log"],
    binary_operators=["*", "/"],
    targets=[Targets(input=0.9, weight=0.95, unary=0.9, binary=0.9), Targets(weight=0.5)],
    seeds=[3, 1],
    epochs=4,
    batch=16,
    checkpoint_every=1,
)


def dataset(n: int = 90, seed: int = 0) -> Dataset:
    """Three classes that a product and a sine tell apart, in 5 inputs."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(2 * n, 5)).astype(np.float32)
    score = np.stack([x[:, 0] * x[:, 1], np.sin(2 * x[:, 2]), x[:, 3]], axis=1)
    y = score.argmax(axis=1).astype(np.int64)
    ends = slice(0, n), slice(n, n + n // 2), slice(n + n // 2, 2 * n)
    xs, ys = [x[end] for end in ends], [y[end] for end in ends]
    names = tuple(f"x{i}" for i in range(5))
    return Dataset(*xs, *ys, np.zeros(5), np.ones(5), names, ("a", "b", "c"), {"source": "test"})


def saved_dataset(path: Path) -> Path:
    save_dataset(path, dataset())
    return path


def random_rows(layout: Layout, members: int, seed: int = 0) -> torch.Tensor:
    """Rows with every kind of object partly pruned, all margins at least 0.01 from the edge."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.rand(members, sum(layout.sections), generator=generator)
    weight, threshold, *switches = rows.split(layout.sections, dim=1)
    weight.mul_(1.4).sub_(0.7)
    threshold.mul_(0.4)
    close = (weight.abs() - threshold).abs() < 0.01
    threshold.add_(close * 0.03)
    for switch in switches:
        switch.copy_(torch.where(switch > 0.6, torch.ones_like(switch), switch))
    return rows


def stored(path: Path, spec: PaperTraining, rows: torch.Tensor) -> Path:
    """Write rows as trained members of 5 inputs and 3 classes."""
    layout = layout_of(spec, 5, 3)
    masks = masks_of(sections_of(layout, rows))
    ids = [f"t-{k:03d}" for k in range(len(rows))]
    save_networks(path, spec, shape_of(spec), ids, networks_of(layout, rows, masks._asdict()))
    return path


def shape_of(spec: PaperTraining) -> Architecture:
    return Architecture.model_validate(spec.model_dump(include=set(Architecture.model_fields)))


def train_members(problem: Problem, checkpoint: Path, stamp: str, log: Log) -> State:
    """Train; return the state of the first pass, of which most trainings have no second."""
    return run(Paper(problem), checkpoint, stamp, log).state.first


def write_members(
    name: str, problem: Problem, state: State, files: tuple[Path, Path, Path]
) -> None:
    members.write_members(name, problem.spec, found_members(problem, state), 1.0, files)
