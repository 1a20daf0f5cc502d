"""The testbenches run in Icarus Verilog and GHDL, pass, and notice every change."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from circuits import (
    PRECISIONS,
    X0,
    X1,
    add,
    apply,
    expression_set,
    gauss,
    mul,
    random_set,
    toy_data,
    toy_model,
    uniform_graph,
)
from symbolnet.artifact import read_json, write_arrays
from symbolnet.config import Firmware
from symbolnet.expression.tree import Constant
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.graph.graph import save_graph
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas, run
from symbolnet.pipeline.cli import main

ICARUS = pytest.mark.skipif(shutil.which("iverilog") is None, reason="no Icarus Verilog here")
GHDL = pytest.mark.skipif(shutil.which("ghdl") is None, reason="GHDL is not installed")


def _emit(folder, depth, chosen=None, x=None, precision=PRECISIONS[1]):
    chosen = chosen or toy_model()
    x = toy_data(chosen).x_train if x is None else x
    graph = uniform_graph(chosen, x, precision)
    ports, corners = input_mantissas(graph, x), corner_ports(graph, 8)
    write_rtl(graph, folder / "rtl", Firmware(stage_depth=depth))
    save_graph(folder / "graph.json", graph)
    arrays = {"ports": ports, "outputs": run(graph, ports)}
    write_arrays(
        folder / "vectors.npz",
        arrays | {"corner_ports": corners, "corner_outputs": run(graph, corners)},
    )
    names = {"rtl": "rtl", "graph": "graph.json", "vectors": "vectors.npz", "testbench": "bench"}
    options = [text for name, file in names.items() for text in (f"--{name}", str(folder / file))]
    assert main(["write_testbench", *options]) == 0
    return folder / "bench"


def test_files_of_the_testbench(tmp_path):
    bench = _emit(tmp_path, 2)
    lines = (bench / "inputs.hex").read_text().split()
    first = read_json(tmp_path / "rtl" / "interface.json")["model_inp"][0]
    assert len(lines) == len((bench / "outputs.hex").read_text().split())
    with np.load(tmp_path / "vectors.npz") as arrays:
        mask = (1 << first["width"]) - 1
        assert int(lines[0], 16) & mask == int(arrays["ports"][0, 0]) & mask
    assert "iverilog" in (bench / "README.txt").read_text()
    assert "rom_style" not in (bench / "lookup_table.v").read_text()
    assert not list(bench.glob("*_wrapper.*")) and (bench / "symbolnet.vhd").is_file()


@ICARUS
@pytest.mark.parametrize("depth", [2, -1])
def test_icarus_agrees_and_notices_a_wrong_vector(depth, tmp_path):
    bench = _emit(tmp_path, depth)
    assert _simulated(bench).startswith("PASS: 0 of 3")
    lines = (bench / "outputs.hex").read_text().split()
    lines[7] = f"{int(lines[7], 16) ^ 1:x}"
    (bench / "outputs.hex").write_text("\n".join(lines))
    assert _simulated(bench).startswith("FAIL: 1 of 3")


@GHDL
@pytest.mark.parametrize("depth", [2, -1])
def test_ghdl_agrees_and_notices_a_wrong_vector(depth, tmp_path):
    bench = _emit(tmp_path, depth)
    assert _in_ghdl(bench).startswith("PASS: 0 of 3")
    lines = (bench / "outputs.hex").read_text().split()
    lines[7] = f"{int(lines[7], 16) ^ 1:0{len(lines[7])}x}"
    (bench / "outputs.hex").write_text("\n".join(lines))
    assert _in_ghdl(bench).startswith("FAIL: 1 of 3")


@GHDL
def test_ghdl_notices_a_changed_table_or_constant(tmp_path):
    """A bit of a table's entries and a constant of the toy model reach some output bit."""
    bench = _emit(tmp_path, 2)
    table = max(bench.glob("*.mem"), key=lambda path: path.stat().st_size)
    entries = table.read_text().split()
    table.write_text("\n".join(f"{int(one, 16) ^ 4:0{len(one)}X}" for one in entries))
    assert _in_ghdl(bench).startswith("FAIL")
    table.write_text("\n".join(entries))
    found = re.compile(r'in1=>"([01])')  # the first bit of an added constant
    stage = next(path for path in bench.glob("*.vhd") if found.search(path.read_text()))
    changed = found.sub(lambda one: f'in1=>"{1 - int(one[1])}', stage.read_text(), count=1)
    stage.write_text(changed)
    assert _in_ghdl(bench).startswith("FAIL")


@GHDL
@pytest.mark.parametrize("depth", [1, -1])
@pytest.mark.parametrize(
    "chosen",
    [
        expression_set(gauss(X0), inputs=1),
        expression_set(X0, mul(-1, X0), inputs=1),
        expression_set(apply("Abs", add(X0, mul(-3.7, X1)))),
        expression_set(add(gauss(X0), X1), Constant(0.25), Constant(-3.0), Constant(0.0)),
    ],
    ids=["one of each", "without logic", "one output", "constants beside"],
)
def test_corners_in_ghdl(chosen, depth, tmp_path):
    assert _in_ghdl(_emit(tmp_path, depth, chosen)).startswith("PASS: 0 of")


@GHDL
@pytest.mark.parametrize("seed", range(6))
def test_random_designs_in_ghdl(seed, tmp_path):
    """Tables too large for GHDL's stack, products, signed and unsigned ports, 0 to 9 stages."""
    chosen, x = random_set(np.random.default_rng(100 + seed))
    depth = (-1, 2, 5)[seed // 3 % 3]
    bench = _emit(tmp_path, depth, chosen, 2 * x[:200], PRECISIONS[seed % 3])
    assert _in_ghdl(bench).startswith("PASS: 0 of 2")


def _simulated(bench):
    sources = sorted(path.name for path in bench.glob("*.v"))
    subprocess.run(["iverilog", "-g2005", "-o", "bench.vvp", *sources], cwd=bench, check=True)
    done = subprocess.run(
        ["vvp", "bench.vvp"], cwd=bench, check=True, capture_output=True, text=True
    )
    return next(line for line in done.stdout.splitlines() if line.startswith(("PASS", "FAIL")))


def _in_ghdl(bench):
    """Run the commands of the README and return the verdict."""
    readme = (bench / "README.txt").read_text().splitlines()
    commands = [line.split() for line in readme if line.startswith("  ghdl")]
    assert [command[1] for command in commands] == ["-i", "-m", "-r"]
    for command in commands:
        files = sorted(path.name for path in bench.glob("*.vhd"))
        words = [word for one in command for word in (files if one == "*.vhd" else [one])]
        done = subprocess.run(words, cwd=bench, check=True, capture_output=True, text=True)
    assert not done.stderr
    return done.stdout
