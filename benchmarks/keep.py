"""What the best epoch, or an average of late ones, would gain over the last.

    python benchmarks/keep.py results/real_jets/data/real_jets/dataset.npz [--thresholds learned]

Half of the validation data picks the epoch of each member, the other half measures; then the
halves change places. The test set is not looked at.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from symbolnet.config import Layer, PaperTraining, Targets
from symbolnet.data.dataset import load_dataset
from symbolnet.methods.paper.epochs import FORMS, accuracy, run_epoch
from symbolnet.methods.paper.problem import Problem, problem_of

CPU = torch.device("cpu")
WEIGHTS = (0.70, 0.74, 0.78, 0.81, 0.84, 0.86, 0.88, 0.90)
WEIGHTS += (0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98)
AVERAGES = (3, 10, 25)


# The trainings of config.yaml; `exact` with more targets and two seeds.
EXACT = PaperTraining(
    thresholds="exact",
    layers=[Layer(unary=16, binary=8)],
    unary_operators=["tanh", "gauss", "sin", "identity"],
    targets=[Targets(weight=weight, binary=0.5) for weight in WEIGHTS],
    seeds=[0, 1],
    learning_rate=0.01,
)
LEARNED = PaperTraining(
    layers=[Layer(unary=24, binary=4)],
    unary_operators=["sin", "gauss", "tanh", "identity"],
    targets=[
        Targets(input=0.3, weight=0.75, unary=0.5),
        Targets(input=0.5, weight=0.80, unary=0.6),
        Targets(input=0.5, weight=0.88, unary=0.6),
        Targets(input=0.5, weight=0.88, unary=0.85),
        Targets(input=0.5, weight=0.93, unary=0.85),
        Targets(input=0.7, weight=0.95, unary=0.85),
    ],
    seeds=[0, 1],
    epochs=150,
)
SPECS = {"exact": EXACT, "learned": LEARNED}


def main() -> None:
    """Train once; print the mean gain over the last epoch and its standard error over members."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--thresholds", choices=SPECS, default="exact")
    arguments = parser.parse_args()
    problem = problem_of(load_dataset(arguments.dataset), SPECS[arguments.thresholds], CPU)
    rows = late_rows(problem)
    right = torch.stack([measured(problem, row) for row in rows])
    _tell("best, on the data that picks", (right.max(dim=0).values - right[-1]).mean(dim=0))
    _tell("best, on the other half", picked(right) - right[-1].mean(dim=0))
    for count in AVERAGES:
        mean = measured(problem, torch.stack(rows[-count:]).mean(dim=0))
        _tell(f"average of {count} epochs", (mean - right[-1]).mean(dim=0))


def late_rows(problem: Problem) -> list[Tensor]:
    """Train; return the parameters (m, p) after each epoch that may be kept."""
    form, rows = FORMS[problem.spec.thresholds], list[Tensor]()
    state = form.start(problem.spec, problem.layout, CPU)
    for epoch in range(problem.spec.epochs):
        run_epoch(problem, state)
        if epoch >= form.settled(problem):
            rows.append(state.parameters.detach().clone())
    return rows


def measured(problem: Problem, rows: Tensor) -> Tensor:
    """Return the accuracy on each half of the validation data, (2, m)."""
    form, x, y = problem.spec.thresholds, problem.x_validation, problem.y_validation
    halves = [accuracy(problem.layout, form, rows, x[i::2], y[i::2]) for i in (0, 1)]
    return torch.stack(halves)


def picked(right: Tensor) -> Tensor:
    """Return what half the data says of the epoch that the other half picks: mean of both, (m,)."""
    epochs = len(right) - 1 - right.flip(0).max(dim=0).indices
    return right.flip(1).gather(0, epochs[None])[0].mean(dim=0)


def _tell(name: str, gain: Tensor) -> None:
    error = gain.std() / len(gain) ** 0.5
    print(f"{name}: {100 * gain.mean():+.3f} +- {100 * error:.3f} %", flush=True)


if __name__ == "__main__":
    main()
