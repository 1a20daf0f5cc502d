"""Results of the firmware stages as JSON records (schema/firmware.json): figures and origin."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import write_json
from symbolnet.config import Precision
from symbolnet.data.dataset import Dataset
from symbolnet.expression.metrics import accuracy, balanced_accuracy, log_odds, r2, roc_auc
from symbolnet.firmware.graph.graph import Graph

DATA = ("schema/firmware.json",)
Figures = dict[str, Any]


def write_result(path: Path, kind: str, figures: Mapping[str, Any]) -> None:
    """Check a record of one kind and write it atomically."""
    write_json(path, {"kind": kind, **figures}, "firmware")


def test_scores(
    data: Dataset, outputs: np.ndarray, true: np.ndarray | None = None, ordered: bool = True
) -> Figures:
    """Return the measures of outputs (n, k) on the test set, and those of the true ones.

    Accuracy, balanced accuracy and AUC of classes, R2 of quantities. Without `ordered` only the
    decision leaves the hardware, and there is no AUC.
    """
    measured = _classified if data.task == "classification" else _explained
    found = {f"{name}_test": v for name, v in measured(data, outputs, ordered).items()}
    if true is not None:
        floats = measured(data, true, ordered).items()
        found |= {f"{name}_float_test": v for name, v in floats}
    return found


def _classified(data: Dataset, scores: np.ndarray, ordered: bool) -> Figures:
    known, names = np.isfinite(scores).all(axis=1), data.class_names
    numbers = np.bincount(scores[known].argmax(axis=1), minlength=len(names))
    return {
        "accuracy": accuracy(scores, data.y_test),
        "balanced_accuracy": balanced_accuracy(scores, data.y_test),
        "auc": roc_auc(log_odds(scores), data.y_test) if ordered else None,
        "decided": dict(zip(names, numbers.tolist(), strict=True)),
    }


def _explained(data: Dataset, values: np.ndarray, ordered: bool) -> Figures:
    return {"r2": r2(values, data.y_test)}


def constant_decision(figures: Figures) -> str | None:
    """Return the class that every test row is decided for; None where there are several."""
    decided = [name for name, rows in figures.get("decided_test", {}).items() if rows]
    return decided[0] if len(decided) == 1 else None


def labelled(label: str, graph: Graph) -> str:
    """Return a label, with a word about outputs that are no scores."""
    return label + "; the number of the class is the only output" * (graph.decision() is not None)


def precision_text(precision: Precision | Mapping[str, int]) -> str:
    """Return a precision in words: a uniform one, or the widest formats of a searched one."""
    p = dict(precision)
    if "input_bits_most" in p:
        return (
            f"chosen part by part: inputs of at most {p['input_bits_most']} bits; tables of at most"
            f" {p['address_bits_most']} address bits and {p['entry_bits_most']} bits an entry"
        )
    if "word_bits" in p:
        return (
            f"{p['tables_of_inputs']} tables of inputs of {p['input_bits']} bits,"
            f" {p['tables_of_words']} of their sums of {p['word_bits']}"
        )
    if "lookups" in p:
        return (
            f"{p['lookups']} tables of six bits, on {p['input_comparisons']} comparisons of inputs"
            f" of {p['input_bits']} bits"
        )
    if "leaf_bits" in p:
        return (
            f"{p['trees']} trees of {p['comparisons']} different comparisons; inputs of"
            f" {p['input_bits']} bits, scores of a leaf of {p['leaf_bits']}"
        )
    if "weight_bits" in p:
        return (
            f"inputs of {p['input_bits']} bits, activations of {p['activation_bits']}, weights of"
            f" {p['weight_bits']}, of which {p['weights_kept']} of {p['weights']} are kept"
        )
    return (
        f"{p['width']} bits, {p['integer']} of them integer; tables of {p['table_bits']} address"
        f" bits; constants of {p['constant_fraction']} fraction bits"
    )


def compared(fixed: np.ndarray, true: np.ndarray, is_decision: bool) -> dict[str, float | None]:
    """Return how far scores (n, k) are from those of the float expressions.

    Of a decision no score is known, only the share of rows with the same class.
    """
    if not is_decision:
        return distances(fixed, true)
    known = np.isfinite(true).all(axis=1)
    same = known & (fixed.argmax(axis=1) == np.where(known[:, None], true, 0.0).argmax(axis=1))
    return {"max_error": None, "rms_error": None, "same_class": float(same.mean())}


def distances(fixed: np.ndarray, true: np.ndarray) -> dict[str, float | None]:
    """Return the largest and the rms distance of outputs (n, k) to the float expressions.

    Rows where a float expression is not finite have no distance and are left out.
    """
    known = np.isfinite(true).all(axis=1)
    if not known.any():
        return {"max_error": None, "rms_error": None}
    difference = fixed[known] - true[known]
    rms = float(np.sqrt(np.mean(difference**2)))
    return {"max_error": float(np.abs(difference).max()), "rms_error": rms}
