"""What a search of formats reaches for given formulas: accuracy below limits of LUTs.

python benchmarks/formats.py dataset.npz expressions.json --members NAME [NAME ...]
    [--limits 110 150 200] [--nearest] [--alone]

Accuracies are those of validation rows and of the training rows that no entry was chosen by, of the
best point below each limit (an estimate of the limit / 1.12). With `--nearest` every entry is the
nearest to the formula, with `--alone` no tables are joined. The test set is not looked at.
"""

import argparse
import time
from pathlib import Path

from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.expression.store import expression_set, load_collection
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.build.parts import datapath_of
from symbolnet.firmware.search import walk
from symbolnet.firmware.search.points import best_below

COUNTED = 1.12  # LUTs that Yosys usually counts for an estimated one


def measure(chosen: ExpressionSet, data: Dataset, limits: list[float]) -> None:
    start = time.process_time()
    front = walk.search(datapath_of(chosen, data.x_train), data)
    spent = time.process_time() - start
    true = f"{front.float_accuracy_train:.2%} and {front.float_accuracy_validation:.2%}"
    print(f"{chosen.model}: float {true} on training and validation rows, {spent:.0f} s")
    for limit in limits:
        point = best_below(front.points, limit / COUNTED)
        if point is not None:
            print(
                f"  at most {limit:g}: {point.accuracy:.2%}, estimate {point.luts:.0f}", flush=True
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("expressions", type=Path)
    parser.add_argument("--members", nargs="+", required=True)
    parser.add_argument("--limits", nargs="+", type=float, default=[110, 150, 200, 280, 400, 700])
    parser.add_argument("--nearest", action="store_true")
    parser.add_argument("--alone", action="store_true")
    asked = parser.parse_args()
    if asked.nearest:
        walk.settled = lambda trial, criterion, change, *_: change
    if asked.alone:
        walk.proposals = lambda *_: ()
    data, collection = load_dataset(asked.dataset), load_collection(asked.expressions)
    for name in asked.members:
        measure(expression_set(collection, name), data, asked.limits)


if __name__ == "__main__":
    main()
