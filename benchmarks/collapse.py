"""How often a training ends far below what it was given: many small ones over given data sets.

python benchmarks/collapse.py results/*/data/*/dataset.npz [--trainings 100] [--effort 0.1]

Each draws a data set, 300 to 4,000 of its training rows, and one budget of 30 to 300 nodes. Printed
are the nodes of its largest member within the budget, the best accuracy of those members on
validation rows, and the share of the most frequent class. *Constant* is a training whose members
read no input; *behind* one that gains, over that share, less than half of the median gain on the
same data.
"""

import argparse
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import torch

from symbolnet.config import SymbolNetTraining
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.methods.symbolnet.job import SymbolNet

ROWS = 300, 1000, 4000
BUDGETS = 30, 50, 100, 150, 300
WORSE = 0.5  # of the median gain


class Outcome(NamedTuple):
    """One training: what it was given and what its best member reached."""

    data: str
    rows: int
    budget: int
    nodes: float
    accuracy: float
    most: float
    reads: bool

    @property
    def gain(self) -> float:
        """Accuracy above the share of the most frequent class."""
        return self.accuracy - self.most


def drawn(dataset: Dataset, rows: int, draw: np.random.Generator) -> Dataset:
    """Return a data set of at most so many training rows, and validation rows."""
    train = draw.permutation(len(dataset.x_train))[:rows]
    validation = draw.permutation(len(dataset.x_validation))[:4000]
    return dataset._replace(
        x_train=dataset.x_train[train],
        y_train=dataset.y_train[train],
        x_validation=dataset.x_validation[validation],
        y_validation=dataset.y_validation[validation],
    )


def outcome(name: str, dataset: Dataset, spec: SymbolNetTraining) -> Outcome:
    """Train, and return what the best member within the budget reached."""
    method = SymbolNet(dataset, spec)
    state = method.start()
    while not method.finished(state):
        method.step(state, lambda line: None)
    found = method.members(state)
    (budget,) = spec.budgets or [0]
    sizes = [point.nodes for point in state.kept]
    fitting = [k for k, size in enumerate(sizes) if size <= budget]
    counts = np.bincount(dataset.y_validation)
    return Outcome(
        name,
        len(dataset.x_train),
        round(budget),
        max(sizes[k] for k in fitting),
        max(float(found.members[k].history[-1, 2]) for k in fitting),
        float(counts.max() / counts.sum()),
        any(found.networks["input_mask"][k].any() for k in fitting),
    )


def report(outcomes: list[Outcome]) -> None:
    """Print how many trainings are constants, and how many are far behind their like."""
    gains = {o.data: median(p.gain for p in outcomes if p.data == o.data) for o in outcomes}
    behind = [o for o in outcomes if o.reads and o.gain < WORSE * gains[o.data]]
    constant = sum(not o.reads for o in outcomes)
    print(f"{len(outcomes)} trainings: {constant} constant, {len(behind)} behind")
    for one in behind:
        print(f"behind: {one}")


def main() -> None:
    """Print one row a training, then the sums."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("datasets", nargs="+", type=Path)
    parser.add_argument("--trainings", type=int, default=100)
    parser.add_argument("--effort", type=float, default=0.1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    draw, outcomes = np.random.default_rng(0), []
    print("| data | rows | budget | nodes | validation accuracy | most frequent class |")
    print("|---|---|---|---|---|---|")
    for number in range(options.trainings):
        path = options.datasets[number % len(options.datasets)]
        dataset = drawn(load_dataset(path), int(draw.choice(ROWS)), draw)
        budgets = [float(draw.choice(BUDGETS))]
        spec = SymbolNetTraining(budgets=budgets, seeds=[number], effort=options.effort)
        one = outcome(path.parent.name, dataset, spec)
        outcomes.append(one)
        print(
            f"| {one.data} | {one.rows} | {one.budget} | {one.nodes:.1f} | {one.accuracy:.3f} |"
            f" {one.most:.3f} |",
            flush=True,
        )
    report(outcomes)


if __name__ == "__main__":
    main()
