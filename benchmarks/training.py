"""Speed of training against the number of members trained together, and how far the floor is.

python benchmarks/training.py [--members 1 8 32 128] [--thresholds exact learned]
                              [--threads 1] [--mnist DATASET.npz [--budget 50]]

With `--mnist`, the time to accuracy instead: CPU seconds of `symbolnet` on the prepared data set,
and the accuracy on validation rows after each event, beside the authors' code (388 s for one model
of 86.6 % at 212 nodes, measured on two cores). Its floor are the products of the descent's steps.

Without it, steps of the method `paper`. Random data of the size of the real jets (18,000 x 16, five
classes) and of MNIST (54,000 x 784, ten classes), batch 256; nothing of the time depends on the
values. The floor is the time of the multiply-adds of the matrix products (outputs, gradients of
weights and of hidden units) at the rate of a large matrix product measured here. The best of
several rounds is taken, as other work on the machine only ever adds to it; one thread is timed in
CPU time for the same reason.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from symbolnet.config import Layer, PaperTraining, SymbolNetTraining, Targets
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.methods.paper.epochs import FORMS
from symbolnet.methods.paper.problem import Problem, problem_of
from symbolnet.methods.symbolnet.descend import descents_of
from symbolnet.methods.symbolnet.job import SymbolNet
from symbolnet.methods.symbolnet.point import TRACE
from symbolnet.methods.symbolnet.wide import STEPS as STEPS_OF_DESCENT

Clock = Callable[[], float]
ROUNDS = 5
STEPS = 10


class Case(NamedTuple):
    """One size of problem; `published_ms` is one step of one model in the authors' TensorFlow."""

    name: str
    rows: int
    inputs: int
    classes: int
    layer: Layer
    published_ms: str


# The published layers: 24 unary on jets in the default run, 20 and 5 on MNIST in the notebook.
CASES = (
    Case("jets", 18_000, 16, 5, Layer(unary=24, binary=8), "7"),
    Case("MNIST", 54_000, 784, 10, Layer(unary=20, binary=5), "8.5-9"),
)


def random_data(case: Case) -> Dataset:
    """Rows for a few steps only: an epoch is as many such steps as the whole set has batches."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(256 * STEPS, case.inputs)).astype(np.float32)
    y = np.arange(len(x)) % case.classes
    few = x[:100], y[:100]
    features = tuple(f"x{i}" for i in range(case.inputs))
    classes = tuple(f"c{i}" for i in range(case.classes))
    scaler = np.zeros(case.inputs), np.ones(case.inputs)
    provenance = {"source": "random"}
    return Dataset(x, few[0], few[0], y, few[1], few[1], *scaler, features, classes, provenance)


def problem(case: Case, thresholds: str, members: int, threads: int) -> Problem:
    targets = [Targets(input=0.5, weight=0.9, unary=0.5, binary=0.5)] * members
    spec = PaperTraining(
        thresholds=thresholds, layers=[case.layer], targets=targets, epochs=100, threads=threads
    )
    return problem_of(random_data(case), spec, torch.device("cpu"))


def step_ms(found: Problem, clock: Clock) -> float:
    """Milliseconds of one step of all members, masks renewed in one step of ten."""
    form = FORMS[found.spec.thresholds]
    state = form.start(found.spec, found.layout, torch.device("cpu"))
    order = torch.arange(len(found.x_train)).view(STEPS, 1, -1)

    def steps() -> None:
        for batch in order:
            form.step(found, state, batch)

    return 1000 * _best(steps, clock) / STEPS


def floor_ms(case: Case, rate: float) -> float:
    """Milliseconds of the multiply-adds of one member's step at `rate` of them a second."""
    units = case.layer.unary + 2 * case.layer.binary
    outputs = case.layer.unary + case.layer.binary
    # Inputs need no gradient: two products below, three above.
    adds = 256 * (2 * case.inputs * units + 3 * outputs * case.classes)
    return 1000 * adds / rate


def measured_rate(clock: Clock) -> float:
    """Multiply-adds a second of a large float32 matrix product."""
    a = torch.randn(1024, 1024)
    return float(a.numel() * 1024) / _best(lambda: a @ a, clock)


def _best(work: Callable[[], object], clock: Clock) -> float:
    """Seconds of the fastest of `ROUNDS` after one to warm up."""
    times: list[float] = []
    for _ in range(ROUNDS + 1):
        before = clock()
        work()
        times.append(clock() - before)
    return min(times[1:])


def time_to_accuracy(path: Path, budget: float, rate: float) -> None:
    """Print CPU seconds and validation accuracy after each event of one budget."""
    spec = SymbolNetTraining(budgets=[budget])
    method = SymbolNet(load_dataset(path), spec)
    state, began, floor = method.start(), time.process_time(), descent_floor(method, budget, rate)
    print(f"published: 388 s, 86.6 % on test rows at 212 nodes; floor of a descent {floor:.1f} s")
    print(
        "| event | CPU s | times floor | complexity | validation accuracy |\n|---|---|---|---|---|"
    )
    while not method.finished(state):
        method.step(state, print)
        if state.found:
            point, spent = state.found[-1], time.process_time() - began
            row = state.traces[point.seed, point.task][point.row]
            print(
                f"| {state.walk.events} | {spent:.1f} | {spent / floor:.1f} | "
                f"{point.nodes:.1f} | {row[TRACE.index('accuracy_validation')]:.4f} |",
                flush=True,
            )


def descent_floor(method: SymbolNet, budget: float, rate: float) -> float:
    """Seconds of the two products of matrices of every step of the largest descent."""
    sample = method.data.train
    columns = max(trial.functions + 1 for trial in descents_of(budget)) * sample.target.shape[1]
    batch = min(250, len(sample.x))
    return STEPS_OF_DESCENT * 2 * batch * sample.x.shape[1] * columns / rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[1, 8, 32, 128])
    parser.add_argument("--thresholds", nargs="+", default=["exact", "learned"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--mnist", type=Path)
    parser.add_argument("--budget", type=float, default=50)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clock = time.process_time if options.threads == 1 else time.perf_counter
    rate = measured_rate(clock)
    if options.mnist is not None:
        time_to_accuracy(options.mnist, options.budget, rate)
        return
    print(
        f"threads {options.threads}, matrix product {2e-9 * rate:.0f} GFLOP/s, {torch.__version__}"
    )
    print("| data | thresholds | members | epochs/s | ms/step/member | floor ms | times floor |")
    print("|---|---|---|---|---|---|---|")
    for case in CASES:
        floor, batches = floor_ms(case, rate), -(-case.rows // 256)
        for thresholds in options.thresholds:
            for members in options.members:
                each = step_ms(problem(case, thresholds, members, options.threads), clock) / members
                speed = 1000 / (each * batches)
                print(
                    f"| {case.name} | {thresholds} | {members} | {speed:.3g} | {each:.3f} | "
                    f"{floor:.3f} | {each / floor:.1f} |",
                    flush=True,
                )
        print(f"published, {case.name}, one model: {case.published_ms} ms a step (2 cores)")


if __name__ == "__main__":
    main()
