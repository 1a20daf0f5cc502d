"""Two runs: what differs in settings, code, versions, data and figures, and how sure that is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symbolnet.artifact import Record, read_arrays, read_json, sha256
from symbolnet.audit.contents import REPORT
from symbolnet.audit.verify import Run
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.metrics import MEASURES
from symbolnet.expression.store import expression_set, load_collection
from symbolnet.files import file_of
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.firmware.graph.reference import scores

_AT_ONCE, _TIMES = 100, 100  # resamples: all at once would not fit where no values are equal
_SEED = 0
_INTERVAL = (2.5, 97.5)
_COUNTS = (("rtl", "latency_cycles"), ("resources", "lut"), ("resources", "dsp"))


class Difference(NamedTuple):
    """The second score minus the first, its 95 % interval, and how it was resampled."""

    value: float
    low: float
    high: float
    paired: bool

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out zero."""
        return not self.low <= 0 <= self.high


def paired(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare scores (n,) of two models by row, on the same rows: whole rows are resampled."""
    change = second - first
    drawn = _means(change, np.random.default_rng(_SEED))
    return Difference(float(change.mean()), *_interval(drawn), True)


def unpaired(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare scores (n,) and (m,) of two models by row, on rows of their own."""
    generator = np.random.default_rng(_SEED)
    drawn = _means(second, generator) - _means(first, generator)
    return Difference(float(second.mean() - first.mean()), *_interval(drawn), False)


def _means(values: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the means of resampled rows; equal values are drawn together, as multinomials."""
    kinds, counts = np.unique(values, return_counts=True)
    shares = counts / len(values)
    drawn = (generator.multinomial(len(values), shares, size=_AT_ONCE) for _ in range(_TIMES))
    return np.concatenate([one @ kinds for one in drawn]) / len(values)


def _interval(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(drawn, _INTERVAL)
    return float(low), float(high)


def compare(first: Run, second: Run) -> Record:
    """Return everything in which two runs differ; equal things are counted, not listed."""
    one, other = first.manifest, second.manifest
    return {
        "runs": [one["run"], other["run"]],
        "config": changes(flat(one["config"]), flat(other["config"])),
        "code": changes(one["code"], other["code"]),
        "packages": changes(one["environment"]["packages"], other["environment"]["packages"]),
        "data": list(_data(first, second)),
        "accuracy": list(_accuracies(first, second)),
        "firmware": list(_firmware(first, second)),
    }


def flat(value: Any, path: str = "") -> Record:
    """Return every setting by its dotted path; lists of plain values stay whole."""
    if isinstance(value, dict) and value:
        found: Record = {}
        for key, one in value.items():
            found |= flat(one, f"{path}.{key}".lstrip("."))
        return found
    return {path: value}


def changes(first: Record, second: Record) -> list[Record]:
    """Return name and both values of what differs; null where one side has no such name."""
    changed = sorted(n for n in first.keys() | second.keys() if first.get(n) != second.get(n))
    return [{"name": name, "values": [first.get(name), second.get(name)]} for name in changed]


def _data(first: Run, second: Run) -> Iterator[Record]:
    for name in _common_datasets(first, second):
        paths = [_dataset(run, name) for run in (first, second)]
        if all(path.is_file() for path in paths):
            rows = [_rows(path) for path in paths]
            yield {"dataset": name, "equal": sha256(paths[0]) == sha256(paths[1]), "rows": rows}


def _rows(path: Path) -> dict[str, int]:
    data = load_dataset(path)
    return {split: len(data.split(split)[0]) for split in ("train", "validation", "test")}


def _dataset(run: Run, name: str) -> Path:
    return run.folder / "data" / name / file_of("dataset")


def _common_datasets(first: Run, second: Run) -> list[str]:
    return [name for name in first.config.datasets if name in second.config.datasets]


def _accuracies(first: Run, second: Run) -> Iterator[Record]:
    """Yield the test accuracy, or R2, of what both runs have: methods at complexities, firmware."""
    summaries = [read_json(run.folder / REPORT[0], "summary") for run in (first, second)]
    for name in _common_datasets(first, second):
        paths = [_dataset(run, name) for run in (first, second)]
        if not all(path.is_file() for path in paths):
            continue
        same = sha256(paths[0]) == sha256(paths[1])
        tasks = {load_dataset(path).task for path in paths}
        if len(tasks) > 1:
            continue
        pairs = [
            _budget_scores(s, r, name) for s, r in zip(summaries, (first, second), strict=True)
        ]
        pairs_of_firmware = [_fixed_scores(run, name) for run in (first, second)]
        for ours, theirs in (pairs, pairs_of_firmware):
            for what in (one for one in ours if one in theirs):
                difference = (paired if same else unpaired)(ours[what], theirs[what])
                values = ours[what], theirs[what]
                if np.isfinite(difference.value):
                    yield _figure(name, what, MEASURES[min(tasks)], values, difference)


def _figure(
    dataset: str, what: str, measure: str, values: tuple[np.ndarray, ...], found: Difference
) -> Record:
    return {
        "dataset": dataset,
        "what": what,
        "measure": measure,
        f"{measure}_test": [float(one.mean()) for one in values],
        "difference": found.value,
        "interval_95": [found.low, found.high],
        "paired": found.paired,
        "significant": found.significant,
    }


def _budget_scores(summary: Record, run: Run, dataset: str) -> dict[str, np.ndarray]:
    """Return for each method and complexity the score of its choice, then the mean of its seeds,

    by test row.
    """
    rooms = {"training": "training", "baseline": "peers"}
    found, limits = {}, summary["budgets"][dataset]["complexities"]
    for row in summary["budgets"][dataset]["rows"]:
        for limit, cell in zip(limits, row["cells"], strict=True):
            if row["origin"] in rooms and cell is not None:
                folder = run.folder / rooms[row["origin"]] / dataset / row["method"]
                what = f"{row['method']} at complexity <= {limit:g}"
                file, choice = folder / file_of("expressions"), cell["choice"]["id"]
                found[what] = _scores_of(file, [choice], run, dataset)
                if len(cell["models"]) > 1:
                    scores = _scores_of(file, cell["models"], run, dataset)
                    found[f"{what}, mean of seeds"] = scores
    return found


def _scores_of(expressions: Path, models: list[str], run: Run, dataset: str) -> np.ndarray:
    collection, data = load_collection(expressions), load_dataset(_dataset(run, dataset))
    sets = [expression_set(collection, name).expressions for name in models]
    result: np.ndarray = np.mean([_by_row(evaluate(s, data.x_test), data) for s in sets], axis=0)
    return result


def _by_row(outputs: np.ndarray, data: Dataset) -> np.ndarray:
    """Return what each test row (n,) adds to the accuracy, or R2, which is the mean over rows."""
    truth = data.y_test
    if data.task == "classification":
        return _rows_right(outputs, truth)
    varying = np.ptp(truth, axis=0) > 0
    with np.errstate(all="ignore"):
        result: np.ndarray = (1 - (truth - outputs) ** 2 / truth.var(axis=0))[:, varying].mean(
            axis=1
        )
        return result


def _rows_right(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return 1.0 for each row whose largest score is that of its class; others are 0.0."""
    known = np.isfinite(scores).all(axis=1)
    result: np.ndarray = (
        known & (np.where(known[:, None], scores, 0.0).argmax(axis=1) == labels)
    ).astype(float)
    return result


def _fixed_scores(run: Run, dataset: str) -> dict[str, np.ndarray]:
    """Return for each choice the scores of its fixed-point outputs, by test row."""
    data = load_dataset(_dataset(run, dataset))
    found = {}
    for choice in run.config.selected("choose", dataset):
        folder = run.folder / "firmware" / dataset / choice
        outputs = read_arrays(folder / file_of("vectors"))["outputs"]
        values = scores(load_graph(folder / file_of("graph")), outputs)
        found[f"firmware {choice}, fixed point"] = _by_row(values, data)
    return found


def _firmware(first: Run, second: Run) -> Iterator[Record]:
    """Yield counts and latency of every choice that both runs have."""
    for dataset in _common_datasets(first, second):
        for choice in first.config.selected("choose", dataset):
            if choice not in second.config.selected("choose", dataset):
                continue
            for kind, number in _COUNTS:
                name = f"firmware/{dataset}/{choice}/{kind}.json"
                values = [read_json(run.folder / name)[number] for run in (first, second)]
                what = f"{choice}: {number}"
                yield {"dataset": dataset, "what": what, "values": values}
