"""A tiny but whole run made by the stages themselves, for the tests of summary and page."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import read_json, write_json, write_text
from symbolnet.config import (
    Baseline,
    BaselineJob,
    Choice,
    GraphJob,
    Layer,
    PaperTraining,
    ReferenceJob,
    ReportSpec,
    Rounding,
    Targets,
    TrainJob,
)
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.data.symbols import JETS
from symbolnet.data.table import FEATURES
from symbolnet.pipeline.stages.build_graph import build_graph
from symbolnet.pipeline.stages.certify_distance import certify_distance
from symbolnet.pipeline.stages.choose_model import choose_model
from symbolnet.pipeline.stages.describe_dataset import describe_dataset
from symbolnet.pipeline.stages.evaluate_models import evaluate_models
from symbolnet.pipeline.stages.explain_model import explain_model
from symbolnet.pipeline.stages.export_expressions import export_expressions
from symbolnet.pipeline.stages.extract_expressions import extract_expressions
from symbolnet.pipeline.stages.train import train
from symbolnet.pipeline.stages.train_baseline import train_baseline
from symbolnet.pipeline.stages.train_reference import train_reference

SPEC = ReportSpec(
    run="tiny",
    datasets=["jets"],
    train=["small"],
    choose=["best"],
    peers=["bumps"],
    rivals=["mlp", "trees"],
    references=["linear"],
    budgets=[20, 1000],
    kinds={"mlp": "mlp", "trees": "trees"},
    sources={"jets": "pythia"},
)
TRAINING = PaperTraining(
    layers=[Layer(unary=4, binary=2)],
    targets=[Targets(weight=0.5), Targets(weight=0.8, input=0.3)],
    seeds=[0, 1],
    epochs=3,
    batch=32,
)

PEER = BaselineJob(
    baseline=Baseline(complexities=[20, 60], seeds=[0, 1], epochs=4, warmup=1, batch=32)
)


_TOOL = {"tool": "Tool", "tool_version": "1.2", "precision": "fixed<16,6>", "part": None}
_COUNTS = {"lut": 1234, "ff": 567, "dsp": 8, "carry": 90, "bram": 0, "srl": 11, "muxf": 2}
_RUN = _COUNTS | {"dsp_allowed": True, "bram_allowed": False, "cells": {}, "script": ""}
_PART = {"lut": 17, "dsp": 1, "carry": 3, "bram": 0, "muxf": 0}
_ALONE = {"label": "each node alone", **_PART, "script": ""}
_ALONE["nodes"] = [{"node": 1, "kind": "quantise", **_PART}]

# What the slow firmware stages write; the figures are arbitrary.
RESULTS: dict[str, dict[str, Any]] = {
    "reference": _TOOL
    | {
        "label": "int64 reference",
        "origin": "computed here",
        "accuracy_test": 0.31,
        "accuracy_float_test": 0.33,
        "balanced_accuracy_test": 0.2,
        "balanced_accuracy_float_test": 0.34,
        "auc_test": [0.61, 0.62, 0.63, 0.64, 0.65],
        "auc_float_test": [0.71, 0.72, 0.73, 0.74, 0.75],
        "decided_test": {"g": 100, "q": 0},
        "decided_float_test": {"g": 60, "q": 40},
        "vectors": 100,
        "corner_vectors": 20,
        "saturated_rows": 4,
        "saturated": {"mass": 4},
        "nodes": {"linear": 3},
        "max_error": 0.25,
        "rms_error": 0.125,
    },
    "rtl": _TOOL
    | {
        "label": "Verilog",
        "origin": "simulated here",
        "accuracy_test": 0.31,
        "vectors": 100,
        "corner_vectors": 20,
        "mismatches": 3,
        "interpreter_mismatches": 0,
        "latency_cycles": 7,
        "initiation_interval": 1,
    },
    "emulator": _TOOL
    | {
        "label": "C++ and Python",
        "origin": "compiled here",
        "vectors": 100,
        "corner_vectors": 20,
        "mismatches": 1,
        "interpreter_mismatches": 2,
    },
    "hls": _TOOL
    | {
        "label": "C model",
        "origin": "run here",
        "accuracy_test": 0.3,
        "accuracy_float_test": 0.33,
        "vectors": 100,
        "max_error": 0.5,
        "rms_error": 0.25,
    },
    "hls_lut": _TOOL
    | {
        "label": "C model with tables",
        "origin": "run here",
        "accuracy_test": 0.29,
        "accuracy_float_test": 0.33,
        "vectors": 100,
        "max_error": 0.5,
        "rms_error": 0.25,
    },
    "resources": _TOOL
    | _COUNTS
    | {
        "label": "Yosys count",
        "origin": "estimated here",
        "part": "xcup",
        "alone": _ALONE,
        "runs": [_RUN, _RUN | {"dsp_allowed": False, "dsp": 0, "lut": 4321}],
    },
}


# Proof and clock rate of the chosen model; the figures are arbitrary.
CERTIFICATE: dict[str, Any] = {
    "version": 1,
    "tool": "Yosys and terms",
    "tool_version": "4.5",
    "composition": "words",
    "graph_sha256": "0",
    "rtl_sha256": {},
    "lemmas": [],
    "nodes": [],
    "nodes_proved": 41,
    "nodes_total": 43,
    "proof_seconds": 1.5,
}
BITWISE_PROOF: dict[str, Any] = {
    "version": 1,
    "tool": "Bitwuzla and Yosys",
    "tool_version": "bitwuzla 1; 2",
    "method": "cuts",
    "graph_sha256": "0",
    "languages": [
        {
            "language": language,
            "read_by": "a reader",
            "sha256": {},
            "nodes": [
                {
                    "node": 0,
                    "kind": "input",
                    "wire": None,
                    "depth": 0,
                    "proved": not reason,
                    "reason": reason,
                }
            ],
            "nodes_proved": int(not reason),
            "nodes_total": 1,
            "questions": 3,
            "reason": reason,
        }
        for language, reason in (("Verilog", ""), ("VHDL", "GHDL is not installed"))
    ],
    "limit": 600,
    "proof_seconds": 2.5,
}
NETLIST_PROOF: dict[str, Any] = {
    "version": 1,
    "tool": "Solver",
    "tool_version": "0.3",
    "method": "words",
    "rtl_sha256": {},
    "netlist_sha256": "0",
    "cells": {},
    "outputs": [
        {"output": "g", "cones": 9, "proved": 8, "not_proved": [{"bit": 8, "result": "differs"}]}
    ],
    "cones_proved": 8,
    "cones_total": 9,
    "reason": "",
    "limit": 600,
    "proof_seconds": 4.5,
}
TIMING: dict[str, Any] = _TOOL | {
    "label": "Clock rate",
    "origin": "placed here",
    "part": "ECP5, not the Virtex",
    "stage_depth": 1,
    "latency_cycles": 14,
    "initiation_interval": 1,
    "vectors": 120,
    "mismatches": 0,
    "cells": {"LUT4": 524},
    "fmax_mhz_min": 208.0,
    "fmax_mhz_median": 210.0,
    "fmax_mhz_max": 213.0,
    "runs": [{"seed": seed, "fmax_mhz": 208.0 + seed} for seed in (1, 2, 3)],
}
PRECISION: dict[str, Any] = {
    "method": "search",
    "float_accuracy_train": 0.4,
    "float_accuracy_validation": 0.35,
    "lut_max": 1300,
    "luts_counted": 1234,
    "node_luts_estimated": [3.0],
    "entries": {"number": 8, "farther": 1, "steps_most": 0.75},
    "search_seconds": 2.5,
    "points": [
        {
            "luts_estimated": luts,
            "chosen": luts == 1100.0,
            "cross_entropy": 1.2,
            "accuracy_train": 0.39,
            "accuracy_validation": 0.34,
            "accuracy": 0.38,
            "loss": 0.01,
            "loss_error": 0.002,
            "balanced_accuracy": 0.37,
            "auc": 0.65,
            "measure": "auc",
        }
        for luts in (2000.0, 1100.0)
    ],
}


def dataset(names: tuple[str, ...] = FEATURES, rows: int = 200) -> Dataset:
    """Five classes that 16 inputs tell apart to some degree."""
    generator = np.random.default_rng(7)
    splits = {}
    for split, n in (("train", rows), ("validation", rows // 4), ("test", rows // 2)):
        y = np.arange(n) % 5
        x = generator.normal(size=(n, len(names))) + 0.8 * np.eye(5)[y] @ np.ones((5, len(names)))
        x[:, :5] += 2 * np.eye(5)[y]
        splits |= {f"x_{split}": x.astype(np.float32), f"y_{split}": y}
    source = {"file": "toy.root", "sha256": "ab" * 32}
    return Dataset(
        **splits,
        scaler_mean=np.linspace(0.1, 3, len(names)),
        scaler_scale=np.linspace(1, 2, len(names)),
        feature_names=names,
        class_names=tuple("gqwzt"),
        provenance={"train": [source], "test": []},
        feature_symbols=JETS if names == FEATURES else (),
    )


PORT = {"port": "x_mass", "name": "<mass>", "lowest_bit": 7, "width": 5, "signed": True}
PORT |= {"fraction": 2, "words": [-9, 11]}
HARDWARE = {
    "rtl/src/symbolnet.v": "module symbolnet; // <top>\nendmodule\n",
    "rtl/vhdl/symbolnet.vhd": "entity symbolnet is end entity; -- <top>\n",
    "rtl/interface.json": json.dumps(
        {
            "input_rule": "raw to word",
            "output_rule": "word to value",
            "classes": ["<top>", "&"],
            "model_inp": [PORT | {"mean": 0.25, "scale": 4.5}],
            "model_out": [PORT | {"port": "y_top", "fraction": -3}],
        }
    ),
    "testbench/README.txt": "ghdl\n",
}


def build(folder: Path, data: Dataset | None = None) -> list[Path]:
    """Run the stages below `folder` and return the inputs of the report."""
    table, run = folder / "data/jets/dataset.npz", folder / "training/jets/small"
    save_dataset(table, data or dataset())
    describe_dataset(table, table.with_name("description.json"))
    network, expressions = run / "network.safetensors", run / "expressions.json"
    job = TrainJob(training=TRAINING)
    train(table, network, run / "history.csv", run / "members.json", run / "checkpoint", job)
    extract_expressions(network, table, expressions, Rounding())
    evaluate_models(network, expressions, table, run / "metrics.json")
    peer = folder / "peers/jets/bumps"
    files = (peer / f"{name}.json" for name in ("expressions", "metrics", "members"))
    train_baseline(table, *files, PEER)
    scores = folder / "references/jets/linear/scores.json"
    train_reference(table, scores, ReferenceJob())
    _firmware(folder / "firmware/jets/best", table, run)
    for name in SPEC.rivals:
        _results(folder / f"rivals/jets/{name}", ("reference", "rtl", "resources"))
    names = ("dataset.npz", "description.json", "history.csv", "members.json", "metrics.json")
    parts = ("data/jets", "training/jets/small", "peers/jets/bumps", "firmware/jets/best")
    parts += tuple(f"rivals/jets/{name}" for name in SPEC.rivals)
    parts += ("references/jets/linear",)
    found = [path for part in parts for path in (folder / part).iterdir() if path.is_file()]
    suffixes = {".json", ".tex", ".py", ".c", ".safetensors"}
    kept = [p for p in found if p.name in names or p.suffix in suffixes]
    return sorted([*kept, *(folder / "firmware/jets/best" / name for name in HARDWARE)])


def diverge(folder: Path) -> None:
    """Let a member that was not chosen have diverged."""
    chosen = read_json(folder / "firmware/jets/best/expressions.json")["members"][0]["id"]
    for name in ("metrics.json", "expressions.json"):
        path = folder / "training/jets/small" / name
        value = read_json(path)
        entry = next(m for m in value["members"] if m["id"] != chosen)
        entry.update(dict.fromkeys(set(entry) - {"id"}) | {"diverged": "not finite"})
        write_json(path, value)


def _firmware(folder: Path, table: Path, run: Path) -> None:
    chosen = folder / "expressions.json"
    spec = Choice(training="small", complexity_max=1000)
    choose_model(run / "expressions.json", run / "metrics.json", chosen, spec)
    exported = (folder / f"expressions.{suffix}" for suffix in ("tex", "py", "c"))
    export_expressions(chosen, table, *exported)
    explain_model(chosen, table, folder / "explanation.json")
    settings = GraphJob(search=None)
    build_graph(chosen, table, folder / "graph.json", folder / "precision.json", settings)
    write_json(folder / "precision.json", PRECISION, "precision")
    reason = {"available": False, "reason": "no vivado on PATH", "results": []}
    write_json(folder / "vendor.json", reason, "vendor")
    write_json(folder / "certificate.json", CERTIFICATE, "certificate")
    write_json(folder / "bitwise_proof.json", BITWISE_PROOF, "bitwise_proof")
    write_json(folder / "netlist_proof.json", NETLIST_PROOF, "netlist_proof")
    certify_distance(folder / "graph.json", chosen, table, folder / "distance.json")
    write_json(folder / "timing.json", TIMING, "timing")
    for name, text in HARDWARE.items():
        write_text(folder / name, text)
    _results(folder, tuple(RESULTS))


def _results(folder: Path, kinds: tuple[str, ...]) -> None:
    for kind in kinds:
        write_json(folder / f"{kind}.json", {"kind": kind, **RESULTS[kind]}, "firmware")
