"""The tiny run of the report's tests, with summary, page, manifest and crate."""

from pathlib import Path

from report_case import BITWISE_PROOF, NETLIST_PROOF, PEER, RESULTS, SPEC, TRAINING, build
from symbolnet.artifact import sha256, write_json
from symbolnet.config import (
    Choice,
    Config,
    Firmware,
    GeneratedJets,
    GraphJob,
    Mlp,
    Report,
    Solver,
    Timing,
    Trees,
    report_settings,
)
from symbolnet.expression.store import load_expressions
from symbolnet.firmware.emit.hls import write_project
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.firmware.proof.certificate import hashes
from symbolnet.firmware.proof.languages import LANGUAGES
from symbolnet.pipeline.stages.build_graph import build_graph
from symbolnet.pipeline.stages.certify_distance import certify_distance
from symbolnet.pipeline.stages.evaluate_graph import evaluate_graph
from symbolnet.pipeline.stages.write_emulator import write_emulator
from symbolnet.pipeline.stages.write_manifest import write_manifest
from symbolnet.pipeline.stages.write_report import write_report
from symbolnet.pipeline.stages.write_testbench import write_testbench

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIG = Config(
    run="tiny",
    train=["small"],
    choose=["best"],
    peers=["bumps"],
    rivals=["mlp", "trees"],
    references=["linear"],
    data={"jets": GeneratedJets(chunks=1), "unused": GeneratedJets(seed=5)},
    training={"small": TRAINING},
    choices={"best": Choice(training="small", complexity_max=1000)},
    baselines={"bumps": PEER.baseline},
    classifiers={"mlp": Mlp(), "trees": Trees()},
    report=Report(budgets=SPEC.budgets),
    firmware=Firmware(search=None, timing=Timing(), solver=Solver()),
)


def build_run(folder: Path) -> Path:
    """Run the stages below `folder`, but for the tools of the firmware; return it."""
    firmware = folder / "firmware/jets/best"
    whole = [firmware / "rtl", firmware / "testbench"]
    inputs = [path for path in build(folder) if not {*whole} & {*path.parents}] + whole
    _firmware(firmware, folder / "data/jets/dataset.npz")
    spec = report_settings(CONFIG, CONFIG.datasets)
    write_report(spec, inputs, folder / "summary.json", folder / "report/index.html")
    sign(folder)
    return folder


def _firmware(folder: Path, table: Path) -> None:
    """Put a graph, its vectors, Verilog and an HLS project in place of the arbitrary ones."""
    chosen, graph = folder / "expressions.json", folder / "graph.json"
    uniform = GraphJob(search=None)
    build_graph(chosen, table, graph, folder / "precision.json", uniform)
    evaluate_graph(graph, chosen, table, folder / "vectors.npz", folder / "reference.json")
    certify_distance(graph, chosen, table, folder / "distance.json")
    write_rtl(load_graph(graph), folder / "rtl", CONFIG.firmware)
    about = {"rtl_sha256": hashes(folder / "rtl")}
    about |= {"cells": RESULTS["resources"]["runs"][-1]["cells"]}
    write_json(folder / "netlist_proof.json", NETLIST_PROOF | about, "netlist_proof")
    languages = [
        one | {"sha256": language.hashes(folder / "rtl")}
        for one, language in zip(BITWISE_PROOF["languages"], LANGUAGES, strict=True)
    ]
    about = {"graph_sha256": sha256(graph), "languages": languages}
    write_json(folder / "bitwise_proof.json", BITWISE_PROOF | about, "bitwise_proof")
    write_testbench(folder / "rtl", graph, folder / "vectors.npz", folder / "testbench")
    write_emulator(graph, folder / "vectors.npz", folder / "emulator", folder / "emulator.json")
    write_project(load_expressions(chosen), folder / "hls", CONFIG.firmware)


def sign(run: Path, config: Config = CONFIG) -> None:
    """Write manifest and crate for the files as they are."""
    snakefile, crate = REPOSITORY / "Snakefile", run / "ro-crate-metadata.json"
    write_manifest(snakefile, run / "source", run / "manifest.json", crate, config)
