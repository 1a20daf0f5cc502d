"""Results of the firmware stages as JSON records (schema/firmware.json): figures and origin."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import write_json
from symbolnet.config import Precision
from symbolnet.data.dataset import Dataset
from symbolnet.expression.metrics import MEASURES, score
from symbolnet.firmware.graph import Graph

DATA = ("schema/firmware.json",)


def write_result(path: Path, kind: str, figures: Mapping[str, Any]) -> None:
    """Check a record of one kind and write it atomically."""
    write_json(path, {"kind": kind, **figures}, "firmware")


def test_scores(
    data: Dataset, outputs: np.ndarray, true: np.ndarray | None = None
) -> dict[str, float | None]:
    """Return accuracy, or R2, of outputs (n, k) on the test set, and that of the true ones."""
    measure = MEASURES[data.task]
    found = {f"{measure}_test": score(outputs, data.y_test, data.task)}
    if true is not None:
        found[f"{measure}_float_test"] = score(true, data.y_test, data.task)
    return found


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
