"""Models without formulas on the same data: a linear one, boosted trees and a small MLP.

What a formula is held against: the first is what weights of single inputs reach at any size, the
others what the inputs hold for models of no particular form. What is tuned of them is chosen on
validation rows.
"""

import time
from importlib.metadata import version
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from symbolnet.baselines.estimators import ESTIMATORS, Estimator, Model, Rows, Setting, deviance
from symbolnet.config import ReferenceJob
from symbolnet.data.dataset import Dataset
from symbolnet.data.quantities import Quantities, quantities_of
from symbolnet.expression import metrics

CONTRACT = 2


class _Task:
    """The rows of a data set as estimators see them, and how their outputs are judged."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        classes = dataset.task == "classification"
        self.quantities = None if classes else quantities_of(dataset.y_train)
        mean, scale = _standard(dataset.x_train)
        self.train, self.validation, self.test = (
            Rows((x - mean) / scale, _wanted(y, self.quantities))
            for x, y in map(dataset.split, ("train", "validation", "test"))
        )

    def figures(self, estimator: Estimator, model: Model) -> dict[str, float | None]:
        """Return the figures of a fit on validation and test rows."""
        judge = _classified if self.quantities is None else _explained
        validated, tested = (
            estimator.outputs(model, rows.x, len(self.dataset.class_names))
            for rows in (self.validation, self.test)
        )
        return judge(validated, tested, self)


def score_reference(dataset: Dataset, job: ReferenceJob) -> dict[str, Any]:
    """Return the figures of a model: tuned with the first seed, then trained with every seed."""
    # One thread: more change the rounding, and a small fit only waits for them.
    with threadpool_limits(1):
        return _scored(dataset, job)


def _scored(dataset: Dataset, job: ReferenceJob) -> dict[str, Any]:
    estimator, task = ESTIMATORS[job.kind], _Task(dataset)
    start = time.monotonic()
    rows = {most: _most(estimator, dataset, most) for most in (estimator.tuned, estimator.fitted)}
    setting = _tuned(estimator, task, job.seeds[0], rows[estimator.tuned])
    tuning = time.monotonic() - start
    train = task.train.first(rows[estimator.fitted])
    # What does not start at random has one solution: its seeds would only repeat it.
    seeds = job.seeds if estimator.random else job.seeds[:1]
    runs, weights = zip(
        *[_run(estimator, setting, seed, train, task) for seed in seeds], strict=True
    )
    return {
        "contract": CONTRACT,
        "kind": job.kind,
        "task": dataset.task,
        "model": _words(estimator, setting, dataset.task),
        "settings": setting,
        "weights": weights[0],
        "rows": len(train.x),
        "tune_seconds": round(tuning, 3),
        "versions": {"scikit-learn": version("scikit-learn")},
        "runs": list(runs),
    }


def _standard(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of the inputs in train; 1 where one is constant."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    return mean, np.where(scale > 0, scale, np.float32(1))


def _wanted(y: np.ndarray, quantities: Quantities | None) -> np.ndarray:
    return y if quantities is None else quantities.reduced(y)


def _most(estimator: Estimator, dataset: Dataset, work: float) -> int:
    """Return how many training rows the work allows."""
    inputs, outputs = dataset.x_train.shape[1], len(dataset.class_names)
    return min(len(dataset.x_train), int(work / estimator.cost(inputs, outputs)))


def _tuned(estimator: Estimator, task: _Task, seed: int, rows: int) -> Setting:
    """Return the setting of least loss on validation rows; the first of equal ones."""
    train, width, losses = task.train.first(rows), len(task.dataset.class_names), []
    for setting in estimator.grid:
        model = estimator.fit(setting, seed, train, task.validation)
        outputs = estimator.outputs(model, task.validation.x, width)
        losses.append(deviance(outputs, task.validation))
        print(f"{_told(setting)}: validation loss {losses[-1]:.4f}", flush=True)
    return estimator.grid[int(np.argmin(losses))]


def _run(
    estimator: Estimator, setting: Setting, seed: int, train: Rows, task: _Task
) -> tuple[dict[str, Any], int]:
    """Return the figures of a fit, and its number of weights."""
    start = time.monotonic()
    model = estimator.fit(setting, seed, train, task.validation)
    seconds = round(time.monotonic() - start, 3)
    figures = task.figures(estimator, model)
    return {"seed": seed, **figures, "train_seconds": seconds}, estimator.weights(model)


def _classified(validated: np.ndarray, tested: np.ndarray, task: _Task) -> dict[str, float | None]:
    known, labels = task.validation.y, task.test.y
    return {
        "accuracy_validation": metrics.accuracy(validated, known),
        "accuracy_test": metrics.accuracy(tested, labels),
        "balanced_accuracy_test": metrics.balanced_accuracy(tested, labels),
        "auc_test": metrics.mean_of(metrics.roc_auc(tested, labels)),
    }


def _explained(validated: np.ndarray, tested: np.ndarray, task: _Task) -> dict[str, float | None]:
    assert task.quantities is not None
    values = [task.quantities.restored(outputs) for outputs in (validated, tested)]
    data = task.dataset
    return {
        "r2_validation": metrics.r2(values[0], data.y_validation),
        "r2_test": metrics.r2(values[1], data.y_test),
        "rmse_test": metrics.rmse(values[1], data.y_test),
    }


def _words(estimator: Estimator, setting: Setting, task: str) -> str:
    chosen = {k: v for k, v in setting.items() if len({one[k] for one in estimator.grid}) > 1}
    return f"{estimator.words[task]}; {_told(chosen)} by validation"


def _told(setting: Setting) -> str:
    return ", ".join(f"{key} = {value:g}" for key, value in setting.items())
