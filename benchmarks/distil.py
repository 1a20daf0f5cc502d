"""pyoperon on what a distillation looked for: messages of its networks, and accelerations alone.

python benchmarks/distil.py results/<run>/distil [--seconds 20] [--rows 2000]

For every system: the strongest component of a message of the first member, as a formula of m1, m2,
q1, q2, the place of the sender and its distance; and the first component of an acceleration, as a
formula of the body and of all others, without any network. Of hidden charges it is told the numbers
of the kinds. R2 is of as many other rows, and of the 90 % that are told best. Seconds are of the
clock that pyoperon (pip install pyoperon) is given on one thread; CPU seconds what it got.
"""

import argparse
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.artifact import read_json
from symbolnet.config import LawSearch
from symbolnet.distil.laws.pairs import NEAREST, around, pairs_of_graphs
from symbolnet.distil.laws.record import sample
from symbolnet.distil.laws.truth import TRIMMED
from symbolnet.distil.networks.graphs import Graphs
from symbolnet.distil.networks.store import load_trained
from symbolnet.distil.simulation.file import load_simulations


class Task(NamedTuple):
    """Rows (n, d) and what is to be told of them, (n,)."""

    x: np.ndarray
    y: np.ndarray
    names: list[str]


def receivers_and_senders(graphs: Graphs) -> tuple[np.ndarray, np.ndarray]:
    """Return the charges of both bodies of every pair; the numbers of kinds, if hidden."""
    sender = around(graphs.charges.numpy().astype(np.float64))
    receiver = np.broadcast_to(graphs.charges.numpy()[:, None, :], sender.shape)
    return receiver, sender


def of_messages(folder: Path, graphs: Graphs) -> Task:
    shown = load_trained(folder / "network.safetensors").messages(graphs)[0].numpy()
    pairs = pairs_of_graphs(graphs)
    apart = [pairs.apart[..., k] for k in range(pairs.apart.shape[-1])]
    receiver, sender = receivers_and_senders(graphs)
    columns = [pairs.receiver, pairs.sender, receiver, sender, *apart, pairs.distance]
    flat = shown.reshape(-1, shown.shape[-1]).astype(np.float64)
    far = pairs.distance.ravel() > NEAREST
    strongest = int(flat.std(axis=0).argmax())
    names = ["m1", "m2", "q1", "q2", *("dx", "dy", "dz")[: len(apart)], "r"]
    return Task(np.stack([one.ravel() for one in columns], 1)[far], flat[far, strongest], names)


def of_accelerations(graphs: Graphs) -> Task:
    pairs = pairs_of_graphs(graphs)
    receiver, sender = receivers_and_senders(graphs)
    columns, names = [pairs.receiver[:, 0].ravel(), receiver[:, 0].ravel()], ["m", "q"]
    for k in range(pairs.distance.shape[1]):
        apart = [pairs.apart[:, k, :, d] for d in range(pairs.apart.shape[-1])]
        own = [*apart, pairs.distance[:, k], pairs.sender[:, k], sender[:, k]]
        columns += [one.ravel() for one in own]
        names += [f"{one}{k}" for one in (*("dx", "dy", "dz")[: len(apart)], "r", "m", "q")]
    target = graphs.accelerations[..., 0].numpy().astype(np.float64).ravel()
    return Task(np.stack(columns, axis=1), target, names)


def fitted(task: Task, seconds: int, rows: int) -> str:
    from pyoperon.sklearn import SymbolicRegressor

    drawn = np.random.default_rng(0).permutation(len(task.y))[: 2 * rows]
    fit, rest = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
    model = SymbolicRegressor(
        allowed_symbols="add,sub,mul,div,square,sqrt,constant,variable",
        optimizer_iterations=5,
        max_time=seconds,
        generations=10**6,
        max_evaluations=10**9,
        n_threads=1,
        random_state=0,
    )
    began = time.process_time()
    model.fit(task.x[fit], task.y[fit])
    took = time.process_time() - began
    wrong = model.predict(task.x[rest]) - task.y[rest]
    best = np.abs(wrong) <= np.quantile(np.abs(wrong), TRIMMED)
    r2, robust = (1 - np.var(wrong[k]) / np.var(task.y[rest][k]) for k in (slice(None), best))
    text = model.get_model_string(model.model_, precision=4, names=task.names)
    return f"{r2:.4f} | {robust:.4f} | {int(model.stats_['model_length'])} | {took:.1f} | `{text}`"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--seconds", type=int, default=20)
    arguments.add_argument("--rows", type=int, default=2000)
    asked = arguments.parse_args()
    there = find_spec("pyoperon") is not None
    print(
        "| system | of | R2 | best 90 % | nodes | CPU s | formula |\n|---|---|---|---|---|---|---|"
    )
    settings = read_json(asked.folder / "summary.json")["settings"]
    for system in settings["systems"]:
        found = load_simulations(asked.folder / system / "simulations.npz")
        graphs, _ = sample(found, LawSearch())
        tasks = {"messages": of_messages(asked.folder / system / settings["train"][0], graphs)}
        tasks["accelerations"] = of_accelerations(graphs)
        for name, task in tasks.items():
            row = fitted(task, asked.seconds, asked.rows) if there else "not installed | | | |"
            print(f"| {system} | {name} | {row} |", flush=True)


if __name__ == "__main__":
    main()
