"""Stage `write_emulator`: C++ and Python of plain integers that compute what the hardware does."""

from pathlib import Path
from typing import Annotated

from symbolnet.artifact import read_arrays, replacing, scratch
from symbolnet.firmware.evidence import emulated
from symbolnet.firmware.evidence.result import write_result
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.pipeline.marks import In, Out, Writes


def write_emulator(
    graph: In, vectors: In, emulator: Out, result: Annotated[Path, Writes("emulator_result")]
) -> None:
    """Write the emulators, compile the C++ and hold both to every vector of the reference."""
    built = load_graph(graph)
    with replacing(emulator) as folder, scratch(emulator) as other:
        emulated.write_emulator(built, folder)
        figures = emulated.emulated(built, read_arrays(vectors), folder, other)
    write_result(result, "emulator", figures)
