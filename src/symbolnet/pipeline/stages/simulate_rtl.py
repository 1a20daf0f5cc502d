"""Stage `simulate_rtl`: Verilog of the graph, run by Verilator on every vector."""

from pathlib import Path
from typing import Annotated

from symbolnet.artifact import read_arrays, replacing, scratch
from symbolnet.config import Firmware
from symbolnet.data.dataset import load_dataset
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.evidence.result import test_scores, write_result
from symbolnet.firmware.evidence.simulate import simulated
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.firmware.graph.reference import scores
from symbolnet.pipeline.marks import In, Out, Writes


def simulate_rtl(
    graph: In,
    vectors: In,
    dataset: In,
    rtl: Out,
    result: Annotated[Path, Writes("rtl_result")],
    spec: Firmware,
) -> None:
    """Write the Verilog and hold its simulation to the reference, bit by bit."""
    built, data, arrays = load_graph(graph), load_dataset(dataset), read_arrays(vectors)
    with scratch(rtl) as folder:
        figures = simulated(built, arrays, spec, folder)
    # What was simulated is what the vectors say, or there would be no figures.
    outputs = scores(built, arrays["outputs"])
    figures |= test_scores(data, outputs, ordered=built.decision() is None)
    with replacing(rtl) as folder:
        write_rtl(built, folder, spec)
    write_result(result, "rtl", figures)
