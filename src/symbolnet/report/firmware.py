"""Results of the firmware stages in the summary: a row for each kind, proofs and clock rates."""

from symbolnet.artifact import Record
from symbolnet.errors import InputError
from symbolnet.expression.metrics import MEASURES, mean_of
from symbolnet.expression.store import load_collection
from symbolnet.files import file_of
from symbolnet.firmware.evidence.result import constant_decision
from symbolnet.report.inputs import Inputs

DATA = (
    "schema/firmware.json",
    "schema/precision.json",
    "schema/bitwise_proof.json",
    "schema/certificate.json",
    "schema/distance.json",
    "schema/netlist_proof.json",
    "schema/timing.json",
)

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
    "emulator": ("vectors", "corner_vectors", "mismatches", "interpreter_mismatches"),
    "board": (
        "vectors",
        "corner_vectors",
        "mismatches",
        "latency_cycles",
        "initiation_interval",
    ),
    "hls": ("accuracy_test", "accuracy_float_test", "vectors"),
    "hls_lut": ("accuracy_test", "accuracy_float_test", "vectors"),
    "resources": ("lut", "ff", "dsp", "carry", "bram", "srl", "muxf"),
}
# null where undefined
_OTHERS = ("max_error", "rms_error", "same_class", "r2_test", "r2_float_test")
_NUMBERS = tuple(dict.fromkeys([n for numbers in _KINDS.values() for n in numbers] + [*_OTHERS]))
_WORDS = ("label", "origin", "precision", "tool", "tool_version", "part")
_PROOF = ("nodes_proved", "nodes_total", "proof_seconds", "tool", "tool_version")
_LANGUAGE = ("language", "read_by", "nodes_proved", "nodes_total", "reason")
_NETLIST = (
    "cones_proved",
    "cones_total",
    "reason",
    "limit",
    "proof_seconds",
    "tool",
    "tool_version",
)
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


def firmware_rows(
    dataset: str, choice: str, inputs: Inputs, measure: str = "accuracy"
) -> list[Record]:
    """Return the rows of one chosen model, null where a kind of result has no such number.

    A stream for a board is only there where the settings ask for it.
    """
    folder = f"firmware/{dataset}/{choice}"
    (member,) = load_collection(inputs.path(f"{folder}/{file_of('chosen')}")).members
    about = {"dataset": dataset, "choice": choice, "model": member.id}
    there = [kind for kind in _KINDS if kind != "board" or f"{folder}/board.json" in inputs.paths]
    return [
        about | row
        for kind in there
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
    values = {key: result.get(key) for key in (*_NUMBERS, *_WORDS)} | classes_told(result)
    without = [run for run in result.get("runs", [])[1:] if not run["dsp_allowed"]]
    return [{"kind": kind, **values}, *(_without_dsp(values, run) for run in without)]


def _without_dsp(values: Record, run: Record) -> Record:
    counts = {number: run[number] for number in _KINDS["resources"]}
    label = f"The same without DSP blocks. {values['label']}"
    return {"kind": "resources_without_dsp", **values, **counts, "label": label}


def firmware_front(
    dataset: str, choices: list[str], inputs: Inputs, measure: str = "accuracy"
) -> list[Record]:
    """Return one point of accuracy, or R2, and LUTs for each choice, the smallest first."""
    points = [
        _front_point(f"firmware/{dataset}/{choice}", choice, inputs, measure) for choice in choices
    ]
    return sorted(points, key=lambda point: (point["lut"], point["choice"]))


def _front_point(folder: str, choice: str, inputs: Inputs, measure: str) -> Record:
    """Return a choice's accuracies in fixed point (inputs quantised) and its counted LUTs."""
    found = inputs.json(f"{folder}/{file_of('precision')}", "precision")
    reference = inputs.json(f"{folder}/{file_of('reference')}", "firmware")
    counts = inputs.json(f"{folder}/{file_of('resources')}", "firmware")
    (taken,) = [point for point in found["points"] if point["chosen"]]
    (member,) = load_collection(inputs.path(f"{folder}/{file_of('chosen')}")).members
    kept = ("luts_estimated", "loss", "loss_error", "measure")
    scores = {f"{measure}_{split}": taken[f"accuracy_{split}"] for split in ("train", "validation")}
    named = [f"{m}_{split}" for m in MEASURES.values() for split in ("train", "validation")]
    return {
        "choice": choice,
        "model": member.id,
        "method": found["method"],
        "lut_max": found["lut_max"],
        **{key: taken[key] for key in kept},
        **{name: scores.get(name) for name in named},
        **_tested(reference),
        "lut": counts["lut"],
        "search_seconds": found["search_seconds"],
        "tool": counts["tool"],
        "tool_version": counts["tool_version"],
    }


def comparison(
    dataset: str, rivals: dict[str, str], points: list[Record], inputs: Inputs
) -> Record:
    """Return formulas and rivals side by side: the same script counted them all.

    `rivals` are the kinds of the rivals by their names.
    """
    return {
        "symbolic": [
            _measured(f"firmware/{dataset}/{point['choice']}", point["choice"], inputs)
            for point in points
        ],
        "rivals": [
            {"kind": kind} | _measured(f"rivals/{dataset}/{name}", name, inputs)
            for name, kind in rivals.items()
        ],
    }


def _measured(folder: str, name: str, inputs: Inputs) -> Record:
    """Return what was measured of one design: accuracy, mismatches, latency, counts."""
    results = {
        kind: inputs.json(f"{folder}/{kind}.json", "firmware")
        for kind in ("reference", "rtl", "resources")
    }
    reference, rtl, counts = results.values()
    return {
        "name": name,
        **_tested(reference),
        "precision": reference["precision"],
        "mismatches": rtl["mismatches"],
        "netlist_mismatches": counts.get("mismatches"),
        "latency_cycles": rtl["latency_cycles"],
        **{number: counts[number] for number in _KINDS["resources"]},
        "tool": f"{counts['tool']}; {rtl['tool']}",
        "tool_version": f"{counts['tool_version']}; {rtl['tool_version']}",
        "part": counts["part"],
        "origin": "measured here",
    }


def _tested(reference: Record) -> Record:
    """Return the scores of the test set, null under the name of the other task's measure."""
    names = [f"{m}{end}" for m in MEASURES.values() for end in ("_test", "_float_test")]
    return {name: reference.get(name) for name in names} | classes_told(reference)


def classes_told(result: Record) -> Record:
    """Return what an accuracy does not show, of a rare class above all; null where unknown."""
    return {
        "balanced_accuracy_test": result.get("balanced_accuracy_test"),
        "balanced_accuracy_float_test": result.get("balanced_accuracy_float_test"),
        "auc_mean": mean_of(result.get("auc_test")),
        "auc_float_mean": mean_of(result.get("auc_float_test")),
        "one_class": constant_decision(result),
    }


def evidence(dataset: str, choice: str, inputs: Inputs) -> Record:
    """Return proofs and clock rate of a choice, null where they were not asked for."""
    folder = f"firmware/{dataset}/{choice}"
    certificate = inputs.json(f"{folder}/{file_of('certificate')}", "certificate")
    return {
        "proof": {key: certificate[key] for key in _PROOF},
        "distance": _distance(inputs.json(f"{folder}/{file_of('distance')}", "distance")),
        "second": _second(f"{folder}/{file_of('bitwise_proof')}", inputs),
        "netlist": _netlist(f"{folder}/{file_of('netlist_proof')}", inputs),
        "timing": _timing(f"{folder}/{file_of('timing')}", inputs),
    }


def _distance(record: Record) -> Record:
    """Return the largest distances over the scores: the bound, null without one, and that seen."""
    rows, told = record["scores"], ("tool", "tool_version", "checked_by", "reason")
    ends = [end for row in rows for end in (row["low"], row["high"])]
    return {
        "bound": None if None in ends else max(map(abs, ends)),
        "seen": max(abs(row[end]) for row in rows for end in ("seen_low", "seen_high")),
        "proved": all(row["proved"] for row in rows),
        **{f"rows_{key}": value for key, value in record["rows"].items()},
        **{key: record[key] for key in told},
    }


def _second(name: str, inputs: Inputs) -> Record | None:
    if name not in inputs.paths:
        return None
    record = inputs.json(name, "bitwise_proof")
    kept = {key: record[key] for key in ("tool", "tool_version", "limit", "proof_seconds")}
    told = [{key: one[key] for key in _LANGUAGE} for one in record["languages"]]
    return kept | {"languages": told}


def _netlist(name: str, inputs: Inputs) -> Record | None:
    if name not in inputs.paths:
        return None
    record = inputs.json(name, "netlist_proof")
    return {key: record[key] for key in _NETLIST}


def _timing(name: str, inputs: Inputs) -> Record | None:
    if name not in inputs.paths:
        return None
    record = inputs.json(name, "timing")
    return {key: record[key] for key in _TIMING} | {"seeds": len(record["runs"])}
