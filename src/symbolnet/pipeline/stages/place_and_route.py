"""Stage `place_and_route`: the clock rate of a pipeline of the graph on an open FPGA family."""

from importlib.metadata import version
from pathlib import Path

from symbolnet.artifact import read_arrays, scratch, write_json
from symbolnet.config import Firmware, Timing
from symbolnet.firmware.emit.rtl import interpret_stages, write_rtl
from symbolnet.firmware.evidence import place
from symbolnet.firmware.evidence.result import precision_text
from symbolnet.firmware.evidence.vectors import mismatches, together
from symbolnet.firmware.graph.graph import Graph, load_graph
from symbolnet.pipeline.marks import In, Out

DATA = ("schema/timing.json",)


def place_and_route(graph: In, vectors: In, timing: Out, spec: Timing) -> None:
    """Write the Verilog of the pipeline, place it from several seeds and record the rates."""
    place.check_tools()
    built, settings = load_graph(graph), Firmware(stage_depth=spec.stage_depth)
    tested = _check_stages(built, vectors, settings)
    with scratch(timing) as folder:
        cycles = write_rtl(built, folder / "rtl", settings)
        mapped = place.map_cells(folder / "rtl", folder / "placed")
        seeds = range(1, spec.seeds + 1)
        rates = [place.clock_rate(folder / "placed", seed) for seed in seeds]
    figures = {
        "label": "Clock rate after place and route on another, open FPGA family",
        "origin": "measured here by nextpnr",
        "tool": "da4ml, Yosys and nextpnr-ecp5",
        "tool_version": f"{version('da4ml')}, {mapped.version}, {place.version_text()}",
        "part": place.PART,
        "precision": precision_text(built.precision),
        "stage_depth": spec.stage_depth,
        "latency_cycles": cycles,
        "initiation_interval": 1,
        "vectors": tested,
        "mismatches": 0,
        "cells": mapped.cells,
        **place.spread(rates),
        "runs": [{"seed": s, "fmax_mhz": r} for s, r in zip(seeds, rates, strict=True)],
    }
    write_json(timing, figures, "timing")


def _check_stages(graph: Graph, vectors: Path, settings: Firmware) -> int:
    """Hold da4ml's interpreter of the pipeline's stages to the reference; return the vectors."""
    ports, expected = together(read_arrays(vectors))
    mismatches(interpret_stages(graph, ports, settings), expected, "the pipeline to place")
    return len(expected)
