"""The estimators: scikit-learn's conventions, names, weights, files, and what they refuse."""

import json
import math
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sympy
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import check_estimator

import symbolnet
from symbolnet import SymbolicClassifier, SymbolicRegressor
from symbolnet.errors import InputError, ToolError

QUICK: dict[str, Any] = {"budgets": [6], "effort": 0.1}
DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(120, 3))
NAMES = ["E", "lambda", "C1(beta=1)"]
LABELS = np.where(X[:, 0] * X[:, 1] + 0.1 * X[:, 2] > 0, "signal", "rest")
TARGET = 3 * X[:, 0] ** 2 - X[:, 1] + 0.5


@pytest.fixture(scope="module")
def classifier() -> SymbolicClassifier:
    return SymbolicClassifier(**QUICK).fit(pd.DataFrame(X, columns=NAMES), LABELS)


@pytest.fixture(scope="module")
def regressor() -> SymbolicRegressor:
    return SymbolicRegressor(**QUICK).fit(X, TARGET)


def test_importing_the_package_loads_nothing() -> None:
    code = "import symbolnet, sys; print(sorted({'torch', 'sklearn', 'numpy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
    code = "import sys; from symbolnet import SymbolicClassifier; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
    assert set(symbolnet.__all__) <= set(dir(symbolnet))
    with pytest.raises(AttributeError, match="no attribute 'Anything'"):
        _ = symbolnet.Anything


@pytest.mark.slow
@pytest.mark.parametrize("kind", [SymbolicClassifier, SymbolicRegressor])
def test_all_checks_of_scikit_learn_pass(kind: Any) -> None:
    check_estimator(kind(budgets=[4], effort=0.05), on_skip=None)


def test_a_law_is_found_as_it_is(regressor: SymbolicRegressor) -> None:
    assert regressor.text() == "3*x0**2 - x1 + 0.5"
    x0, x1 = sympy.symbols("x0 x1")
    assert regressor.sympy().expand() == 3 * x0**2 - x1 + 0.5
    assert regressor.score(X, TARGET) == pytest.approx(1)
    assert "x_{0}^{2}" in regressor.latex()


def test_the_example_of_pysr_is_recovered() -> None:
    x = 2 * np.random.RandomState(0).randn(100, 5)
    y = 2.5382 * np.cos(x[:, 3]) + x[:, 0] ** 2 - 0.5
    found = SymbolicRegressor().fit(x, y)
    assert found.text() == "x0**2 + 2.5382*cos(x3) - 0.5"
    fresh = 2 * np.random.RandomState(1).randn(100, 5)
    truth = 2.5382 * np.cos(fresh[:, 3]) + fresh[:, 0] ** 2 - 0.5
    np.testing.assert_allclose(found.predict(fresh), truth, atol=1e-3)


def test_formulas_are_in_the_columns_whatever_they_are_called(
    classifier: SymbolicClassifier,
) -> None:
    frame = pd.DataFrame(X, columns=NAMES)
    scores = classifier._values(frame, None)
    read = symbolnet.formulas(classifier.text(), NAMES)
    from symbolnet.expression.evaluate import evaluate

    np.testing.assert_allclose(evaluate(read.expressions, X), scores, rtol=1e-9)
    namespace: dict[str, Any] = {}
    exec(classifier.python(), namespace)  # what a user does with the file
    assert [namespace["predict_raw"](row) for row in X] == classifier.predict(frame).tolist()
    assert classifier.score(frame, LABELS) > 0.9
    assert {str(s) for one in classifier.sympy().values() for s in one.free_symbols} <= set(NAMES)
    assert classifier.c().count("lambda") == 1  # as a text: no name is a word of the program


def test_the_front_is_a_table_of_better_and_larger_formulas(
    classifier: SymbolicClassifier,
) -> None:
    front = classifier.front_
    assert front["complexity"].is_monotonic_increasing
    assert front["expected_loss"].is_monotonic_decreasing
    assert front["chosen"].sum() == 1
    assert set(front["formula"].iloc[0]) == {"signal", "rest"}
    least = front["complexity"].iloc[0]
    frame = pd.DataFrame(X, columns=NAMES)
    assert classifier.text(complexity=least) == front["formula"].iloc[0]
    assert classifier.score(frame, LABELS, complexity=1000) == classifier.score(frame, LABELS)
    with pytest.raises(InputError, match=r"the simplest; found 0\.5"):
        classifier.predict(frame, complexity=0.5)


def test_probabilities_and_decisions_agree(classifier: SymbolicClassifier) -> None:
    frame = pd.DataFrame(X, columns=NAMES)
    shares = classifier.predict_proba(frame)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares[:, 1], 1 / (1 + np.exp(-classifier.decision_function(frame))))
    labels = classifier.classes_[shares.argmax(axis=1)]
    assert (labels == classifier.predict(frame)).all()
    np.testing.assert_allclose(np.exp(classifier.predict_log_proba(frame)), shares)


def test_a_file_gives_the_same_estimator(
    classifier: SymbolicClassifier, regressor: SymbolicRegressor, tmp_path: Path
) -> None:
    frame = pd.DataFrame(X, columns=NAMES)
    classifier.save(tmp_path / "c.json")
    again = SymbolicClassifier.load(tmp_path / "c.json")
    assert again.predict(frame).tolist() == classifier.predict(frame).tolist()
    assert again.get_params() == classifier.get_params()
    pd.testing.assert_frame_equal(again.front_, classifier.front_)
    again.save(tmp_path / "d.json")
    assert (tmp_path / "c.json").read_bytes() == (tmp_path / "d.json").read_bytes()
    regressor.save(tmp_path / "r.json")
    other = SymbolicRegressor.load(tmp_path / "r.json")
    np.testing.assert_array_equal(other.predict(X), regressor.predict(X))
    with pytest.raises(InputError, match=r"SymbolicRegressor in .*use SymbolicRegressor.load"):
        SymbolicClassifier.load(tmp_path / "r.json")
    value = json.loads((tmp_path / "r.json").read_text())
    (tmp_path / "r.json").write_text(json.dumps(value | {"chosen": 99}))
    with pytest.raises(InputError, match="an entry for each member"):
        SymbolicRegressor.load(tmp_path / "r.json")


def test_what_a_terminal_and_a_notebook_show(classifier: SymbolicClassifier) -> None:
    shown = repr(classifier)
    assert shown.startswith("SymbolicClassifier(budgets=[6], effort=0.1)\nchosen of ")
    assert "  signal = " in shown
    page = classifier._repr_html_()
    assert "<math>" in page and "C1(beta=1)" in page + shown
    assert classifier._repr_mimebundle_()["text/html"] == page
    assert "<pre>" in SymbolicClassifier()._repr_html_()


def test_the_front_is_drawn(classifier: SymbolicClassifier) -> None:
    import matplotlib

    matplotlib.use("Agg")
    axes = classifier.plot_front()
    assert axes.get_ylabel() == "accuracy"
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), classifier.front_["complexity"])
    matplotlib.pyplot.close(axes.figure)


def test_onnx_computes_the_formulas(
    classifier: SymbolicClassifier, regressor: SymbolicRegressor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from onnx.reference import ReferenceEvaluator

    frame = pd.DataFrame(X, columns=NAMES)
    for estimator, x in ((classifier, frame), (regressor, X)):
        found = ReferenceEvaluator(estimator.onnx()).run(None, {"x": X})[0]
        np.testing.assert_allclose(found, estimator._values(x, None), rtol=1e-12, atol=1e-12)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ToolError, match="pip install"):
        classifier.onnx()


def test_columns_of_polars_keep_their_names() -> None:
    import polars

    frame = polars.DataFrame(dict(zip(NAMES, X.T, strict=True)))
    found = SymbolicRegressor(**QUICK).fit(frame, polars.Series("mass", TARGET))
    assert found.text() == "3*E**2 - lambda + 0.5"
    np.testing.assert_allclose(found.predict(frame), TARGET, atol=1e-9)


def test_several_targets_keep_their_names() -> None:
    targets = pd.DataFrame({"first": TARGET, "second": 2 * X[:, 2]})
    found = SymbolicRegressor(**QUICK).fit(X, targets)
    assert found.text()["second"] == "2*x2"
    assert found.predict(X).shape == (120, 2)
    assert found.score(X, targets) == pytest.approx(1, abs=1e-3)


@pytest.mark.slow
def test_a_row_of_weight_two_is_two_rows() -> None:
    weight = DRAW.integers(0, 4, len(X))
    noisy = np.where(DRAW.random(len(X)) < 0.2, "rest", LABELS)
    order = DRAW.permutation(len(X))
    weighed = SymbolicClassifier(**QUICK).fit(X[order], noisy[order], sample_weight=weight[order])
    repeated = SymbolicClassifier(**QUICK).fit(X.repeat(weight, 0), noisy.repeat(weight))
    assert weighed.text() == repeated.text()
    np.testing.assert_array_equal(weighed.predict_proba(X), repeated.predict_proba(X))
    assert weighed.text() != SymbolicClassifier(**QUICK).fit(X, noisy).text()


def test_weights_move_the_formulas_to_the_rows_that_count() -> None:
    """Two laws in one table: each is found where its rows count."""
    y = np.where(np.arange(120) % 2, 2 * X[:, 0], -X[:, 1])
    for odd, text in ((1, "2*x0"), (0, "-x1")):
        weight = np.where(np.arange(120) % 2 == odd, 1.0, 1e-9)
        found = SymbolicRegressor(budgets=[4], effort=0.1).fit(X, y, sample_weight=weight)
        assert re.sub(r"1\.0\*|-1\.0", "-", found.text()) == text


@pytest.mark.slow
def test_class_weights_count_as_weights_of_rows() -> None:
    noisy = np.where(DRAW.random(len(X)) < 0.3, "rest", LABELS)
    by_class = SymbolicClassifier(**QUICK, class_weight={"signal": 3}).fit(X, noisy)
    by_row = SymbolicClassifier(**QUICK).fit(X, noisy, np.where(noisy == "signal", 3.0, 1.0))
    assert by_class.text() == by_row.text()


@pytest.mark.slow
def test_the_same_number_gives_the_same_formulas_and_another_others() -> None:
    fits = [SymbolicClassifier(**QUICK, random_state=s).fit(X, LABELS).front_ for s in (1, 1, 2)]
    pd.testing.assert_frame_equal(fits[0], fits[1])
    assert not fits[0].equals(fits[2])


@pytest.mark.slow
def test_seeds_share_a_front() -> None:
    one, two = (SymbolicClassifier(**QUICK, seeds=n).fit(X, LABELS).front_ for n in (1, 2))
    assert two["expected_loss"].min() <= one["expected_loss"].min() * 1.5
    assert clone(SymbolicClassifier(seeds=2)).get_params()["seeds"] == 2


def test_operators_that_are_not_allowed_do_not_occur() -> None:
    found = SymbolicRegressor(**QUICK, operators=["sin"]).fit(X, TARGET)
    text = " ".join(found.front_["formula"])
    assert "sin" in text and "**" not in text and "tanh" not in text and "exp" not in text
    linear = SymbolicRegressor(**QUICK, operators=[]).fit(X, TARGET)
    assert all(re.fullmatch(r"[-+*\d. xe]+", text) for text in linear.front_["formula"])


@pytest.mark.slow
def test_a_front_fits_scikit_learns_searches() -> None:
    x, y = load_iris(return_X_y=True)
    scores = cross_val_score(SymbolicClassifier(**QUICK), x, y, cv=2)
    assert scores.min() > 0.85


def test_time_ends_a_search_with_what_it_has() -> None:
    began = time.monotonic()
    found = SymbolicClassifier(budgets=[10, 20, 30], effort=50, time_limit=0.5).fit(X, LABELS)
    assert time.monotonic() - began < 60
    assert len(found.front_) >= 1


@pytest.mark.parametrize("steps", [1, 6])
def test_an_interrupt_keeps_what_was_found(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C comes in the midst of a step, which has changed the state already."""
    from symbolnet.methods.symbolnet.job import SymbolNet

    taken, step = [0], SymbolNet.step

    def interrupted(self: SymbolNet, progress: Any, log: Any) -> None:
        step(self, progress, log)
        taken[0] += 1
        if taken[0] == steps:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(SymbolNet, "step", interrupted)
    # A shell that starts the tests in the background has SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    estimator = SymbolicClassifier(**QUICK)
    if steps == 1:  # nothing is found before the first step ends
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(X, LABELS)
        return
    with pytest.warns(UserWarning, match="what was found so far"):
        estimator.fit(X, LABELS)
    assert taken[0] == steps
    assert estimator.score(X, LABELS) > 0.5


@pytest.mark.slow
def test_progress_is_told_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    SymbolicClassifier(**QUICK).fit(X, LABELS)
    assert capsys.readouterr() == ("", "")
    SymbolicClassifier(**QUICK, verbose=True).fit(X, LABELS)
    told = capsys.readouterr()
    assert told.out == "" and re.search(r"seed 1/1 .* ETA|points", told.err)


FRAME = pd.DataFrame({"a": ["x"] * 120, "b": X[:, 0]})
BAD: dict[str, tuple[Any, Any, dict[str, Any], str]] = {
    "nan": (np.where(X > 2, np.nan, X), LABELS, {}, "contains NaN"),
    "infinity": (np.where(X > 2, np.inf, X), LABELS, {}, "contains infinity"),
    "text": (FRAME, LABELS, {}, "could not convert string to float"),
    "one class": (X, np.ones(120, int), {}, "two classes or more; found 1 class"),
    "rows": (X[:50], LABELS, {}, "inconsistent numbers of samples"),
    "budgets": (X, LABELS, {"budgets": [0]}, "budgets.0"),
    "seeds": (X, LABELS, {"seeds": 0}, "seeds"),
    "operators": (X, LABELS, {"operators": ["cosh"]}, "operators.0"),
    "effort": (X, LABELS, {"effort": -1}, "effort"),
    "fraction": (X, LABELS, {"validation_fraction": 1.5}, "validation_fraction"),
    "quantities": (X, TARGET, {}, "Unknown label type"),
    "one name twice": (
        pd.DataFrame(X, columns=["a", "a", "b"]),
        LABELS,
        {},
        "Expected unique column names",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_line(case: str) -> None:
    x, y, parameters, said = BAD[case]
    with pytest.raises(ValueError, match=said):
        SymbolicClassifier(**(QUICK | parameters)).fit(x, y)


def test_other_columns_at_predict_are_refused(
    classifier: SymbolicClassifier, regressor: SymbolicRegressor
) -> None:
    with pytest.raises(ValueError, match="2 features"):
        regressor.predict(X[:, :2])
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(pd.DataFrame(X, columns=["a", "b", "c"]))
    with pytest.raises(NotFittedError):
        SymbolicClassifier().text()
    assert math.isfinite(classifier.complexity_)
