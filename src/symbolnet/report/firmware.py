"""Results of the firmware stages as rows of the summary: one for each kind of result."""

from typing import Any

from symbolnet.errors import InputError
from symbolnet.expression.store import load_collection
from symbolnet.report.inputs import Inputs

DATA = ("schema/firmware.json",)
Record = dict[str, Any]

# Each kind is a file of that name and must bring these numbers; the others are null.
# Accuracies stand for R2 where the task is a regression.
_KINDS = {
    "reference": (
        "accuracy_test",
        "accuracy_float_test",
        "vectors",
        "corner_vectors",
        "saturated_rows",
    ),
    "rtl": (
        "accuracy_test",
        "vectors",
        "corner_vectors",
        "mismatches",
        "interpreter_mismatches",
        "latency_cycles",
        "initiation_interval",
    ),
    "hls": ("accuracy_test", "accuracy_float_test", "vectors"),
    "resources": ("lut", "ff", "dsp", "carry", "bram", "srl", "muxf"),
}
_OTHERS = ("max_error", "rms_error", "r2_test", "r2_float_test")  # null where undefined
_NUMBERS = tuple(dict.fromkeys([n for numbers in _KINDS.values() for n in numbers] + [*_OTHERS]))
_WORDS = ("label", "origin", "precision", "tool", "tool_version", "part")


def firmware_rows(
    dataset: str, choice: str, inputs: Inputs, measure: str = "accuracy"
) -> list[Record]:
    """Return the rows of one chosen model, null where a kind of result has no such number."""
    folder = f"firmware/{dataset}/{choice}"
    (member,) = load_collection(inputs.path(f"{folder}/expressions.json")).members
    about = {"dataset": dataset, "choice": choice, "model": member.id}
    return [
        about | row
        for kind in _KINDS
        for row in _rows(kind, inputs.json(f"{folder}/{kind}.json", "firmware"), measure)
    ]


def _rows(kind: str, result: Record, measure: str) -> list[Record]:
    """Return the row of a result, and one more for a synthesis without DSP blocks."""
    numbers = [number.replace("accuracy", measure) for number in _KINDS[kind]]
    missing = [number for number in numbers if result.get(number) is None]
    if missing or result["kind"] != kind:
        found = (
            f"{kind}.json of kind {result['kind']!r} without {', '.join(missing) or 'any fault'}"
        )
        raise InputError(f"a result of kind {kind!r} with all its numbers", found, "make it again")
    values = {key: result.get(key) for key in (*_NUMBERS, *_WORDS)}
    without = [run for run in result.get("runs", [])[1:] if not run["dsp_allowed"]]
    return [{"kind": kind, **values}, *(_without_dsp(values, run) for run in without)]


def _without_dsp(values: Record, run: Record) -> Record:
    counts = {number: run[number] for number in _KINDS["resources"]}
    label = f"The same without DSP blocks. {values['label']}"
    return {"kind": "resources_without_dsp", **values, **counts, "label": label}
