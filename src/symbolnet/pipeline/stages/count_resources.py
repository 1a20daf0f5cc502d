"""Stage `count_resources`: LUTs, flip-flops and the rest of the Verilog, counted by Yosys."""

from symbolnet.artifact import read_arrays, scratch
from symbolnet.config import Firmware
from symbolnet.firmware.evidence.resources import counted
from symbolnet.firmware.evidence.result import write_result
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.pipeline.marks import In, Out


def count_resources(rtl: In, graph: In, vectors: In, resources: Out, spec: Firmware) -> None:
    """Synthesise the Verilog as configured and, if that takes DSP blocks, without them too.

    The last netlist is computed and held to the reference, bit by bit. Every node of the graph is
    counted alone as well, as configured.
    """
    with scratch(resources) as folder:
        figures = counted(rtl, load_graph(graph), read_arrays(vectors), spec, folder)
    write_result(resources, "resources", figures)
