"""The C export compiles without a warning and computes what the expressions do."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

from expression_cases import CLASSES, INPUTS, close, odd_inputs, random_inputs, random_network
from symbolnet.expression import metrics
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.export.c import c_file
from symbolnet.expression.extract import unroll
from symbolnet.expression.rounding import finalise
from symbolnet.expression.tree import Apply, Constant, ExpressionSet, Variable

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc on PATH")
MEAN, SCALE = [0.5 * i for i in range(INPUTS)], [1.0 + i for i in range(INPUTS)]
FLAGS = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-ffp-contract=off"]
FLAGS += ["-fPIC", "-shared"]
EVIL = '"); system("true"); /* é ??/ \\'


def compiled(expressions, folder, task="classification", names=None):
    """Return a library of the formulas, held to the strictest C99."""
    features = names or tuple(f"feature_{i}" for i in range(INPUTS))
    classes = tuple(f"c{i}" for i in range(len(expressions)))
    model = ExpressionSet("m */ 1", tuple(expressions), features, classes)
    source, library = folder / "formulas.c", folder / "formulas.so"
    source.write_text(c_file(model, MEAN, SCALE, task))
    subprocess.run(["gcc", *FLAGS, source, "-o", library, "-lm"], check=True)
    return ctypes.CDLL(str(library))


def called(function, row, width):
    result = (ctypes.c_double * width)()
    function((ctypes.c_double * len(row))(*row), result)
    return list(result)


@pytest.mark.parametrize("seed", range(8))
def test_scores_and_classes_are_the_same(seed, tmp_path):
    expressions = finalise(unroll(random_network(seed)), 3)
    library, x = compiled(expressions, tmp_path), random_inputs(seed)
    expected = evaluate(expressions, x)
    found = np.array([called(library.scores_standardised, row, CLASSES) for row in x])
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert close(expected, found, 1e-12)
    rows = [
        row for row in x if np.isfinite(called(library.scores_standardised, row, CLASSES)).all()
    ]
    given = [library.predict_standardised((ctypes.c_double * INPUTS)(*row)) for row in rows]
    scores = np.array([called(library.scores_standardised, row, CLASSES) for row in rows])
    assert given == scores.argmax(axis=1).tolist()


@pytest.mark.parametrize("seed", range(6))
def test_a_row_without_finite_scores_has_no_class_as_in_the_metrics(seed, tmp_path):
    expressions, x = finalise(unroll(random_network(seed)), 2), odd_inputs(seed)
    library, scores = compiled(expressions, tmp_path), evaluate(expressions, x)
    given = np.array([library.predict_standardised((ctypes.c_double * INPUTS)(*row)) for row in x])
    for k in range(CLASSES):
        assert metrics.accuracy(scores, np.full(len(x), k)) == (given == k).mean()
    assert set(given) <= {-1, *range(CLASSES)}


def test_it_standardises(tmp_path):
    library = compiled([Variable(0)], tmp_path)
    raw = random_inputs(1, rows=1)[0]
    assert called(library.standardise, raw, INPUTS) == pytest.approx((raw - MEAN) / SCALE)


def test_big_integers_names_and_constants_do_not_break_it(tmp_path):
    product = Apply("Mul", (Constant(3_000_000_000), Constant(3_000_000_000), Constant(-2)))
    names = (EVIL, *(f"x{i}" for i in range(INPUTS - 1)))
    library = compiled([product], tmp_path, names=names)
    assert called(library.scores_standardised, [0.0] * INPUTS, 1) == [-1.8e19]
    stored = (ctypes.c_char_p * INPUTS).in_dll(library, "feature_names")
    assert stored[0].decode() == EVIL


def test_a_regression_has_values_and_no_class(tmp_path):
    library = compiled([Variable(2)], tmp_path, "regression")
    assert called(library.scores_standardised, [0, 0, 7, 0, 0, 0], 1) == [7]
    assert not hasattr(library, "predict_raw")


NAMES = ("E", "I", "lambda", "__class__", "a b", "a_b", "*/", "size\n(mm)", "'\"\\", "Δη<|>")


@pytest.mark.parametrize("first", range(0, len(NAMES), INPUTS))
def test_every_name_stands_in_it_as_it_is(first, tmp_path):
    names = (NAMES[first:] + NAMES)[:INPUTS]
    library = compiled([Variable(0)], tmp_path, names=names)
    stored = (ctypes.c_char_p * INPUTS).in_dll(library, "feature_names")
    assert tuple(name.decode() for name in stored) == names
