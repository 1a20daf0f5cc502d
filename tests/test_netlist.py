"""The netlist that is counted computes the reference; a wrong one is noticed."""

import itertools
import json
import random
import re

import numpy as np
import pytest

from circuits import collection, toy_data, toy_model, widest_graph
from netlist_by_verilator import cell_model, simulated
from symbolnet.artifact import read_json
from symbolnet.config import Firmware
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import ToolError
from symbolnet.expression.store import save_collection
from symbolnet.firmware.emit.rtl import interpret, write_rtl
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.evidence.netlist import gates, has_gates, simulate_netlist
from symbolnet.firmware.evidence.synthesis import run_script, synthesise
from symbolnet.firmware.graph.fixed import Fixed
from symbolnet.firmware.graph.graph import Graph, Input, Output
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas, run
from symbolnet.pipeline.cli import main

BYTE = Fixed(False, 8, 0)


def cell(kind, connections, **parameters):
    bits = {pin: bit if isinstance(bit, list) else [bit] for pin, bit in connections.items()}
    return {"type": kind, "parameters": parameters, "connections": bits}


def register(d, q, kind="FDRE", pin="R", value="0", **changes):
    return cell(kind, {"C": "clk", "CE": "1", "D": d, "Q": q, pin: value} | changes)


def computed(cells, inputs, outputs, values, latency=0):
    """Run numbers of `inputs` bits through cells; wires 0, 1, ... are the inputs."""
    graph = Graph("toy", ("x",), {}, (Input(0, BYTE, (0, 255)), Output((0,), "y", BYTE, (0, 255))))
    ports = {"model_inp": {"bits": list(range(inputs))}, "model_out": {"bits": outputs}}
    netlist = {"modules": {"symbolnet": {"ports": ports, "cells": cells}}}
    place = {"lowest_bit": 0, "signed": False, "fraction": graph.nodes[1].format.fraction}
    layout = {
        "latency_cycles": latency,
        "model_inp": [place | {"width": inputs}],
        "model_out": [place | {"width": len(outputs)}],
    }
    return simulate_netlist(json.dumps(netlist), graph, layout, np.array(values)[:, None])[:, 0]


def combinational():
    """Every cell without a clock, on ten shared inputs; tables at random."""
    draw, wire = random.Random(7), itertools.count(10)
    for width, _ in itertools.product(range(1, 7), range(3)):
        init = f"{draw.getrandbits(1 << width):0{1 << width}b}"
        pins = {f"I{k}": draw.randrange(10) for k in range(width)}
        yield cell(f"LUT{width}", {**pins, "O": next(wire)}, INIT=init)
    yield cell("INV", {"I": 3, "O": next(wire)})
    for kind in ("MUXF7", "MUXF8", "MUXF9"):
        yield cell(kind, {"I0": 4, "I1": 1, "S": 7, "O": next(wire)})
    for start in ({"CI": 8, "CYINIT": "0"}, {"CI": "0", "CYINIT": 9}, {"CI": 8, "CYINIT": 9}):
        out = {pin: [next(wire) for _ in range(4)] for pin in ("O", "CO")}
        yield cell("CARRY4", {"DI": [0, 1, 2, 3], "S": [4, 5, 6, 7], **start, **out})


def as_verilog(cells, last):
    """Return the cells as Verilog with Yosys' models, and inputs `a` and outputs `y`."""

    def net(bits):
        return "{" + ", ".join(f"1'b{b}" if isinstance(b, str) else f"w[{b}]" for b in bits) + "}"

    kinds = sorted({one["type"] for one in cells})
    lines = [re.sub(r"\(\*.*?\*\)", "", cell_model(kind)) for kind in kinds]
    lines.append(f"module top (input [9:0] a, output [{last - 10}:0] y);\nwire [{last}:0] w;")
    lines.append(f"assign w[9:0] = a; assign y = w[{last}:10];")
    for place, one in enumerate(cells):
        init = one["parameters"].get("INIT")
        table = f" #(.INIT({len(init)}'b{init}))" if init else ""
        pins = {pin: list(reversed(bits)) for pin, bits in one["connections"].items()}
        joined = ", ".join(f".{pin}({net(bits)})" for pin, bits in pins.items())
        lines.append(f"{one['type']}{table} c{place} ({joined});")
    return "\n".join([*lines, "endmodule"])


def test_cells_compute_what_the_models_of_yosys_say_for_all_inputs(tmp_path):
    cells = list(combinational())
    wires = sorted(bit for one in cells for pin in ("O", "CO") for bit in _bits(one, pin))
    (tmp_path / "top.v").write_text(as_verilog(cells, wires[-1]))
    script = "read_verilog top.v\nhierarchy -top top\nproc\nflatten\neval -table a -show y top\n"
    (tmp_path / "run.ys").write_text(script)
    rows = re.findall(r"10'([01]{10}) .*?'([01]+)", run_script(tmp_path, quiet=False))
    assert len(rows) == 1024
    expected = {int(a, 2): int(y, 2) for a, y in rows}
    named = {f"c{k}": one for k, one in enumerate(cells)}
    for first in range(10, wires[-1] + 1, 30):
        chosen = list(range(first, min(first + 30, wires[-1] + 1)))
        found = computed(named, 10, chosen, range(1024))
        mask = (1 << len(chosen)) - 1
        assert found.tolist() == [expected[a] >> (first - 10) & mask for a in range(1024)]


def _bits(one, pin):
    return one["connections"].get(pin, [])


def test_registers_delay_and_set_or_reset():
    cells = {
        "first": register(0, 10),
        "second": register(1, 11),
        "reset": register(10, 20, value=11),
        "set": register(10, 21, kind="FDSE", pin="S", value=11),
        "shift": cell("SRL16E", shift_pins(0, 22)),
    }
    expected = [0b000, 0b111, 0b010, 0b110]  # shifted, set, reset: of in0 and in1
    assert computed(cells, 2, [20, 21, 22], range(4), latency=1).tolist() == expected


def shift_pins(d, q, length=2):
    address = {f"A{k}": str((length - 1) >> k & 1) for k in range(4)}
    return {**address, "CE": "1", "CLK": "clk", "D": d, "Q": q}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"a": register(0, 10)}, "after 1 clock edges, not 2"),
        ({"a": register(0, 9), "b": cell("MUXF7", {"I0": 9, "I1": 1, "S": 1, "O": 10})}, "meet in"),
        ({"a": cell("INV", {"I": 10, "O": 10})}, "loop"),
        ({"a": cell("INV", {"I": 77, "O": 10})}, "nothing drives a wire"),
        ({}, "nothing drives an output"),
        ({"a": register(0, 10, CE=1)}, "not a plain one"),
        ({"a": cell("SRL16E", shift_pins(0, 10) | {"A0": 1})}, "no fixed length"),
        ({"a": cell("NAND9", {"I": 0, "O": 10})}, "no model of the cell NAND9"),
    ],
)
def test_a_netlist_that_is_no_balanced_pipeline_is_one_line(cells, message):
    with pytest.raises(ToolError, match=message):
        computed(cells, 2, [10], range(4), latency=1)


def test_a_cell_without_a_model():
    assert has_gates(["LUT6", "FDRE", "CARRY4"])
    assert not has_gates(["LUT6", "DSP48E2"]) and not has_gates(["RAMB18E2"])
    assert gates({"s": {"type": "$scopeinfo", "parameters": {}, "connections": {}}}) == []


def test_vectors_in_parts_are_the_vectors(monkeypatch):
    monkeypatch.setattr("symbolnet.firmware.evidence.netlist._CHUNK", 100)
    cells = {"a": cell("INV", {"I": 1, "O": 10})}
    values = list(range(4)) * 80
    assert computed(cells, 2, [0, 10], values).tolist() == [v & 1 | (~v & 2) for v in values]


@pytest.mark.slow
def test_netlist_of_a_searched_graph(tmp_path):
    chosen, settings = toy_model(), Firmware(dsp=False)
    data = toy_data(chosen)
    graph = widest_graph(chosen, data.x_train)
    ports = np.concatenate([input_mantissas(graph, 2 * data.x_test), corner_ports(graph)])
    expected = run(graph, ports)
    assert (interpret(trace(graph), graph, ports) == expected).all()
    write_rtl(graph, tmp_path / "rtl", settings)
    layout = read_json(tmp_path / "rtl" / "interface.json")
    netlist = synthesise(tmp_path / "rtl", tmp_path / "yosys", False, False).netlist
    assert (simulate_netlist(netlist, graph, layout, ports) == expected).all()
    verilog = in_verilog(tmp_path / "yosys")
    assert (simulated(graph, ports, verilog, tmp_path / "verilator", settings) == expected).all()
    table = re.search(r'"INIT": "([01]{64})"', netlist)
    changed = table[1].translate(str.maketrans("01", "10"))
    wrong = netlist[: table.start(1)] + changed + netlist[table.end(1) :]
    assert (simulate_netlist(wrong, graph, layout, ports) != expected).any()


def in_verilog(folder):
    script = "read_json netlist.json\nwrite_verilog -noattr netlist.v\n"
    (folder / "run.ys").write_text(script)
    run_script(folder)
    return (folder / "netlist.v").read_text()


@pytest.mark.slow
def test_stages_to_the_counts(tmp_path):
    save_collection(tmp_path / "expressions.json", collection(toy_model()))
    save_dataset(tmp_path / "dataset.npz", toy_data(toy_model()))
    names = {"chosen": "expressions.json", "dataset": "dataset.npz", "graph": "graph.json"}
    names |= {"vectors": "vectors.npz", "rtl": "rtl", "precision": "precision.json"}
    names |= {"reference": "reference.json", "result": "rtl.json", "resources": "resources.json"}

    def stage(verb, inputs, *spec):
        files = [part for name in inputs.split() for part in (f"--{name}", tmp_path / names[name])]
        assert main([verb, *map(str, files), *spec]) == 0

    stage("build_graph", "chosen dataset graph precision", "--spec", "{}")
    stage("evaluate_graph", "graph chosen dataset vectors reference")
    stage("simulate_rtl", "graph vectors dataset rtl result", "--spec", "{}")
    stage("count_resources", "rtl graph vectors resources", "--spec", '{"dsp": false}')
    result = read_json(tmp_path / "resources.json", "firmware")
    assert result["mismatches"] == 0 and result["vectors"] == 300 and result["corner_vectors"] > 9
    alone, nodes = result["alone"], read_json(tmp_path / "graph.json")["nodes"]
    inner = [p for p, node in enumerate(nodes) if node["kind"] not in ("input", "output")]
    assert [node["node"] for node in alone["nodes"]] == inner
    assert alone["lut"] == sum(node["lut"] for node in alone["nodes"]) > 0
    assert result["precision"].startswith("chosen part by part: inputs of at most")
