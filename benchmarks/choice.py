"""What a criterion of choice is worth: test scores of the formulas that it picks.

python benchmarks/choice.py train FOLDER          # fronts of small tables, ten random splits each
python benchmarks/choice.py compare FOLDER/*/*    # or results/real_jets: the training of a run
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from symbolnet.config import FrontPath, FrontTraining, Prepare, Rounding, Split, TrainJob
from symbolnet.data.dataset import save_dataset
from symbolnet.data.prepare import prepare
from symbolnet.data.table import FeatureTable
from symbolnet.stages.extract_expressions import extract_expressions
from symbolnet.stages.train import train

SEEDS = [0, 1, 2]
QUICK = FrontTraining(seeds=SEEDS, paths=[FrontPath(picks=40, trials=1, stop=2)], search=[])


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
    spec = Prepare(split=Split(seed=split, stratify=True))
    save_dataset(data, prepare([table], [], spec))
    files = network, folder / "history.csv", folder / "members.json", folder / "checkpoint"
    train(data, *files, TrainJob(training=QUICK))
    extract_expressions(network, data, folder / "expressions.json", Rounding())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    training = verbs.add_parser("train")
    training.add_argument("folder", type=Path)
    training.add_argument("--splits", type=int, default=10)
    given = parser.parse_args()
    for split in range(given.splits):
        for name, table in tables():
            train_table(given.folder / name / str(split), table, split)
            print(name, split, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
