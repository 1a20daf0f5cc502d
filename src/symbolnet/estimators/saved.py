"""Fitted estimators as JSON (schema/estimator.json) and back; nothing in it is ever run."""

from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import read_json, write_json
from symbolnet.errors import InputError
from symbolnet.estimators.front import Front
from symbolnet.expression.store import collection_of, collection_value

DATA = ("schema/estimator.json", "schema/expressions.json")
CONTRACT = 1
_KINDS = {"b": "bool", "i": "int", "u": "int", "f": "float", "U": "str", "O": "str", "T": "str"}


def save(estimator: Any, path: Path) -> None:
    """Write parameters, front and formulas of a fitted estimator atomically."""
    front = estimator._front
    value = {
        "contract": CONTRACT,
        "estimator": type(estimator).__name__,
        "parameters": _parameters(estimator),
        "feature_names_in": _listed(getattr(estimator, "feature_names_in_", None)),
        "scaler_mean": estimator.scaler_mean_.tolist(),
        "scaler_scale": estimator.scaler_scale_.tolist(),
        "labels": _labels(getattr(estimator, "classes_", None)),
        "flat": getattr(estimator, "_flat", True),
        "entries": [_finite(entry) for entry in front.entries],
        "chosen": front.chosen,
        "expressions": collection_value(front.collection),
    }
    write_json(path, value, "estimator")


def load(kind: type, path: Path) -> Any:
    """Return the estimator of a file; raise InputError where it holds another or is damaged."""
    value = read_json(path, "estimator")
    if value["estimator"] != kind.__name__:
        found = f"{value['estimator']} in {path}"
        raise InputError(f"a {kind.__name__}", found, f"use {value['estimator']}.load")
    known = kind().get_params()
    if unknown := set(value["parameters"]) - set(known):
        found = f"{', '.join(sorted(unknown))} in {path}"
        raise InputError(f"parameters {', '.join(known)}", found, "correct the file")
    collection = collection_of(value["expressions"], path)
    front = Front(collection, tuple(map(_restored, value["entries"])), value["chosen"])
    ids = [entry["id"] for entry in front.entries]
    if ids != [member.id for member in collection.members] or front.chosen >= len(ids):
        raise InputError("an entry for each member", f"others in {path}", "save it again")
    estimator = kind(**value["parameters"])
    estimator.n_features_in_ = len(collection.feature_names)
    if value["feature_names_in"] is not None:
        estimator.feature_names_in_ = np.array(value["feature_names_in"], dtype=object)
    if value["labels"] is not None:
        kind_of = {"bool": bool, "int": np.int64, "float": np.float64, "str": str}
        labels = value["labels"]
        estimator.classes_ = np.array(labels["values"], dtype=kind_of[labels["kind"]])
    else:
        estimator._flat = value["flat"]
    estimator.scaler_mean_ = np.array(value["scaler_mean"], np.float64)
    estimator.scaler_scale_ = np.array(value["scaler_scale"], np.float64)
    estimator._keep(front)
    return estimator


def _parameters(estimator: Any) -> dict[str, Any]:
    """Return the parameters; what JSON has not, as a generator of random numbers, is left out."""
    found = {}
    for name, value in estimator.get_params(deep=False).items():
        if isinstance(value, np.ndarray | tuple | range):
            value = list(value)
        if isinstance(value, list):
            value = [one.item() if isinstance(one, np.generic) else one for one in value]
        value = value.item() if isinstance(value, np.generic) else value
        if value is None or isinstance(value, bool | int | float | str | list):
            found[name] = value
    return found


def _labels(classes: Any) -> dict[str, Any] | None:
    if classes is None:
        return None
    return {"kind": _KINDS[classes.dtype.kind], "values": classes.tolist()}


def _listed(names: Any) -> list[str] | None:
    return None if names is None else [str(name) for name in names]


def _finite(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with null for what is no number."""
    scores = {n: v for n, v in entry.items() if n.startswith("score_")}
    return entry | {n: v if np.isfinite(v) else None for n, v in scores.items()}


def _restored(entry: dict[str, Any]) -> dict[str, Any]:
    scores = {n: v for n, v in entry.items() if n.startswith("score_")}
    return entry | {n: float("nan") if v is None else v for n, v in scores.items()}
