"""Models without formulas on the same data: logistic regression and a small MLP, of scikit-learn.

What a formula is held against: the first is what weights of single inputs reach at any size, the
second what the inputs hold for a network of no particular form.
"""

import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from symbolnet.config import ReferenceJob
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError

CONTRACT = 1
HIDDEN = (128, 64)
EPOCHS, PATIENCE = 60, 10  # of the MLP; the second without gain on a tenth of train
Model = Any  # an estimator of scikit-learn, which has no type stubs


def score_reference(dataset: Dataset, job: ReferenceJob) -> dict[str, Any]:
    """Return the accuracies of a model, trained with every seed; the inputs are standardised."""
    if dataset.task != "classification":
        raise InputError("classes for a reference", dataset.task, "leave `references` empty")
    make, words = _KINDS[job.kind]
    # Logistic regression has one solution: its seeds would only repeat it.
    seeds = job.seeds if job.kind == "mlp" else job.seeds[:1]
    scaled = _standardised(dataset)
    runs, weights = zip(*[_run(make(seed), seed, scaled) for seed in seeds], strict=True)
    return {
        "contract": CONTRACT,
        "kind": job.kind,
        "model": words,
        "weights": weights[0],
        "versions": {"scikit-learn": version("scikit-learn")},
        "runs": list(runs),
    }


def _standardised(dataset: Dataset) -> Dataset:
    """Return the data set with inputs of mean zero and deviation one in train."""
    mean, scale = dataset.x_train.mean(axis=0), dataset.x_train.std(axis=0)
    scale = np.where(scale > 0, scale, np.float32(1))
    parts = {
        f"x_{name}": (dataset.split(name)[0] - mean) / scale
        for name in ("train", "validation", "test")
    }
    return dataset._replace(**parts)


def _run(model: Model, seed: int, dataset: Dataset) -> tuple[dict[str, Any], int]:
    """Return the figures of a fit, and its number of weights and biases."""
    start = time.monotonic()
    model.fit(dataset.x_train, dataset.y_train)
    seconds = round(time.monotonic() - start, 3)
    validation, test = [float(model.score(*dataset.split(s))) for s in ("validation", "test")]
    figures = {"seed": seed, "accuracy_validation": validation, "accuracy_test": test}
    return figures | {"train_seconds": seconds}, _weights(model)


def _weights(model: Model) -> int:
    if isinstance(model, MLPClassifier):
        return sum(array.size for array in (*model.coefs_, *model.intercepts_))
    return int(model.coef_.size + model.intercept_.size)


def _logistic(seed: int) -> LogisticRegression:
    return LogisticRegression(C=0.01, max_iter=300, random_state=seed)


def _mlp(seed: int) -> MLPClassifier:
    return MLPClassifier(
        HIDDEN,
        alpha=1e-3,
        early_stopping=True,
        n_iter_no_change=PATIENCE,
        max_iter=EPOCHS,
        random_state=seed,
    )


_KINDS: dict[str, tuple[Callable[[int], Model], str]] = {
    "logistic": (_logistic, "logistic regression, L2 with C = 0.01"),
    "mlp": (_mlp, f"MLP {HIDDEN[0]}-{HIDDEN[1]}, ReLU, Adam, stopped early"),
}
