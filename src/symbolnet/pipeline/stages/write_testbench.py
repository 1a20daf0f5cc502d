"""Stage `write_testbench`: testbenches and their vectors, for any simulator."""

from symbolnet.artifact import read_arrays, read_json, replacing
from symbolnet.firmware.emit.testbench import write_testbench_files
from symbolnet.firmware.evidence.vectors import together
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.pipeline.marks import In, Out


def write_testbench(rtl: In, graph: In, vectors: In, testbench: Out) -> None:
    """Write Verilog and VHDL with testbenches that compare every vector of the reference."""
    built, arrays = load_graph(graph), read_arrays(vectors)
    ports, outputs = together(arrays)
    layout = read_json(rtl / "interface.json")
    with replacing(testbench) as folder:
        write_testbench_files(rtl, built, layout, ports, outputs, folder)
