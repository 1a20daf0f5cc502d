"""Regression with either method on formulas of Feynman's lectures and of Nguyen.

python benchmarks/symbolic.py [--method symbolnet] [--data DATA_DIR] [--epochs 200] [--standardised]

1,000 noiseless rows a formula, divided 60/20/20; inputs as they are, or standardised as those of a
table; the target divided by its standard deviation. Constants of all members are rounded to four
digits. Of the formulas that reach R2 > 0.999 on validation data the simplest (without any, the one
of the highest R2) is measured on test data. "Solved" is R2 > 0.999, as in SRBench.
With a data folder, the published SRBench figures (symbolic/srbench_groundtruth_results.csv, no
noise) of the same formula stand beside: the mean over all methods and the best method.
"""

import argparse
import contextlib
import csv
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.config import Layer, PaperTraining, SymbolNetTraining, Targets, TrainJob
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.extract import extract
from symbolnet.expression.store import Extracted
from symbolnet.network.store import load_members
from symbolnet.pipeline.stages.train import train

RESULTS = Path("symbolic") / "srbench_groundtruth_results.csv"
SOLVED = 0.999


class Formula(NamedTuple):
    """A formula of its variables, each uniform in its range; `published` is SRBench's name."""

    name: str
    ranges: tuple[tuple[float, float], ...]
    value: Callable[..., np.ndarray]
    published: str | None = None


NARROW, WIDE = (1.0, 3.0), (1.0, 5.0)
FORMULAS = (
    Formula("Nguyen-1", ((-1, 1),), lambda x: x**3 + x**2 + x),
    Formula("Nguyen-4", ((-1, 1),), lambda x: x**6 + x**5 + x**4 + x**3 + x**2 + x),
    Formula("Nguyen-5", ((-1, 1),), lambda x: np.sin(x**2) * np.cos(x) - 1),
    Formula("Nguyen-7", ((0, 2),), lambda x: np.log(x + 1) + np.log(x**2 + 1)),
    Formula("Nguyen-9", ((0, 1),) * 2, lambda x, y: np.sin(x) + np.sin(y**2)),
    Formula("Nguyen-10", ((0, 1),) * 2, lambda x, y: 2 * np.sin(x) * np.cos(y)),
    Formula(
        "I.6.2a", (NARROW,), lambda t: np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi), "feynman_I_6_2a"
    ),
    Formula("I.12.1", (WIDE,) * 2, lambda a, b: a * b, "feynman_I_12_1"),
    Formula("I.14.3", (WIDE,) * 3, lambda m, g, z: m * g * z, "feynman_I_14_3"),
    Formula("I.18.12", (WIDE, WIDE, (0, 5)), lambda r, f, t: r * f * np.sin(t), "feynman_I_18_12"),
    Formula("I.25.13", (WIDE,) * 2, lambda q, c: q / c, "feynman_I_25_13"),
    Formula("I.27.6", (WIDE,) * 3, lambda a, b, n: 1 / (1 / a + n / b), "feynman_I_27_6"),
    Formula("I.39.1", (WIDE,) * 2, lambda p, v: 1.5 * p * v, "feynman_I_39_1"),
)


def data_of(formula: Formula, standardised: bool = False, rows: int = 1000) -> Dataset:
    """Draw rows of a formula; the same rows every time."""
    generator = np.random.default_rng(0)
    low, high = np.array(formula.ranges, dtype=float).T
    x = generator.uniform(low, high, size=(rows, len(low)))
    y = formula.value(*x.T)[:, None]
    ends = [int(0.6 * rows), int(0.8 * rows)]
    scaler = np.zeros(len(low)), np.ones(len(low))
    if standardised:
        scaler = x[: ends[0]].mean(axis=0), x[: ends[0]].std(axis=0)
    x = ((x - scaler[0]) / scaler[1]).astype(np.float32)
    xs, ys = np.split(x, ends), np.split(y / y[: ends[0]].std(), ends)
    names = tuple(f"x{i}" for i in range(len(low)))
    return Dataset(*xs, *ys, *scaler, names, ("f",), {"source": formula.name}, "regression")


def settings(epochs: int) -> PaperTraining:
    targets = [Targets(weight=w, binary=b) for w in (0.5, 0.8, 0.9, 0.95) for b in (0.0, 0.5)]
    return PaperTraining(
        thresholds="exact",
        layers=[Layer(unary=8, binary=4), Layer(unary=4, binary=4)],
        unary_operators=["identity", "sin", "gauss", "square"],
        targets=targets,
        seeds=[0, 1, 2, 3],
        epochs=epochs,
        batch=100,
        learning_rate=0.01,
        checkpoint_every=epochs,
    )


def solve(data: Dataset, spec: PaperTraining | SymbolNetTraining) -> tuple[float, float]:
    """Return R2 on test data, and the complexity, of the formula chosen on validation data."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_dataset(folder / "dataset.npz", data)
        files = [folder / part for part in ("network", "history", "members", "checkpoint")]
        with contextlib.redirect_stdout(io.StringIO()):
            train(folder / "dataset.npz", *files, TrainJob(training=spec))
        members = load_members(files[0])
    found = [extract(*member, digits=4) for member in members]
    scores = [r2(one, data.x_validation, data.y_validation) for one in found]
    sizes = [float(np.mean(one.complexity)) for one in found]
    solved = [i for i, score in enumerate(scores) if score > SOLVED]
    best = min(solved, key=lambda i: sizes[i]) if solved else int(np.argmax(scores))
    return r2(found[best], data.x_test, data.y_test), sizes[best]


def r2(found: Extracted, x: np.ndarray, y: np.ndarray) -> float:
    """Return R2 of the rounded formula; of one without a value somewhere, less than any."""
    missed = evaluate(found.rounded, x.astype(np.float64)) - y
    score = float(1 - (missed**2).sum() / ((y - y.mean(axis=0)) ** 2).sum())
    return score if np.isfinite(score) else -np.inf


def published(folder: Path | None) -> dict[str, list[tuple[float, float, str]]]:
    """Read (solved, recovered, method) of every noiseless SRBench run, shares from 0 to 1."""
    rates: dict[str, list[tuple[float, float, str]]] = {}
    if folder is None:
        return rates
    with (folder / RESULTS).open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if float(row["target_noise"] or "nan") == 0 and row["accuracy_solution"]:
                recovered = float(row["symbolic_solution_rate_(%)"] or 0) / 100
                entry = float(row["accuracy_solution"]), recovered, row["algorithm"]
                rates.setdefault(row["dataset"], []).append(entry)
    return rates


def beside(rates: list[tuple[float, float, str]]) -> str:
    """Mean solved, mean recovered over the methods, and the best method."""
    if not rates:
        return "- | - | -"
    solved, recovered = (np.mean([rate[i] for rate in rates]) for i in (0, 1))
    best = max(rates, key=lambda rate: (rate[1], rate[0]))
    return f"{solved:.2f} | {recovered:.2f} | {best[2]} {best[1]:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", choices=("symbolnet", "paper"), default="symbolnet")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--standardised", action="store_true")
    options = parser.parse_args()
    rates = published(options.data)
    front = SymbolNetTraining(digits=4, budgets=[3, 140])
    spec = front if options.method == "symbolnet" else settings(options.epochs)
    head = ("formula", "R2", "solved", "complexity", "CPU s", "published: solved", "recovered")
    print("|", " | ".join((*head, "best method")), "|")
    print("|---|---|---|---|---|---|---|---|")
    for formula in FORMULAS:
        began = time.process_time()
        score, complexity = solve(data_of(formula, options.standardised), spec)
        seconds = time.process_time() - began
        solved = "yes" if score > SOLVED else "no"
        told = beside(rates.get(formula.published or "", []))
        line = f"| {formula.name} | {score:.6f} | {solved} | {complexity:.0f} | {seconds:.0f}"
        print(f"{line} | {told} |", flush=True)


if __name__ == "__main__":
    main()
