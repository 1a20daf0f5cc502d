"""The testbench runs in Icarus Verilog, passes, and notices a wrong vector."""

import shutil
import subprocess

import numpy as np
import pytest

from circuits import PRECISIONS, toy_data, toy_model
from symbolnet.artifact import read_json, write_arrays
from symbolnet.cli import main
from symbolnet.config import Firmware
from symbolnet.firmware.build import build_graph
from symbolnet.firmware.graph import save_graph
from symbolnet.firmware.reference import corner_ports, input_mantissas, run
from symbolnet.firmware.rtl import write_rtl


def _emit(folder, depth):
    chosen = toy_model()
    x = toy_data(chosen).x_train
    graph = build_graph(chosen, x, PRECISIONS[1])
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


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")
@pytest.mark.parametrize("depth", [2, -1])
def test_icarus_agrees_and_notices_a_wrong_vector(depth, tmp_path):
    bench = _emit(tmp_path, depth)
    assert _simulated(bench).startswith("PASS: 0 of 3")
    lines = (bench / "outputs.hex").read_text().split()
    lines[7] = f"{int(lines[7], 16) ^ 1:x}"
    (bench / "outputs.hex").write_text("\n".join(lines))
    assert _simulated(bench).startswith("FAIL: 1 of 3")


def _simulated(bench):
    sources = sorted(path.name for path in bench.glob("*.v"))
    subprocess.run(["iverilog", "-g2005", "-o", "bench.vvp", *sources], cwd=bench, check=True)
    done = subprocess.run(
        ["vvp", "bench.vvp"], cwd=bench, check=True, capture_output=True, text=True
    )
    return next(line for line in done.stdout.splitlines() if line.startswith(("PASS", "FAIL")))
