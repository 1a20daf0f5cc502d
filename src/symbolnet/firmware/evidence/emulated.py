"""The emulators of a graph, compiled and run on every vector, held to the reference bit by bit."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np

from symbolnet.artifact import write_text
from symbolnet.errors import ToolError
from symbolnet.firmware.emit.emulator_cpp import header
from symbolnet.firmware.emit.emulator_python import module
from symbolnet.firmware.evidence.result import Figures, labelled
from symbolnet.firmware.evidence.vectors import agreement, mismatches, together
from symbolnet.firmware.graph.graph import Graph

HEADER, MODULE = "symbolnet_emulator.h", "symbolnet_emulator.py"
_LABEL = "C++ header and Python module of plain integers, held to the reference bit by bit"
_FLAGS = ("-std=c++17", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
_MAIN = """#include <cstdio>
#include <vector>
#include "symbolnet_emulator.h"
using namespace symbolnet;
// Words of the ports on standard input, those of the outputs on standard output, all int64. Rows
// are run one by one and all at once, which must be the same.
int main()
{
    std::vector<word> in, out;
    for (std::int64_t w; std::fread(&w, sizeof w, 1, stdin) == 1;)
        in.push_back(static_cast<word>(w));
    const std::size_t rows = in.size() / inputs;
    out.resize(rows * outputs);
    run(rows, in.data(), out.data());
    for (std::size_t i = 0; i < rows; i++) {
        word alone[outputs];
        run(in.data() + i * inputs, alone);
        for (std::size_t k = 0; k < outputs; k++) {
            if (alone[k] != out[i * outputs + k])
                return 1;
            const std::int64_t w = alone[k];
            std::fwrite(&w, sizeof w, 1, stdout);
        }
    }
}
"""


def write_emulator(graph: Graph, folder: Path) -> None:
    """Write the C++ header and the Python module; the same graph gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / HEADER, header(graph))
    write_text(folder / MODULE, module(graph))


def check_tools() -> None:
    """Raise ToolError naming what to install where the compiler is missing."""
    if shutil.which("g++") is None:
        raise ToolError("g++ is not on PATH: install it (Debian: apt install g++)")


def emulated(
    graph: Graph, vectors: Mapping[str, np.ndarray], folder: Path, scratch: Path
) -> Figures:
    """Run both emulators of a folder on all vectors; raise ToolError at a single difference."""
    check_tools()
    ports, expected = together(vectors)
    found = mismatches(
        _compiled(ports, expected.shape, folder, scratch), expected, "the C++ header"
    )
    interpreted = mismatches(_interpreted(ports, folder), expected, "the Python module")
    return {
        "label": labelled(_LABEL, graph),
        "origin": "measured here by g++ and Python",
        "tool": "symbolnet and g++",
        "tool_version": f"{version('symbolnet')}, {_version()}",
        **agreement(graph, vectors, found, interpreted),
    }


def _compiled(ports: np.ndarray, shape: tuple[int, ...], folder: Path, scratch: Path) -> np.ndarray:
    main, program = scratch / "main.cpp", (scratch / "emulator").absolute()
    write_text(main, _MAIN)
    command = ["g++", *_FLAGS, f"-I{folder.absolute()}", str(main), "-o", str(program)]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode:
        failed = "g++ could not compile the emulator"
        raise ToolError.after(failed, done.returncode, done.stderr, "error")
    given = np.ascontiguousarray(ports, np.int64).tobytes()
    ran = subprocess.run([str(program)], input=given, capture_output=True, check=False)
    if ran.returncode < 0:
        raise ToolError.after("the C++ emulator failed", ran.returncode, "")
    if ran.returncode:
        raise ToolError("the C++ header computes rows alone and together otherwise")
    return np.frombuffer(ran.stdout, np.int64).reshape(shape)


def _interpreted(ports: np.ndarray, folder: Path) -> np.ndarray:
    """Run the module as a program that sees no installed package."""
    given = "\n".join(" ".join(map(str, row)) for row in ports.tolist())
    command = [sys.executable, "-I", "-S", str(folder / MODULE)]
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        failed = "the Python module of the emulator failed"
        raise ToolError.after(failed, done.returncode, done.stderr)
    return np.array([line.split() for line in done.stdout.splitlines()], np.int64)


def _version() -> str:
    command = ["g++", "-dumpfullversion"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return done.stdout.strip()
