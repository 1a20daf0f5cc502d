"""Sparsity asked for and reached by `thresholds: exact`, and how many members collapse.

python benchmarks/targets.py results/real_jets/data/real_jets/dataset.npz --epochs 12 --seeds 3

Every target is asked of each kind of element alone and of all kinds together, with every seed, all
members in one training. A member has collapsed if its test accuracy is not above that of always
naming the most frequent class by more than three standard deviations.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch

from symbolnet.config import Layer, PaperTraining, Targets
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.methods.paper.epochs import accuracy
from symbolnet.methods.paper.exact import keep_count
from symbolnet.methods.paper.problem import Problem, State, members_of, problem_of
from symbolnet.methods.paper.scan import Paper
from symbolnet.training.loop import run
from symbolnet.training.members import COLUMNS, SPARSITIES

ASKED = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.99)
KINDS = ("input", "weight", "unary", "binary")


def grid() -> list[Targets]:
    """Every target for each kind alone, then for all of them."""
    alone = [Targets(**{kind: value}) for kind in KINDS for value in ASKED[1:]]
    return alone + [Targets(**dict.fromkeys(KINDS, value)) for value in ASKED]


def trained(data: Dataset, spec: PaperTraining) -> tuple[Problem, State]:
    problem = problem_of(data, spec, torch.device("cpu"))
    nowhere = Path("no-checkpoint")
    done = run(Paper(problem), nowhere, "", lambda line: print(line, flush=True))
    return problem, done.state.first


def chance(labels: np.ndarray) -> float:
    """Accuracy up to which a member counts as collapsed."""
    share = float(np.bincount(labels).max() / len(labels))
    return share + 3 * math.sqrt(share * (1 - share) / len(labels))


def table(spec: PaperTraining, state: State, right: torch.Tensor) -> str:
    """One row per target: the sparsities, lowest and highest, and the test accuracies."""
    columns = [COLUMNS.index(name) for name in SPARSITIES]
    reached = {
        name[9:]: state.history[-1][:, i] for name, i in zip(SPARSITIES, columns, strict=True)
    }
    lines = ["| asked of | target | input | weight | unary | binary | test accuracy |"]
    lines.append("|---|---|---|---|---|---|---|")
    for targets in spec.targets:
        members = [k for k, (_, other) in enumerate(members_of(spec)) if other == targets]
        asked = {kind: getattr(targets, kind) for kind in KINDS}
        names = [kind for kind in KINDS if asked[kind]] or list(KINDS)
        found = " | ".join(_range(reached[kind][members]) for kind in KINDS)
        of = names[0] if len(names) == 1 else "all"
        lines.append(f"| {of} | {max(asked.values())} | {found} | {_range(right[members])} |")
    return "\n".join(lines)


def largest_miss(problem: Problem, state: State) -> dict[str, float]:
    """Largest difference between the sparsity reached and the nearest that can be."""
    layout = problem.layout
    weights, _, inputs, unary, binary = layout.sections
    sizes = {"input": inputs, "weight": weights, "unary": unary, "binary": binary}
    least = {"input": 1, "weight": 2}
    missed = dict.fromkeys(KINDS, 0.0)
    for k, (_, targets) in enumerate(members_of(problem.spec)):
        for kind in KINDS:
            size = sizes[kind]
            kept = keep_count(size, getattr(targets, kind), least.get(kind, 0))
            found = state.history[-1][k, COLUMNS.index(f"sparsity_{kind}")].item()
            missed[kind] = max(missed[kind], abs(found - (1 - kept / size)))
    return missed


def _range(values: torch.Tensor) -> str:
    low, high = f"{values.min():.3f}", f"{values.max():.3f}"
    return low if low == high else f"{low}-{high}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=None)
    parser.add_argument("--unary", type=int, default=16)
    parser.add_argument("--binary", type=int, default=8)
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = load_dataset(options.dataset)
    data = data._replace(x_train=data.x_train[: options.rows], y_train=data.y_train[: options.rows])
    spec = PaperTraining(
        thresholds="exact",
        layers=[Layer(unary=options.unary, binary=options.binary)],
        unary_operators=["tanh", "gauss", "sin", "identity"],
        targets=grid(),
        seeds=list(range(options.seeds)),
        epochs=options.epochs,
        learning_rate=0.01,
        checkpoint_every=options.epochs + 1,
    )
    before = time.process_time()
    problem, state = trained(data, spec)
    seconds = time.process_time() - before
    x, y = torch.from_numpy(data.x_test), torch.from_numpy(data.y_test)
    right = accuracy(problem.layout, "exact", state.parameters, x, y)
    print(table(spec, state, right))
    limit = chance(data.y_test)
    collapsed = [k for k in range(len(right)) if right[k] <= limit]
    print(f"largest miss of the nearest possible sparsity: {largest_miss(problem, state)}")
    print(f"{len(collapsed)} of {len(right)} members collapsed (accuracy <= {limit:.3f})")
    for k in collapsed:
        print(f"  seed {members_of(spec)[k][0]}, {members_of(spec)[k][1]}")
    print(f"{seconds:.0f} CPU seconds")


if __name__ == "__main__":
    main()
