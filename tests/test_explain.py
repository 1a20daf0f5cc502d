"""Explanations against derivatives and counts by hand, and their pictures."""

import base64
import io
import json

import numpy as np
import pytest

from symbolnet.artifact import check_schema, read_json
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.data.symbols import grey_levels, image_shape
from symbolnet.expression.explain import POINTS, RESPONSES, explain
from symbolnet.expression.store import Collection, Extracted, save_collection
from symbolnet.expression.tree import Apply, Constant, ExpressionSet, Variable
from symbolnet.pipeline.cli import main
from symbolnet.report.sections.insight import data_uri, influence_map, picture, use_map

X0, X1, X2 = Variable(0), Variable(1), Variable(2)
SQUARE = Apply("Pow", (X1, Constant(2)))
SUM = Apply("Add", (Apply("Mul", (Constant(3.0), X0)), SQUARE))


def data(names=("a", "b", "c", "d"), rows=400, classes=2, **changes) -> Dataset:
    generator = np.random.default_rng(0)
    splits = {}
    for split in ("train", "validation", "test"):
        splits[f"x_{split}"] = generator.normal(1, 2, (rows, len(names))).astype(np.float32)
        splits[f"y_{split}"] = np.arange(rows) % classes
    scaler = {
        "scaler_mean": np.arange(len(names)) * 1.0,
        "scaler_scale": np.full(len(names), 10.0),
    }
    outputs = tuple(f"c{k}" for k in range(classes))
    symbols = tuple(names) if names is IMAGE else ()
    return Dataset(
        **splits, **scaler, feature_names=tuple(names), class_names=outputs, provenance={}
    )._replace(feature_symbols=symbols, **changes)


def model(expressions, found: Dataset) -> ExpressionSet:
    return ExpressionSet("m", tuple(expressions), found.feature_names, found.class_names)


def explained(expressions, found: Dataset) -> dict:
    record = explain(model(expressions, found), found)
    check_schema(record, "explanation", None)
    return json.loads(json.dumps(record, allow_nan=False))


def test_influence_is_the_change_over_a_standard_deviation():
    found = data()
    record = explained([SUM, X2], found)
    assert [one["name"] for one in record["inputs"]] == ["a", "b", "c"]
    assert [one["used_by"] for one in record["inputs"]] == [[0], [0], [1]]
    spread, second = found.x_train.std(axis=0), found.x_train[:, 1].astype(float)
    slope = 2 * np.sqrt((second**2).mean())
    expected = [[3 * spread[0], 0], [slope * spread[1], 0], [0, spread[2]]]
    influence = [one["influence"] for one in record["inputs"]]
    np.testing.assert_allclose(influence, expected, rtol=1e-5)
    one_way = record["inputs"][1]["direction"][0]
    np.testing.assert_allclose(one_way, abs(second.mean()) / abs(second).mean(), rtol=1e-5)


def test_squares_and_products_around_zero_have_an_influence():
    found = data()
    centred = found.x_train - found.x_train.mean(axis=0)
    product = Apply("Mul", (X0, X2))
    record = explained([SQUARE, product], found._replace(x_train=centred))
    sizes = {one["name"]: one["influence"] for one in record["inputs"]}
    assert abs(sizes["b"][0]) > 5 and abs(sizes["a"][1]) > 3 and abs(sizes["c"][1]) > 3
    assert all(one["direction"][k] < 0.1 for one in record["inputs"] for k in one["used_by"])


def test_rows_that_are_not_finite_leave_the_influence_of_the_others():
    root = Apply("sqrt", (X0,))
    record = explained([root, X1], data())
    assert record["inputs"][0]["influence"][0] > 0 and record["inputs"][0]["direction"][0] == 1


def test_responses_sweep_quantiles_with_the_others_at_their_median():
    found = data()
    first = explained([SUM, X2], found)["responses"][0]
    ends = np.quantile(found.x_train[:, 0], (0.01, 0.99))
    np.testing.assert_allclose([first["raw"][0], first["raw"][-1]], ends * 10 + 0, rtol=1e-5)
    assert len(first["raw"]) == POINTS
    median = np.median(found.x_train, axis=0)
    np.testing.assert_allclose(first["outputs"][0][0], 3 * ends[0] + median[1] ** 2, rtol=1e-5)
    np.testing.assert_allclose(first["outputs"][1], median[2], rtol=1e-5)


def test_many_inputs_have_the_strongest_measured():
    names = [f"n{i}" for i in range(RESPONSES + 6)]
    terms = tuple(Apply("Mul", (Constant(float(1 + i)), Variable(i))) for i in range(len(names)))
    record = explained([Apply("Add", terms), X0], data(names))
    assert [one["index"] for one in record["responses"]] == list(range(6, RESPONSES + 6))


def test_what_is_not_finite_is_null_and_counted():
    log = Apply("log", (X0,))
    found = data()
    record = explained([log, X1], found)
    outside = int((found.x_test[:, 0] < 0).sum())
    assert record["not_finite"] == outside > 0
    assert sum(map(sum, record["confusion"])) == len(found.x_test) - outside
    assert record["responses"][0]["outputs"][0][0] is None


def test_constants_use_no_input():
    record = explained([Constant(1.0), Constant(0.0)], data())
    assert (record["inputs"], record["responses"]) == ([], [])


def test_a_regression_has_no_confusion():
    values = {f"y_{s}": np.ones((400, 2)) for s in ("train", "validation", "test")}
    record = explained([SUM, X2], data(task="regression", **values))
    assert (record["confusion"], record["wrong"], record["means"]) == (None, [], [])


IMAGE = [f"p_{r},{c}" for r in range(3) for c in range(4)]


def test_the_shape_of_images_follows_from_the_symbols():
    assert image_shape(IMAGE) == (3, 4, 1)
    assert image_shape(
        [f"p_{r},{c},{k}" for r in range(2) for c in range(2) for k in range(3)]
    ) == ((2, 2, 3))
    columns = [symbol.replace("_", "").replace(",", "_") for symbol in IMAGE]
    for names in ([], columns, ["mass", *IMAGE], IMAGE[:-1], IMAGE[::-1], [*IMAGE[:-1], IMAGE[0]]):
        assert image_shape(names) is None


def test_grey_levels_keep_to_the_range():
    assert grey_levels(np.array([-1.0, 0, 5, 10, 11]), 0, 10).tolist() == [0, 0, 128, 255, 255]
    assert grey_levels(np.array([3.0]), 3, 3).tolist() == [0]


def test_images_that_are_told_wrong_are_kept_as_they_are():
    found = data(IMAGE)
    record = explained([X0, X1], found)
    assert record["shape"] == [3, 4, 1] and record["responses"] == []
    given = np.stack([found.x_test[:, 0], found.x_test[:, 1]]).argmax(axis=0)
    assert len(record["wrong"]) == 20
    for one in record["wrong"]:
        assert given[one["row"]] == one["given"] != one["label"] == found.y_test[one["row"]]
    raw = found.x_test[record["wrong"][0]["row"]] * 10.0 + np.arange(12)
    levels = np.frombuffer(base64.b64decode(record["wrong"][0]["pixels"]), np.uint8)
    assert np.corrcoef(raw, levels)[0, 1] > 0.999


def opened(uri: str) -> np.ndarray:
    from matplotlib.image import imread

    return imread(io.BytesIO(base64.b64decode(uri.split(",")[1])), format="png")


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_holds_the_pixels(channels):
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, channels)).astype(np.uint8)
    found = np.rint(255 * opened(data_uri(pixels))).reshape(pixels.shape)
    np.testing.assert_array_equal(found, pixels)


def test_maps_colour_what_raises_and_what_lowers():
    lowered = Apply("Mul", (Constant(-1), X1))
    record = explained([Apply("Add", (X0, lowered)), X2], data(IMAGE))
    drawn = opened(influence_map(record, 0))
    red, blue = drawn[0, 0], drawn[0, 1]
    assert red[0] > red[2] and blue[2] > blue[0]
    grey = drawn[2, 3]
    assert grey[0] == grey[1] == grey[2]
    both = opened(use_map(record))
    assert (both[0, :3, 1] < both[2, 3, 1]).all()
    assert opened(picture(record["means"][0], record["shape"])).shape[:2] == (3, 4)


def test_the_stage_writes_it_and_refuses_another_data_set(tmp_path, capsys):
    found = data()
    save_dataset(tmp_path / "d.npz", found)
    member = Extracted("m", None, (SUM, X2), (SUM, X2))
    names = found.feature_names, found.class_names
    save_collection(tmp_path / "e.json", Collection(2, *names, (member,)))
    command = ["explain_model", f"--chosen={tmp_path / 'e.json'}"]
    command += [f"--dataset={tmp_path / 'd.npz'}", f"--explanation={tmp_path / 'x.json'}"]
    assert main(command) == 0
    assert read_json(tmp_path / "x.json", "explanation")["model"] == "m"
    save_dataset(tmp_path / "d.npz", found._replace(feature_names=tuple("wxyz")))
    (tmp_path / "x.json").unlink()
    assert main(command) == 1
    assert "feature_names" in capsys.readouterr().err and not (tmp_path / "x.json").exists()
