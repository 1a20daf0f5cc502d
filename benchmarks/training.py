"""Time of a training step against the number of members trained together.

python benchmarks/training.py [--members 1 8 32] [--seeds 1] [--threads 1] [--rows 20000]

Random data of the size of the real jets (20,000 x 16, five classes, batch 256); nothing of the
time depends on the values. The best of several rounds is printed, as other work on the machine
only ever adds to it.
"""

import argparse
import time

import numpy as np
import torch

from symbolnet.config import Layer, Targets, Training
from symbolnet.data.dataset import Dataset
from symbolnet.network.state import initial_state
from symbolnet.network.train import Problem, problem_of, run_epoch

ROUNDS = 5


def random_jets(rows: int) -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, 16)).astype(np.float32)
    y = generator.integers(0, 5, rows)
    few = x[:500], y[:500]
    features, classes = tuple(f"x{i}" for i in range(16)), tuple("gqwzt")
    arrays = (x, few[0], few[0], y, few[1], few[1], np.zeros(16), np.ones(16))
    return Dataset(*arrays, features, classes, {"source": "random"})


def problem(rows: int, members: int, seeds: int, threads: int) -> Problem:
    targets = [Targets(input=0.5, weight=0.9, unary=0.5, binary=0.5)] * (members // seeds)
    layers = [Layer(unary=24, binary=8)]
    spec = Training(layers=layers, targets=targets, seeds=list(range(seeds)), threads=threads)
    return problem_of(random_jets(rows), spec, torch.device("cpu"))


def step_ms(case: Problem) -> float:
    """Milliseconds of one step of all members: the fastest of `ROUNDS` epochs."""
    state = initial_state(case.spec, case.layout, torch.device("cpu"))
    steps, best = -(-len(case.x_train) // case.spec.batch), float("inf")
    for _ in range(ROUNDS):
        before = time.perf_counter()
        run_epoch(case, state)
        best = min(best, time.perf_counter() - before)
    return 1000 * best / steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print("members  seeds  threads  ms/step  ms/step/member")
    for members in options.members:
        seeds = min(options.seeds, members)
        found = step_ms(problem(options.rows, members, seeds, options.threads))
        print(
            f"{members:7d}  {seeds:5d}  {options.threads:7d}  {found:7.2f}  {found / members:14.3f}"
        )


if __name__ == "__main__":
    main()
