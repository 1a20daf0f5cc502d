"""Small problems for the tests of `products`."""

from pathlib import Path

import numpy as np
import torch

from symbolnet.config import ProductBudget, ProductTraining
from symbolnet.data.dataset import Dataset
from symbolnet.network.job import Job
from symbolnet.network.product_problem import ProductProblem, product_problem

SPEC = ProductTraining(
    targets=[ProductBudget(complexity=25, products=1), ProductBudget(complexity=50.5, products=3)],
    seeds=[4, 1],
    epochs=6,
    batch=50,
    checkpoint_every=1,
)


def negatives(n: int = 900, seed: int = 0) -> Dataset:
    """Three classes of 4 x 3 pixels, as positive or negative of a pattern with noise."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 3, n)
    pattern = np.random.default_rng(9).normal(size=(3, 12))
    sign = generator.choice([-1.0, 1.0], n)[:, None]
    x = (sign * pattern[label] + 0.4 * generator.normal(size=(n, 12))).astype(np.float32)
    cuts = slice(0, n // 2), slice(n // 2, 3 * n // 4), slice(3 * n // 4, n)
    names = tuple(f"p{i}_{j}" for i in range(4) for j in range(3))
    scaler = np.zeros(12), np.ones(12)
    xs, ys = [x[cut] for cut in cuts], [label[cut] for cut in cuts]
    return Dataset(*xs, *ys, *scaler, names, ("a", "b", "c"), {"source": "test"})


def problem(spec: ProductTraining = SPEC) -> ProductProblem:
    return product_problem(negatives(), spec, torch.device("cpu"))


def job(folder: Path) -> Job:
    files = [folder / name for name in ("network", "history", "members", "checkpoint")]
    return Job("t", negatives(), "a" * 64, *files, lambda line: None)
