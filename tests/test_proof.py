"""The certificate proves every node, and fails after a change by hand."""

import re
import shutil

import numpy as np
import pytest

from circuits import PRECISIONS, random_set, toy_data, toy_model, uniform_graph
from symbolnet.artifact import write_arrays, write_json
from symbolnet.config import Firmware
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.graph.graph import save_graph
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas, run
from symbolnet.firmware.proof.certificate import check_certificate, prove
from symbolnet.firmware.proof.design_terms import DesignTerms
from symbolnet.firmware.proof.emitted import read_design
from symbolnet.firmware.proof.terms import Form, Terms, plus, scaled


def emit(folder, chosen, x, precision, depth=2):
    graph = uniform_graph(chosen, x, precision)
    folder.mkdir(exist_ok=True)
    save_graph(folder / "graph.json", graph)
    write_rtl(graph, folder / "rtl", Firmware(stage_depth=depth))
    ports, corners = input_mantissas(graph, x[:50]), corner_ports(graph, 8)
    arrays = {"ports": ports, "outputs": run(graph, ports)}
    arrays |= {"corner_ports": corners, "corner_outputs": run(graph, corners)}
    write_arrays(folder / "vectors.npz", arrays)
    return prove(folder / "graph.json", folder / "rtl")


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proved") / "toy"
    chosen = toy_model()
    made = emit(folder, chosen, toy_data(chosen).x_train, PRECISIONS[1])
    write_json(folder / "certificate.json", made, "certificate")
    return folder


@pytest.mark.parametrize("seed", [1, 2, 4, 35])
def test_random_graphs_are_proved(seed, tmp_path):
    chosen, x = random_set(np.random.default_rng(100 + seed))
    made = emit(tmp_path / "random", chosen, x, PRECISIONS[seed % 3], [5, -1, 2][seed % 3])
    assert made["nodes_proved"] == made["nodes_total"] and all(x["proved"] for x in made["lemmas"])


def test_certificate_is_checked_again(proved):
    assert all(check.passed for check in check_certificate(proved))


def _failed(folder):
    return {check.name for check in check_certificate(folder) if not check.passed}


def _change(folder, pattern, replace, glob):
    for path in sorted(folder.glob(glob)):
        text = path.read_text()
        changed = re.sub(pattern, replace, text, count=1)
        if changed != text:
            path.write_text(changed)
            return
    raise AssertionError("nothing to change")


def _other_bit(found):
    return f"{found[1]}{int(found[2]) ^ 1}"


@pytest.mark.parametrize(
    ("pattern", "replace", "glob"),
    [
        (r"(\d'b1[01]*)([01])(?=,)", _other_bit, "rtl/src/*_stage*.v"),
        (r"^([0-9A-F]*)([01])(?=$)", _other_bit, "rtl/src/memfiles/*"),
        (r"(accum = in0_ext )\+", r"\1-", "rtl/src/static/shift_adder.v"),
    ],
)
def test_a_change_of_the_rtl_by_hand(pattern, replace, glob, proved, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(proved, folder)
    _change(folder, f"(?m){pattern}", replace, glob)
    assert {"RTL unchanged", "nodes proved again"} <= _failed(folder)


def test_a_change_of_the_graph_by_hand(proved, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(proved, folder)
    _change(folder, r'("offset": )(-?[1-9]\d*)', lambda m: f"{m[1]}{int(m[2]) + 1}", "graph.json")
    assert _failed(folder)


def test_terms_are_canonical():
    terms = Terms()
    x, y = terms.input("x", -8, 7), terms.input("y", 0, 15)
    assert plus(x, y, scaled(x, -1)) == y
    assert terms.floor(terms.floor(x, 1), 1) == terms.floor(x, 2)
    assert terms.wrap(terms.wrap(x, 3, True), 2, True) == terms.wrap(x, 2, True)
    assert terms.product(x, y) == terms.product(y, x)
    assert terms.product(x, Form((), 3)) == scaled(x, 3)
    assert terms.floor(plus(x, y), 1) != terms.floor(plus(x, y, Form((), 1)), 1)


def _read(folder, expression):
    (folder / "src").mkdir(parents=True)
    body = f"(input [3:0] model_inp, output [2:0] model_out);\nassign model_out = {expression};"
    (folder / "src" / "symbolnet.v").write_text(f"module symbolnet{body}\nendmodule\n")
    return read_design(folder, folder / "scratch")


def test_a_rectifier_of_plain_operators_is_a_term(tmp_path):
    design = _read(tmp_path, "model_inp[2:0] & {3{~model_inp[3]}}")
    terms = Terms()
    values, x = DesignTerms(terms, design, tmp_path), terms.input("x", -8, 7)
    values.input("x", x, design.inputs)
    values.evaluate()
    found = terms.wrap(values.read(design.outputs)[0], 3, False)
    assert found == terms.tabulated([x], lambda v: np.maximum(v[0], 0))


def test_operators_without_a_rule_are_named(tmp_path):
    assert _read(tmp_path, "model_inp[2:0] | {3{~model_inp[3]}}").unknown == ("$or",)
    assert _read(tmp_path / "and", "model_inp[2:0] & model_inp[3:1]").unknown == ("$and",)
