"""The number of the class as the only output: exact in every executor, ties too, and proved."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from circuits import (
    PRECISIONS,
    X0,
    X1,
    add,
    collection,
    expression_set,
    gauss,
    mul,
    random_set,
    toy_data,
    toy_model,
    uniform_graph,
)
from symbolnet.artifact import read_json
from symbolnet.audit.formulas import computed
from symbolnet.baselines.rivals.rival import rival_of
from symbolnet.config import Firmware, Mlp, Precision, RivalJob, load_config
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import save_collection
from symbolnet.expression.tree import Constant
from symbolnet.firmware.build.formats import assemble
from symbolnet.firmware.build.parts import datapath_of
from symbolnet.firmware.emit import trace as emitted
from symbolnet.firmware.emit.rtl import interpret, write_rtl
from symbolnet.firmware.emit.testbench import write_testbench_files
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.evidence.netlist import simulate_netlist
from symbolnet.firmware.evidence.simulate import simulate
from symbolnet.firmware.evidence.synthesis import synthesise
from symbolnet.firmware.evidence.vectors import write_vectors
from symbolnet.firmware.graph.decision import contenders
from symbolnet.firmware.graph.graph import Argmax, Graph, Output, check, load_graph, save_graph
from symbolnet.firmware.graph.nodes import Nodes
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas, real_outputs, run
from symbolnet.firmware.proof.certificate import prove
from symbolnet.firmware.proof.terms import Form, Terms, plus, scaled
from symbolnet.firmware.search.estimate import node_luts
from symbolnet.firmware.search.moves import generous
from symbolnet.firmware.search.walk import search
from symbolnet.pipeline.cli import main
from symbolnet.report.circuit import circuit_figure

# Interval and fraction of every score, the ports themselves: many ties, several fractions.
CASES = {
    "two": [((-3, 3), 0), ((-6, 7), 1)],
    "three": [((0, 3), 0), ((-2, 3), 0), ((0, 15), 2)],
    "five": [((-4, 3), 1), ((0, 7), 1), ((-16, 15), 3), ((-1, 1), 0), ((-2, 2), 0)],
    "ten": [((-(k % 3) - 1, 4), k % 2) for k in range(10)],
    "a gap": [((0, 3), 0), ((-9, -5), 0), ((0, 3), 0)],
}


def ports_only(case):
    nodes = Nodes()
    places = [nodes.port(i, *port) for i, port in enumerate(case)]
    names = tuple(f"c{i}" for i in range(len(case)))
    nodes.argmax(places, names)
    graph = Graph("ports", names, {}, tuple(nodes.list))
    check(graph)
    return graph


def vectors(graph, count=3000):
    ends = np.array([node.interval for node in graph.inputs()])
    drawn = np.random.default_rng(0).integers(ends[:, 0], ends[:, 1] + 1, (count, len(ends)))
    return np.concatenate([drawn, corner_ports(graph, 64)])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_first_of_the_largest_wins_in_every_executor(case):
    graph = ports_only(case)
    ports = vectors(graph)
    real = ports * np.array([2.0**-fraction for _, fraction in case])
    expected = real.argmax(axis=1)[:, None]
    assert ((real == real.max(axis=1)[:, None]).sum(axis=1) > 1).mean() > 0.02  # ties
    assert (run(graph, ports) == expected).all()
    assert (interpret(trace(graph), graph, ports) == expected).all()
    nodes = json.loads(
        json.dumps(
            [
                {"kind": type(n).__name__.lower(), **n._asdict(), "format": n.format._asdict()}
                for n in graph.nodes
            ]
        )
    )
    assert [computed(nodes, row) for row in ports[:100].tolist()] == expected[:100].tolist()


def test_the_depth_grows_with_the_logarithm_of_the_classes():
    depths = [max(trace(ports_only([((-4, 4), 0)] * n)).out_latency) for n in (2, 3, 4, 5, 8, 16)]
    assert depths == [1, 4, 4, 6, 6, 8]


def test_who_can_win():
    assert contenders([4, 5, 6], [(0, 3), (-2, 3), (1, 9)]) == [0, 1, 2]
    assert contenders([4, 5, 6], [(0, 3), (-2, 0), (-9, 0)]) == [0]  # a tie goes to the first
    assert contenders([4, 5, 6], [(-2, 0), (0, 3), (0, 0)]) == [0, 1]
    assert contenders([4, 4, 5], [(0, 3), (0, 3), (0, 3)]) == [0, 2]


def test_the_interval_follows_from_those_of_the_scores():
    graph = ports_only([((0, 1), 0), ((0, 3), 0), ((8, 9), 2), ((-4, 0), 0)])
    decision = graph.decision()
    assert decision.interval == (1, 2) and decision.format.width == 2


@pytest.mark.parametrize(
    "change",
    [
        {"interval": (0, 2)},
        {"names": ("c0", "c0")},
        {"names": ("c0",)},
        {"sources": (0,)},
        {"sources": (0, 2)},
    ],
)
def test_a_wrong_comparison_is_noticed(change):
    graph = ports_only(CASES["two"])
    *ports, decision, output = graph.nodes
    with pytest.raises(InputError, match="a consistent fixed-point graph"):
        check(graph._replace(nodes=(*ports, decision._replace(**change), output)))


def test_the_number_is_the_only_output():
    graph = ports_only(CASES["two"])
    beside = Output((0,), "score", graph.nodes[0].format, graph.nodes[0].interval)
    with pytest.raises(InputError, match="the number of the class as the only output"):
        check(graph._replace(nodes=(*graph.nodes, beside)))


@pytest.mark.parametrize("intervals", [[(0, 3)], [(5, 6), (0, 5)]], ids=["one class", "one wins"])
def test_nothing_to_decide_is_one_line(intervals):
    with pytest.raises(InputError, match=r"two classes .* found c0 for every input") as error:
        ports_only([(interval, 0) for interval in intervals])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("seed", [0, 1, 4, 5, 9, 10, 17])
def test_random_sets_decide_as_their_scores_do(seed, tmp_path):
    chosen, x = random_set(np.random.default_rng(seed))
    graph, plain = (uniform_graph(chosen, x, PRECISIONS[seed % 3], flag) for flag in (True, False))
    ports = np.concatenate([input_mantissas(graph, 2 * x), corner_ports(graph, 64)])
    outputs = run(graph, ports)
    expected = real_outputs(plain, run(plain, ports)).argmax(axis=1)
    assert (outputs[:, 0] == expected).all()
    assert (interpret(trace(graph), graph, ports) == outputs).all()
    save_graph(tmp_path / "graph.json", graph)
    assert load_graph(tmp_path / "graph.json") == graph


def test_the_search_counts_the_comparisons():
    chosen = toy_model()
    data = toy_data(chosen)
    scores, decision = (datapath_of(chosen, data.x_train, flag) for flag in (False, True))
    steps = [search(datapath, data).points for datapath in (scores, decision)]
    graph = assemble(decision, steps[1][3].formats)
    assert isinstance(graph.nodes[-2], Argmax) and len(graph.outputs()) == 1
    assert sum(node_luts(graph)) == pytest.approx(steps[1][3].luts)
    assert steps[1][0].luts > steps[0][0].luts + 20
    plain, decided = (assemble(one, generous(one)) for one in (scores, decision))
    ports = input_mantissas(plain, data.x_test)
    expected = real_outputs(plain, run(plain, ports)).argmax(axis=1)
    assert (run(decided, ports)[:, 0] == expected).all()


def proof_of(graph, folder, depth=2):
    folder.mkdir(exist_ok=True)
    save_graph(folder / "graph.json", graph)
    write_rtl(graph, folder / "rtl", Firmware(stage_depth=depth))
    return prove(folder / "graph.json", folder / "rtl")


@pytest.mark.parametrize("name", ["five", "ten", "a gap"])
def test_comparisons_are_proved(name, tmp_path):
    made = proof_of(ports_only(CASES[name]), tmp_path, {"five": 2, "ten": -1}.get(name, 5))
    assert made["nodes_proved"] == made["nodes_total"]
    assert all(lemma["proved"] for lemma in made["lemmas"])


@pytest.mark.parametrize("seed", [10, 12, 40])
def test_decisions_of_random_sets_are_proved(seed, tmp_path):
    chosen, x = random_set(np.random.default_rng(seed))
    made = proof_of(uniform_graph(chosen, x, PRECISIONS[seed % 3], True), tmp_path)
    assert made["nodes_proved"] == made["nodes_total"]


def test_choices_are_terms_that_keep_their_bounds():
    terms = Terms()
    x, y, z = (terms.input(name, -8, 7) for name in "xyz")
    key = terms.negative(plus(x, y))
    chosen = terms.choice(key, y, z)
    assert terms.interval(chosen) == (-8, 7) and chosen != terms.choice(key, z, y)
    assert terms.choice(key, scaled(y, 4), scaled(z, 4)) == scaled(chosen, 4)
    assert terms.choice(key, y, y) == y
    assert terms.choice(key, Form((), 5), Form((), 2)) == plus(Form((), 2), scaled(key, 3))


def test_ties_that_go_the_other_way_are_not_proved(tmp_path, monkeypatch):
    """Equal scores would go to the later class: a difference that no random vector need show."""
    right = emitted._match
    monkeypatch.setattr(emitted, "_match", lambda first, second: right(second, first))
    made = proof_of(ports_only(CASES["five"]), tmp_path)
    reasons = {node["kind"]: node["reason"] for node in made["nodes"] if not node["proved"]}
    assert reasons["argmax"] == "the Verilog computes another term"


@pytest.mark.parametrize("tool", ["iverilog", "ghdl"])
@pytest.mark.parametrize("name", ["five", "a gap"])
def test_the_testbench_passes(name, tool, tmp_path):
    """Also where a number is never taken, so that the port lacks a bit."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    graph, rtl, bench = ports_only(CASES[name]), tmp_path / "rtl", tmp_path / "bench"
    ports = vectors(graph, 200)
    write_rtl(graph, rtl, Firmware())
    layout = read_json(rtl / "interface.json")
    assert layout["classes"] == list(graph.decision().names)
    assert [port["name"] for port in layout["model_out"]] == ["class"]
    write_testbench_files(rtl, graph, layout, ports, run(graph, ports), bench)
    readme = (bench / "README.txt").read_text().splitlines()
    for line in readme:
        if line.startswith(("  iverilog", "  vvp") if tool == "iverilog" else "  ghdl"):
            names = {one: sorted(path.name for path in bench.glob(one)) for one in ("*.v", "*.vhd")}
            words = [word for one in line.split() for word in names.get(one, [one])]
            done = subprocess.run(words, cwd=bench, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
    assert "PASS: 0 of" in done.stdout


@pytest.mark.slow
def test_verilog_and_netlist_decide_as_the_reference_does(tmp_path):
    chosen = expression_set(
        add(gauss(X0), mul(0.5, X1)), add(mul(0.5, X0), 0.1), Constant(0.25), X1, mul(X0, X1)
    )
    graph = uniform_graph(chosen, toy_data(chosen).x_train, Precision(width=8, integer=3), True)
    ports = np.concatenate([vectors(graph, 500), input_mantissas(graph, toy_data(chosen).x_test)])
    expected, settings = run(graph, ports), Firmware(stage_depth=2, dsp=False)
    assert len(np.unique(expected)) == 5
    simulated = simulate(graph, ports, tmp_path / "verilog", settings)
    assert (simulated.outputs == expected).all() and simulated.latency_cycles > 2
    write_rtl(graph, tmp_path / "rtl", settings)
    netlist = synthesise(tmp_path / "rtl", tmp_path / "yosys", False, False).netlist
    layout = read_json(tmp_path / "rtl" / "interface.json")
    outputs = simulate_netlist(netlist, graph, layout, ports)
    assert (outputs == expected).all()


def test_the_decision_is_in_the_picture():
    found = circuit_figure(ports_only(CASES["five"]), {})
    assert "5 inputs, 1 comparison of all scores, 1 output" in found.words
    assert "number of the largest of 5 scores, 3 bit" in found.figure


def test_a_quantised_network_decides_as_its_scores_do():
    data = toy_data(toy_model(), rows=200)
    spec = Mlp(hidden=[6], epochs=20, batch=50, density=1.0)
    jobs = (RivalJob(classifier=spec, argmax=argmax) for argmax in (False, True))
    plain, graph = (rival_of("mlp", data, job).graph for job in jobs)
    ports = input_mantissas(plain, data.x_test)
    expected = run(plain, ports).argmax(axis=1)
    assert (run(graph, ports)[:, 0] == expected).all() and len(graph.outputs()) == 1


def test_figures_of_a_decision(tmp_path):
    chosen = toy_model()
    data = toy_data(chosen)
    graph = uniform_graph(chosen, data.x_train, PRECISIONS[2], True)
    true = evaluate(chosen.expressions, data.x_test)
    write_vectors(graph, data, true, tmp_path / "vectors.npz", tmp_path / "reference.json")
    found = read_json(tmp_path / "reference.json")
    assert found["same_class"] == found["accuracy_test"] > 0.95  # the labels are the model's own
    assert found["accuracy_float_test"] == 1.0
    assert found["max_error"] is None and found["rms_error"] is None
    assert found["label"].endswith("the number of the class is the only output")
    unknown = np.where(np.arange(len(true))[:, None] < 30, np.nan, true)
    write_vectors(graph, data, unknown, tmp_path / "vectors.npz", tmp_path / "reference.json")
    assert read_json(tmp_path / "reference.json")["same_class"] <= 0.9


@pytest.mark.parametrize("spec", ['{"search": null, "argmax": true}', '{"argmax": true}'])
def test_stage_builds_a_decision(spec, tmp_path, capsys):
    chosen = toy_model()
    save_collection(tmp_path / "expressions.json", collection(chosen))
    data = toy_data(chosen)
    save_dataset(tmp_path / "dataset.npz", data)
    files = [
        f"--{name}={tmp_path / file}"
        for name, file in (
            ("chosen", "expressions.json"),
            ("dataset", "dataset.npz"),
            ("graph", "graph.json"),
            ("precision", "precision.json"),
        )
    ]
    assert main(["build_graph", *files, "--spec", spec]) == 0
    built = load_graph(tmp_path / "graph.json")
    assert built.decision().names == data.class_names
    (taken,) = [p for p in read_json(tmp_path / "precision.json")["points"] if p["chosen"]]
    assert taken["accuracy_validation"] > 0.95 and taken["luts_estimated"] > 20
    values = {f"y_{s}": np.zeros((300, 3)) for s in ("train", "validation", "test")}
    save_dataset(tmp_path / "dataset.npz", data._replace(task="regression", **values))
    assert main(["build_graph", *files, "--spec", spec]) == 1
    error = capsys.readouterr().err
    assert "classes for firmware.argmax" in error and error.count("\n") == 1


def test_a_regression_in_the_config_is_refused():
    table = {"source": "table", "train": "t.csv", "label": "y", "task": "regression"}
    config = {"datasets": ["t"], "data": {"t": table}, "firmware": {"argmax": True}}
    with pytest.raises(InputError, match=r"firmware\.argmax: 't' is a regression"):
        load_config(config)
    load_config(config | {"firmware": {"argmax": False}})
