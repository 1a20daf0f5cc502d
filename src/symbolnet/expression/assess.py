"""Measure one member as network, as unrolled and as rounded expressions, and in raw units."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.expression import metrics
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.loss import expected, loss_record, optimism
from symbolnet.expression.raw_units import agreement, evaluate_raw
from symbolnet.expression.store import Collection, Extracted
from symbolnet.expression.tree import complexities
from symbolnet.network import masked
from symbolnet.network.masked import MaskedNetwork

_BLOCK = 16384
_KEYS = (
    *("network", "unrolled", "rounded", "raw", "loss", "max_difference", "max_difference_float32"),
    *("complexity", "complexity_mean"),
)
Scored = Callable[[np.ndarray, np.ndarray], dict[str, Any]]


def auc_of(training: Mapping[str, Any]) -> str:
    """Return what the ROC AUC of a class is computed of: its score, or its softmax probability.

    Cross-entropy leaves the scores of a row free up to a common summand, so that a score alone
    orders the rows in no particular way; the squared error of one-hot targets does not.
    """
    return "scores" if training.get("thresholds") == "learned" else "softmax"


def metrics_record(
    collection: Collection,
    networks: Mapping[str, MaskedNetwork],
    dataset: Dataset,
    auc: str = "softmax",
    weights: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the content of metrics.json; a member without a network has null in its place.

    `auc` is what the ROC AUC is computed of (`auc_of`); `weights` (k,) what its rows
    counted by their class.
    """
    kind = auc if dataset.task == "classification" else None
    truth = np.concatenate([dataset.y_train, dataset.y_validation])
    counts = None if weights is None or kind is None else weights[truth]
    members = [assess(m, networks.get(m.id), dataset, kind, counts) for m in collection.members]
    return {
        "contract": 1,
        "task": dataset.task,
        "auc_of": kind,
        "digits": collection.digits,
        "class_names": list(dataset.class_names),
        "n_validation": len(dataset.x_validation),
        "n_test": len(dataset.x_test),
        "versions": {name: version(name) for name in ("numpy", "scikit-learn")},
        **_judged(members, dataset),
    }


def _judged(members: list[dict[str, Any]], dataset: Dataset) -> dict[str, Any]:
    """Return the members with what each is expected to lose, which rests on all of them."""
    losses = [member["loss"] for member in members if member["loss"] is not None]
    rows = len(dataset.x_train), len(dataset.x_validation)
    nats = optimism(losses, dataset.task)
    for loss in losses:
        loss["expected"] = expected(loss, nats, rows, dataset.task)
    return {"optimism": nats, "members": members}


def assess(
    member: Extracted,
    network: MaskedNetwork | None,
    dataset: Dataset,
    auc: str | None = "scores",
    counts: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the entry of a member in metrics.json; figures of a diverged one are null.

    `counts` (n + m,) are what training and validation rows count in its losses.
    """
    scored = partial(_SCORED[dataset.task], dataset=dataset, auc=auc)
    values: dict[str, Any] = dict.fromkeys(_KEYS)
    if member.diverged is None:
        unrolled = evaluate(member.unrolled, dataset.x_test)
        values |= _of_member(member, unrolled, dataset, scored)
        values["raw"] = _of_raw(member, dataset, scored) if member.raw else None
        values["loss"] = loss_record(member.rounded, dataset, counts)
        values |= _beside(network, unrolled, dataset, scored) if network is not None else {}
    return {"id": member.id, "diverged": member.diverged, **values}


def _of_raw(member: Extracted, dataset: Dataset, scored: Scored) -> dict[str, Any]:
    """Return the figures of the expressions in raw inputs, and whether they say the same."""
    complexity, parts = complexities(member.raw), (dataset.x_validation, dataset.x_test)
    validated, tested = (evaluate_raw(member.raw, x, dataset) for x in parts)
    standard = evaluate(member.rounded, dataset.x_test)
    of_classes = dataset.task == "classification"
    return {
        "figures": scored(validated, tested),
        "agreement_test": agreement(standard, tested) if of_classes else None,
        "difference_test": None if of_classes else metrics.rmse(tested, standard),
        "complexity": complexity,
        "complexity_mean": sum(complexity) / len(complexity),
    }


def _of_member(
    member: Extracted, unrolled: np.ndarray, dataset: Dataset, scored: Scored
) -> dict[str, Any]:
    complexity, x = member.complexity, dataset.x_validation
    return {
        "unrolled": scored(evaluate(member.unrolled, x), unrolled),
        "rounded": scored(evaluate(member.rounded, x), evaluate(member.rounded, dataset.x_test)),
        "complexity": complexity,
        "complexity_mean": sum(complexity) / len(complexity),
    }


def _beside(
    network: MaskedNetwork, unrolled: np.ndarray, dataset: Dataset, scored: Scored
) -> dict[str, Any]:
    """Return the figures of the network, and how far its values are from the unrolled ones."""
    tested = _of_network(network, dataset.x_test, np.float64)
    single = _of_network(network, dataset.x_test, np.float32)
    validated = _of_network(network, dataset.x_validation, np.float64)
    return {
        "network": scored(validated, tested),
        "max_difference": metrics.largest_difference(tested, unrolled),
        "max_difference_float32": metrics.largest_difference(single, unrolled),
    }


@np.errstate(all="ignore")
def _of_network(network: MaskedNetwork, x: np.ndarray, kind: type) -> np.ndarray:
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(x), _BLOCK)]
    return np.concatenate([masked.evaluate(network, x[rows].astype(kind)) for rows in blocks])


def _classified(
    validated: np.ndarray, tested: np.ndarray, dataset: Dataset, auc: str | None
) -> dict[str, Any]:
    ordered = metrics.log_odds if auc == "softmax" else (lambda scores: scores)
    return {
        "accuracy_validation": metrics.accuracy(validated, dataset.y_validation),
        "accuracy_test": metrics.accuracy(tested, dataset.y_test),
        "balanced_accuracy_validation": metrics.balanced_accuracy(validated, dataset.y_validation),
        "balanced_accuracy_test": metrics.balanced_accuracy(tested, dataset.y_test),
        "class_accuracy_test": metrics.class_accuracy(tested, dataset.y_test),
        "auc_validation": metrics.roc_auc(ordered(validated), dataset.y_validation),
        "auc_test": metrics.roc_auc(ordered(tested), dataset.y_test),
    }


def _explained(
    validated: np.ndarray, tested: np.ndarray, dataset: Dataset, auc: str | None
) -> dict[str, Any]:
    return {
        "r2_validation": metrics.r2(validated, dataset.y_validation),
        "r2_test": metrics.r2(tested, dataset.y_test),
        "rmse_validation": metrics.rmse(validated, dataset.y_validation),
        "rmse_test": metrics.rmse(tested, dataset.y_test),
        "target_r2_test": metrics.target_r2(tested, dataset.y_test),
    }


_SCORED = {"classification": _classified, "regression": _explained}
