"""Results of the firmware stages as rows of the summary: one for each kind of result."""

from typing import Any

from symbolnet.errors import InputError
from symbolnet.expression.store import load_collection
from symbolnet.report.inputs import Inputs

Record = dict[str, Any]

# Each kind is a file of that name and must bring these numbers; the others are null.
KINDS = {
    "reference": ("accuracy_test", "vectors"),
    "rtl": ("accuracy_test", "vectors", "mismatches", "latency_cycles"),
    "hls": ("accuracy_test", "vectors"),
    "resources": ("lut", "ff", "dsp", "carry", "bram", "srl"),
}
NUMBERS = tuple(dict.fromkeys(number for numbers in KINDS.values() for number in numbers))
WORDS = ("label", "origin", "precision", "tool", "tool_version", "part")


def firmware_rows(dataset: str, choice: str, inputs: Inputs) -> list[Record]:
    """Return the rows of one chosen model, null where a kind of result has no such number."""
    folder = f"firmware/{dataset}/{choice}"
    (member,) = load_collection(inputs.path(f"{folder}/expressions.json")).members
    about = {"dataset": dataset, "choice": choice, "model": member.id}
    return [about | _row(kind, inputs.json(f"{folder}/{kind}.json"), folder) for kind in KINDS]


def _row(kind: str, result: Record, folder: str) -> Record:
    missing = [number for number in KINDS[kind] if result.get(number) is None]
    if missing:
        found = f"none in {folder}/{kind}.json"
        raise InputError(", ".join(missing), found, "run that stage again")
    values = {key: result.get(key) for key in (*NUMBERS, *WORDS)}
    return {"kind": kind, **values}
