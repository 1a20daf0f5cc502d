"""LaTeX and Python exports say and compute what the expressions do."""

import importlib.util
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from expression_cases import (
    CLASSES,
    INPUTS,
    close,
    dataset,
    odd_inputs,
    random_inputs,
    random_network,
)
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import InputError
from symbolnet.expression import metrics
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.export.latex import document, escape, formula
from symbolnet.expression.export.python import module
from symbolnet.expression.extract import extract, unroll
from symbolnet.expression.rounding import finalise
from symbolnet.expression.store import Collection, save_collection
from symbolnet.expression.tree import Apply, Constant, ExpressionSet, Variable, distinct
from symbolnet.pipeline.stages.export_expressions import export_expressions

FEATURES = tuple(f"feature_{i}" for i in range(INPUTS))
MEAN, SCALE = [0.5 * i for i in range(INPUTS)], [1.0 + i for i in range(INPUTS)]


def model(expressions, classes=CLASSES):
    return ExpressionSet(
        "m-1", tuple(expressions), FEATURES, tuple(f"c{i}" for i in range(classes))
    )


def imported(text, folder):
    (folder / "formulas.py").write_text(text)
    spec = importlib.util.spec_from_file_location("formulas", folder / "formulas.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("seed", range(40))
def test_the_python_module_computes_the_same(seed, final, tmp_path):
    unrolled = unroll(random_network(seed))
    expressions = finalise(unrolled, 2) if final else unrolled
    loaded = imported(module(model(expressions), MEAN, SCALE), tmp_path)
    x = random_inputs(seed)
    expected = evaluate(expressions, x)
    found = np.array([loaded.scores_standardised(row) for row in x.tolist()])
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert close(expected, found, 1e-12)


@pytest.mark.parametrize("symbol", ["exp", "sinh", "cosh", "log", "sin", "tan", "sqrt", "tanh"])
def test_the_python_module_is_as_calm_as_numpy_outside_a_domain(symbol, tmp_path):
    expressions = [Apply(symbol, (Variable(0),))]
    loaded = imported(module(model(expressions, 1), MEAN, SCALE), tmp_path)
    for value in (1e4, -1e4, 0.0, -2.5, math.inf, math.nan):
        expected = evaluate(expressions, np.array([[value]]))[0, 0]
        np.testing.assert_allclose(loaded.scores_standardised([value])[0], expected, rtol=1e-12)


@pytest.mark.parametrize("exponent", [-1, 2, 3, 0.5, -0.5])
def test_powers_outside_their_domain(exponent, tmp_path):
    expressions = [Apply("Pow", (Variable(0), Constant(exponent)))]
    loaded = imported(module(model(expressions, 1), MEAN, SCALE), tmp_path)
    for value in (1e200, -1e200, 0.0, -2.5, 2.5):
        expected = evaluate(expressions, np.array([[value]]))[0, 0]
        np.testing.assert_allclose(loaded.scores_standardised([value])[0], expected, rtol=1e-12)


def test_signs_and_brackets(tmp_path):
    a, b = Variable(0), Variable(1)
    difference = Apply("Add", (Apply("Mul", (Constant(-1), a)), Constant(-2.5)))
    product = Apply("Mul", (Constant(-3), difference, Apply("Mul", (Constant(-1), b))))
    expressions = [product, Apply("Add", (a, difference)), Apply("Mul", (Constant(-1), difference))]
    text = module(model(expressions), MEAN, SCALE)
    assert "+ -" not in text
    assert imported(text, tmp_path).scores_standardised([2.0, 5.0]) == [-67.5, -2.5, 4.5]


def test_prediction_and_scaler(tmp_path):
    data = dataset()
    expressions = unroll(random_network(2))
    loaded = imported(module(model(expressions), MEAN, SCALE), tmp_path)
    x = data.x_test[:50].astype(float)
    expected = [f"c{k}" for k in evaluate(expressions, x).argmax(axis=1)]
    assert [loaded.predict_standardised(row) for row in x.tolist()] == expected
    raw = x * np.array(SCALE) + np.array(MEAN)
    found = [loaded.standardise(row) for row in raw.tolist()]
    np.testing.assert_allclose(found, x, rtol=1e-12, atol=1e-12)
    assert loaded.predict_raw(raw[0].tolist()) == expected[0]
    assert list(FEATURES) == loaded.FEATURES and loaded.CLASSES == ["c0", "c1", "c2"]


@pytest.mark.parametrize("seed", range(12))
def test_a_row_without_finite_scores_has_no_class_as_in_the_metrics(seed, tmp_path):
    expressions, x = finalise(unroll(random_network(seed)), 2), odd_inputs(seed)
    loaded = imported(module(model(expressions), MEAN, SCALE), tmp_path)
    found = [loaded.predict_standardised(row) for row in x.tolist()]
    scores = evaluate(expressions, x)
    given = np.array([-1 if name is None else int(name[1:]) for name in found])
    assert all(
        metrics.accuracy(scores, np.full(len(x), k)) == (given == k).mean() for k in range(3)
    )
    raw = [math.nan] * INPUTS
    used = all(any(isinstance(n, Variable) for n in distinct([e])) for e in expressions)
    assert not used or loaded.predict_raw(raw) is None


def test_names_cannot_break_the_module(tmp_path):
    names = (
        '"""',
        "a\\",
        "b\nc",
        "'",
        "d",
        "é",
        "E",
        "I",
        "lambda",
        "__class__",
        "a b",
        "a_b",
        "*/",
    )
    one = ExpressionSet('x"""y', (Variable(0),), names, ('";import os;"',))
    loaded = imported(module(one, MEAN, SCALE), tmp_path)
    assert list(names) == loaded.FEATURES and loaded.predict_standardised([1.0]) == '";import os;"'


def test_latex_is_readable():
    square = Apply("Pow", (Variable(0), Constant(2)))
    gauss = Apply("exp", (Apply("Mul", (Constant(-0.12), square)),))
    assert formula(gauss) == "e^{- 0.12 x_{0}^{2}}"
    text = document(model([gauss], 1), MEAN, SCALE)
    assert r"e^{- 0.12 \cdot \mathrm{feature\_0}^{2}}" in text
    assert r"\mathrm{c0} = " in text and r"feature\_0 & 0 & 1 \\" in text
    assert text.count("{") == text.count("}")


def test_latex_commands_in_names_are_escaped():
    assert escape(r"a_b%\input{x}$") == r"a\_b\%\textbackslash{}input\{x\}\$"


def test_values_of_a_regression_go_by_their_names(tmp_path):
    loaded = imported(module(model([Variable(1)], 1), MEAN, SCALE, "regression"), tmp_path)
    assert loaded.predict_raw([0.0, 2.5, 0, 0, 0, 0]) == {"c0": 1.0}
    assert "one per target" in document(model([Variable(1)], 1), MEAN, SCALE, "regression")


def test_names_with_blanks_and_signs_stand_as_text_in_formulas():
    names, classes = ("a b", "η & <i>", "plain_1"), ("not a",)
    one = ExpressionSet("m", (Apply("Add", tuple(map(Variable, range(3)))),), names, classes)
    text = document(one, MEAN, SCALE)
    assert r"$\displaystyle \text{not a} = " in text
    assert r"\text{a b}" in text and r"\mathrm{plain\_1}" in text
    assert r"\text{\ensuremath{\eta} \& \textless{}i\textgreater{}}" in text


@pytest.fixture
def files(tmp_path):
    save_dataset(tmp_path / "d.npz", dataset())
    member = extract("m1", random_network(5), 2)
    names = dataset().feature_names, dataset().class_names
    save_collection(tmp_path / "e.json", Collection(2, *names, (member,)))
    return tmp_path, member


def test_the_stage_writes_a_module_that_runs_alone(files):
    folder, member = files
    exported = (folder / name for name in ("e.tex", "expressions.py", "e.c"))
    export_expressions(folder / "e.json", folder / "d.npz", *exported)
    rows = random_inputs(5, rows=5)
    scores = f"[e.scores_standardised(x) for x in {rows.tolist()}]"
    code = f"import json, expressions as e; print(json.dumps({scores}))"
    run = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {code}"]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=True)
    assert close(evaluate(member.rounded, rows), np.array(json.loads(done.stdout)), 1e-12)
    assert (folder / "e.tex").read_text().startswith("\\documentclass")


def test_the_stage_refuses_another_data_set(files):
    folder, _ = files
    other = dataset()._replace(feature_names=tuple("abcdef"))
    save_dataset(folder / "o.npz", other)
    with pytest.raises(InputError, match="features"):
        export_expressions(folder / "e.json", folder / "o.npz", *(folder / n for n in "tpc"))
    assert not (folder / "t").exists()
