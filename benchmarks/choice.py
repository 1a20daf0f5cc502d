"""What a criterion of choice is worth: test accuracy of the formulas that it picks.

python benchmarks/choice.py train FOLDER       # fronts of small tables, ten random splits each
python benchmarks/choice.py compare FOLDER/wine/* --complexities 10 20 60
python benchmarks/choice.py compare results/real_jets/training/real_jets/front \
    --dataset results/real_jets/data/real_jets/dataset.npz --complexities 16 30 60 140

Test rows are read here, to compare criteria; no criterion sees them. In brackets: mean complexity.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.artifact import read_json
from symbolnet.config import Prepare, Rounding, Split, SymbolNetTraining, TrainJob
from symbolnet.data.dataset import load_dataset, save_dataset
from symbolnet.data.prepare import prepare
from symbolnet.data.table import FeatureTable
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.loss import fitted_scale, optimism
from symbolnet.expression.store import load_collection
from symbolnet.expression.tree import constants
from symbolnet.pipeline.stages.extract_expressions import extract_expressions
from symbolnet.pipeline.stages.train import train

QUICK = SymbolNetTraining(seeds=[0, 1, 2], budgets=[3, 45], effort=0.2)


class Members(NamedTuple):
    """Losses and hits (m, n) of m members on training, validation and test rows, which follow."""

    losses: np.ndarray
    right: np.ndarray
    size: np.ndarray
    constants: np.ndarray
    seed: np.ndarray
    ends: tuple[int, int]
    flattery: float = 0.0  # nats by which a training row flatters for each constant

    @property
    def seen(self) -> np.ndarray:
        """Mean losses (m,) on training and validation rows."""
        return self.losses[:, : self.ends[1]].mean(axis=1)

    @property
    def validation(self) -> slice:
        return slice(*self.ends)


Criterion = Callable[[Members], np.ndarray]  # (m,), the least is best


def tables() -> Iterator[tuple[str, FeatureTable]]:
    """Yield small tables of scikit-learn: three that are nearly separable, one that is not."""
    from sklearn import datasets

    for name in ("wine", "breast_cancer", "iris"):
        found = getattr(datasets, f"load_{name}")()
        names = tuple(map(str, found.feature_names)), tuple(map(str, found.target_names))
        yield name, FeatureTable(found.data, found.target.astype(np.int64), *names, {})
    found = datasets.load_diabetes()
    label = (found.target > np.median(found.target)).astype(np.int64)
    names = tuple(found.feature_names), ("below median", "above median")
    yield "diabetes", FeatureTable(found.data, label, *names, {})


def train_table(folder: Path, table: FeatureTable, split: int) -> None:
    """Write the data set of a split and the expressions of its fronts, unless they are there."""
    if (folder / "expressions.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    data, network = folder / "dataset.npz", folder / "network.safetensors"
    save_dataset(data, prepare([table], [], Prepare(split=Split(seed=split, stratify=True))))
    files = network, folder / "history.csv", folder / "members.json", folder / "checkpoint"
    train(data, *files, TrainJob(training=QUICK))
    extract_expressions(network, data, folder / "expressions.json", Rounding())


def members_of(folder: Path, dataset: Path) -> Members:
    """Measure the members of a training row by row."""
    data = load_dataset(dataset)
    splits = [data.split(name) for name in ("train", "validation", "test")]
    x, y = (np.concatenate(parts) for parts in zip(*splits, strict=True))
    ends = len(splits[0][1]), len(splits[0][1]) + len(splits[1][1])
    seeds = {m["id"]: m["seed"] for m in read_json(folder / "members.json")["members"]}
    sound = [m for m in load_collection(folder / "expressions.json").members if not m.diverged]
    rows = [row_losses(evaluate(m.rounded, x), y, ends[1]) for m in sound]
    found = Members(
        *(np.stack(column) for column in zip(*rows, strict=True)),
        np.array([np.mean(m.complexity) for m in sound]),
        np.array([constants(m.rounded) for m in sound]),
        np.array([seeds[m.id] for m in sound]),
        ends,
    )
    return found._replace(flattery=flattery_of(found))


def flattery_of(m: Members) -> float:
    means = m.losses[:, : m.ends[0]].mean(axis=1), m.losses[:, m.validation].mean(axis=1)
    pairs = zip(m.constants.tolist(), *means, strict=True)
    losses = [{"constants": p, "train": t, "validation": v} for p, t, v in pairs]
    return optimism(losses, "classification")


def row_losses(scores: np.ndarray, y: np.ndarray, seen: int) -> tuple[np.ndarray, np.ndarray]:
    """Return cross-entropies and hits of rows, the scale fitted on the first `seen` of them."""
    apart = scores - np.take_along_axis(scores, y[:, None], axis=1)
    logits = fitted_scale(apart[:seen], np.ones(seen)) * apart
    return np.logaddexp.reduce(logits, axis=1), scores.argmax(axis=1) == y


def penalised(nats: Callable[[int], float]) -> Criterion:
    """Return the loss on all rows seen with so many nats a constant over their number."""
    return lambda m: m.seen + nats(m.ends[1]) * m.constants / m.ends[1]


def measured(m: Members) -> np.ndarray:
    """Return the expected loss that choices go by."""
    return m.seen + m.flattery * m.constants * m.ends[0] / m.ends[1]


def within_error(score: Criterion, rows: Callable[[Members], slice]) -> Criterion:
    """Prefer the simplest member whose paired loss to the best is below its standard error."""

    def ranks(m: Members) -> np.ndarray:
        found = score(m)
        apart = (m.losses - m.losses[found.argmin()])[:, rows(m)]
        error = apart.std(axis=1, ddof=1) / np.sqrt(apart.shape[1])
        return np.where(found - found.min() <= error, m.size - 1e9, found)

    return ranks


def half_log(n: int) -> float:
    return float(np.log(n) / 2)


CRITERIA: dict[str, Criterion] = {
    "validation accuracy": lambda m: -m.right[:, m.validation].mean(axis=1),
    "validation loss": lambda m: m.losses[:, m.validation].mean(axis=1),
    "validation loss, 1 error": within_error(
        lambda m: m.losses[:, m.validation].mean(axis=1), lambda m: m.validation
    ),
    "accuracy of all": lambda m: -m.right[:, : m.ends[1]].mean(axis=1),
    "loss of all": penalised(lambda n: 0.0),
    "loss of all, 1 error": within_error(penalised(lambda n: 0.0), lambda m: slice(m.ends[1])),
    "penalty 1": penalised(lambda n: 1.0),
    "penalty log(N)/2": penalised(half_log),
    "same, 1 error": within_error(penalised(half_log), lambda m: slice(m.ends[1])),
    "penalty log(N)": penalised(lambda n: float(np.log(n))),
    "expected loss": measured,
}


def picked(m: Members, criterion: Criterion, most: float, places: np.ndarray) -> int | None:
    """Return the best of these members that is simple enough, the simpler where two are alike."""
    fitting = places[m.size[places] <= most]
    if len(fitting) == 0:
        return None
    few = m._replace(
        losses=m.losses[fitting],
        right=m.right[fitting],
        size=m.size[fitting],
        constants=m.constants[fitting],
        seed=m.seed[fitting],
    )
    return int(fitting[np.lexsort((few.size, criterion(few)))[0]])


def row_of(found: list[Members], criterion: Criterion, most: float) -> str:
    """Return test accuracy and size of the choice among all seeds, then of a seed's own."""
    words = []
    for alone in (False, True):
        scores, sizes = [], []
        for m in found:
            for seed in np.unique(m.seed) if alone else [None]:
                places = np.flatnonzero(m.seed == seed) if alone else np.arange(len(m.seed))
                best = picked(m, criterion, most, places)
                if best is not None:
                    scores.append(m.right[best, m.ends[1] :].mean())
                    sizes.append(m.size[best])
        words.append(f"{100 * np.mean(scores):5.2f} ({np.mean(sizes):5.1f})" if scores else "-")
    return " / ".join(words)


def cost_of(found: list[Members]) -> float:
    """Return the median over members of what test rows lose more, in nats a constant and row."""
    more = [(m.losses[:, m.ends[1] :].mean(axis=1) - m.seen) * m.ends[1] for m in found]
    each = np.concatenate(
        [d / np.maximum(m.constants, 1) for d, m in zip(more, found, strict=True)]
    )
    return float(np.median(each[np.concatenate([m.constants for m in found]) > 3]))


def compare(folders: list[Path], dataset: Path | None, complexities: list[float]) -> None:
    """Print one row for each criterion, one column for each complexity that is allowed."""
    found = [members_of(one, dataset or one / "dataset.npz") for one in folders]
    print(f"{len(found)} trainings; a constant costs {cost_of(found):.1f} nats on other rows")
    print(
        f"{'among all seeds / of a seed':<26}", *(f"{f'at most {c:g}':>31}" for c in complexities)
    )
    for name, criterion in CRITERIA.items():
        cells = (f"{row_of(found, criterion, most):>31}" for most in complexities)
        print(f"{name:<26}", *cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    training, comparison = verbs.add_parser("train"), verbs.add_parser("compare")
    training.add_argument("folder", type=Path)
    training.add_argument("--splits", type=int, default=10)
    comparison.add_argument("folders", type=Path, nargs="+")
    comparison.add_argument("--dataset", type=Path)
    comparison.add_argument("--complexities", type=float, nargs="+", default=[16, 30, 60, 140])
    given = parser.parse_args()
    if given.verb == "compare":
        compare(given.folders, given.dataset, given.complexities)
        return
    for split in range(given.splits):
        for name, table in tables():
            train_table(given.folder / name / str(split), table, split)


if __name__ == "__main__":
    main()
