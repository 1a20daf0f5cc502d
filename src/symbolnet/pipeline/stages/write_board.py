"""Stage `write_board`: the design behind AXI4-Stream, with scripts and a driver for a board."""

from pathlib import Path
from typing import Annotated

from symbolnet.artifact import read_arrays, read_json, replacing, scratch
from symbolnet.config import Firmware
from symbolnet.firmware.emit.board import write_board_files
from symbolnet.firmware.evidence.result import write_result
from symbolnet.firmware.evidence.streamed import streamed
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.pipeline.marks import In, Out, Writes


def write_board(
    rtl: In,
    graph: In,
    vectors: In,
    board: Out,
    result: Annotated[Path, Writes("board_result")],
    spec: Firmware,
) -> None:
    """Write stream, scripts and driver; run every vector through it under stalls, and prove it."""
    built, layout = load_graph(graph), read_json(rtl / "interface.json")
    with replacing(board) as folder, scratch(board) as other:
        write_board_files(rtl, layout, spec, folder)
        figures = streamed(built, read_arrays(vectors), layout, folder, other)
    write_result(result, "board", figures)
