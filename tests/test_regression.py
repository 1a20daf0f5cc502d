"""A regression through every stage: trained, chosen, exported, in fixed point, on the page."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from report_case import CERTIFICATE, HARDWARE, RESULTS
from symbolnet.artifact import read_json, write_json, write_text
from symbolnet.audit.compare import compare
from symbolnet.audit.verify import Run
from symbolnet.config import (
    ArrayImages,
    Choice,
    Config,
    GraphJob,
    Layer,
    PaperTraining,
    ReportSpec,
    Rounding,
    Search,
    Targets,
    TrainJob,
)
from symbolnet.data.dataset import Dataset, load_dataset, save_dataset
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import load_expressions
from symbolnet.pipeline.stages.build_graph import build_graph
from symbolnet.pipeline.stages.certify_distance import certify_distance
from symbolnet.pipeline.stages.choose_model import choose_model
from symbolnet.pipeline.stages.describe_dataset import describe_dataset
from symbolnet.pipeline.stages.evaluate_graph import evaluate_graph
from symbolnet.pipeline.stages.evaluate_models import evaluate_models
from symbolnet.pipeline.stages.explain_model import explain_model
from symbolnet.pipeline.stages.export_expressions import export_expressions
from symbolnet.pipeline.stages.extract_expressions import extract_expressions
from symbolnet.pipeline.stages.train import train
from symbolnet.pipeline.stages.write_report import write_report

OF_CLASSES = ("balanced_accuracy", "auc", "decided")
NAMES = ("a", "b", "c", "d")
TARGETS = ("target", "q")
TRAINING = PaperTraining(
    thresholds="exact",
    layers=[Layer(unary=6, binary=3)],
    unary_operators=["identity", "sin", "tanh"],
    targets=[Targets(weight=0.3), Targets(weight=0.7, binary=0.5)],
    seeds=[0, 1],
    epochs=60,
    batch=50,
    learning_rate=0.02,
)
SPEC = ReportSpec(
    run="values", datasets=["toy"], train=["t"], choose=["best"], sources={"toy": "npz"}
)


def toy(rows: int = 600) -> Dataset:
    """Two targets of three of four inputs."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, len(NAMES))).astype(np.float32)
    y = np.stack([2 * x[:, 0] + x[:, 1], np.tanh(x[:, 2]) - 0.5 * x[:, 0]], axis=1)
    xs, ys = (np.split(values, [rows // 2, 3 * rows // 4]) for values in (x, y))
    scaler = np.arange(4.0), np.full(4, 2.0)
    return Dataset(*xs, *ys, *scaler, NAMES, TARGETS, {"source": "toy"}, "regression")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every stage but the simulations, whose figures stand in for themselves."""
    root = tmp_path_factory.mktemp("values")
    table, folder = root / "data/toy/dataset.npz", root / "training/toy/t"
    save_dataset(table, toy())
    describe_dataset(table, table.with_name("description.json"))
    network, expressions = folder / "network.safetensors", folder / "expressions.json"
    files = folder / "history.csv", folder / "members.json", folder / "checkpoint"
    train(table, network, *files, TrainJob(training=TRAINING))
    extract_expressions(network, table, expressions, Rounding(digits=3))
    evaluate_models(network, expressions, table, folder / "metrics.json")
    firmware = root / "firmware/toy/best"
    chosen, spec = firmware / "expressions.json", Choice(training="t", complexity_max=1000)
    choose_model(expressions, folder / "metrics.json", chosen, spec)
    export_expressions(chosen, table, *(firmware / f"expressions.{s}" for s in ("tex", "py", "c")))
    explain_model(chosen, table, firmware / "explanation.json")
    graph = firmware / "graph.json"
    settings = GraphJob(search=Search(tolerance=0.01))
    build_graph(chosen, table, graph, firmware / "precision.json", settings)
    evaluate_graph(graph, chosen, table, firmware / "vectors.npz", firmware / "reference.json")
    vendor = {"available": False, "reason": "no vivado on PATH", "results": []}
    write_json(firmware / "vendor.json", vendor, "vendor")
    write_json(firmware / "certificate.json", CERTIFICATE, "certificate")
    certify_distance(graph, chosen, table, firmware / "distance.json")
    write_text(firmware / "rtl/interface.json", HARDWARE["rtl/interface.json"])
    for kind in ("rtl", "emulator", "hls", "hls_lut", "resources"):
        known = {k: v for k, v in RESULTS[kind].items() if not k.startswith(OF_CLASSES)}
        figures = {k.replace("accuracy", "r2"): v for k, v in known.items()}
        write_json(firmware / f"{kind}.json", {"kind": kind, **figures}, "firmware")
    return root


def inputs(root: Path) -> list[Path]:
    left_out = {"network.safetensors", "vectors.npz"}
    parts = ("data/toy", "training/toy/t", "firmware/toy/best")
    files = [p for part in parts for p in sorted((root / part).iterdir()) if p.is_file()]
    rtl = root / "firmware/toy/best/rtl"
    return [*(path for path in files if path.name not in left_out), rtl]


def test_models_are_measured_by_r2(run: Path) -> None:
    found = read_json(run / "training/toy/t/metrics.json", "metrics")
    assert (found["task"], found["auc_of"]) == ("regression", None)
    data = load_dataset(run / "data/toy/dataset.npz")
    chosen = load_expressions(run / "firmware/toy/best/expressions.json")
    missed = evaluate(chosen.expressions, data.x_test) - data.y_test
    spread = data.y_test - data.y_test.mean(axis=0)
    entry = next(one for one in found["members"] if one["id"] == chosen.model)
    expected = np.mean(1 - (missed**2).sum(axis=0) / (spread**2).sum(axis=0))
    assert entry["rounded"]["r2_test"] == pytest.approx(expected)
    assert entry["rounded"]["rmse_test"] == pytest.approx(np.sqrt((missed**2).mean()))
    assert expected > 0.97


def test_the_best_on_validation_data_is_chosen(run: Path) -> None:
    members = read_json(run / "training/toy/t/metrics.json")["members"]
    best = max(members, key=lambda one: one["rounded"]["r2_validation"])
    assert load_expressions(run / "firmware/toy/best/expressions.json").model == best["id"]


def test_the_python_module_returns_the_targets(run: Path) -> None:
    path = run / "firmware/toy/best/expressions.py"
    spec = importlib.util.spec_from_file_location("values_of_toy", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    data = load_dataset(run / "data/toy/dataset.npz")
    row = data.x_test[0].astype(float)
    raw = (row * data.scaler_scale + data.scaler_mean).tolist()
    found = loaded.predict_standardised(loaded.standardise(raw))
    chosen = load_expressions(run / "firmware/toy/best/expressions.json")
    expected = evaluate(chosen.expressions, row[None])[0]
    assert list(found) == list(TARGETS)
    assert list(found.values()) == pytest.approx(expected.tolist())
    values = list(loaded.predict_raw(raw).values())
    assert values == pytest.approx(expected.tolist(), abs=0.02)  # rounded anew, in raw units


def test_fixed_point_keeps_r2_within_the_tolerance(run: Path) -> None:
    record = read_json(run / "firmware/toy/best/precision.json", "precision")
    (point,) = [one for one in record["points"] if one["chosen"]]
    assert point["loss"] + point["loss_error"] <= 0.01
    assert point["accuracy_validation"] >= record["float_accuracy_validation"] - 0.02
    assert point["luts_estimated"] < record["points"][0]["luts_estimated"]
    reference = read_json(run / "firmware/toy/best/reference.json", "firmware")
    assert reference["r2_test"] > reference["r2_float_test"] - 0.03
    assert "accuracy_test" not in reference


def test_summary_and_page_speak_of_r2(run: Path) -> None:
    write_report(SPEC, inputs(run), run / "summary.json", run / "report/index.html")
    summary = read_json(run / "summary.json", "summary")
    assert summary["datasets"][0]["task"] == "regression"
    points = summary["front"]["toy"]
    assert points and all(p["accuracy_test"] is None and p["r2_test"] for p in points)
    scores = [point["r2_validation"] for point in points]
    assert scores == sorted(scores)
    (row,) = summary["budgets"]["toy"]["rows"]
    assert row["cells"][-1]["r2_test"] > 0.9 and row["cells"][-1]["accuracy_test"] is None
    text = (run / "report/index.html").read_text(encoding="utf-8")
    words = " ".join(re.sub(r"<(style|script|pre).*?</\1>|<[^>]*>", " ", text, flags=re.S).split())
    assert "Test R²" in words and "target: target, q" not in words
    for other in ("accuracy", "ROC AUC", "class", "target target", "Target target", " 1 models"):
        assert other not in words, other
    assert "one short formula per target" in words
    model = next(m for m in summary["models"] if m["id"] == summary["firmware"][0]["model"])
    assert f"{model['expression_r2_test']:.4f}" in text


def test_two_regressions_are_compared_by_r2(run: Path) -> None:
    write_report(SPEC, inputs(run), run / "summary.json", run / "report/index.html")
    manifest = {"run": "values", "config": {}, "code": {}, "environment": {"packages": {}}}
    settings = {"training": {"t": TRAINING}, "choices": {"best": Choice(training="t")}}
    config = Config(
        data={"toy": ArrayImages(source="npz", train="x")},
        datasets=["toy"],
        train=["t"],
        choose=["best"],
        **settings,
    )
    one = Run(run, manifest, config, set())
    figures = {figure["what"]: figure for figure in compare(one, one)["accuracy"]}
    (row,) = read_json(run / "summary.json")["budgets"]["toy"]["rows"]
    stated = {f"t at complexity <= {n}": cell for n, cell in zip(LIMITS, row["cells"], strict=True)}
    for what, cell in stated.items():
        if cell is not None:
            assert figures[what]["r2_test"] == pytest.approx([cell["choice"]["r2_test"]] * 2)
        if cell is not None and cell["seeds"] > 1:
            mean = figures[f"{what}, mean of seeds"]["r2_test"]
            assert mean == pytest.approx([cell["r2_test"]] * 2)
    fixed = read_json(run / "firmware/toy/best/reference.json")["r2_test"]
    assert figures["firmware best, fixed point"]["r2_test"] == pytest.approx([fixed] * 2)


LIMITS = (16, 30, 60, 140)
QUICK = TRAINING.model_copy(update={"targets": TRAINING.targets[:1], "seeds": [0], "epochs": 20})
LAW = TRAINING.model_copy(
    update={
        "layers": [Layer(unary=2, binary=2)],
        "targets": [Targets(weight=0.8, input=0.0)],
        "seeds": [0],
        "epochs": 150,
    }
)
UNITS = {
    "prices": (5e4, 2e5),
    "fractions": (1e-6, 0.0),
    "positive": (1.0, 8.0),
    "moved": (1.0, 1e4),
    "far": (1.0, -1e9),
    "huge": (1e200, 0.0),
    "unlike": ([1e6, 1e-3], [0.0, 50.0]),
}


def measured(folder: Path, data: Dataset, thresholds: str, settings: PaperTraining = QUICK) -> dict:
    """Train, extract and measure the one member of a short training."""
    table, network, expressions = folder / "dataset.npz", folder / "network", folder / "expressions"
    save_dataset(table, data)
    files = (folder / name for name in ("h", "m", "c"))
    spec = settings.model_copy(update={"thresholds": thresholds})
    train(table, network, *files, TrainJob(training=spec))
    extract_expressions(network, table, expressions, Rounding(digits=3))
    evaluate_models(network, expressions, table, folder / "metrics.json")
    (member,) = read_json(folder / "metrics.json", "metrics")["members"]
    return member


@pytest.mark.slow
@pytest.mark.parametrize("thresholds", ["exact", "learned"])
def test_a_quantity_is_learnt_alike_in_every_unit(thresholds: str, tmp_path: Path) -> None:
    """Scaled or moved, y gives the same network, and rounding leaves the formula its spread."""
    plain = toy()
    (tmp_path / "plain").mkdir()
    expected = measured(tmp_path / "plain", plain, thresholds)
    for name, (scale, shift) in UNITS.items():
        values = (plain.y_train, plain.y_validation, plain.y_test)
        moved = [y.astype(np.float64) * scale + shift for y in values]
        fields = zip(("y_train", "y_validation", "y_test"), moved, strict=True)
        (tmp_path / name).mkdir()
        found = measured(tmp_path / name, plain._replace(**dict(fields)), thresholds)
        near = 1e-2 if np.any(shift) else 1e-4  # what lies far from 0 is moved by its mean, exactly
        for stage, loss in (("network", near), ("unrolled", near), ("rounded", 1e-2)):
            assert found[stage]["r2_test"] == pytest.approx(expected[stage]["r2_test"], abs=loss)
        assert found["rounded"]["r2_test"] > expected["unrolled"]["r2_test"] - 1e-2, name
    assert expected["network"]["r2_test"] > 0.5


def test_a_law_without_a_constant_keeps_none(tmp_path: Path) -> None:
    """1.5 a b of positive inputs: about its mean, no formula of four nodes would be exact."""
    x = np.random.default_rng(0).uniform(1, 5, size=(900, 2)).astype(np.float32)
    xs = np.split(x, [500, 700])
    y = [1.5 * (part[:, :1] * part[:, 1:]).astype(np.float64) for part in xs]
    data = Dataset(*xs, *y, np.zeros(2), np.ones(2), ("a", "b"), ("f",), {}, "regression")
    data = data._replace(provenance={"source": "law"})
    found = measured(tmp_path, data, "exact", LAW)
    assert found["complexity"] == [4] and found["rounded"]["r2_test"] > 0.9999
