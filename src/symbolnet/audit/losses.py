"""Losses and choices computed a second way, with none of the code that made them."""

from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import Record, read_arrays, read_json
from symbolnet.audit.check import Check, judged
from symbolnet.audit.formulas import values
from symbolnet.config import Choice
from symbolnet.files import file_of

_NEAR = 1e-4  # weights of classes have six digits in members.json
_OCTAVES = 60  # of the scale around its usual value
_SPLITS = ("train", "validation")
_LEAST = 1e-30  # of a squared error: that of a formula without noise


def check_losses(folder: Path, dataset: Path, name: str) -> Check:
    """Hold the losses in metrics.json to formulas computed a second way."""
    found, faults = _losses(folder, dataset), list[str]()
    for member in read_json(folder / file_of("metrics"))["members"]:
        for key, value in found.get(member["id"], {}).items():
            stated = member["loss"][key]
            if (stated is None) != (value is None) or _apart(stated, value):
                faults.append(f"{member['id']}: {key} loss {stated}, found {value}")
    return judged(name, faults, f"losses of {len(found)} members, computed a second way")


def check_choice(folder: Path, chosen: Path, dataset: Path, spec: Choice, name: str) -> Check:
    """Hold the chosen model to the losses, or scores, of all that are simple enough."""
    members = read_json(folder / file_of("metrics"))["members"]
    sizes = {m["id"]: m["complexity_mean"] for m in members if m["diverged"] is None}
    lost = _lost(folder, dataset, members, spec)
    fitting = {n: lost[n] for n, size in sizes.items() if size <= spec.complexity_max}
    taken = read_json(chosen)["members"][0]["id"]
    best = min(fitting, key=lambda n: fitting[n])
    near = fitting.get(taken, np.inf) <= fitting[best] + _NEAR * abs(fitting[best])
    fault = f"{taken} was chosen, where {best} has least to be lost by {spec.by}"
    return judged(name, [] if near else [fault], f"{taken} of {len(fitting)} that are small enough")


def _lost(folder: Path, dataset: Path, members: list[Record], spec: Choice) -> dict[str, float]:
    """Return by member what a choice keeps low; infinite where it is undefined."""
    if spec.by == "loss":
        found = {n: one["expected"] for n, one in _losses(folder, dataset).items()}
    else:
        known = {m["id"]: m["rounded"] for m in members if m["diverged"] is None}
        found = {n: _missing(one, spec.by) for n, one in known.items()}
    return {n: np.inf if value is None else value for n, value in found.items()}


def _missing(rounded: Record, by: str) -> float | None:
    score = rounded.get("r2_validation", rounded.get(f"{by}_validation"))
    scores = score if isinstance(score, list) else [score]
    return None if None in scores else 1 - sum(scores) / len(scores)


def _losses(folder: Path, dataset: Path) -> dict[str, Record]:
    """Return the losses of every member that has formulas."""
    data = read_arrays(dataset)
    classes = str(data.get("task", "classification")) != "regression"
    weights = read_json(folder / file_of("members")).get("class_weights") or {}
    names = [str(one) for one in data["class_names"]]
    counts = np.array([weights.get(one, 1.0) for one in names])
    members = read_json(folder / file_of("expressions"))["members"]
    known = [member for member in members if member["diverged"] is None]
    found = {
        m["id"]: _of_classes(m["rounded"], data, counts)
        if classes
        else _of_values(m["rounded"], data)
        for m in known
    }
    fitted = {m["id"]: _constants(m["rounded"]) for m in known}
    share = len(data["y_train"]) / (len(data["y_train"]) + len(data["y_validation"]))
    return _put_right(found, fitted, share, classes)


@np.errstate(all="ignore")
def _put_right(
    losses: dict[str, Record], fitted: dict[str, int], share: float, classes: bool
) -> dict[str, Record]:
    """Add what is expected: in nats a line in the constants is what train loses less."""

    def nats(loss: float | None) -> float:
        lost = np.nan if loss is None else loss
        return lost if classes else np.log(max(lost, _LEAST)) / 2

    excess = {n: nats(one["validation"]) - nats(one["train"]) for n, one in losses.items()}
    sound = [n for n, more in excess.items() if np.isfinite(more)]
    slope = 0.0
    if len({fitted[n] for n in sound}) > 1:
        slope = max(0.0, np.polyfit([fitted[n] for n in sound], [excess[n] for n in sound], 1)[0])
    for name, one in losses.items():
        more = share * slope * fitted[name]
        values = [np.nan if one[split] is None else one[split] for split in _SPLITS]
        both = share * values[0] + (1 - share) * values[1]
        one["expected"] = _finite(both + more if classes else both * np.exp(2 * more))
    return losses


@np.errstate(all="ignore")
def _of_classes(graph: Record, data: dict[str, np.ndarray], counts: np.ndarray) -> Record:
    scores, labels = _seen(graph, data)
    weight = counts[labels]
    known = np.isfinite(scores).all(axis=1)

    def each(scale: float) -> np.ndarray:
        logits = scale * np.where(known[:, None], scores, 0.0)
        logits -= logits[np.arange(len(labels)), labels][:, None]
        lost: np.ndarray = np.logaddexp.reduce(logits, axis=1)
        return np.where(known, lost, np.log(len(labels)))

    loss = each(_scale(lambda scale: float(np.average(each(scale), weights=weight)), scores[known]))
    return _record(loss, weight, len(data["y_train"]))


def _scale(loss: Any, scores: np.ndarray) -> float:
    """Return the scale of least loss by golden sections of its logarithm."""
    spread = np.abs(scores - scores.mean(axis=1, keepdims=True))
    usual = float(np.median(spread[spread > 0])) if (spread > 0).any() else 0.0
    if usual == 0:
        return 0.0
    low, high, share = -_OCTAVES / 2, _OCTAVES / 2, (5**0.5 - 1) / 2
    for _ in range(60):
        left, right = high - share * (high - low), low + share * (high - low)
        if loss(2**left / usual) <= loss(2**right / usual):
            high = right
        else:
            low = left
    best = 2 ** ((low + high) / 2) / usual
    return min((0.0, best), key=loss)


@np.errstate(all="ignore")
def _of_values(graph: Record, data: dict[str, np.ndarray]) -> Record:
    outputs, truth = _seen(graph, data)
    varying = np.ptp(truth, axis=0) > 0
    loss = ((truth - outputs) ** 2 / truth.var(axis=0))[:, varying].mean(axis=1)
    return _record(loss, np.ones(len(loss)), len(data["y_train"]))


def _seen(graph: Record, data: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return outputs and truth of the training rows, then the validation rows."""
    outputs = [values(graph, data[f"x_{split}"]) for split in _SPLITS]
    return np.concatenate(outputs), np.concatenate([data[f"y_{split}"] for split in _SPLITS])


def _record(loss: np.ndarray, weight: np.ndarray, trained: int) -> Record:
    parts = slice(0, trained), slice(trained, None)
    means = [_finite(np.average(loss[part], weights=weight[part])) for part in parts]
    return dict(zip(_SPLITS, means, strict=True))


def _constants(graph: Record) -> int:
    """Count the numbers other than 1 and -1 among the parts of sums and products, or alone."""
    nodes = graph["nodes"]
    inner = [place for node in nodes if node.get("apply") in ("Add", "Mul") for place in node["to"]]
    found = [nodes[place].get("constant") for place in (*inner, *graph["outputs"])]
    return sum(value is not None and abs(value) != 1 for value in found)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _apart(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return False
    return abs(first - second) > _NEAR * max(1e-3, abs(first))
