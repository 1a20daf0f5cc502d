"""Stage `write_testbench`: testbenches and their vectors, for any simulator."""

import numpy as np

from symbolnet.artifact import read_arrays, read_json, replacing
from symbolnet.firmware.emit.testbench import write_testbench_files
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.pipeline.marks import In, Out


def write_testbench(rtl: In, graph: In, vectors: In, testbench: Out) -> None:
    """Write Verilog and VHDL with testbenches that compare every vector of the reference."""
    built, arrays = load_graph(graph), read_arrays(vectors)
    ports = np.concatenate([arrays["ports"], arrays["corner_ports"]])
    outputs = np.concatenate([arrays["outputs"], arrays["corner_outputs"]])
    layout = read_json(rtl / "interface.json")
    with replacing(testbench) as folder:
        write_testbench_files(rtl, built, layout, ports, outputs, folder)
