"""Firmware as an object: formulas as a fixed-point graph, its files, simulation, counts and proof.

Everything is done by the functions that the stages of the workflow call, in folders of its own.
"""

import contextlib
import io
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from symbolnet.artifact import Record, read_json, replacing
from symbolnet.config import Firmware as Settings
from symbolnet.config import GraphJob, LutBudget, Search
from symbolnet.design import evidence, show
from symbolnet.design.evidence import Evidence
from symbolnet.design.given import Given, given, numbers_of, rows_of
from symbolnet.errors import InputError
from symbolnet.expression.metrics import accuracy, r2
from symbolnet.expression.tree import ExpressionSet
from symbolnet.extras import naming_extras
from symbolnet.firmware.build.conversion import expressions_in
from symbolnet.firmware.emit.board import write_board_files
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.evidence import emulated, synthesis
from symbolnet.firmware.evidence.built import built
from symbolnet.firmware.evidence.resources import counted
from symbolnet.firmware.evidence.simulate import simulated
from symbolnet.firmware.evidence.streamed import streamed
from symbolnet.firmware.evidence.vectors import vectors_of
from symbolnet.firmware.graph.graph import Graph, save_graph
from symbolnet.firmware.graph.reference import raw_mantissas, run, scores

_MOST = 10_000  # rows of X that are kept to simulate, evenly taken


def to_firmware(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    luts: int | None = None,
    tolerance: float | None = None,
    argmax: bool = False,
    task: str | None = None,
    complexity: float | None = None,
    stage_depth: int = 5,
    dsp: bool = True,
    bram: bool = False,
) -> "Firmware":
    """Return a model or formulas as firmware, formats searched part by part.

    `model` is a fitted estimator (at its chosen point, or the best of at most `complexity`), or
    whatever `symbolnet.formulas` reads, in the columns of `X` (n, d); those of an array are x0, x1,
    ... `y` are labels or quantities; without it the formulas' own answers are what firmware must
    keep. `luts` limits what Yosys counts without DSP blocks; else the cheapest formats are taken
    that lose at most `tolerance` (0.003) of accuracy, balanced accuracy and AUC, or of R2. With
    `argmax` the number of the class is put out, not the scores. `task` is "classification" or
    "regression"; without it several formulas are classes, unless y has columns.
    """
    if luts is not None and tolerance is not None:
        raise InputError("`luts` or `tolerance`", "both", "leave one out")
    found = given(model, X, y, task, complexity)
    settings = Settings(
        search=Search(tolerance=0.003 if tolerance is None else tolerance),
        argmax=argmax,
        stage_depth=stage_depth,
        dsp=dsp,
        bram=bram,
    )
    graph, record = _searched(found, settings, luts)
    rows = rows_of(X)
    return Firmware(graph, record, found, settings, rows[:: -(-len(rows) // _MOST)])


def _searched(found: Given, settings: Settings, luts: int | None) -> tuple[Graph, Record]:
    budget = None
    if luts is not None:
        synthesis.check_tools()
        depth, bram = settings.stage_depth, settings.bram
        budget = LutBudget(lut_max=luts, stage_depth=depth, bram=bram)
    spec = GraphJob(search=settings.search, argmax=settings.argmax, budget=budget)
    with TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        return built(found.chosen, found.data, spec, Path(scratch))


class Firmware:
    """A fixed-point design; `to_firmware` makes it.

    Attributes
    ----------
    graph : Graph
        The operations on integers, each with its format and a proven interval.
    formulas : ExpressionSet
        What the graph stands for, in the units of the columns.
    search : dict
        The points of the search, as precision.json of the workflow.
    settings : Settings
        Pipeline depth, DSP blocks and the like, as `firmware` of the workflow's config.
    """

    def __init__(
        self, graph: Graph, search: Record, found: Given, settings: Settings, rows: np.ndarray
    ) -> None:
        self.graph, self.search, self.settings = graph, search, settings
        self.formulas: ExpressionSet = found.chosen
        self._labels, self._rows = found.labels, rows

    # What it computes

    def integers(self, X: Any) -> np.ndarray:
        """Return the words (n, outputs) at the ports of the hardware, for rows (n, d)."""
        return run(self.graph, raw_mantissas(self.graph, self._checked(X)))

    def decision_function(self, X: Any) -> np.ndarray:
        """Return what the words stand for (n, k): scores, with argmax 1 for the class, values."""
        return scores(self.graph, self.integers(X))

    def predict(self, X: Any) -> np.ndarray:
        """Return the labels (n,), or the values, (n,) of one quantity and (n, k) of several."""
        found = self.decision_function(X)
        if self._labels is not None:
            return np.asarray(self._labels[found.argmax(axis=1)])
        return found[:, 0] if found.shape[1] == 1 else found

    def accuracy(self, X: Any, y: Any) -> float:
        """Return the share of the rows with the right label; of quantities R2."""
        found, truth = self.decision_function(X), np.asarray(y)
        if len(truth) != len(found):
            raise InputError(f"{len(found)} values of y, as of X", str(len(truth)), "give the same")
        if self._labels is None:
            return float(r2(found, truth.astype(np.float64).reshape(len(truth), -1)) or 0.0)
        return float(accuracy(found, numbers_of(truth, self._labels)))

    def _checked(self, X: Any) -> np.ndarray:
        x, names = rows_of(X), self.graph.feature_names
        if x.shape[1] != len(names):
            raise InputError(f"{len(names)} columns", f"{x.shape[1]}", "give those of the formulas")
        return x

    # Files

    @naming_extras()
    def write_verilog(self, folder: str | Path) -> Evidence:
        """Write Verilog (top `symbolnet`), tables, VHDL and interface.json, which explains ports.

        The folder must be new or empty.
        """
        with replacing(_fresh(folder)) as place:
            cycles = write_rtl(self.graph, place, self.settings)
        return self._written(f"Verilog in {folder}, latency {evidence.cycles(cycles)}", cycles)

    @naming_extras()
    def write_vhdl(self, folder: str | Path) -> Evidence:
        """Write the same pipeline in VHDL-2008 alone, with its tables and interface.json."""
        with replacing(_fresh(folder)) as place, TemporaryDirectory() as scratch:
            rtl = Path(scratch) / "rtl"
            cycles = write_rtl(self.graph, rtl, self.settings)
            shutil.move(rtl / "vhdl", place)
            beside = [rtl / "interface.json", *(rtl / "ports").glob("*.[vh]*"), *rtl.rglob("*.mem")]
            for path in (path for path in beside if path.suffix != ".v"):
                shutil.copy(path, place / path.name)
        return self._written(f"VHDL in {folder}, latency {evidence.cycles(cycles)}", cycles)

    def _written(self, words: str, cycles: int) -> Evidence:
        more = {"latency_cycles": cycles}
        return evidence.of_files("da4ml", version("da4ml"), words, more)

    @naming_extras()
    def write_hls(self, folder: str | Path) -> Evidence:
        """Write an hls4ml project of the formulas (of standardised inputs), for Vitis HLS."""
        from symbolnet.firmware.emit.hls import type_name, write_project

        chosen = expressions_in(self.formulas, self.graph.units)
        with replacing(_fresh(folder)) as place:
            write_project(chosen, place, self.settings)
        more = {"precision": type_name(self.settings), "part": self.settings.part}
        return evidence.of_files("hls4ml", version("hls4ml"), f"HLS project in {folder}", more)

    def write_emulator(self, folder: str | Path) -> Evidence:
        """Write a C++17 header and a Python module of plain integers; hold both to the integers.

        On the rows that the firmware was made with, and on corners; it takes g++.
        """
        vectors = vectors_of(self.graph, raw_mantissas(self.graph, self._rows))
        with replacing(_fresh(folder)) as place, TemporaryDirectory() as scratch:
            emulated.write_emulator(self.graph, place)
            record = emulated.emulated(self.graph, vectors, place, Path(scratch))
        return evidence.of_emulation(record)

    @naming_extras()
    def write_board(self, folder: str | Path) -> Evidence:
        """Write the design behind AXI4-Stream, scripts for a PYNQ-Z2 and a driver in Python.

        All rows and corners go through the stream in Verilator while both sides wait at random, and
        its handshake is proved. Nothing of it has run on a board or in a vendor's tool.
        """
        vectors = vectors_of(self.graph, raw_mantissas(self.graph, self._rows))
        with replacing(_fresh(folder)) as place, TemporaryDirectory() as scratch:
            rtl = Path(scratch) / "rtl"
            write_rtl(self.graph, rtl, self.settings)
            layout = read_json(rtl / "interface.json")
            write_board_files(rtl, layout, self.settings, place)
            record = streamed(self.graph, vectors, layout, place, Path(scratch))
        return evidence.of_simulation(record)

    # Evidence

    @naming_extras()
    def simulate(self, X: Any = None) -> Evidence:
        """Run the Verilog in Verilator on rows, and corner vectors, and hold it to the integers.

        Without `X` on the rows that the firmware was made with, 10,000 at most. Raises ToolError at
        a single bit that differs.
        """
        rows = self._rows if X is None else self._checked(X)
        vectors = vectors_of(self.graph, raw_mantissas(self.graph, rows))
        with TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
            record = simulated(self.graph, vectors, self.settings, Path(scratch))
        return evidence.of_simulation(record)

    @naming_extras()
    def prove(self) -> Evidence:
        """Prove, node by node and for all inputs, that the Verilog computes the graph."""
        from symbolnet.firmware.proof.certificate import prove

        synthesis.check_tools()
        with self._on_disk() as (graph, rtl):
            return evidence.of_proof(prove(graph, rtl))

    @naming_extras()
    def count(self) -> Evidence:
        """Count LUTs, flip-flops, DSP blocks and memories with Yosys; the netlist is computed."""
        vectors = vectors_of(self.graph, raw_mantissas(self.graph, self._rows))
        synthesis.check_tools()
        with self._on_disk() as (graph, rtl), contextlib.redirect_stdout(io.StringIO()):
            scratch = graph.parent / "yosys"
            scratch.mkdir()
            return evidence.of_counts(counted(rtl, self.graph, vectors, self.settings, scratch))

    @contextlib.contextmanager
    def _on_disk(self) -> Iterator[tuple[Path, Path]]:
        """Yield the files of the graph and of its Verilog, for the time being."""
        with TemporaryDirectory() as folder:
            graph, rtl = Path(folder) / "graph.json", Path(folder) / "rtl"
            save_graph(graph, self.graph)
            write_rtl(self.graph, rtl, self.settings)
            yield graph, rtl

    # Showing

    def __repr__(self) -> str:
        return show.as_text(self.graph, self.search, self.settings)

    def _repr_html_(self) -> str:
        return show.as_html(self.graph, repr(self))


def _fresh(folder: str | Path) -> Path:
    """Return a folder that may be written anew: nobody's files are to be lost."""
    path = Path(folder)
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise InputError("a new or an empty folder", f"{path} with files", "name another")
    return path
