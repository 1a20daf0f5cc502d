"""Results of the firmware stages as JSON records (schema/firmware.json): figures and origin."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import write_json
from symbolnet.config import Precision

DATA = ("schema/firmware.json",)


def write_result(path: Path, kind: str, figures: Mapping[str, Any]) -> None:
    """Check a record of one kind and write it atomically."""
    write_json(path, {"kind": kind, **figures}, "firmware")


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
