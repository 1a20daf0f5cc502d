"""HLS projects of expression sets through hls4ml, and the C model of such a project.

The C model runs ap_fixed arithmetic bit by bit but computes exp, sin and the like in double
precision (hls_math.h): it is not bit-accurate to the vendor's cores.
"""

import contextlib
import ctypes
import glob
import io
import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from symbolnet.config import Firmware, Precision
from symbolnet.errors import ToolError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.export.to_sympy import all_to_sympy
from symbolnet.expression.tree import FUNCTIONS, Apply, ExpressionSet, distinct

_EXACT = ("Abs",)  # what needs no table
_SUFFIX = "_lut"
DATA = ("firmware/emit/hls_math.h",)
NAME = "symbolnet"
_ABSENT = "no-vendor-libraries"  # a path that does not exist: hls4ml then links without them


class TableRange(TypedDict):
    """A table as hls4ml asks for it: `table_size` entries from `range_start` to `range_end`."""

    math_func: str
    range_start: float
    range_end: float
    table_size: int


Tables = dict[str, TableRange]


def tables(chosen: ExpressionSet, x: np.ndarray, precision: Precision) -> Tables:
    """Return hls4ml's `lut_functions` of an expression set, ranges from training rows (n, d).

    A range is a power of two to either side; it ends where the one type of the project would
    overflow in the arithmetic of the table's address.
    """
    found: Tables = {}
    most = 2.0 ** (precision.integer - 3)
    for name, reach in _reaches(chosen, x).items():
        end = min(2.0 ** math.ceil(math.log2(max(reach, 0.5))), most)
        steps = 2 * end * 2 ** (precision.width - precision.integer)
        size = int(min(2**precision.table_bits, steps))
        found[name + _SUFFIX] = {
            "math_func": name,
            "range_start": -end,
            "range_end": end,
            "table_size": size,
        }
    return found


def _reaches(chosen: ExpressionSet, x: np.ndarray) -> dict[str, float]:
    """Return the largest magnitude that each function's arguments have."""
    reaches: dict[str, float] = {}
    for node in distinct(chosen.expressions):
        if isinstance(node, Apply) and node.symbol in FUNCTIONS and node.symbol not in _EXACT:
            values = evaluate(list(node.arguments), x)
            largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
            reaches[node.symbol] = max(largest, reaches.get(node.symbol, 0.0))
    return dict(sorted(reaches.items()))


def with_tables(chosen: ExpressionSet, names: Tables) -> list[Any]:
    """Return sympy expressions that call the tables instead of the functions."""
    import sympy

    swaps = {
        getattr(sympy, entry["math_func"]): sympy.Function(name) for name, entry in names.items()
    }
    found = all_to_sympy(chosen.expressions)
    for function, table in swaps.items():
        found = [one.replace(function, table) for one in found]
    return found


def in_words(found: Tables) -> str:
    """Return the tables in words."""
    texts = [
        f"{entry['math_func']} {entry['table_size']} entries from {entry['range_start']:g} to"
        f" {entry['range_end']:g}"
        for entry in found.values()
    ]
    return "tables: " + (", ".join(texts) or "none")


def type_name(settings: Firmware) -> str:
    """Return the one C++ type of a project: rounding and saturating, unlike hls4ml's default."""
    precision = settings.precision
    return f"ap_fixed<{precision.width},{precision.integer},AP_RND,AP_SAT>"


def write_project(
    chosen: ExpressionSet, folder: Path, settings: Firmware, lut_functions: Tables | None = None
) -> None:
    """Write the hls4ml project of an expression set; the same input gives the same bytes.

    With `lut_functions` the functions named there are lookup tables.
    """
    tables = lut_functions or {}
    headers = folder.with_name(f"{folder.name}.headers")
    try:
        _copy_headers(headers)
        model = _convert(chosen, folder, headers, settings, tables)
        with contextlib.redirect_stdout(io.StringIO()), _folders_as_they_stand():
            model.write()
    finally:
        shutil.rmtree(headers, ignore_errors=True)
    _without_traces(folder, headers, str(model.config.get_config_value("Stamp")))


@contextlib.contextmanager
def _folders_as_they_stand() -> Iterator[None]:
    """Let hls4ml find its templates where the folder that it is installed in has brackets."""

    def literal(pattern: str) -> list[str]:
        folder, name = os.path.split(pattern)
        return found(str(Path(glob.escape(folder)) / name))

    found, glob.glob = glob.glob, literal  # type: ignore[assignment]
    try:
        yield
    finally:
        glob.glob = found


def _copy_headers(folder: Path) -> None:
    """Copy the ap_types that hls4ml ships, with our math header in place of its own."""
    shipped = resources.files("hls4ml") / "templates" / "vivado" / "ap_types"
    with resources.as_file(shipped) as source:
        shutil.copytree(source, folder)
    ours = resources.files("symbolnet") / "firmware" / "emit" / "hls_math.h"
    text = ours.read_text(encoding="utf-8")
    (folder / "hls_math.h").write_text(text, encoding="utf-8")


def _convert(
    chosen: ExpressionSet, folder: Path, headers: Path, settings: Firmware, tables: Tables
) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):
        from hls4ml.converters import convert_from_symbolic_expression

        return convert_from_symbolic_expression(
            with_tables(chosen, tables),
            n_symbols=len(chosen.feature_names),
            lut_functions=tables,
            output_dir=str(folder),
            project_name=NAME,
            precision=type_name(settings),
            part=settings.part,
            clock_period=settings.clock_ns,
            hls_include_path=str(headers),
            hls_libs_path=_ABSENT,
        )


def _without_traces(folder: Path, headers: Path, stamp: str) -> None:
    """Take the folders and the random stamp out of the text files that hold them."""
    # YAML quotes a stamp that happens to look like a number.
    swaps = {str(headers): "firmware/ap_types", str(folder): ".", f"'{stamp}'": NAME, stamp: NAME}
    for name in ("hls4ml_config.yml", "build_lib.sh"):
        text = (folder / name).read_text(encoding="utf-8")
        for found, instead in swaps.items():
            text = text.replace(found, instead)
        (folder / name).write_text(text, encoding="utf-8")


def run_model(folder: Path, library: Path, x: np.ndarray, outputs: int) -> np.ndarray:
    """Compile the C model of a project into `library`; return outputs (n, k) for rows (n, d)."""
    _compile(folder, library)
    function = getattr(ctypes.CDLL(str(library)), f"{NAME}_double")
    pointer = ctypes.POINTER(ctypes.c_double)
    rows = np.ascontiguousarray(x, np.float64)
    results = np.empty((len(rows), outputs))
    for row, result in zip(rows, results, strict=True):
        function(row.ctypes.data_as(pointer), result.ctypes.data_as(pointer))
    return results


def check_tools() -> None:
    """Raise ToolError naming what to install where the compiler is missing."""
    if shutil.which("g++") is None:
        raise ToolError("g++ is not on PATH: install it (Debian: apt install g++)")


def _compile(folder: Path, library: Path) -> None:
    sources = [f"firmware/{NAME}.cpp", f"{NAME}_bridge.cpp"]
    flags = ["-O1", "-fPIC", "-shared", "-std=c++11", "-w", "-Ifirmware/ap_types"]
    command = ["g++", *flags, *sources, "-o", str(library.resolve())]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace"
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line]
        raise ToolError(f"g++ could not compile the C model: {(lines or ['no message'])[0]}")
