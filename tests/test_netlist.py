"""The netlist that is counted computes the reference; a wrong one is noticed."""

import re

import numpy as np
import pytest

from circuits import collection, toy_data, toy_model
from symbolnet.artifact import read_json
from symbolnet.cli import main
from symbolnet.config import Firmware
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import ToolError
from symbolnet.expression.store import save_collection
from symbolnet.firmware.assemble import assemble
from symbolnet.firmware.formats import generous, observed
from symbolnet.firmware.netlist import can_simulate, cell_models, simulate_netlist
from symbolnet.firmware.parts import parts
from symbolnet.firmware.reference import corner_ports, input_mantissas, run
from symbolnet.firmware.rtl import interpret, trace, write_rtl
from symbolnet.firmware.synthesis import synthesise

NETLIST = """
module symbolnet (a, q);
  wire n;
  LUT2 #(
    .INIT(4'h6)
  ) _1_ (
    .I0(a), .I1(n), .O(q)
  );
  INV _2_ (
    .I(a), .O(n)
  );
endmodule
"""


def test_models_of_the_cells_in_use():
    inverter, table = cell_models(NETLIST)
    assert inverter.startswith("module INV(") and table.startswith("module LUT2(")
    assert "specify" not in inverter + table


def test_a_cell_without_a_model():
    assert can_simulate(["LUT6", "FDRE", "CARRY4"]) and not can_simulate(["LUT6", "DSP48E2"])
    with pytest.raises(ToolError, match="no model of the cell NAND9"):
        cell_models(NETLIST.replace("INV", "NAND9"))


@pytest.mark.slow
def test_netlist_of_a_searched_graph(tmp_path):
    chosen, settings = toy_model(), Firmware(dsp=False)
    data = toy_data(chosen)
    split = parts(chosen)
    facts = [observed(part, data.x_train) for part in split]
    graph = assemble(chosen, split, facts, generous(split, facts))
    ports = np.concatenate([input_mantissas(graph, 2 * data.x_test), corner_ports(graph)])
    expected = run(graph, ports)
    assert (interpret(trace(graph), graph, ports) == expected).all()
    write_rtl(graph, tmp_path / "rtl", settings)
    netlist = synthesise(tmp_path / "rtl", tmp_path / "yosys", False, False).netlist
    outputs = simulate_netlist(graph, ports, netlist, tmp_path / "right", settings)
    assert (outputs == expected).all()
    table = re.search(r"\.INIT\(64'h([0-9a-f]{16})\)", netlist)
    changed = f"{int(table[1], 16) ^ 0xFFFFFFFF:016x}"
    wrong = netlist[: table.start(1)] + changed + netlist[table.end(1) :]
    outputs = simulate_netlist(graph, ports, wrong, tmp_path / "wrong", settings)
    assert (outputs != expected).any()


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
