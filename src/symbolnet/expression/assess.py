"""Measure one member as network, as unrolled and as rounded expressions."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.expression import metrics
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import Collection, Extracted
from symbolnet.expression.tree import Expression
from symbolnet.network import masked
from symbolnet.network.masked import MaskedNetwork

_BLOCK = 16384


def metrics_record(
    collection: Collection, networks: Mapping[str, MaskedNetwork], dataset: Dataset
) -> dict[str, Any]:
    """Return the content of metrics.json; a member without a network has null in its place."""
    return {
        "contract": 1,
        "digits": collection.digits,
        "class_names": list(dataset.class_names),
        "n_validation": len(dataset.x_validation),
        "n_test": len(dataset.x_test),
        "versions": {name: version(name) for name in ("numpy", "scikit-learn")},
        "members": [assess(m, networks.get(m.id), dataset) for m in collection.members],
    }


def assess(member: Extracted, network: MaskedNetwork | None, dataset: Dataset) -> dict[str, Any]:
    """Return the entry of a member in metrics.json; figures of a diverged one are null."""
    names = ("network", "unrolled", "rounded", "max_difference", "max_difference_float32")
    values: dict[str, Any] = dict.fromkeys((*names, "complexity", "complexity_mean"))
    if member.diverged is None:
        unrolled = evaluate(member.unrolled, dataset.x_test)
        values |= _of_member(member, unrolled, dataset)
        values |= _beside(network, unrolled, dataset) if network is not None else {}
    return {"id": member.id, "diverged": member.diverged, **values}


def _of_member(member: Extracted, unrolled: np.ndarray, dataset: Dataset) -> dict[str, Any]:
    complexity = member.complexity
    return {
        "unrolled": _scored(evaluate(member.unrolled, dataset.x_validation), unrolled, dataset),
        "rounded": _of_expressions(member.rounded, dataset),
        "complexity": complexity,
        "complexity_mean": sum(complexity) / len(complexity),
    }


def _beside(network: MaskedNetwork, unrolled: np.ndarray, dataset: Dataset) -> dict[str, Any]:
    """Return the figures of the network, and how far its values are from the unrolled ones."""
    tested = _of_network(network, dataset.x_test, np.float64)
    single = _of_network(network, dataset.x_test, np.float32)
    validated = _of_network(network, dataset.x_validation, np.float64)
    return {
        "network": _scored(validated, tested, dataset),
        "max_difference": metrics.largest_difference(tested, unrolled),
        "max_difference_float32": metrics.largest_difference(single, unrolled),
    }


def _of_expressions(expressions: tuple[Expression, ...], dataset: Dataset) -> dict[str, Any]:
    validated = evaluate(expressions, dataset.x_validation)
    return _scored(validated, evaluate(expressions, dataset.x_test), dataset)


@np.errstate(all="ignore")
def _of_network(network: MaskedNetwork, x: np.ndarray, kind: type) -> np.ndarray:
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(x), _BLOCK)]
    return np.concatenate([masked.evaluate(network, x[rows].astype(kind)) for rows in blocks])


def _scored(validated: np.ndarray, tested: np.ndarray, dataset: Dataset) -> dict[str, Any]:
    return {
        "accuracy_validation": metrics.accuracy(validated, dataset.y_validation),
        "accuracy_test": metrics.accuracy(tested, dataset.y_test),
        "class_accuracy_test": metrics.class_accuracy(tested, dataset.y_test),
        "auc_test": metrics.roc_auc(tested, dataset.y_test),
    }
