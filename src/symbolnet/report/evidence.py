"""What is proved of each chosen model's Verilog, and the clock rate of its pipeline."""

from typing import Any

from symbolnet.files import file_of
from symbolnet.report.inputs import Inputs

DATA = ("schema/certificate.json", "schema/timing.json")
Record = dict[str, Any]

_PROOF = ("nodes_proved", "nodes_total", "proof_seconds", "tool", "tool_version")
_TIMING = (
    "label",
    "origin",
    "tool",
    "tool_version",
    "part",
    "precision",
    "stage_depth",
    "latency_cycles",
    "initiation_interval",
    "vectors",
    "mismatches",
    "cells",
    "fmax_mhz_min",
    "fmax_mhz_median",
    "fmax_mhz_max",
)


def evidence(dataset: str, choice: str, inputs: Inputs) -> Record:
    """Return proof and clock rate of a choice; the rate is null where none was asked for."""
    folder = f"firmware/{dataset}/{choice}"
    certificate = inputs.json(f"{folder}/{file_of('certificate')}", "certificate")
    return {
        "proof": {key: certificate[key] for key in _PROOF},
        "timing": _timing(f"{folder}/{file_of('timing')}", inputs),
    }


def _timing(name: str, inputs: Inputs) -> Record | None:
    if name not in inputs.paths:
        return None
    record = inputs.json(name, "timing")
    return {key: record[key] for key in _TIMING} | {"seeds": len(record["runs"])}
