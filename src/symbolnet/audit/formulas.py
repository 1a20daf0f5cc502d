"""Formulas and graphs computed a second way, with none of the code that made the figures.

Expressions straight from their JSON, graphs in Python's own integers.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import Record, read_arrays, read_json
from symbolnet.audit.check import Check, judged
from symbolnet.files import file_of

_ROWS = 64  # of the test vectors that are computed one by one
_NEAR = 1e-6  # network and formula, both in float64
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Add": lambda *parts: np.sum(np.broadcast_arrays(*parts), axis=0),
    "Mul": lambda *parts: np.prod(np.broadcast_arrays(*parts), axis=0),
    "Pow": np.power,
    "Abs": np.abs,
    **{name: getattr(np, name) for name in ("exp", "log", "sin", "cos", "tan")},
    **{name: getattr(np, name) for name in ("sinh", "cosh", "tanh", "sqrt")},
}


@np.errstate(all="ignore")
def values(graph: Record, x: np.ndarray) -> np.ndarray:
    """Return the outputs (n, k) of an expression graph as it stands in JSON, for inputs (n, d)."""
    columns: list[Any] = []
    for node in graph["nodes"]:
        if "constant" in node:
            columns.append(np.float64(node["constant"]))
        elif "variable" in node:
            columns.append(x[:, node["variable"]].astype(np.float64))
        else:
            columns.append(_FUNCTIONS[node["apply"]](*(columns[place] for place in node["to"])))
    rows = [np.broadcast_to(columns[place], len(x)) for place in graph["outputs"]]
    return np.stack(rows, axis=1)


def check_accuracies(folder: Path, dataset: Path, name: str) -> Check:
    """Hold the accuracies, or R2, of the rounded formulas to formulas computed a second way.

    One row may fall on the other side where two scores are equal to the last bits.
    """
    data, faults = read_arrays(dataset), list[str]()
    classes = str(data.get("task", "classification")) != "regression"
    name_of, measure = ("accuracy", _accuracy) if classes else ("r2", _r2)
    measured = {m["id"]: m for m in read_json(folder / file_of("metrics"))["members"]}
    members = read_json(folder / file_of("expressions"))["members"]
    for member in members:
        for split in ("validation", "test") if member["diverged"] is None else ():
            x, y = data[f"x_{split}"], data[f"y_{split}"]
            found = measure(values(member["rounded"], x), y)
            stated = measured[member["id"]]["rounded"][f"{name_of}_{split}"]
            if _apart(found, stated, 1.5 / len(y) if classes else _NEAR):
                faults.append(f"{member['id']}: {split} {name_of} {stated}, found {found}")
    return judged(name, faults, f"{len(members)} members, computed a second way")


def _accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    return float((classes_of(scores) == labels).mean())


def classes_of(scores: np.ndarray) -> np.ndarray:
    """Return the class (n,) of the largest score of each row, -1 where one is not finite."""
    known = np.isfinite(scores).all(axis=1)
    return np.where(known, np.where(known[:, None], scores, 0).argmax(axis=1), -1)


@np.errstate(all="ignore")
def _r2(outputs: np.ndarray, truth: np.ndarray) -> float | None:
    """Return the mean over the targets that vary; None where it is not finite."""
    squares = ((truth - outputs) ** 2).mean(axis=0) / truth.var(axis=0)
    found = 1 - float(squares[np.ptp(truth, axis=0) > 0].mean())
    return found if np.isfinite(found) else None


def _apart(found: float | None, stated: float | None, most: float) -> bool:
    """Tell whether two figures differ by more; a figure that is none has no distance."""
    if found is None or stated is None:
        return False
    return abs(found - stated) > most * max(1.0, abs(stated))


def check_networks(folder: Path, name: str) -> Check:
    """Say how far the expressions are from the networks that they came from."""
    metrics = read_json(folder / file_of("metrics"))
    known = [m for m in metrics["members"] if m["max_difference"] is not None]
    near = _NEAR * (_largest(folder) if metrics["task"] == "regression" else 1.0)
    faults = [
        f"{m['id']}: {m['max_difference']} apart" for m in known if m["max_difference"] > near
    ]
    largest = max((m["max_difference"] for m in known), default=0.0)
    return judged(name, faults, f"{len(known)} members, at most {largest:.1e} apart on test rows")


def _largest(folder: Path) -> float:
    """Return the largest constant of all formulas, at least 1: the size of the quantities."""
    members = read_json(folder / file_of("expressions"))["members"]
    graphs = [member["unrolled"] for member in members if member["diverged"] is None]
    constants = [node.get("constant", 1.0) for graph in graphs for node in graph["nodes"]]
    return float(max([1.0, *map(abs, constants)]))


def check_vectors(folder: Path, name: str) -> Check:
    """Hold vectors to the graph, computed node by node in Python's own integers."""
    graph, arrays = read_json(folder / file_of("graph")), read_arrays(folder / file_of("vectors"))
    faults, checked = [], 0
    for kind in ("", "corner_"):
        ports, outputs = arrays[f"{kind}ports"], arrays[f"{kind}outputs"]
        for row in range(0, len(ports), max(1, len(ports) // _ROWS)):
            found = computed(graph["nodes"], ports[row].tolist())
            checked += 1
            if found != outputs[row].tolist():
                faults.append(f"{kind}outputs[{row}] are {outputs[row].tolist()}, not {found}")
    return judged(name, faults, f"{checked} vectors in Python's integers")


def computed(nodes: list[Record], ports: list[int]) -> list[int]:
    """Return the output mantissas of one vector."""
    results: list[int] = []
    given = iter(ports)
    for node in nodes:
        read = [results[place] for place in node.get("sources", [])]
        results.append(next(given) if node["kind"] == "input" else _node(node, nodes, read))
    return [value for value, node in zip(results, nodes, strict=True) if node["kind"] == "output"]


def _node(node: Record, nodes: list[Record], read: list[int]) -> int:
    sources = [nodes[place] for place in node["sources"]]
    if node["kind"] == "linear":
        shifts = [
            node["format"]["fraction"] - node["factor_fraction"] - one["format"]["fraction"]
            for one in sources
        ]
        terms = zip(node["factors"], read, shifts, strict=True)
        return sum((int(f) * value << int(s) for f, value, s in terms), int(node["offset"]))
    if node["kind"] == "multiply":
        return read[0] * read[1]
    if node["kind"] == "table":
        return int(node["entries"][read[0] - sources[0]["interval"][0]])
    if node["kind"] == "argmax":
        finest = max(one["format"]["fraction"] for one in sources)
        pairs = zip(read, sources, strict=True)
        same = [value << finest - one["format"]["fraction"] for value, one in pairs]
        return same.index(max(same))
    if node["kind"] == "quantise":
        return _quantised(read[0], sources[0]["format"]["fraction"], node["format"])
    return read[0]


def _quantised(value: int, fraction: int, target: Record) -> int:
    shift = fraction - target["fraction"]
    scaled = value << -shift if shift <= 0 else _rounded(value, 1 << shift, target["rounding"])
    low = -int(2 ** (target["integer"] + target["fraction"])) if target["signed"] else 0
    span = int(2 ** (target["integer"] + target["fraction"])) - low
    if target["overflow"] == "WRAP":
        return (scaled - low) % span + low
    return min(max(scaled, low), low + span - 1)


def _rounded(value: int, step: int, rounding: str) -> int:
    """Divide, to the nearest with halves up or towards minus infinity."""
    return (value + (step // 2 if rounding == "RND" else 0)) // step
