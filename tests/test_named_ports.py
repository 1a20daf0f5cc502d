"""Ports by name: legal and distinct whatever columns are called, and wires alone."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from circuits import PRECISIONS, random_set, toy_data, toy_model, uniform_graph
from symbolnet.artifact import read_json
from symbolnet.config import Firmware
from symbolnet.firmware.emit.interface import port_names
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.emit.testbench import write_testbench_files
from symbolnet.firmware.graph.graph import Graph, Output
from symbolnet.firmware.graph.reference import input_mantissas, run
from symbolnet.firmware.graph.scaling import Standard
from symbolnet.firmware.proof.emitted import run_yosys

ODD = (
    "wire",
    "entity.",
    "a b",
    "A_B",
    "a-b_2",
    "τ₂₁ (β=1)",
    "é",
    "1st",
    "*/ `x` \\",
    "\n",
    "日本",
    "",
)
NAMED = [
    "x_wire",
    "x_entity",
    "x_a_b",
    "x_a_b_2",
    "x_a_b_2_2",
    "x_tau21_beta_1",
    "x_e",
    "x_1st",
    "x_x",
    "x_9",
    "x_10",
    "x_11",
]


def test_any_name_becomes_a_distinct_identifier() -> None:
    assert port_names("x", ODD) == NAMED
    many = port_names("y", ["a" * n for n in range(1, 99)] + ["A"] * 40)
    assert len(set(many)) == 138
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in [*many, *NAMED])
    assert max(map(len, many)) < 60


def renamed(graph: Graph) -> Graph:
    """The graph with columns and classes of odd names, and a scaler."""
    columns = ODD[2:4] + ODD[8:9]
    nodes = [
        node._replace(name="*/ `end") if isinstance(node, Output) and node.name == "c0" else node
        for node in graph.nodes
    ]
    scaler = tuple(Standard(-1.5 * n, 1e-9) for n, _ in enumerate(graph.inputs()))
    return graph._replace(feature_names=columns, nodes=tuple(nodes), scaler=scaler)


def written(graph: Graph, x: np.ndarray, folder: Path, depth: int) -> Path:
    write_rtl(graph, folder / "rtl", Firmware(stage_depth=depth))
    ports = input_mantissas(graph, x)
    layout = read_json(folder / "rtl/interface.json")
    write_testbench_files(folder / "rtl", graph, layout, ports, run(graph, ports), folder / "bench")
    return folder / "bench"


@pytest.mark.parametrize("seed", range(4))
def test_the_module_is_wires_alone(seed: int, tmp_path: Path) -> None:
    """Yosys finds one cell, the design, whose bits are those of the ports at their places."""
    chosen, x = random_set(np.random.default_rng(seed))
    depth = (2, -1)[seed % 2]
    write_rtl(
        uniform_graph(chosen, x, PRECISIONS[seed % 3]),
        tmp_path / "rtl",
        Firmware(stage_depth=depth),
    )
    layout = read_json(tmp_path / "rtl/interface.json")
    core = (tmp_path / "rtl/src/symbolnet.v").read_text()
    (tmp_path / "core.v").write_text("(* blackbox *)\n" + core[core.index("module") :])
    shutil.copy(tmp_path / "rtl/ports/symbolnet_ports.v", tmp_path)
    run_yosys(
        "read_verilog -lib core.v; read_verilog symbolnet_ports.v; hierarchy -check -top"
        " symbolnet_ports; proc; opt_clean; write_json ports.json",
        tmp_path,
    )
    module = json.loads((tmp_path / "ports.json").read_text())["modules"]["symbolnet_ports"]
    ((kind, bits),) = [(one["type"], one["connections"]) for one in module["cells"].values()]
    assert kind == "symbolnet"
    for vector in ("model_inp", "model_out"):
        assert layout[vector]
        for port in layout[vector]:
            low = port["lowest_bit"]
            wires = bits[vector][low : low + port["width"]]
            assert module["ports"][port["port"]]["bits"] == wires
            assert len(set(wires)) == port["width"]
    assert len(bits["model_inp"]) == sum(port["width"] for port in layout["model_inp"])
    assert ("clk" in bits) == (depth > 0)


@pytest.mark.parametrize("depth", [2, -1])
@pytest.mark.parametrize("tool", ["iverilog", "ghdl"])
def test_simulators_read_odd_names(tool: str, depth: int, tmp_path: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} here")
    x = toy_data(toy_model()).x_train
    bench = written(renamed(uniform_graph(toy_model(), x, PRECISIONS[1])), x, tmp_path, depth)
    commands = {
        "iverilog": ["iverilog -g2005 -Wall -o b.vvp *.v", "vvp b.vvp"],
        "ghdl": [
            "ghdl -i --std=08 *.vhd",
            "ghdl -m --std=08 testbench",
            "ghdl -r --std=08 testbench --max-stack-alloc=0 --ieee-asserts=disable",
        ],
    }
    found = ""
    for command in commands[tool]:
        done = subprocess.run(
            command, shell=True, cwd=bench, capture_output=True, text=True, check=True
        )
        found = done.stdout
    assert found.startswith("PASS: 0 of 300")


HEADER = """
#include "symbolnet_ports.h"
#include <stdio.h>
int main(void)
{
    printf("%d %d %d %d %.17g %.17g\\n", SYMBOLNET_X_A_B_2_LOW_BIT, SYMBOLNET_X_A_B_2_WIDTH,
           (int)SYMBOLNET_X_A_B_2_MIN, (int)SYMBOLNET_X_A_B_2_MAX, SYMBOLNET_X_A_B_2_MEAN,
           SYMBOLNET_X_A_B_2_SCALE);
    printf("%d %d\\n", SYMBOLNET_Y_END_FRACTION, SYMBOLNET_LATENCY_CYCLES);
    return 0;
}
"""


@pytest.mark.parametrize("compiler", [["gcc", "-std=c99"], ["g++", "-std=c++17"]])
def test_compilers_read_the_header(compiler: list[str], tmp_path: Path) -> None:
    x = toy_data(toy_model()).x_train
    written(renamed(uniform_graph(toy_model(), x, PRECISIONS[1])), x, tmp_path, 2)
    layout = read_json(tmp_path / "rtl/interface.json")
    (tmp_path / "main.c").write_text(HEADER)
    flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{tmp_path / 'rtl/ports'}"]
    program = tmp_path / "main"
    subprocess.run([*compiler, *flags, tmp_path / "main.c", "-o", program], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    port, out = layout["model_inp"][1], layout["model_out"][0]
    numbers = [port["lowest_bit"], port["width"], *port["words"], port["mean"], port["scale"]]
    numbers += [out["fraction"], layout["latency_cycles"]]
    assert [float(word) for word in done.stdout.split()] == numbers
