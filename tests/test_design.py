"""Firmware as an object: what it computes, writes, shows and refuses."""

import runpy
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import symbolnet
from symbolnet import Firmware, SymbolicClassifier, SymbolicRegressor
from symbolnet.artifact import read_json
from symbolnet.audit.formulas import computed
from symbolnet.errors import InputError, ToolError
from symbolnet.firmware.graph.graph import save_graph
from symbolnet.firmware.graph.reference import raw_mantissas

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(600, 4)) * [1, 1, 100, 2] + [0, 5, 300, 0]
Y = 2.5382 * np.cos(X[:, 3]) + X[:, 0] ** 2 - 0.5
TEXT = "2.5382*cos(x3) + x0^2 - 0.5"
NAMES = ["mass", "p T", "E", "tau"]
FRAME = pd.DataFrame(X, columns=NAMES)
KIND = np.where(np.tanh(X[:, 0]) + (X[:, 2] - 300) / 100 > 0, "sig <b>", "rest")
CLASSES = {"rest": "0", "sig <b>": "tanh(mass) + 0.01*(E - 300)"}


@pytest.fixture(scope="module")
def one() -> Firmware:
    return symbolnet.to_firmware(TEXT, X, Y)


@pytest.fixture(scope="module")
def two() -> Firmware:
    return symbolnet.to_firmware(CLASSES, FRAME, KIND, argmax=True)


def words_by_the_rule(folder: Path, x: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    """Interface and input words made from raw values and interface.json alone."""
    layout = read_json(folder / "interface.json")
    columns = []
    for port in layout["model_inp"]:
        value = np.float32((x[:, int(port["name"][1:])] - port["mean"]) / port["scale"])
        word = np.floor(value.astype(np.float64) * 2.0 ** port["fraction"] + 0.5)
        columns.append(np.clip(word, *port["words"]).astype(int))
    return layout, np.stack(columns, axis=1)


def test_values_are_those_of_the_graph_in_pythons_integers(one: Firmware, tmp_path: Path) -> None:
    evidence = one.write_verilog(tmp_path / "rtl")
    layout, words = words_by_the_rule(tmp_path / "rtl", X[:50])
    save_graph(tmp_path / "graph.json", one.graph)
    nodes = read_json(tmp_path / "graph.json")["nodes"]
    found = np.array([computed(nodes, row) for row in words.tolist()])
    np.testing.assert_array_equal(one.integers(X[:50]), found)
    port = layout["model_out"][0]
    values = port["offset"] + found[:, 0] * 2.0 ** (port["exponent"] - port["fraction"])
    np.testing.assert_array_equal(one.predict(X[:50]), values)
    assert evidence["latency_cycles"] == layout["latency_cycles"] and evidence["tool"] == "da4ml"


def test_a_law_is_kept_within_the_tolerance(one: Firmware) -> None:
    assert one.accuracy(X, Y) > 0.996
    assert abs(one.predict(X) - Y).max() < 1
    text = repr(one)
    assert "2 table" in text and "x0, x3" in text and "R2 0.99" in text
    assert '<svg class="circuit"' in one._repr_html_() and ">x3<" in one._repr_html_()


def test_classes_by_their_names_with_the_number_alone(two: Firmware) -> None:
    assert two.integers(FRAME).shape == (600, 1)
    assert set(two.predict(FRAME)) == {"rest", "sig <b>"}
    assert two.accuracy(FRAME, KIND) == np.mean(two.predict(FRAME) == KIND) > 0.98
    assert "sig &lt;b&gt;" in two._repr_html_() or "<b>" not in two._repr_html_()


def test_without_truth_the_formulas_own_answers_are_kept() -> None:
    made = symbolnet.to_firmware(list(CLASSES.values()), FRAME)
    own = np.where(np.tanh(X[:, 0]) + 0.01 * (X[:, 2] - 300) > 0, "y1", "y0")
    assert np.mean(made.predict(FRAME) == own) > 0.98
    wide = symbolnet.to_firmware(list(CLASSES.values()), FRAME, tolerance=0.1)
    assert sum(wide.search["node_luts_estimated"]) < sum(made.search["node_luts_estimated"])


def test_labels_of_any_kind_are_in_order_where_no_formula_is_called_so() -> None:
    made = symbolnet.to_firmware(list(CLASSES.values()), FRAME, (KIND != "rest") * 7)
    assert made.accuracy(FRAME, (KIND != "rest") * 7) > 0.98


@pytest.mark.slow
def test_fitted_estimators_become_what_they_predict() -> None:
    quick: dict[str, Any] = {"budgets": [6], "effort": 0.1}
    model = SymbolicClassifier(**quick).fit(FRAME, KIND)
    made = symbolnet.to_firmware(model, FRAME, KIND)
    assert np.mean(made.predict(FRAME) == model.predict(FRAME)) > 0.98
    law = SymbolicRegressor(**quick).fit(X, Y)
    simple = float(law.front_["complexity"].iloc[1])  # the first is a constant
    made = symbolnet.to_firmware(law, X, Y, complexity=simple)
    # ahead of a weak formula: entries are rounded to the side that the truth prefers
    assert made.accuracy(X, Y) > law.score(X, Y, complexity=simple) - 0.01
    exact = symbolnet.to_firmware(law, X)  # without truth the formula's own values are kept
    assert exact.accuracy(X, law.predict(X)) > 0.99


def test_vhdl_lies_with_its_tables_and_an_hls_project_is_whole(
    one: Firmware, tmp_path: Path
) -> None:
    assert "VHDL" in repr(one.write_vhdl(tmp_path / "vhdl"))
    names = {path.name for path in (tmp_path / "vhdl").iterdir()}
    assert {"symbolnet.vhd", "interface.json", "symbolnet_ports.vhd", "symbolnet_ports.h"} <= names
    assert sum(name.endswith(".mem") for name in names) == 2
    assert one.write_hls(tmp_path / "hls")["tool"] == "hls4ml"
    assert (tmp_path / "hls" / "firmware").is_dir()
    with pytest.raises(InputError, match=r"a new or an empty folder; found .*hls with files"):
        one.write_verilog(tmp_path / "hls")


@pytest.mark.slow
def test_a_board_is_streamed_before_it_is_handed_over(two: Firmware, tmp_path: Path) -> None:
    found = two.write_board(tmp_path / "board")
    assert "0 of 600 rows and" in repr(found) and "a new input every cycle" in repr(found)
    driver = runpy.run_path(str(tmp_path / "board/symbolnet_driver.py"))
    design = driver["Design"](tmp_path / "board/interface.json")
    columns = {name: FRAME[name][:50] for name in FRAME.columns}
    np.testing.assert_array_equal(design.words(columns), raw_mantissas(two.graph, X[:50]))


def test_emulators_are_compared_before_they_are_handed_over(two: Firmware, tmp_path: Path) -> None:
    found = two.write_emulator(tmp_path / "emulator")
    assert "0 of 600 rows and" in repr(found) and "g++" in found["tool"]
    module = runpy.run_path(str(tmp_path / "emulator/symbolnet_emulator.py"))
    classes = [
        module["CLASSES"][module["number"](module["run"](module["words"](row)))]
        for row in X[:50].tolist()
    ]
    assert classes == two.predict(FRAME[:50]).tolist()


@pytest.mark.slow
def test_it_is_simulated_proved_counted_and_limited(one: Firmware) -> None:
    run, proof, counts = one.simulate(X[:100]), one.prove(), one.count()
    assert (run["mismatches"], run["vectors"]) == (0, 100) and "100 rows" in repr(run)
    assert proof["nodes_proved"] == proof["nodes_total"] == len(one.graph.nodes)
    assert counts["mismatches"] == 0 and counts["lut"] > 0 and "Yosys" in repr(counts)
    limited = symbolnet.to_firmware(TEXT, X, Y, luts=25)
    assert limited.count()["lut"] <= 25 and "of 25, counted by Yosys" in repr(limited)


def test_a_missing_tool_is_one_line(one: Firmware, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ToolError, match=r"^g\+\+ is not on PATH: install it"):
        one.simulate()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"luts": 50, "tolerance": 0.1}, "`luts` or `tolerance`; found both"),
        ({"task": "ranking"}, "`task` as one of classification, regression"),
        ({"task": "classification"}, "a formula for each class; found one formula"),
        ({"complexity": 5.0}, "an estimator where `complexity` is given; found str"),
        ({"X": X[:, :2]}, "'x3' at column"),
        ({"X": np.where(X[3, 1] == X, np.nan, X)}, "finite numbers in X"),
        ({"X": X.astype(str) + "a"}, "numbers in X"),
        ({"X": X[0]}, "rows and columns in X"),
        ({"y": Y[:5]}, "600 values of y"),
        ({"y": np.stack([Y, Y], axis=1)}, "1 quantities; found 2 in y"),
        ({"model": "1 + 2"}, "a formula of a column; found constants only"),
        ({"model": "log(x0)"}, "for log(x0) in the formula of 'y'"),
    ],
)
def test_bad_input_is_one_line(arguments: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"model": TEXT, "X": X, "y": Y} | arguments
    with np.errstate(all="ignore"), pytest.raises(InputError) as fault:
        symbolnet.to_firmware(given.pop("model"), **given)
    assert words in str(fault.value) and "\n" not in str(fault.value)


def test_other_rows_are_refused(one: Firmware, two: Firmware) -> None:
    with pytest.raises(InputError, match="4 columns; found 3"):
        one.predict(X[:, :3])
    with pytest.raises(InputError, match=r"the labels rest, sig <b>; found 'no' in y"):
        two.accuracy(FRAME, np.where(KIND == "rest", "rest", "no"))
