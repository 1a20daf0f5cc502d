"""A design behind AXI4-Stream: all vectors under stalls, faults noticed, the driver's words."""

import importlib.util
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from circuits import PRECISIONS, random_set, toy_data, toy_model, uniform_graph
from symbolnet.artifact import read_json, write_arrays
from symbolnet.config import Firmware
from symbolnet.errors import InputError, ToolError
from symbolnet.firmware.emit.axi_stream import streams
from symbolnet.firmware.emit.board import write_board_files
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.evidence import streamed
from symbolnet.firmware.evidence.vectors import vectors_of
from symbolnet.firmware.graph.graph import Graph, save_graph
from symbolnet.firmware.graph.reference import (
    input_mantissas,
    raw_mantissas,
    real_outputs,
    run,
)
from symbolnet.firmware.graph.scaling import Standard
from symbolnet.pipeline.cli import main


def board_of(graph: Graph, folder: Path, depth: int = 2) -> Path:
    settings = Firmware(stage_depth=depth)
    write_rtl(graph, folder / "rtl", settings)
    layout = read_json(folder / "rtl/interface.json")
    write_board_files(folder / "rtl", layout, settings, folder / "board")
    return folder / "board"


def toy() -> tuple[Graph, np.ndarray]:
    x = toy_data(toy_model()).x_train
    return uniform_graph(toy_model(), x, PRECISIONS[1]), x


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_all_vectors_under_stalls(seed: int, tmp_path: Path) -> None:
    """Pipelined, combinational, and with the number of the class alone."""
    chosen, x = random_set(np.random.default_rng(200 + seed))
    chosen, x = (toy_model(), toy_data(toy_model()).x_train) if seed == 2 else (chosen, x)
    graph = uniform_graph(chosen, x, PRECISIONS[seed], argmax=seed == 2)
    board = board_of(graph, tmp_path, depth=(2, -1, 5)[seed])
    (scratch := tmp_path / "scratch").mkdir()
    vectors = vectors_of(graph, input_mantissas(graph, x))
    layout = read_json(board / "interface.json")
    record = streamed.streamed(graph, vectors, layout, board, scratch)
    assert record["mismatches"] == 0 and record["initiation_interval"] == 1
    assert record["vectors"] == len(x) and record["corner_vectors"] > 0
    assert record["latency_cycles"] == layout["latency_cycles"] + 2
    assert "not run on a board" in record["label"]


FAULTS = {
    "a queue that overflows": ("open && room != 0", "open", "puts out|differs"),
    "a result that does not wait": ("m_axis_tvalid && m_axis_tready", "m_axis_tvalid", "puts out"),
    "a place lost": ("room - ", "room - 1 - ", "puts out|differs|takes"),
}
UNPROVED = {
    "a bit of another": ("queue[head[BITS-1:0]][0:0]", "queue[head[BITS-1:0]][1:1]", "differs"),
    "a packet's end moved": ("{last[EDGES-2:0], s_axis_tlast}", "last", "tlast"),
    "half the rate": ("open && room != 0", "open && room == PLACES", "takes .* cycles for"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_proof_notices(fault: str, tmp_path: Path) -> None:
    graph, _ = toy()
    board = board_of(graph, tmp_path)
    streamed.prove_handshake(board, "symbolnet", tmp_path / "right")
    before, after, _ = FAULTS[fault]
    changed(board, before, after)
    with pytest.raises(ToolError, match=r"Yosys failed: .*proof did fail"):
        streamed.prove_handshake(board, "symbolnet", tmp_path / "wrong")


def changed(board: Path, before: str, after: str) -> None:
    path = board / "src/symbolnet_axis.v"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*FAULTS, "half the rate", "a packet's end moved"])
def test_the_simulation_notices(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, x = toy()
    board = board_of(graph, tmp_path)
    before, after, words = (FAULTS | UNPROVED)[fault]
    changed(board, before, after)
    monkeypatch.setattr(streamed, "prove_handshake", lambda *_: None)
    (scratch := tmp_path / "scratch").mkdir()
    vectors = vectors_of(graph, input_mantissas(graph, x))
    with pytest.raises(ToolError, match=words):
        streamed.streamed(graph, vectors, read_json(board / "interface.json"), board, scratch)


@pytest.mark.slow
def test_the_stage(tmp_path: Path) -> None:
    graph, x = toy()
    write_rtl(graph, tmp_path / "rtl", Firmware(stage_depth=2))
    save_graph(tmp_path / "graph.json", graph)
    write_arrays(tmp_path / "vectors.npz", vectors_of(graph, input_mantissas(graph, x)))
    names = {"rtl": "rtl", "graph": "graph.json", "vectors": "vectors.npz", "board": "board"}
    names |= {"result": "board.json"}
    options = [text for name, file in names.items() for text in (f"--{name}", str(tmp_path / file))]
    assert main(["write_board", *options, "--spec", '{"clock_ns": 4.0, "part": "xc7a35t"}']) == 0
    record = read_json(tmp_path / "board.json", "firmware")
    assert record["kind"] == "board" and len(record["stalls"]) == 5
    board = tmp_path / "board"
    assert "-period 4.0" in (board / "symbolnet_axis_ooc.xdc").read_text()
    assert "-part xc7a35t" in (board / "build_ooc.tcl").read_text()
    for path in board.rglob("*"):
        assert path.is_dir() or str(tmp_path) not in path.read_text()
    for name in ("README.txt", "build_ooc.tcl", "build_pynq_z2.tcl", "symbolnet_driver.py"):
        assert re.search("not run", (board / name).read_text(), re.IGNORECASE)


VENDOR = """\
proc unknown args { puts $args; return {} }
proc get_property args { return 100% }
proc create_bd_cell args { puts [list create_bd_cell {*}$args]; return [lindex $args end] }
proc get_bd_pins pin { return $pin }
proc get_bd_intf_pins pin { return $pin }
rename glob files
proc glob args { return [files -nocomplain {*}$args] }
rename file disk
proc file {what args} { if {$what in {copy mkdir}} return; disk $what {*}$args }
"""


@pytest.mark.skipif(shutil.which("tclsh") is None, reason="no tclsh here")
def test_scripts_are_tcl_and_name_what_is_there(tmp_path: Path) -> None:
    """Run with the vendor's commands doing nothing; in the block design no pin is driven twice."""
    board = board_of(toy()[0], tmp_path)
    said = {}
    for name in ("build_ooc.tcl", "build_pynq_z2.tcl"):
        (board / "all.tcl").write_text(VENDOR + (board / name).read_text())
        done = subprocess.run(["tclsh", "all.tcl"], cwd=board, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "symbolnet_axis" in done.stdout and "src/lookup_table.v" in done.stdout
        assert done.stdout.count(".mem") == len(list(board.glob("src/*.mem")))
        said[name] = done.stdout.splitlines()
    lines = [line.split() for line in said["build_pynq_z2.tcl"]]
    streams_and_buses = [line[1:] for line in lines if line[0] == "connect_bd_intf_net"]
    assert ["axi_dma_0/M_AXIS_MM2S", "symbolnet_0/s_axis"] in streams_and_buses
    assert ["symbolnet_0/m_axis", "axi_dma_0/S_AXIS_S2MM"] in streams_and_buses
    pins = [pin for pair in streams_and_buses for pin in pair]
    driven = [line[2] for line in lines if line[0] == "connect_bd_net"]
    assert len({*pins}) == len(pins) == 14 and len({*driven}) == len(driven) == 14
    assert {"symbolnet_0/aclk", "symbolnet_0/aresetn"} <= {*driven}
    cells = {line[-1] for line in lines if line[0] == "create_bd_cell"}
    assert {pin.split("/")[0] for pin in [*pins, *driven]} == cells


@pytest.mark.parametrize("bits", [1, 8, 9, 100, 1024])
def test_widths_of_streams(bits: int) -> None:
    layout: Any = {"latency_cycles": 3, "model_inp": [port(bits)], "model_out": [port(1)]}
    found = streams(layout)
    assert bits <= found.given <= max(8, 2 * bits - 1) and found.given.bit_count() == 1
    assert found.result == 8 and 2**found.bits >= found.edges + 2


def test_a_design_that_is_too_wide_is_one_line() -> None:
    layout: Any = {"latency_cycles": 3, "model_inp": [port(1025)], "model_out": [port(1)]}
    with pytest.raises(
        InputError, match=r"^expected inputs of at most 1024 bits .* found 1025 bits"
    ):
        streams(layout)


def port(width: int) -> dict[str, int]:
    return {"lowest_bit": 0, "width": width}


def driver_of(board: Path) -> Any:
    spec = importlib.util.spec_from_file_location("driver", board / "symbolnet_driver.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Buffer(np.ndarray):
    """What pynq.allocate gives."""

    def freebuffer(self) -> None:
        pass


class Channel:
    """A channel of a DMA that moves bytes in order, as a board would."""

    def __init__(self) -> None:
        self.buffers: list[np.ndarray] = []

    def transfer(self, buffer: np.ndarray) -> None:
        self.buffers.append(buffer)

    def wait(self) -> None:
        pass


def test_the_driver_with_the_reference_in_place_of_a_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, x = toy()
    scaler = tuple(Standard(0.25 * n, 3.0 + n) for n, _ in enumerate(graph.inputs()))
    graph = graph._replace(scaler=scaler)
    board = board_of(graph, tmp_path)
    raw = 40 * x.astype(float)
    raw[0] = 1e30
    module, words = driver_of(board), raw_mantissas(graph, raw)
    layout = read_json(board / "interface.json")
    out = np.array([port["fraction"] for port in layout["model_out"]])
    drops = np.array([node.format.fraction for node in graph.outputs()]) - out

    class Receiver(Channel):
        def wait(self) -> None:
            sent, target = dma.sendchannel.buffers.pop(), self.buffers.pop()
            rows = [place_of[row.tobytes()] for row in np.asarray(sent)]
            whole = run(graph, words[rows]) >> drops
            target[:] = streamed.packed(whole, layout["model_out"], target.shape[1])

    dma = types.SimpleNamespace(sendchannel=Channel(), recvchannel=Receiver())
    overlay = types.SimpleNamespace(axi_dma_0=dma)
    pynq = types.ModuleType("pynq")
    pynq.allocate = lambda shape, kind: np.zeros(shape, kind).view(Buffer)  # type: ignore[attr-defined]
    pynq.Overlay = lambda bitstream: overlay  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pynq", pynq)
    monkeypatch.setattr(module, "BLOCK", 64)  # several transfers

    found = module.Board("symbolnet.bit")
    columns = {port["name"]: raw[:, n] for n, port in enumerate(layout["model_inp"])}
    given = found.design.encode(columns)
    place_of = {row.tobytes(): place for place, row in enumerate(given)}
    np.testing.assert_array_equal(found.design.words(raw), words)
    np.testing.assert_array_equal(given, streamed.packed(words, layout["model_inp"], 4))
    expected = real_outputs(graph, run(graph, words))
    np.testing.assert_array_equal(found.run(columns), expected)
    labels = found.design.labels(found.results(raw))
    assert labels.tolist() == [f"c{n}" for n in expected.argmax(axis=1)]
    with pytest.raises(ValueError, match="expected 3 columns, f0, f1, f2; found 2"):
        found.run(raw[:, :2])
