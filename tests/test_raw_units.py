"""Formulas in the units of the data say what the standardised ones say, in few digits."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable

import numpy as np
import pytest
from sympy import preorder_traversal

from expression_cases import INPUTS, close, random_inputs, random_network
from symbolnet.audit.formulas import values
from symbolnet.config import TableColumns, prepare_settings
from symbolnet.data.dataset import Dataset
from symbolnet.data.prepare import prepare
from symbolnet.data.table import FeatureTable
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.export.c import c_file
from symbolnet.expression.export.latex import document, formula
from symbolnet.expression.export.python import module
from symbolnet.expression.export.to_sympy import to_sympy
from symbolnet.expression.extract import unroll
from symbolnet.expression.raw_units import folded, in_raw_units
from symbolnet.expression.rounding import finalise
from symbolnet.expression.store import (
    Collection,
    Extracted,
    load_collection,
    load_expressions,
    save_collection,
    to_graph,
)
from symbolnet.expression.tree import (
    Apply,
    Constant,
    Expression,
    ExpressionSet,
    Variable,
    complexities,
    distinct,
)

Expressions = tuple[Expression, ...]
ROWS = 3000


def add(*parts: Expression) -> Expression:
    return Apply("Add", parts)


def times(number: float, *parts: Expression) -> Expression:
    return Apply("Mul", (Constant(number), *parts))


def tanh(one: Expression) -> Expression:
    return Apply("tanh", (one,))


A, B, T, C = map(Variable, range(4))
CLASSES = (
    add(times(1.6, A), tanh(add(times(2.3, T), Constant(-0.4)))),
    add(times(-0.8, A, B), times(1.3, Apply("sin", (add(times(3.1, B), Constant(0.7)),)))),
    add(tanh(B), times(0.5, T), Constant(0.2)),
)
VALUE = (add(times(33, A, add(B, Constant(1.7))), times(86, B), times(4, T), Constant(150)),)


def columns(rows: int = ROWS) -> np.ndarray:
    """Return a length, a share, a time of 1e6 +- 1 and a constant."""
    draw = np.random.default_rng(4)
    return np.stack(
        [
            draw.normal(120, 30, rows),
            draw.uniform(0, 0.004, rows),
            1e6 + draw.normal(size=rows),
            np.full(rows, 7.0),
        ],
        axis=1,
    )


def dataset(formulas: Expressions, task: str = "classification", rows: int = ROWS) -> Dataset:
    """Return a data set of the columns, its truth that of the formulas with some noise."""
    raw, draw = columns(rows), np.random.default_rng(5)
    classes = task == "classification"
    label = np.arange(rows) % len(formulas) if classes else np.zeros((rows, 1))
    names = tuple(f"c{k}" for k in range(len(formulas)))
    table = FeatureTable(raw, label, ("a", "b", "t", "c"), names, {}, task=task)
    spec = prepare_settings(TableColumns(train="t.csv", label="y", task=task))
    data = prepare([table], [], spec)
    for split in ("train", "validation", "test"):
        found = evaluate(formulas, data.split(split)[0])
        noisy = found + found.std(axis=0) * 0.3 * draw.normal(size=found.shape)
        data = data._replace(**{f"y_{split}": noisy.argmax(axis=1) if classes else noisy})
    return data


def raw_test(data: Dataset) -> np.ndarray:
    return data.x_test.astype(np.float64) * data.scaler_scale + data.scaler_mean


def numbers(expressions: Expressions) -> list[float]:
    return [one.value for one in distinct(expressions) if isinstance(one, Constant)]


def digits(number: float) -> int:
    """Count the significant digits that a number is written with."""
    return len(re.sub(r"e.*|\D", "", repr(float(number)).removesuffix(".0")).strip("0"))


@pytest.mark.parametrize("seed", range(30))
def test_folding_keeps_every_value(seed: int) -> None:
    expressions, x = finalise(unroll(random_network(seed)), 2), random_inputs(seed)
    draw = np.random.default_rng(seed)
    mean, scale = draw.normal(size=INPUTS) * 10, 10 ** draw.uniform(-1, 2, INPUTS)
    found = evaluate(folded(expressions, mean, scale), x * scale + mean)
    assert close(evaluate(expressions, x), found, 1e-6)


def test_a_weight_and_a_bias_take_scale_and_mean() -> None:
    one = (tanh(add(times(2, A), Constant(1))),)
    (found,) = folded(one, np.array([3.0]), np.array([4.0]))
    assert found == tanh(add(times(0.5, A), Constant(-0.5)))
    assert complexities((found,)) == complexities(one)


def test_a_bare_input_costs_a_constant() -> None:
    (found,) = folded((tanh(A),), np.array([3.0]), np.array([4.0]))
    assert found == tanh(add(times(0.25, A), Constant(-0.75)))
    assert complexities((found,)) == [6] and complexities((tanh(A),)) == [2]


def test_classes_are_the_same_by_a_second_computation() -> None:
    data = dataset(CLASSES)
    raw = in_raw_units(CLASSES, data)
    before = values(to_graph(CLASSES), data.x_test).argmax(axis=1)
    found = values(to_graph(raw), raw_test(data)).argmax(axis=1)
    assert (found == before).mean() >= 0.998
    accuracy = (before == data.y_test).mean()
    assert accuracy > 0.6 and (found == data.y_test).mean() == pytest.approx(accuracy, abs=2e-3)
    counted = [len(list(preorder_traversal(to_sympy(one)))) for one in raw]
    assert counted == complexities(raw) and sum(counted) > sum(complexities(CLASSES))


def test_large_offsets_have_the_digits_that_they_need_and_no_others() -> None:
    raw = in_raw_units(CLASSES, dataset(CLASSES))
    (offset,) = [n for n in numbers(raw[:1]) if abs(n) > 1e6]  # that of 2.3 (t - 1e6)
    assert 8 <= digits(offset) <= 11
    assert max(digits(n) for n in numbers(raw) if abs(n) < 1e5) <= 5


def test_a_quantity_stays_in_its_own_unit() -> None:
    data = dataset(VALUE, "regression")
    raw = in_raw_units(VALUE, data)
    before, found = values(to_graph(VALUE), data.x_test), values(to_graph(raw), raw_test(data))
    missed = np.sqrt(np.mean((before - data.y_test) ** 2))
    assert np.sqrt(np.mean((found - before) ** 2)) < 0.05 * missed
    assert np.sqrt(np.mean((found - data.y_test) ** 2)) == pytest.approx(missed, rel=5e-3)


def test_a_law_without_noise_keeps_what_it_explains() -> None:
    data = dataset(VALUE, "regression")
    exact = {f"y_{s}": evaluate(VALUE, data.split(s)[0]) for s in ("train", "validation", "test")}
    data = data._replace(**exact)
    found = values(to_graph(in_raw_units(VALUE, data)), raw_test(data))
    assert 1 - ((found - data.y_test) ** 2).mean() / data.y_test.var() > 1 - 1e-8


def test_a_constant_column_does_no_harm() -> None:
    formulas = (add(times(2, A), times(3, C)), B)
    data = dataset(formulas)
    assert data.scaler_scale[3] == 1 and data.scaler_mean[3] == 7
    found = values(to_graph(in_raw_units(formulas, data)), raw_test(data))
    before = values(to_graph(formulas), data.x_test)
    assert (found.argmax(axis=1) == before.argmax(axis=1)).mean() > 0.998


def test_without_a_scaler_nothing_changes() -> None:
    data = dataset(CLASSES)._replace(scaler_mean=np.zeros(4), scaler_scale=np.ones(4))
    assert in_raw_units(CLASSES, data) == CLASSES


def pixels(inputs: int) -> Dataset:
    draw = np.random.default_rng(0)
    x = draw.uniform(size=(600, inputs)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] > x[:, 2] + 0.5).astype(np.int64)
    names = tuple(f"p{i}" for i in range(inputs))
    scaler = np.zeros(inputs), np.full(inputs, 255.0)
    parts = (slice(300), slice(300, 400), slice(400, None))
    rows = *(x[part] for part in parts), *(y[part] for part in parts)
    return Dataset(*rows, *scaler, names, ("n", "y"), {})


def test_a_common_scale_stays_outside_sums_of_bare_pixels() -> None:
    data = pixels(16)
    bare = add(*map(Variable, range(9)))
    assert in_raw_units((tanh(bare), Constant(0)), data) == ()
    product = times(2, add(A, B), add(T, Constant(0.5)))
    raw = in_raw_units((product, Constant(1)), data)
    assert complexities(raw) == complexities((product, Constant(1)))
    assert close(evaluate((product,), data.x_test), evaluate(raw[:1], raw_test(data)), 2e-2)


@pytest.mark.slow
def test_thousands_of_inputs_take_seconds() -> None:
    data = pixels(3072)
    draw = np.random.default_rng(1)
    data = data._replace(
        scaler_mean=draw.uniform(90, 150, 3072), scaler_scale=draw.uniform(40, 80, 3072)
    )
    units = [add(*map(Variable, draw.choice(3072, 30, replace=False))) for _ in range(100)]
    formulas = (add(*(times(0.7, tanh(one)) for one in units)), add(*map(Variable, range(3072))))
    start = time.monotonic()
    raw = in_raw_units(formulas, data)
    assert time.monotonic() - start < 60
    before, found = evaluate(formulas, data.x_test), evaluate(raw, raw_test(data))
    assert (before.argmax(axis=1) == found.argmax(axis=1)).all()


def test_what_has_no_finite_values_is_left_as_it_is() -> None:
    formulas = (Apply("log", (add(A, Constant(-9)),)),)
    data = dataset((A,), "regression")
    raw = in_raw_units(formulas, data)
    assert np.isnan(evaluate(raw, raw_test(data))).all()


def stored(tmp_path, raw: Expressions) -> ExpressionSet:
    member = Extracted("m", None, CLASSES, CLASSES, raw)
    names = ("a", "b", "t", "c"), ("c0", "c1", "c2")
    save_collection(tmp_path / "e.json", Collection(2, *names, (member,)))
    return load_expressions(tmp_path / "e.json")


def test_the_file_keeps_them_and_their_price(tmp_path) -> None:
    raw = in_raw_units(CLASSES, dataset(CLASSES))
    assert stored(tmp_path, raw).raw == raw and stored(tmp_path, raw).expressions == CLASSES
    text = (tmp_path / "e.json").read_text()
    (tmp_path / "e.json").write_text(
        re.sub(r'(?s)("raw": \{.*?"complexity": \[\s*)\d+', r"\g<1>3", text)
    )
    with pytest.raises(InputError, match="raw: "):
        load_collection(tmp_path / "e.json")


def test_python_takes_raw_rows(tmp_path) -> None:
    data = dataset(CLASSES)
    model = stored(tmp_path, in_raw_units(CLASSES, data))
    space: dict[str, Callable] = {}
    exec(module(model, data.scaler_mean.tolist(), data.scaler_scale.tolist()), space)
    raw = raw_test(data)[:50]
    scores = np.array([space["scores_raw"](row) for row in raw.tolist()])
    assert close(evaluate(model.raw, raw), scores, 1e-12)
    answers = [space["predict_raw"](row) for row in raw.tolist()]
    assert answers == [f"c{k}" for k in scores.argmax(axis=1)]
    assert not {"predict", "scores"} & set(space)  # every name says what it takes


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc on PATH")
@pytest.mark.parametrize("stated", [True, False])
def test_c_takes_raw_rows(stated: bool, tmp_path) -> None:
    import ctypes

    data = dataset(CLASSES)
    model = stored(tmp_path, in_raw_units(CLASSES, data) if stated else ())
    text = c_file(model, data.scaler_mean.tolist(), data.scaler_scale.tolist())
    (tmp_path / "e.c").write_text(text)
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fPIC", "-shared"]
    command = ["gcc", *flags, "e.c", "-o", "e.so", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True)
    library, raw = ctypes.CDLL(str(tmp_path / "e.so")), raw_test(data)[:50]
    found = [library.predict_raw((ctypes.c_double * 4)(*row)) for row in raw]
    assert found == evaluate(CLASSES, data.x_test[:50]).argmax(axis=1).tolist()


def test_latex_has_both(tmp_path) -> None:
    data = dataset(CLASSES)
    about = data.scaler_mean.tolist(), data.scaler_scale.tolist()
    raw = in_raw_units(CLASSES, data)
    text = document(stored(tmp_path, raw), *about)
    assert text.index("In the units of the data") < text.index("In standardised inputs")
    assert "In the units" not in document(stored(tmp_path, ()), *about)
    assert "x_{2}" in formula(raw[0])
