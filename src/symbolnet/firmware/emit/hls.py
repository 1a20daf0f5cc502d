"""HLS projects of expression sets through hls4ml, and the C model of such a project.

The C model runs ap_fixed arithmetic bit by bit but computes exp, sin and the like in double
precision (hls_math.h): it is not bit-accurate to the vendor's cores.
"""

import contextlib
import ctypes
import glob
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.config import Firmware
from symbolnet.errors import ToolError
from symbolnet.expression.export.to_sympy import all_to_sympy
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.emit.hls_tables import Tables, written_out

DATA = ("firmware/emit/hls_math.h",)
NAME = "symbolnet"
_README = """\
The arrays of the function {name} (firmware/{name}.cpp), all of type
{type}: rounded to the nearest with halves up, saturated.

x, the columns standardised: (raw - mean) / scale, with the numbers of the Verilog's interface.json:
{inputs}

y, what the formulas say; a quantity in the unit that interface.json gives:
{outputs}
"""
_ABSENT = "no-vendor-libraries"  # a path that does not exist: hls4ml then links without them


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


def type_name(settings: Firmware) -> str:
    """Return the one C++ type of a project: rounding and saturating, unlike hls4ml's default."""
    precision = settings.precision
    return f"ap_fixed<{precision.width},{precision.integer},AP_RND,AP_SAT>"


def write_project(
    chosen: ExpressionSet, folder: Path, settings: Firmware, lut_functions: Tables | None = None
) -> None:
    """Write the hls4ml project of an expression set; the same input gives the same bytes.

    With `lut_functions` the functions named there are lookup tables, written out as constants.
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
    _with_constants(folder / "firmware" / "parameters.h", settings, tables)
    (folder / "README.txt").write_text(_readme(chosen, settings), encoding="utf-8")


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


def _readme(chosen: ExpressionSet, settings: Firmware) -> str:
    """Return what stands where in the arrays; a name is a line whatever it holds."""
    arrays = {"x": chosen.feature_names, "y": chosen.class_names}
    lines = {
        array: "\n".join(
            f"  {array}[{i}]: {' '.join(name.split())}" for i, name in enumerate(names)
        )
        for array, names in arrays.items()
    }
    return _README.format(
        name=NAME, type=type_name(settings), inputs=lines["x"], outputs=lines["y"]
    )


def _with_constants(parameters: Path, settings: Firmware, tables: Tables) -> None:
    text = parameters.read_text(encoding="utf-8")
    parameters.write_text(written_out(text, tables, settings.precision), encoding="utf-8")


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
        failed = "g++ could not compile the C model"
        raise ToolError.after(failed, done.returncode, done.stderr, "error")
