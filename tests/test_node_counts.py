"""Nodes counted alone: known counts, equal nodes, constants; and what the page makes of them."""

import pytest

from symbolnet.config import Firmware
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.evidence.node_counts import count_nodes
from symbolnet.firmware.evidence.synthesis import synthesise
from symbolnet.firmware.graph.fixed import Fixed
from symbolnet.firmware.graph.graph import Graph, Input, Linear, Output, Quantise, Table, check
from symbolnet.report.circuit import circuit_figure
from symbolnet.report.sections.firmware import node_costs

SIX, ONE = Fixed(False, 6, 0), Fixed(False, 1, 0)
PARITY = tuple(address.bit_count() % 2 for address in range(64))


def outputs(*nodes, names=("a", "b", "c")):
    """Return a graph of these nodes, whose last ones are its outputs."""
    results = [place for place, node in enumerate(nodes) if not isinstance(node, Input)]
    ends = [Output((p,), f"y{p}", nodes[p].format, nodes[p].interval) for p in results]
    graph = Graph("small", names, {"width": 6}, (*nodes, *ends))
    check(graph)
    return graph


def apart():
    """Return a graph whose nodes share nothing: two equal tables, a sum, a cut and a constant."""
    return outputs(
        *(Input(k, SIX, (0, 63)) for k in range(3)),
        Table((0,), PARITY, ONE, (0, 1)),
        Table((1,), PARITY, ONE, (0, 1)),
        Linear((0, 2), (1, 1), 0, 0, Fixed(False, 7, 0), (0, 126)),
        Quantise((2,), Fixed(False, 6, -2, "SAT", "TRN"), (0, 15)),
        Linear((), (), 0, 5, Fixed(False, 3, 0), (5, 5)),
    )


@pytest.mark.slow
def test_nodes_that_share_nothing_add_up_to_the_whole(tmp_path):
    graph = apart()
    write_rtl(graph, tmp_path / "rtl", Firmware(stage_depth=-1))
    whole = synthesise(tmp_path / "rtl", tmp_path / "whole", False, False).counts
    found = count_nodes(graph, tmp_path / "rtl", tmp_path / "alone", False, False)
    kinds = ["table", "table", "linear", "quantise", "linear"]
    assert [(node["node"], node["kind"]) for node in found["nodes"]] == list(enumerate(kinds, 3))
    luts = [node["lut"] for node in found["nodes"]]
    assert luts[:2] == [1, 1] and 6 <= luts[2] <= 7 and luts[3:] == [0, 0]
    assert {key: found[key] for key in ("lut", "carry", "muxf")} == {
        key: whole[key] for key in ("lut", "carry", "muxf")
    }
    modules = sorted(path.name for path in (tmp_path / "alone/rtl/src").glob("node_*.v"))
    assert modules == ["node_0.v", "node_1.v", "node_2.v"]  # equal tables are one module


@pytest.mark.slow
def test_a_shared_sum_counts_in_each(tmp_path):
    wide = Fixed(False, 12, 0)
    graph = outputs(
        *(Input(k, SIX, (0, 63)) for k in range(2)),
        Linear((0, 1), (7, 5), 0, 0, wide, (0, 756)),
        Linear((0, 1), (14, 10), 0, 1, wide, (1, 1513)),
    )
    write_rtl(graph, tmp_path / "rtl", Firmware(stage_depth=-1))
    whole = synthesise(tmp_path / "rtl", tmp_path / "whole", False, False).counts
    found = count_nodes(graph, tmp_path / "rtl", tmp_path / "alone", False, False)
    assert found["lut"] > whole["lut"]


def test_a_graph_without_logic_needs_no_synthesis(tmp_path):
    graph = Graph("wire", ("a",), {}, (Input(0, SIX, (0, 63)), Output((0,), "y", SIX, (0, 63))))
    found = count_nodes(graph, tmp_path / "rtl", tmp_path / "alone", False, False)
    assert found["nodes"] == [] and found["lut"] == 0 and found["script"] == ""


def counted(graph, luts):
    part = {"dsp": 0, "carry": 2, "bram": 0, "muxf": 0}
    nodes = [
        {"node": p, "kind": type(graph.nodes[p]).__name__.lower(), "lut": n, **part}
        for p, n in luts.items()
    ]
    alone = {"label": "alone", "lut": sum(luts.values()), **part, "nodes": nodes, "script": ""}
    return {"lut": 9, "alone": alone}


def test_costs_by_kind_and_by_input():
    graph = apart()
    found = node_costs(graph, counted(graph, {3: 1, 4: 1, 5: 7, 6: 2, 7: 0}))
    by_kind, by_input, largest = (
        [(row["name"], row["lut"]) for row in rows] for rows in found["rows"]
    )
    assert largest[:2] == [
        ("node 5: sum of 2 terms, 7 bit", 7),
        ("node 6: rounded to 4 bit, SAT", 2),
    ]
    assert by_kind == [("2 sums", 7), ("1 cut", 2), ("2 tables", 2)]
    assert by_input == [
        ("depends on several inputs: 1 node", 7),
        ("depends on c: 1 node", 2),
        ("depends on a: 1 node", 1),
        ("depends on b: 1 node", 1),
        ("depends on no input: 1 node", 0),
    ]
    assert (found["lut"], found["whole"]) == (11, 9)
    assert [sum(row["carry"] for row in rows) for rows in found["rows"]] == [10, 10, 10]


def test_many_inputs_are_one_row():
    names = tuple(f"f{k}" for k in range(12))
    inputs = [Input(k, SIX, (0, 63)) for k in range(12)]
    graph = outputs(*inputs, *(Table((k,), PARITY, ONE, (0, 1)) for k in range(12)), names=names)
    rows = node_costs(graph, counted(graph, {12 + k: k for k in range(12)}))["rows"][1]
    assert len(rows) == 9 and rows[0]["lut"] == 11
    assert rows[8] == {"name": "4 further inputs", "lut": 6, "carry": 8, "dsp": 0}


def test_the_picture_names_the_luts():
    graph = apart()
    text = str(circuit_figure(graph, {5: 7}).figure)
    assert "sum of 2 terms, 7 bit, 7 LUT alone</title>" in text and text.count("LUT alone") == 1
