"""Quantities in hardware: whatever the unit, the same bits; limits of LUTs hold for them, too."""

import math
from pathlib import Path

import numpy as np
import pytest

from circuits import X0, X1, add, apply, expression_set, gauss, mul
from symbolnet.artifact import read_json, write_json
from symbolnet.config import Choice, GraphJob, LutBudget, Precision, Search, SearchJob
from symbolnet.data.dataset import SPLITS, Dataset, save_dataset
from symbolnet.expression.assess import metrics_record
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import Collection, Extracted, load_expressions, save_collection
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.build.conversion import expressions_in, units_of
from symbolnet.firmware.emit.rtl import interpret
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.graph.fixed import from_real
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.firmware.graph.scaling import Unit, meaning, restored
from symbolnet.firmware.search.estimate import node_luts
from symbolnet.firmware.search.points import load_search
from symbolnet.pipeline.stages.build_graph import build_graph
from symbolnet.pipeline.stages.choose_model import choose_model
from symbolnet.pipeline.stages.evaluate_graph import evaluate_graph
from symbolnet.pipeline.stages.search_formats import search_formats
from symbolnet.report.measures import size_text

PLAIN = (add(mul(1.5, X0), apply("sin", X1)), add(gauss(X0), mul(-0.5, X1), 0.25))
UNITS = {
    "one": (1.0, 0.0),
    "prices": (2.0**16, 200000.0),
    "fractions": (2.0**-20, 0.0),
    "moved": (1.0, 1e4),
    "far": (1.0, -(2.0**40)),
    "huge": (2.0**400, 0.0),
    "tiny": (2.0**-400, 2.0**-398),
}
SETTINGS = {"searched": GraphJob(search=Search(tolerance=0.01)), "uniform": GraphJob(search=None)}


def scaled(scales, shifts) -> ExpressionSet:
    triples = zip(PLAIN, map(float, scales), shifts, strict=True)
    moved = (
        add(mul(scale, one), shift) if shift else mul(scale, one) for one, scale, shift in triples
    )
    return expression_set(*moved, inputs=2)


def noisy(chosen: ExpressionSet, scales) -> Dataset:
    """Return rows of what the expressions say, and a tenth of a spread that they do not."""
    generator = np.random.default_rng(2)
    x = [generator.normal(size=(n, 2)).astype(np.float32) for n in (1500, 400, 400)]
    y = [
        evaluate(chosen.expressions, part) + 0.1 * scales * generator.normal(size=(len(part), 2))
        for part in x
    ]
    names = chosen.feature_names, chosen.class_names
    return Dataset(*x, *y, np.zeros(2), np.ones(2), *names, {"from": "test"}, "regression")


def saved(folder: Path, name: str) -> Path:
    scale, shift = UNITS[name]
    chosen = scaled([scale, scale], [shift, shift])
    folder = folder / name
    folder.mkdir(exist_ok=True)
    save_dataset(folder / "dataset.npz", noisy(chosen, np.array([scale, scale])))
    member = Extracted("m", None, chosen.expressions, chosen.expressions)
    found = Collection(3, chosen.feature_names, chosen.class_names, (member,))
    save_collection(folder / "expressions.json", found)
    return folder


def designed(folder: Path, settings: GraphJob) -> dict:
    return hardware(folder / "expressions.json", folder / "dataset.npz", folder, settings)


def hardware(
    chosen: Path, data: Path, folder: Path, settings: GraphJob, formats: list[Path] | None = None
) -> dict:
    graph = folder / "graph.json"
    build_graph(chosen, data, graph, folder / "precision.json", settings, formats)
    evaluate_graph(graph, chosen, data, folder / "vectors.npz", folder / "reference.json")
    return read_json(folder / "reference.json", "firmware")


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_hardware_of_a_quantity_is_the_same_in_every_unit(kind: str, tmp_path: Path) -> None:
    expected = designed(saved(tmp_path, "one"), SETTINGS[kind])
    first = load_graph(tmp_path / "one" / "graph.json")
    assert expected["r2_test"] > expected["r2_float_test"] - 0.02 > 0.95
    for name, (scale, _) in UNITS.items():
        found = designed(saved(tmp_path, name), SETTINGS[kind])
        assert found["r2_test"] == pytest.approx(expected["r2_test"], abs=0.005), name
        assert found["max_error"] / scale == pytest.approx(expected["max_error"], rel=0.5), name
        graph = load_graph(tmp_path / name / "graph.json")
        assert sum(node_luts(graph)) < 2 * sum(node_luts(first)), name
        with np.load(tmp_path / name / "vectors.npz") as arrays:
            outputs = interpret(trace(graph), graph, arrays["ports"])
            assert np.array_equal(outputs, arrays["outputs"])


def test_an_offset_only_where_zero_is_far() -> None:
    for name, has_one in {"one": False, "huge": False, "moved": True, "far": True}.items():
        scale, shift = UNITS[name]
        chosen = scaled([scale, scale], [shift, shift])
        units = units_of(noisy(chosen, np.array([scale, scale])))
        assert all((unit.offset != 0) == has_one for unit in units), name
        x = np.random.default_rng(0).normal(size=(50, 2))
        back = restored(evaluate(expressions_in(chosen, units).expressions, x), units)
        true = evaluate(chosen.expressions, x)
        assert np.allclose(back - shift, true - shift, rtol=1e-9, atol=1e-3 * scale), name


def test_the_hls_project_says_what_its_outputs_stand_for() -> None:
    units = (Unit(0.0, -20), Unit(2.0**17, 16))
    found = meaning(("p", "q"), units)
    assert found == "; p = 0.0 + output * 2**-20; q = 131072.0 + output * 2**16"
    assert meaning(("p", "q"), ()) == ""


def test_a_quantity_beyond_a_uniform_precision_is_no_fault(tmp_path: Path) -> None:
    narrow = GraphJob(search=None, precision=Precision(width=10, integer=4))
    assert designed(saved(tmp_path, "prices"), narrow)["r2_test"] > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("targets", [1, 2])
def test_a_limit_of_luts_for_quantities(targets: int, tmp_path: Path) -> None:
    """Two targets of unlike size: member and formats are chosen by R2, and neither is given up."""
    files = {n: tmp_path / n for n in ("data", "all", "metrics", "formats", "chosen", "graph")}
    good = scaled(SCALES, (3e5, 0.0))
    data = noisy(good, SCALES)
    values = {f"y_{split}": data.split(split)[1][:, :targets] for split in SPLITS}
    data = data._replace(class_names=data.class_names[:targets], **values)
    save_dataset(files["data"], data)
    poor = tuple(mul(float(scale), X0) for scale in SCALES)
    members = tuple(
        Extracted(name, None, found[:targets], found[:targets])
        for name, found in (("good", good.expressions), ("poor", poor))
    )
    collection = Collection(3, data.feature_names, data.class_names, members)
    save_collection(files["all"], collection)
    record = metrics_record(collection, {}, data)
    write_json(files["metrics"], record, "metrics")
    search_formats(files["all"], files["data"], files["formats"], SearchJob())
    points = load_search(files["formats"], "good").points
    limit = math.ceil(1.3 * points[len(points) // 2].luts)
    spec = Choice(training="t", lut_max=limit)
    choose_model(files["all"], files["metrics"], files["chosen"], spec, [files["formats"]])
    settings = GraphJob(budget=LutBudget(lut_max=limit))
    found = hardware(files["chosen"], files["data"], tmp_path, settings, [files["formats"]])
    precision = read_json(tmp_path / "precision.json", "precision")
    assert load_expressions(files["chosen"]).model == "good"
    assert 0 < precision["luts_counted"] <= limit
    assert found["r2_test"] > 0.9


SCALES = np.array([1e5, 1e-3])


@pytest.mark.parametrize(
    ("value", "text"),
    [(14403.47, "14,403"), (0.25, "0.2500"), (-3.14159e-7, "-3.142e-07"), (0.0, "0.0000"),
     (0.000123456, "0.0001235"), (2.5e12, "2.500e+12"), (None, "–")],
)  # fmt: skip
def test_a_size_is_written_with_four_digits_whatever_its_unit(value, text) -> None:
    assert size_text(value) == text


def test_large_numbers_in_coarse_steps_are_not_clipped() -> None:
    """A mantissa has 62 bits: of 1e30 in steps of 2**60 it is small."""
    found = from_real(np.array([1e30, -1e300, 3.0]), -60)
    assert found.tolist() == [round(1e30 / 2**60), -(2**62), 0]
