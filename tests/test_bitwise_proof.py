"""The second proof: every node once more, from what Yosys reads, by an SMT solver."""

import itertools
import re
import shutil

import numpy as np
import pytest

from circuits import PRECISIONS, random_set, toy_data, toy_model, uniform_graph
from symbolnet.artifact import read_json, write_json
from symbolnet.config import Firmware, Precision, Solver
from symbolnet.errors import ToolError
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.graph.fixed import Fixed
from symbolnet.firmware.graph.graph import Argmax, Graph, Input, Quantise, bound, save_graph
from symbolnet.firmware.graph.reference import computed
from symbolnet.firmware.proof import languages, smt
from symbolnet.firmware.proof.bitwise_proof import OPEN, prove_bitwise
from symbolnet.firmware.proof.btor import ARITY, COMPARISONS, read_btor
from symbolnet.firmware.proof.circuit_terms import CircuitTerms
from symbolnet.firmware.proof.node_terms import NodeTerms
from symbolnet.firmware.proof.samples import Samples
from symbolnet.firmware.proof.smt import Smt, added
from symbolnet.pipeline.stages.prove_bitwise import prove_bitwise as stage

pytest.importorskip("bitwuzla")


def emit(folder, chosen, x, precision, depth=2, argmax=False):
    graph = uniform_graph(chosen, x, precision, argmax)
    folder.mkdir(exist_ok=True)
    save_graph(folder / "graph.json", graph)
    write_rtl(graph, folder / "rtl", Firmware(stage_depth=depth))
    return folder


@pytest.fixture(scope="module")
def emitted(tmp_path_factory):
    chosen, precision = toy_model(), Precision(width=9, integer=4, table_bits=6)
    return emit(
        tmp_path_factory.mktemp("emitted") / "toy", chosen, toy_data(chosen).x_train, precision
    )


def verilog(folder, scratch, seconds=120):
    made = prove_bitwise(folder / "graph.json", folder / "rtl", seconds, scratch)
    return made["languages"][0]


@pytest.fixture(autouse=True)
def without_ghdl(request, monkeypatch):
    if "ghdl" not in request.node.name:
        monkeypatch.setattr(languages.shutil, "which", lambda _: None)


def test_every_node_is_proved_again(emitted, tmp_path):
    made = prove_bitwise(emitted / "graph.json", emitted / "rtl", 120, tmp_path)
    write_json(tmp_path / "proof.json", made, "bitwise_proof")
    first, second = made["languages"]
    assert first["nodes_proved"] == first["nodes_total"] > 15 and not first["reason"]
    assert sum(node["wire"] is not None for node in first["nodes"]) > 15
    assert second["nodes_proved"] == 0 and second["reason"] == "GHDL is not installed"
    assert all(node["reason"] == second["reason"] for node in second["nodes"])


@pytest.mark.parametrize("seed", [1, 4, 35])
def test_random_graphs_are_proved_again(seed, tmp_path):
    chosen, x = random_set(np.random.default_rng(100 + seed))
    folder = emit(tmp_path / "random", chosen, x, PRECISIONS[seed % 2], [5, -1, 2][seed % 3])
    found = verilog(folder, tmp_path / "scratch")
    assert found["nodes_proved"] == found["nodes_total"], found


def test_a_decision_is_proved_again(tmp_path):
    chosen, precision = toy_model(), Precision(width=9, integer=4, table_bits=6)
    folder = emit(tmp_path / "d", chosen, toy_data(chosen).x_train, precision, argmax=True)
    found = verilog(folder, tmp_path / "scratch")
    assert found["nodes_proved"] == found["nodes_total"]
    assert "argmax" in {node["kind"] for node in found["nodes"]}


@pytest.mark.skipif(shutil.which("ghdl") is None, reason="needs GHDL")
def test_the_vhdl_that_ghdl_reads_is_proved(emitted, tmp_path):
    made = prove_bitwise(emitted / "graph.json", emitted / "rtl", 120, tmp_path)
    found = made["languages"][1]
    assert found["nodes_proved"] == found["nodes_total"] and "GHDL" in found["read_by"]


def lower(found):
    return f"{found[1]}[{int(found[2]) - 1}:{int(found[3]) - 1}];"


STAGES, TABLES = "rtl/src/symbolnet_stage*.v", "rtl/src/memfiles/*"
MUTATIONS = {
    "a constant": (r"(\d'b)1([01]*,)", r"\g<1>0\2", STAGES),
    "an operator": (r"(shift_adder #\([-\d, ]+), 0\)", r"\1, 1)", STAGES),
    "an operator of the library": (r"(accum = in0_ext )\+", r"\1-", "rtl/src/static/shift_adder.v"),
    "a range of bits": (r"(= v\d+)\[(\d+):([1-9]\d*)\];", lower, STAGES),
    "an entry of a table": (r"^([0-9A-F]*)([01])$", lambda m: f"{m[1]}{int(m[2]) ^ 1}", TABLES),
    "swapped wires": (
        r"(assign model_out\S+ = )(v\d+)(\S+\s+assign model_out\S+ = )(v\d+)",
        r"\1\4\3\2",
        STAGES,
    ),
    "another port": (r"model_inp\[15:8\]", "model_inp[14:7]", STAGES),
}


def mutate(folder, pattern, replace, glob):
    for path in sorted(folder.glob(glob)):
        text = path.read_text()
        changed = re.sub(pattern, replace, text, count=1, flags=re.MULTILINE)
        if changed != text:
            path.write_text(changed)
            return
    raise AssertionError(f"nothing to change in {glob}")


@pytest.mark.parametrize("kind", MUTATIONS)
def test_changed_rtl_is_refused(kind, emitted, tmp_path):
    shutil.copytree(emitted, tmp_path / "changed")
    mutate(tmp_path / "changed", *MUTATIONS[kind])
    found = verilog(tmp_path / "changed", tmp_path / "scratch")
    wrong = [node for node in found["nodes"] if not node["proved"]]
    assert wrong and found["nodes_proved"] == found["nodes_total"] - len(wrong)
    assert all("another value, for one where x_f" in node["reason"] for node in wrong), wrong
    assert any(node["kind"] == "output" for node in wrong)


def test_another_latency_is_refused(emitted, tmp_path):
    shutil.copytree(emitted, tmp_path / "changed")
    path = tmp_path / "changed/rtl/interface.json"
    write_json(path, read_json(path) | {"latency_cycles": 2})
    found = verilog(tmp_path / "changed", tmp_path / "scratch")
    reasons = {node["reason"] for node in found["nodes"] if node["kind"] == "output"}
    assert len(reasons) == 1 and "clock edges, not 3" in reasons.pop()


def test_what_is_not_proved_is_named(emitted, tmp_path, monkeypatch, capsys):
    none = verilog(emitted, tmp_path / "none", 0)
    assert none["nodes_proved"] == 0 or {n["reason"] for n in none["nodes"]} >= {OPEN}
    assert all(n["reason"] == OPEN for n in none["nodes"] if n["kind"] == "output")

    def missing():
        raise ToolError("bitwuzla is not installed: pip install it")

    monkeypatch.setattr(smt, "check_tools", missing)
    stage(emitted / "graph.json", emitted / "rtl", tmp_path / "proof.json", Solver(seconds=9))
    found = read_json(tmp_path / "proof.json", "bitwise_proof")
    assert [one["nodes_proved"] for one in found["languages"]] == [0, 0]
    assert "Verilog is not checked: bitwuzla is not installed" in capsys.readouterr().out


def test_verilog_that_yosys_cannot_read_is_named(emitted, tmp_path):
    shutil.copytree(emitted, tmp_path / "changed")
    mutate(tmp_path / "changed", "endmodule", "end", STAGES)
    found = verilog(tmp_path / "changed", tmp_path / "scratch")
    assert found["nodes_proved"] == 0 and "Yosys failed" in found["reason"]


HEAD = "1 sort bitvec 4\n2 sort bitvec 1\n3 input 1 model_inp\n"


def circuit(lines, out):
    return read_btor(f"{HEAD}{lines}\n90 output {out} model_out\n", "model_inp")


def test_registers_are_wires_of_one_age():
    held = "4 state 1 a\n5 state 1 b\n"
    made = circuit(f"{held}6 next 1 4 3\n7 next 1 5 4\n8 not 1 5", 8)
    assert made.delays == {"model_out": 2} and made.operators[8].operands == (
        made.inputs["model_inp"],
    )
    with pytest.raises(ToolError, match="different clock cycles"):
        circuit(f"{held}6 next 1 4 3\n7 next 1 5 4\n8 add 1 5 3", 8)
    with pytest.raises(ToolError, match="loop"):
        circuit("4 state 1 a\n5 add 1 4 3\n6 next 1 4 5", 5)
    with pytest.raises(ToolError, match="loop"):
        circuit("4 state 1 a\n5 next 1 4 4", 4)
    with pytest.raises(ToolError, match="no model of the operator"):
        circuit("4 read 1 3 3", 4)
    free = circuit("4 state 1\n5 and 1 4 3", 5)  # undefined in the Verilog: anything
    assert free.operators[4].kind == "input" and free.delays == {"model_out": 0}


@pytest.mark.parametrize("kind", sorted(set(ARITY) - {"input"}))
def test_operators_are_those_that_the_solver_has(kind):
    """Sampled values against the terms; "ite" reads a bit first."""
    narrow = kind in COMPARISONS or kind.startswith("red")
    read = " ".join((["7", "5", "6"] if kind == "ite" else ["5", "6"])[: ARITY[kind]])
    text = f"""1 sort bitvec 4
2 sort bitvec 1
3 sort bitvec 8
4 input 3 model_inp
5 slice 1 4 3 0
6 slice 1 4 7 4
7 slice 2 4 2 2
8 {kind} {2 if narrow else 1} {read}
9 output 8 model_out
"""
    made, values = read_btor(text, "model_inp"), [0, 255, 129, 24, 66, 240, 15, 51, 178, 39]
    sampled = Samples(made, {"model_inp": values}, len(values)).word(made.outputs["model_out"])
    found = Smt(60)
    terms = CircuitTerms(found, made)
    given, out = terms.word(made.inputs["model_inp"]), terms.word(made.outputs["model_out"])
    for value, expected in zip(values, sampled, strict=True):
        answer = found.holds([found("EQUAL", given, found.value(value, 8))], 60)
        assert answer(out) == expected


def test_words_are_read_as_runs_constants_and_signs():
    made = read_btor(
        f"""{HEAD}4 const 2 1
5 slice 2 3 2 2
6 sort bitvec 2
7 concat 6 5 4
8 sort bitvec 6
9 sext 8 7 4
10 output 9 model_out
""",
        "model_inp",
    )
    found = Smt(60)
    terms = CircuitTerms(found, made)
    given, out = terms.word(made.inputs["model_inp"]), terms.word(made.outputs["model_out"])
    for value in range(16):
        answer = found.holds([found("EQUAL", given, found.value(value, 4))], 60)
        assert answer(out) == (0b111111 if value >> 2 & 1 else 0b000001)


def test_a_sum_that_does_not_fit_is_not_read_as_one():
    """Three bits of a + b, extended: right where the sum fits, and never believed otherwise."""
    lines = """4 sort bitvec 3
5 slice 4 3 2 0
6 uext 1 5 1
7 slice 2 3 3 3
8 uext 1 7 3
9 add 1 6 8
10 slice 4 9 2 0
11 sort bitvec 5
12 uext 11 10 2
13 output 12 model_out
"""
    for high, fits in ((6, True), (7, False)):
        made = read_btor(HEAD + lines, "model_inp")
        found = Smt(60)
        terms = CircuitTerms(found, made)
        for number, (bits, top) in enumerate(((slice(3), high), (slice(3, 4), 1))):
            found.variable(number, f"v{number}", 0, top)
            terms.cut(made.inputs["model_inp"][bits], number)
        whole = found.sum({0: 1, 1: 1}, 5)
        claims = found.between([0, 1])
        claims.append(found("DISTINCT", terms.word(made.outputs["model_out"]), whole))
        assert (found.holds(claims, 60) is False) == fits


def node_value(nodes, place, given):
    """Return what a node's term is where the nodes before it have given values."""
    graph, found = Graph("toy", ("a", "b", "c"), {}, tuple(nodes)), Smt(60)
    terms = NodeTerms(found, graph)
    claims = []
    for k, value in enumerate(given):
        one = found.variable(k, f"v{k}", *nodes[k].interval)
        terms.cuts[k] = 0
        width = found.width(one.term)
        claims.append(found("EQUAL", one.term, found.value(value, width)))
    value = found.holds(claims, 60)(terms.defined(place, 24))
    return value - (value >> 23 << 24)


@pytest.mark.parametrize("overflow", ["SAT", "WRAP"])
@pytest.mark.parametrize("rounding", ["TRN", "RND"])
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("fraction", [-1, 1, 3, 4, 9])
def test_a_conversion_is_that_of_the_reference(overflow, rounding, signed, fraction):
    source = Input(0, Fixed(True, 3, 3), (-41, 44))
    target = Fixed(signed, 2, fraction, overflow, rounding)
    if target.width < 1:
        target = target._replace(integer=4)
    node = Quantise((0,), target, (0, 0))
    node = node._replace(interval=bound(node, [source]))
    for value in (-41, -40, -9, -4, -1, 0, 3, 4, 17, 43, 44):
        (expected,) = computed(node, [source], [np.array([value])], 1)
        assert node_value([source, node], 1, [value]) == expected


def test_of_equal_scores_the_first_one_wins():
    formats = [Fixed(True, 3, 0), Fixed(True, 2, 1), Fixed(True, 3, 0)]
    read = [Input(k, one, (-4, 3)) for k, one in enumerate(formats)]
    node = Argmax((0, 1, 2), ("a", "b", "c"), Fixed(False, 2, 0), (0, 2))
    for given in itertools.product((-4, 0, 2, 3), repeat=3):
        (expected,) = computed(node, read, [np.array([value]) for value in given], 1)
        assert node_value([*read, node], 3, given) == expected


def test_forms_add_up():
    assert added([(2, {0: 1, 1: 3}), (-1, {0: 2, 1: 5})]) == {1: 1}
