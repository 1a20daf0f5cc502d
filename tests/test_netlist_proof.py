"""A netlist is proved equal to its RTL bit by bit; a changed gate, age or table is noticed."""

import itertools
import json
import random
from functools import partial

import numpy as np
import pytest

from circuits import X0, X1, X2, add, expression_set, mul, toy_data, toy_model, uniform_graph
from symbolnet.artifact import read_json, write_json
from symbolnet.config import Firmware, Precision, Solver
from symbolnet.errors import InputError, ToolError
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.evidence.netlist import Gate, simulate_netlist
from symbolnet.firmware.evidence.synthesis import record, synthesise
from symbolnet.firmware.graph.graph import load_graph, save_graph
from symbolnet.firmware.graph.reference import run
from symbolnet.firmware.proof import netlist_proof, sides, sweep
from symbolnet.firmware.proof.inverters import FALSE, TRUE
from symbolnet.firmware.proof.netlist_proof import prove_netlist, read_sides
from symbolnet.firmware.proof.sweep import Sweep
from symbolnet.pipeline.stages.prove_netlist import prove_netlist as stage

AND, XOR, MUX = 0b1000, 0b0110, 0b11001010


def word(found, width=4, signed=False, low=0, high=15):
    return found.word(width, signed, low, high)


def added(graph, a, b):
    """Return the bits of a sum, carries one after the other."""
    carry, bits = FALSE, []
    for x, y in zip(a, b, strict=True):
        bits.append(graph.looked_up(0b10010110, [x, y, carry]))
        carry = graph.looked_up(0b11101000, [x, y, carry])
    return [*bits, carry]


def test_sums_in_another_order_are_equal_and_wrong_ones_are_not():
    found = Sweep(60)
    a, b, c = (word(found).bits for _ in range(3))
    first = added(found.graph, added(found.graph, a, b), [*c, FALSE])
    found.start()
    second = added(found.graph, added(found.graph, b, c), [*a, FALSE])
    assert [found.equal(x, y) for x, y in zip(first, second, strict=True)] == [True] * 6
    wrong = added(found.graph, added(found.graph, b, c), [*a[:3], FALSE, FALSE])
    assert [found.equal(x, y) for x, y in zip(first, wrong, strict=True)][:4] == [True] * 3 + [
        False
    ]


@pytest.mark.parametrize(("signed", "low", "high"), [(False, 3, 12), (True, -5, 2), (True, -8, -8)])
def test_a_word_takes_the_values_of_its_interval_and_no_others(signed, low, high):
    found = Sweep(60)
    bits = word(found, 4, signed, low, high).bits
    for value in range(-8 if signed else 0, 8 if signed else 16):
        is_it = TRUE
        for place, bit in enumerate(bits):
            is_it = found.graph.both(is_it, bit if value >> place & 1 else bit ^ 1)
        assert found.equal(is_it, FALSE) is not (low <= value <= high)


def test_literals_are_what_the_tables_say():
    """Every literal of random tables, against the tables at all inputs."""
    found, draw = Sweep(60), random.Random(3)
    bits = word(found).bits
    literals = []
    for k in range(60):
        if k == 30:
            found.start()
        table = draw.getrandbits(16)
        literals.append((found.graph.looked_up(table, bits), table))
    for (a, first), (b, second) in itertools.combinations(literals, 2):
        assert found.equal(a, b) is (first == second)


def test_a_solver_without_time_decides_nothing():
    found = Sweep(0)
    a, b = word(found).bits[:2]
    assert found.equal(found.graph.both(a, b), found.graph.both(a, b ^ 1)) is None


LAYOUT = {
    "model_inp": [{"lowest_bit": 0, "width": 4}],
    "model_out": [{"lowest_bit": 0, "width": 1}],
}


def computed(*gates):
    """Return the one output, wire 9, of gates of the inputs 0 to 3."""
    found = Sweep(60)
    ports = {"model_inp": {"bits": [0, 1, 2, 3]}, "model_out": {"bits": [9]}}
    bits = word(found).bits
    module = {"ports": ports, "cells": {}}
    ((wire,),) = sides.outputs(found.graph, module, gates, LAYOUT, [bits], FALSE)
    return wire, bits


def test_a_register_is_a_wire_that_is_one_edge_older():
    held = [Gate(k + 10, (k,), 0b10, delay=1) for k in range(2)]
    wire, bits = computed(*held, Gate(9, (10, 11), AND))
    assert wire.age == 1 and wire.literal > 1
    assert computed(Gate(10, (0,), 0b10, delay=2), Gate(9, (10,), 0b01))[0].age == 2
    with pytest.raises(ToolError, match="different clock cycles"):
        computed(held[0], Gate(9, (10, 1), XOR))
    chosen, bits = computed(held[0], Gate(9, (10, 1, "1"), MUX))  # the older one is never read
    assert chosen == (bits[1], 0)


def test_loops_and_loose_wires_are_refused():
    with pytest.raises(ToolError, match="loop"):
        computed(Gate(9, (10, 0), AND), Gate(10, (9, 1), AND))
    with pytest.raises(ToolError, match="drives"):
        computed(Gate(9, (17, 0), AND))
    with pytest.raises(ToolError, match=r"no model of the cell \$dlatch"):
        sides.rtl_gates({"l": {"type": "$dlatch", "connections": {}, "parameters": {}}})


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """A small pipeline, its netlist and what resources.json says of it."""
    folder, chosen = tmp_path_factory.mktemp("counted"), toy_model()
    precision = Precision(width=7, integer=4, table_bits=5, constant_fraction=3)
    graph = uniform_graph(chosen, toy_data(chosen).x_train, precision)
    save_graph(folder / "graph.json", graph)
    write_rtl(graph, folder / "rtl", Firmware(stage_depth=2))
    made = synthesise(folder / "rtl", folder / "yosys", False, False)
    return folder / "rtl", made, {"runs": [record(made, False, False)]}


def test_every_bit_of_a_netlist_is_proved(counted, tmp_path):
    rtl, made, resources = counted
    found = prove_netlist(rtl, resources, 120, tmp_path / "scratch")
    write_json(tmp_path / "netlist_proof.json", found, "netlist_proof")
    assert found["cones_proved"] == found["cones_total"] > 10 and not found["reason"]
    assert found["cells"] == made.cells and "Glucose" in found["tool"]
    with pytest.raises(InputError, match="netlist"):
        prove_netlist(rtl, {"runs": [resources["runs"][0] | {"cells": {}}]}, 9, tmp_path / "others")


def results(counted, tmp_path, change):
    """Return what is said of the output bits after a change to the cells of the netlist."""
    rtl, made, _ = counted
    netlist = json.loads(made.netlist)
    change(netlist["modules"]["symbolnet"]["cells"])
    layout = read_json(rtl / "interface.json")
    found = read_sides(rtl, json.dumps(netlist), layout, 120, tmp_path / "scratch")
    rows = netlist_proof._rows(found, layout)
    return [one["result"] for row in rows for one in row["not_proved"]]


def test_verdicts_are_those_of_all_inputs(counted, tmp_path):
    """Turned LUTs, the first of which reaches no output, against the netlist at every input."""
    rtl, made, _ = counted
    layout, graph = read_json(rtl / "interface.json"), load_graph(rtl.parent / "graph.json")
    words = [range(low, high + 1) for low, high in (p["words"] for p in layout["model_inp"])]
    ports = np.array(list(itertools.product(*words)), np.int64)
    expected, found = run(graph, ports), []
    luts = [n for n, one in cells_of(made.netlist).items() if one["type"] == "LUT6"]

    def turned(cells, name):
        bits = cells[name]["parameters"]["INIT"]
        cells[name]["parameters"]["INIT"] = "".join("10"[int(bit)] for bit in bits)

    for place, name in enumerate(luts[:3]):
        netlist = json.loads(made.netlist)
        turned(netlist["modules"]["symbolnet"]["cells"], name)
        outputs = simulate_netlist(json.dumps(netlist), graph, layout, ports)
        told = results(counted, tmp_path / str(place), partial(turned, name=name))
        found.append(bool((outputs != expected).any()))
        assert found[-1] == ("differs" in told) == bool(told)
    assert any(found)


def cells_of(netlist):
    return json.loads(netlist)["modules"]["symbolnet"]["cells"]


def test_a_register_too_many_is_told(counted, tmp_path):
    def longer(cells):
        one = next(one for one in cells.values() if one["type"] == "FDRE")
        cells["more"] = json.loads(json.dumps(one))
        cells["more"]["connections"]["D"] = one["connections"]["Q"]
        cells["more"]["connections"]["Q"] = [999999]
        for other in cells.values():
            for pin, bits in other["connections"].items():
                if other not in (one, cells["more"]) and bits == one["connections"]["Q"]:
                    other["connections"][pin] = [999999]

    with pytest.raises(ToolError, match="different clock cycles"):
        results(counted, tmp_path, longer)


def test_what_cannot_be_proved_is_evidence_too(counted, tmp_path, monkeypatch, capsys):
    """Without a solver, or without time, every bit is named with the reason."""
    rtl, made, resources = counted
    write_json(tmp_path / "resources.json", resources | {"kind": "resources"})
    monkeypatch.setattr(netlist_proof, "_synthesised", lambda *_: made)
    monkeypatch.setattr("symbolnet.pipeline.stages.prove_netlist.read_json", lambda *_: resources)

    def missing():
        raise ToolError("python-sat is not installed: pip install it")

    monkeypatch.setattr(sweep, "check_tools", missing)
    stage(rtl, tmp_path / "resources.json", tmp_path / "proof.json", Solver(seconds=9))
    found = read_json(tmp_path / "proof.json", "netlist_proof")
    assert found["cones_proved"] == 0 and "not installed" in found["reason"]
    told = capsys.readouterr().out
    assert told.count("python-sat is not installed") == found["cones_total"]
    monkeypatch.undo()
    none = prove_netlist(rtl, resources, 0, tmp_path / "scratch")
    assert {one["result"] for row in none["outputs"] for one in row["not_proved"]} == {
        "not decided in time"
    }


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    """RTL and netlist of a sum of two products, whose rows other orders would add otherwise."""
    folder = tmp_path_factory.mktemp("products")
    chosen = expression_set(add(mul(X0, X1), mul(0.5, X0, X2), X1), mul(X1, X2))
    fine = Precision(width=11, integer=4, table_bits=6, constant_fraction=4)
    graph = uniform_graph(chosen, toy_data(chosen).x_train, fine)
    write_rtl(graph, folder / "rtl", Firmware())
    return folder / "rtl", synthesise(folder / "rtl", folder / "netlist", dsp=False, bram=False)


def test_products_and_the_sums_that_read_them_are_proved(products, tmp_path):
    rtl, made = products
    found = read_sides(rtl, made.netlist, read_json(rtl / "interface.json"), 60, tmp_path)
    for ours, theirs in zip(found.rtl, found.netlist, strict=True):
        assert all(
            found.solver.equal(a.literal, b.literal) for a, b in zip(ours, theirs, strict=True)
        )


def test_a_pass_that_changes_the_rtl_is_refused(products, tmp_path, monkeypatch):
    rtl, made = products
    monkeypatch.setattr(sides, "_JOINING", "chtype -set $sub t:$add\n")
    with pytest.raises(ToolError, match="changes what the RTL computes"):
        read_sides(rtl, made.netlist, read_json(rtl / "interface.json"), 60, tmp_path)
