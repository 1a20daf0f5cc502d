"""Random small tables from CSV to exported Python, C and the graph, or to one line of refusal.

The suite takes the first few seeds; `make test-fuzz` takes 300, `TABLES=50 FIRST=1000` others.
"""

import ctypes
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from random_tables import Table, random_table
from symbolnet.artifact import read_arrays, read_json
from symbolnet.config import (
    Choice,
    Features,
    GraphJob,
    Layer,
    PaperTraining,
    Rounding,
    Split,
    SymbolNetTraining,
    TableColumns,
    Targets,
    TrainJob,
    prepare_settings,
)
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.data.prepare import prepare
from symbolnet.data.table import load_table
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.metrics import MEASURES, score
from symbolnet.expression.store import load_expressions
from symbolnet.expression.tree import variables
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.firmware.graph.reference import input_mantissas, run, scores
from symbolnet.pipeline.stages.build_graph import build_graph
from symbolnet.pipeline.stages.choose_model import choose_model
from symbolnet.pipeline.stages.compute_features import compute_features
from symbolnet.pipeline.stages.describe_dataset import describe_dataset
from symbolnet.pipeline.stages.evaluate_graph import evaluate_graph
from symbolnet.pipeline.stages.evaluate_models import evaluate_models
from symbolnet.pipeline.stages.explain_model import explain_model
from symbolnet.pipeline.stages.export_expressions import export_expressions
from symbolnet.pipeline.stages.extract_expressions import extract_expressions
from symbolnet.pipeline.stages.prepare_dataset import prepare_dataset
from symbolnet.pipeline.stages.train import train

FIRST, TABLES = (int(os.environ.get(name, n)) for name, n in (("FIRST", 0), ("TABLES", 300)))
SHORT = range(12)
COMPILE = ["cc", "-std=c99", "-O1", "-ffp-contract=off", "-fPIC", "-shared"]
# What a sound table may end with: a formula without an input has no ports, one that always decides
# for the same class no comparison.
ALLOWED = "an output that depends on an input|that can be decided for"
COMPACT = PaperTraining(
    thresholds="exact",
    layers=[Layer(unary=6, binary=3)],
    unary_operators=["identity", "tanh", "gauss", "sin"],
    targets=[Targets(weight=0.6), Targets(weight=0.9, binary=0.5)],
    epochs=20,
    batch=50,
    learning_rate=0.02,
)

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no cc on PATH")


def settings_of(table: Table) -> TableColumns:
    """Return the settings that a user writes for the file."""
    return TableColumns(
        train="table.csv",
        label=table.header[table.label],
        task=table.task,  # type: ignore[arg-type]
        delimiter=table.delimiter,
        split=Split(test_fraction=0.25, validation_fraction=0.2),
    )


def drawn(table: Table, seed: int) -> tuple[SymbolNetTraining | PaperTraining, GraphJob]:
    """Return the settings of training and graph, most of them the usual ones."""
    draw = np.random.default_rng([seed, 12])
    weights, large, argmax, uniform = draw.random(4) < 0.2
    graph = GraphJob(search=None) if uniform else GraphJob()
    if table.task == "regression":
        return COMPACT, graph
    balanced = "balanced" if weights else None
    front = SymbolNetTraining(budgets=[16] if large else [6], effort=0.1, class_weights=balanced)
    return front, graph.model_copy(update={"argmax": bool(argmax)})


def run_stages(table: Table, seed: int, at: Path) -> None:
    """Call every stage in turn; the files bear the names of its parameters."""
    table.write(at / "table.csv")
    settings, (spec, graph) = settings_of(table), drawn(table, seed)
    data = at / "dataset.npz"
    compute_features([at / "table.csv"], at / "features.npz", Features(data=settings))
    prepare_dataset([at / "features.npz"], data, prepare_settings(settings))
    describe_dataset(data, at / "description.json")
    files = at / "network.safetensors", at / "history.csv", at / "members.json", at / "checkpoint"
    train(data, *files, TrainJob(training=spec))
    extract_expressions(files[0], data, at / "expressions.json", Rounding())
    evaluate_models(files[0], at / "expressions.json", data, at / "metrics.json")
    chosen, choice = at / "chosen.json", Choice(training="t", complexity_max=1000)
    choose_model(at / "expressions.json", at / "metrics.json", chosen, choice)
    export_expressions(chosen, data, *(at / f"expressions.{kind}" for kind in ("tex", "py", "c")))
    explain_model(chosen, data, at / "explanation.json")
    build_graph(chosen, data, at / "graph.json", at / "precision.json", graph)
    evaluate_graph(at / "graph.json", chosen, data, at / "vectors.npz", at / "reference.json")


def rows_of_test(table: Table, at: Path) -> np.ndarray:
    """Return which rows of the file are the test set: the division of a table of row numbers."""
    features = load_table(at / "features.npz")
    numbered = features._replace(
        features=np.arange(len(table.cells), dtype=np.float64)[:, None], feature_names=("row",)
    )
    spec = prepare_settings(settings_of(table)).model_copy(update={"scale": "none"})
    return prepare([numbered], [], spec).x_test[:, 0].astype(int)


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("expressions", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_c(at: Path, raw: np.ndarray, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (n, d) and scores (n, k) as the C file computes them of raw rows (n, d)."""
    subprocess.run([*COMPILE, at / "expressions.c", "-o", at / "expressions.so", "-lm"], check=True)
    library, width = ctypes.CDLL(str(at / "expressions.so")), raw.shape[1]
    x, y = (ctypes.c_double * width)(), (ctypes.c_double * outputs)()
    inputs, values = [], []
    for row in raw:
        library.standardise((ctypes.c_double * width)(*row), x)
        library.scores_standardised(x, y)
        inputs.append(list(x))
        values.append(list(y))
    return np.array(inputs), np.array(values)


def chosen_metrics(at: Path) -> dict[str, Any]:
    """Return what metrics.json says of the rounded formulas of the chosen member."""
    model = load_expressions(at / "chosen.json").model
    (entry,) = [m for m in read_json(at / "metrics.json")["members"] if m["id"] == model]
    return entry["rounded"]


def check_inputs(data: Dataset, raw: np.ndarray) -> np.ndarray:
    """Hold the stored inputs to those of the file, all but the last bits; return those (n, d)."""
    exact = (raw - data.scaler_mean) / data.scaler_scale
    np.testing.assert_allclose(data.x_test, exact, rtol=3e-7, atol=1e-12)
    return exact


def check_exports(table: Table, at: Path, data: Dataset, rows: np.ndarray) -> None:
    """Hold Python and C, given the raw rows of the file, to the expressions and their metrics."""
    raw = table.inputs()[rows]
    exact, model = check_inputs(data, raw), load_expressions(at / "chosen.json")
    true = evaluate(model.expressions, exact)
    used = {data.feature_names[place] for place in variables(model.expressions)}
    assert not used & set(data.provenance["constant_features"])
    module = loaded(at / "expressions.py")
    assert list(table.names) == module.FEATURES
    python = np.array([module.scores_standardised(module.standardise(row)) for row in raw.tolist()])
    x, c = by_c(at, raw, len(model.class_names))
    np.testing.assert_allclose(x, exact, rtol=1e-12)
    for found in (python, c):
        np.testing.assert_allclose(found, true, rtol=1e-9, atol=1e-9 * np.abs(true).max())
    entry = chosen_metrics(at)
    answers = [module.predict_standardised(module.standardise(row)) for row in raw.tolist()]
    if model.raw:
        stated = np.array([module.scores_raw(row) for row in raw.tolist()])
        expected = evaluate(model.raw, raw)
        np.testing.assert_allclose(stated, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())
        if table.task == "classification" and len(data.x_train) > 50:
            assert (stated.argmax(axis=1) == true.argmax(axis=1)).mean() > 0.9
    if table.task == "regression":
        check_values(table, rows, answers, entry, data)
    else:
        assert sorted(set(table.labels)) == sorted(module.CLASSES)
        right = [answer == table.labels[row] for answer, row in zip(answers, rows, strict=True)]
        assert sum(right) == pytest.approx(entry["accuracy_test"] * len(rows), abs=1e-6)


def check_values(
    table: Table, rows: np.ndarray, answers: list[Any], entry: dict[str, Any], data: Dataset
) -> None:
    values = np.array([[float(table.cells[row][table.label])] for row in rows])
    found = np.array([[answer[table.header[table.label]]] for answer in answers])
    np.testing.assert_allclose(data.y_test, values, rtol=1e-12)
    expected, got = entry["r2_test"], score(found, values, "regression")
    assert (got is None) == (expected is None)
    assert got is None or got == pytest.approx(expected, rel=1e-4, abs=1e-4)


def check_graph(at: Path, data: Dataset, raw: np.ndarray) -> None:
    """Hold the words of the ports to the raw values, and the figures to the reference's outputs."""
    graph, vectors = load_graph(at / "graph.json"), read_arrays(at / "vectors.npz")
    exact = (raw - data.scaler_mean) / data.scaler_scale
    for column, node in enumerate(graph.inputs()):
        scaled = exact[:, node.variable] * 2.0**node.format.fraction
        words = np.clip(np.floor(scaled + 0.5), *node.interval)
        # A value that lies on an edge of a cell, as well as float32 can tell, may fall either way.
        edge = np.abs(scaled + 0.5 - np.round(scaled + 0.5)) < 1e-6 * (1 + np.abs(scaled))
        assert (edge | (words == vectors["ports"][:, column])).all()
    assert (vectors["ports"] == input_mantissas(graph, data.x_test)).all()
    assert (vectors["outputs"] == run(graph, vectors["ports"])).all()
    found = score(scores(graph, vectors["outputs"]), data.y_test, data.task)
    measure, reference = MEASURES[data.task], read_json(at / "reference.json")
    assert reference[f"{measure}_test"] == found
    assert reference[f"{measure}_float_test"] == chosen_metrics(at)[f"{measure}_test"]


def check_table(seed: int, at: Path) -> None:
    """Take one table through all stages and compare what comes out of each with the file."""
    table, refused = random_table(seed), ""
    try:
        run_stages(table, seed, at)
    except InputError as error:
        refused = str(error)
        assert "\n" not in refused
    size = f"{len(table.cells)} rows, {len(table.names)} inputs"
    print(f"table {seed}: {table.task}, {size}: {refused or 'whole'}")
    if table.trouble:
        assert re.search(table.trouble, refused)
        return
    assert not refused or re.search(ALLOWED, refused), refused
    if not (at / "expressions.c").is_file():
        return
    data, rows = load_dataset(at / "dataset.npz"), rows_of_test(table, at)
    check_exports(table, at, data, rows)
    if not refused:
        check_graph(at, data, table.inputs()[rows])


@pytest.mark.slow
@pytest.mark.parametrize("seed", SHORT)
def test_a_table_is_right_everywhere_or_refused(seed: int, tmp_path: Path) -> None:
    check_table(seed, tmp_path)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(FIRST, FIRST + TABLES))
def test_many_tables_are_right_everywhere_or_refused(seed: int, tmp_path: Path) -> None:
    check_table(seed, tmp_path)
