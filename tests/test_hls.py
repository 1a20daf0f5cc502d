"""The hls4ml project of an expression set, and its C model against the expressions."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from circuits import X0, X1, X2, add, apply, collection, expression_set, mul, toy_data, toy_model
from symbolnet.artifact import read_json, sha256
from symbolnet.config import Firmware, Precision
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import ToolError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import save_collection
from symbolnet.expression.tree import Constant
from symbolnet.firmware.emit import hls
from symbolnet.firmware.emit.hls_tables import tables
from symbolnet.pipeline.cli import main
from workflow_case import REPOSITORY


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): sha256(path) for path in files}


def test_same_bytes_and_no_folder_in_any_file(tmp_path):
    for name in ("first", "second"):
        hls.write_project(toy_model(), tmp_path / name, Firmware())
    assert contents(tmp_path / "first") == contents(tmp_path / "second")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]
    for path in (tmp_path / "first").rglob("*"):
        if path.is_file() and path.suffix not in (".dat",):
            assert str(tmp_path) not in path.read_text()


@pytest.mark.slow
def test_same_bytes_from_an_installation_in_a_folder_with_brackets(tmp_path):
    """Without a glob of its own path, in which hls4ml would find no templates."""
    (packages := tmp_path / "packages [1]").symlink_to(Path(pytest.__file__).parents[1])
    code = (
        "import sys; from pathlib import Path; from circuits import toy_model\n"
        "import hls4ml; from symbolnet.config import Firmware\n"
        "from symbolnet.firmware.emit import hls\n"
        "assert '[1]' in hls4ml.__file__\n"
        "hls.write_project(toy_model(), Path(sys.argv[1]), Firmware())"
    )
    paths = [packages, REPOSITORY / "src", REPOSITORY / "tests"]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    target = str(tmp_path / "second")
    subprocess.run([sys.executable, "-c", code, target], env=env, check=True)
    hls.write_project(toy_model(), tmp_path / "first", Firmware())
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


@pytest.mark.parametrize("stamp", ["1a2b3c4d", "12345678", "1e234567"])
def test_a_random_stamp_leaves_no_trace(tmp_path, stamp):
    for name in ("hls4ml_config.yml", "build_lib.sh"):
        (tmp_path / name).write_text(yaml.dump({"Stamp": stamp}))
    hls._without_traces(tmp_path, tmp_path / "headers", stamp)
    assert (tmp_path / "hls4ml_config.yml").read_text() == "Stamp: symbolnet\n"


def test_settings_reach_the_project(tmp_path):
    settings = Firmware(
        part="xcku115-flvb2104-2-i", clock_ns=4.0, precision=Precision(width=18, integer=8)
    )
    hls.write_project(toy_model(), tmp_path / "hls", settings)
    project = (tmp_path / "hls" / "project.tcl").read_text()
    assert 'set part "xcku115-flvb2104-2-i"' in project and "set clock_period 4" in project
    defines = (tmp_path / "hls" / "firmware" / "defines.h").read_text()
    assert "ap_fixed<18,8,AP_RND,AP_SAT,0> result_t" in defines
    readme = (tmp_path / "hls" / "README.txt").read_text().splitlines()
    assert (
        "ap_fixed<18,8,AP_RND,AP_SAT>: rounded to the nearest with halves up, saturated." in readme
    )
    assert readme[4:7] == ["  x[0]: f0", "  x[1]: f1", "  x[2]: f2"] and "  y[2]: c2" in readme


@pytest.mark.slow
def test_c_model_computes_every_function(tmp_path):
    magnitude = add(0.5, apply("Abs", X1))
    small = mul(0.2, X2)
    chosen = expression_set(
        *(apply(name, small) for name in ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh")),
        apply("log", magnitude),
        apply("sqrt", magnitude),
        apply("Pow", magnitude, -1),
        apply("Pow", magnitude, -2),
        apply("Pow", magnitude, 1.5),
        apply("Pow", magnitude, small),
        apply("Pow", X0, 3),
        add(mul(0.25, X0, X1), -0.75),
        Constant(0.25),
        X2,
    )
    x = np.random.default_rng(2).uniform(-2, 2, (200, 3))
    fine = Precision(width=16, constant_fraction=10)
    hls.write_project(chosen, tmp_path / "hls", Firmware(precision=fine))
    outputs = len(chosen.expressions)
    values = hls.run_model(tmp_path / "hls", tmp_path / "model.so", x, outputs)
    distance = np.abs(values - evaluate(chosen.expressions, x)).max(axis=0)
    assert (distance < 0.02).all(), distance
    assert (values * 2**10 == np.rint(values * 2**10)).all()  # all on the grid of the format


@pytest.mark.slow
def test_stage(tmp_path):
    chosen = toy_model()
    save_collection(tmp_path / "expressions.json", collection(chosen))
    save_dataset(tmp_path / "dataset.npz", toy_data(chosen))
    files = [f"--chosen={tmp_path / 'expressions.json'}", f"--dataset={tmp_path / 'dataset.npz'}"]
    files += [f"--hls={tmp_path / 'hls'}", f"--result={tmp_path / 'hls.json'}"]
    files += [f"--hls-lut={tmp_path / 'hls_lut'}", f"--result-lut={tmp_path / 'hls_lut.json'}"]
    spec = '{"precision": {"width": 16, "table_bits": 10}}'
    assert main(["simulate_hls", *files, "--spec", spec]) == 0
    result = read_json(tmp_path / "hls.json", "firmware")
    assert result["accuracy_test"] > 0.98 and result["max_error"] < 0.02
    assert "not bit-accurate" in result["label"]
    tabled = read_json(tmp_path / "hls_lut.json", "firmware")
    assert tabled["accuracy_test"] > 0.95 and 0.001 < tabled["max_error"] < 0.1
    assert "exp 1024 entries from" in tabled["precision"] and "sin" in tabled["precision"]
    cpp = "".join(p.read_text() for p in (tmp_path / "hls_lut" / "firmware").glob("*.*"))
    assert "static const result_t entries[1024]" in cpp and "tanh_lut(" in cpp
    expected = ["dataset.npz", "expressions.json", "hls", "hls.json", "hls_lut", "hls_lut.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == expected


HEAD = """\
#include <cmath>
#include <cstdio>
#include "defines.h"
double within(double x) { return x != x ? 0.0 : std::fmin(std::fmax(x, -1e9), 1e9); }
namespace constant {
#include "parameters.h"
}
namespace filled {
"""
FILLED = """\
result_t {0}(result_t x) {{ return result_t(within(std::{0}(x.to_double()))); }}
nnet::lookup_table<result_t, {1}, {0}> {0}_lut({2}, {3});
"""
MAIN = """\
}}
int main()
{{
    for (int i = 0; i < 1 << result_t::width; i++) {{
        result_t x;
        x.range() = i;
{}
    }}
}}
"""
COMPARED = """\
        if (filled::{0}_lut(x) != constant::{0}_lut(x))
            return std::printf("{0}_lut(%f)", x.to_double());
"""
NAMES = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt")


@pytest.mark.slow
@pytest.mark.parametrize("bits", [(9, 6, 8), (12, 6, 8), (14, 5, 10)])
def test_constant_tables_are_those_that_a_constructor_fills(bits, tmp_path):
    """hls4ml's own class fills a table in the program; both are read at all values of the type."""
    precision = Precision(width=bits[0], integer=bits[1], table_bits=bits[2])
    chosen = expression_set(*(apply(name, X0) for name in NAMES), inputs=1)
    found = tables(chosen, np.linspace(-7, 7, 50)[:, None], precision)
    hls.write_project(chosen, tmp_path / "hls", Firmware(precision=precision), found)
    parameters = tmp_path / "hls" / "firmware" / "parameters.h"
    lines = parameters.read_text().splitlines(keepends=True)
    parameters.write_text("".join(line for line in lines if not line.startswith("#")))
    ranges = [
        (t["math_func"], t["table_size"], t["range_start"], t["range_end"]) for t in found.values()
    ]
    objects = "".join(FILLED.format(*one) for one in ranges)
    main = MAIN.format("".join(COMPARED.format(*one) for one in ranges))
    (tmp_path / "hls" / "main.cpp").write_text(HEAD + objects + main)
    flags = ["-w", "-O1", "-Ifirmware/ap_types", "-Ifirmware"]
    subprocess.run(["g++", *flags, "main.cpp", "-o", "main"], cwd=tmp_path / "hls", check=True)
    done = subprocess.run([tmp_path / "hls/main"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and len(found) == len(NAMES), done.stdout


def test_nothing_that_is_run_fills_a_table(tmp_path):
    """In no file that the compiler reads of the project."""
    chosen, precision = toy_model(), Precision()
    found = tables(chosen, toy_data(chosen).x_train, precision)
    hls.write_project(chosen, tmp_path / "hls", Firmware(), found)
    command = ["g++", "-MM", "-Ifirmware/ap_types", "firmware/symbolnet.cpp"]
    done = subprocess.run(command, cwd=tmp_path / "hls", capture_output=True, text=True, check=True)
    files = [Path(tmp_path / "hls" / name) for name in done.stdout.replace("\\\n", " ").split()[1:]]
    assert {"parameters.h", "defines.h", "symbolnet.cpp"} <= {path.name for path in files}
    for path in files:
        text = path.read_text()
        assert not re.search(r"lookup_table<|\binit_\w*table|initialized = true", text), path
    parameters = (tmp_path / "hls" / "firmware" / "parameters.h").read_text()
    assert parameters.count("static const result_t entries[256] = {") == len(found) == 3


def test_missing_compiler(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ToolError, match=r"g\+\+ is not on PATH"):
        hls.check_tools()


def test_compiler_error_is_one_line(tmp_path):
    hls.write_project(toy_model(), tmp_path / "hls", Firmware())
    source = tmp_path / "hls" / "firmware" / "symbolnet.cpp"
    source.write_text("#error no such thing\n")
    with pytest.raises(ToolError, match="no such thing") as raised:
        hls.run_model(tmp_path / "hls", tmp_path / "model.so", np.zeros((1, 3)), 3)
    assert "\n" not in str(raised.value)
