"""Small problems for the tests of `groups`."""

from pathlib import Path

import numpy as np
import torch

from symbolnet.config import Budget, GroupTraining
from symbolnet.data.dataset import Dataset
from symbolnet.network.group_problem import GroupProblem, group_problem
from symbolnet.network.job import Job

SPEC = GroupTraining(
    targets=[
        Budget(complexity=20, functions=2),
        Budget(complexity=9, functions=0),
        Budget(complexity=16.5, functions=1),
    ],
    seeds=[4, 1],
    epochs=6,
    batch=50,
)


def images(n: int = 600, seed: int = 0) -> Dataset:
    """Three classes of 5 x 6 pixels: a bright row each, where noise is; the last pixel is dark."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 3, n)
    x = generator.random((n, 5, 6)) * (generator.random((n, 5, 6)) < 0.3)
    x[np.arange(n), label + 1] += generator.random((n, 6)) * (generator.random((n, 6)) < 0.6)
    x = np.clip(x.reshape(n, 30), 0, 1).astype(np.float32)
    x[:, -1] = 0
    cuts = slice(0, n // 2), slice(n // 2, 3 * n // 4), slice(3 * n // 4, n)
    names = tuple(f"p{i}_{j}" for i in range(5) for j in range(6))
    scaler = np.zeros(30), np.ones(30)
    xs, ys = [x[cut] for cut in cuts], [label[cut] for cut in cuts]
    return Dataset(*xs, *ys, *scaler, names, ("a", "b", "c"), {"source": "test"})


def problem(spec: GroupTraining = SPEC) -> GroupProblem:
    return group_problem(images(), spec, torch.device("cpu"))


def job(folder: Path, log=lambda line: None) -> Job:
    files = [folder / name for name in ("network", "history", "members", "checkpoint")]
    return Job("t", images(), "a" * 64, *files, log)
