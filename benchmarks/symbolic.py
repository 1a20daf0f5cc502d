"""Known formulas from rows: what is recovered, how well it predicts, how long it is and takes.

python benchmarks/symbolic.py --data DATA_DIR [--sets feynman strogatz nguyen] [--noise 0.01]
    [--rows 1000] [--peer SECONDS]

The sets are those of DATA_DIR/symbolic: the 100 formulas of Feynman's lectures in their published
ranges, the right sides of the Strogatz equations with both variables in 0.2 to 3, and Nguyen's
formulas in their published ranges. Noise is normal, in deviations of the quantity.

Fitted is `SymbolicRegressor(effort=1)`, and with --peer pyoperon's regressor for so many seconds on
one thread, on the same rows. R2 is that of 1,000 other rows without noise. Recovered is a formula
that gives the true one's values, to 0.1 % of their deviation, on 1,000 rows in ranges half as wide
again: it agrees where it has seen nothing. The published columns are SRBench's: of all its methods
on the same formula and noise, the share of runs that recovered it, in the mean and of the best.
"""

import argparse
import csv
import re
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

import symbolnet
from symbolnet.expression.evaluate import evaluate

FEYNMAN, DSO = "FeynmanEquations.csv", "dso_benchmarks.csv"
PMLB, RESULTS = "pmlb_feynman_strogatz_formulas.csv", "srbench_groundtruth_results.csv"
SOLVED, NEAR, TEST_ROWS = 0.999, 1e-3, 1000
WIDER = 1.5
_QUOTIENT = r"div\((pow\([^()]*\)|[^(),]*),([^(),]*)\)"  # as the set writes them
Predict = Callable[[np.ndarray], np.ndarray]


class Formula(NamedTuple):
    """A formula of named variables, each uniform in its range; `published` is SRBench's name."""

    name: str
    text: str
    ranges: dict[str, tuple[float, float]]
    published: str = ""

    def values(self, x: np.ndarray) -> np.ndarray:
        """Return the quantity (n,) for variables (n, d)."""
        inner = re.fullmatch(r"arcsin\((.*)\)", self.text)  # no operator of this project
        text = inner.group(1) if inner else self.text
        found = evaluate(symbolnet.formulas(text, list(self.ranges)).expressions, x)[:, 0]
        result: np.ndarray = np.arcsin(found) if inner else found
        return result

    def draw(self, rows: int, seed: int, wider: float = 1.0) -> np.ndarray:
        """Return variables (n, d)."""
        low, high = np.array(list(self.ranges.values()), dtype=float).T
        ends = low, low + wider * (high - low)
        return np.random.default_rng(seed).uniform(*ends, size=(rows, len(low)))


def feynman(folder: Path) -> Iterator[Formula]:
    for row in _rows(folder / FEYNMAN):
        if row["Filename"]:
            names = [row[f"v{k}_name"] for k in range(1, 11) if row[f"v{k}_name"]]
            ends = [
                (float(row[f"v{k + 1}_low"]), float(row[f"v{k + 1}_high"]))
                for k in range(len(names))
            ]
            published = "feynman_" + row["Filename"].replace(".", "_")
            yield Formula(
                row["Filename"], row["Formula"], dict(zip(names, ends, strict=True)), published
            )


def strogatz(folder: Path) -> Iterator[Formula]:
    for row in _rows(folder / PMLB):
        if row["dataset"].startswith("strogatz"):
            text = row["formula"].split("=")[1].replace("cot(y)", "cos(y)/sin(y)")
            name = row["dataset"]
            yield Formula(name, text, {"x": (0.2, 3.0), "y": (0.2, 3.0)}, name)


def nguyen(folder: Path) -> Iterator[Formula]:
    for row in _rows(folder / DSO):
        if row["name"].startswith("Nguyen"):
            found = re.search(r"\[(-?[\d.]+),(-?[\d.]+)", row["train_spec"])
            assert found is not None
            ends = float(found.group(1)), float(found.group(2))
            text = re.sub(_QUOTIENT, r"((\1)/(\2))", row["expression"])
            names = [f"x{k + 1}" for k in range(int(row["variables"]))]
            yield Formula(row["name"], text, dict.fromkeys(names, ends))


SETS = {"feynman": feynman, "strogatz": strogatz, "nguyen": nguyen}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


class Fit(NamedTuple):
    predict: Predict
    nodes: float
    seconds: float
    text: str


def ours(x: np.ndarray, y: np.ndarray) -> Fit:
    began = time.process_time()
    model = symbolnet.SymbolicRegressor(effort=1.0).fit(x, y)
    seconds = time.process_time() - began
    nodes = model.front_.complexity[model.front_.chosen].iloc[0]
    return Fit(model.predict, float(nodes), seconds, model.text())


def operon(x: np.ndarray, y: np.ndarray, seconds: float) -> Fit:
    from pyoperon.sklearn import SymbolicRegressor  # an extra peer: pip install pyoperon

    model = SymbolicRegressor(
        allowed_symbols="add,sub,mul,div,sin,cos,exp,log,sqrt,square,constant,variable",
        optimizer_iterations=5,
        max_time=max(1, round(seconds)),
        generations=10**6,
        max_evaluations=10**9,
        n_threads=1,
        random_state=0,
    )
    began = time.process_time()
    model.fit(x, y)
    took = time.process_time() - began
    return Fit(model.predict, float(model.stats_["model_length"]), took, "")


def judged(formula: Formula, predict: Predict) -> tuple[float, bool]:
    """Return R2 on other rows of the ranges, and whether the formula holds in wider ones."""
    x = formula.draw(TEST_ROWS, seed=1)
    truth = formula.values(x)
    with np.errstate(all="ignore"):
        r2 = 1 - float(np.mean((predict(x) - truth) ** 2)) / float(np.var(truth))
        far = formula.draw(TEST_ROWS, 2, WIDER)
        there = formula.values(far)
        known = np.isfinite(there)
        missed = np.abs(predict(far[known]) - there[known])
    return r2, bool((missed <= NEAR * there[known].std()).all())


def published(folder: Path, noise: float) -> dict[str, list[float]]:
    """Return the shares of runs that recovered each formula, of every method of SRBench."""
    rates: dict[str, list[float]] = {}
    for row in _rows(folder / RESULTS):
        if row["target_noise"] and float(row["target_noise"]) == noise:
            share = float(row["symbolic_solution_rate_(%)"] or 0) / 100
            rates.setdefault(row["dataset"], []).append(share)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=tuple(SETS), default=list(SETS))
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--peer", type=float, default=0.0, metavar="SECONDS")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    folder = options.data / "symbolic"
    rates = published(folder, options.noise)
    who = ["symbolnet", *(["pyoperon"] if options.peer else [])]
    head = [f"{name}: {what}" for name in who for what in ("recovered", "R2", "nodes", "CPU s")]
    print("|", " | ".join(["formula", *head, "published: mean", "best"]), "|")
    print("|" + "---|" * (len(head) + 3))
    for kind in options.sets:
        table(list(SETS[kind](folder)), options, rates, kind)


def table(
    formulas: list[Formula], options: argparse.Namespace, rates: dict[str, list[float]], kind: str
) -> None:
    """Print a line for each formula, and one for the set."""
    sums: dict[int, list[tuple[bool, bool, float]]] = {}
    shown: list[list[float]] = []
    for formula in formulas:
        x = formula.draw(options.rows, seed=0)
        y = formula.values(x)
        y = y + options.noise * y.std() * np.random.default_rng(3).normal(size=len(y))
        fits = [ours(x, y), *([operon(x, y, options.peer)] if options.peer else [])]
        cells = []
        for place, fit in enumerate(fits):
            r2, recovered = judged(formula, fit.predict)
            sums.setdefault(place, []).append((recovered, r2 > SOLVED, fit.seconds))
            cells += [
                "yes" if recovered else "no",
                f"{r2:.6f}",
                f"{fit.nodes:.0f}",
                f"{fit.seconds:.1f}",
            ]
        beside = rates.get(formula.published, [])
        cells += [f"{np.mean(beside):.2f}", f"{max(beside):.2f}"] if beside else ["-", "-"]
        shown += [[float(np.mean(beside)), max(beside)]] if beside else []
        print(f"| {formula.name} |", " | ".join(cells), "|", flush=True)
    for place, name in enumerate(("symbolnet", "pyoperon")):
        if place in sums:
            recovered, solved, seconds = np.array(sums[place], dtype=float).T
            print(
                f"{kind}, {name}: {recovered.sum():.0f} of {len(formulas)} recovered,"
                f" R2 > {SOLVED} on {solved.sum():.0f}, {seconds.mean():.1f} CPU s each"
            )
    if shown:
        mean, best = np.mean(shown, axis=0)
        print(
            f"{kind}, published, {len(shown)} formulas: {mean:.2f} recovered in the mean of the"
            f" methods of SRBench, {best:.2f} by the best of each"
        )


if __name__ == "__main__":
    main()
