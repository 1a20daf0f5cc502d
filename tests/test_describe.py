"""Descriptions: distances against exact ones, the published marginals, histograms."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp, kstest

from symbolnet.artifact import read_json
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.data.describe import BINS, RESOLUTION, describe, kolmogorov, reference_quantiles
from symbolnet.data.symbols import JETS
from symbolnet.data.table import FEATURES
from symbolnet.pipeline.cli import main

PROBABILITY = np.arange(1, 101) / 101


def dataset(
    names=FEATURES, classes=tuple("gqwzt"), rows: int = 500, seed: int = 0, symbols=JETS
) -> Dataset:
    generator = np.random.default_rng(seed)
    x = [generator.normal(size=(rows, len(names))).astype(np.float32) for _ in range(3)]
    y = [np.arange(rows) % len(classes) for _ in range(3)]
    scaler = np.full(len(names), 3.0), np.full(len(names), 2.0)
    about = tuple(names), tuple(classes), {}, "classification"
    return Dataset(*x, *y, *scaler, *about, symbols if names is FEATURES else ())


def test_distance_equals_the_exact_one_up_to_the_resolution() -> None:
    generator = np.random.default_rng(1)
    for shift in (0.0, 0.1, 0.5, 3.0):
        values = generator.normal(shift, 1, 2000)
        other = generator.normal(size=200_000)
        found = kolmogorov(
            values, np.zeros(2000, int), PROBABILITY, np.quantile(other, PROBABILITY)
        )
        exact = ks_2samp(values, other).statistic
        assert exact - 1 / 101 <= found <= exact + 1e-3


def named(x: np.ndarray, y: np.ndarray, classes: tuple[str, ...] = ()) -> Dataset:
    cuts = np.split(np.arange(len(x)), [len(x) // 2, 3 * len(x) // 4])
    names = tuple(f"x{i}" for i in range(x.shape[1]))
    scaler = np.zeros(len(names)), np.ones(len(names))
    task = "classification" if classes else "regression"
    xs, ys = [x[cut].astype(np.float32) for cut in cuts], [y[cut] for cut in cuts]
    return Dataset(*xs, *ys, *scaler, names, classes or ("y",), {}, task)


@pytest.mark.parametrize("rows", [60, 400, 4000])
def test_an_input_that_gives_the_answer_away_explains_all_alone(rows: int) -> None:
    x = np.random.default_rng(5).normal(size=(rows, 3))
    thresholds = np.searchsorted([-0.5, 0.4], x[:, 1])
    told = [f["alone"] for f in describe(named(x, thresholds, ("a", "b", "c")))["features"]]
    assert told[1] > (0.95 if rows > 60 else 0.8) and max(told[0], told[2]) < 0.3
    copied = describe(named(x, 2e5 + 3e4 * x[:, [1]]))["features"]
    assert copied[1]["alone"] > 0.98 and max(copied[0]["alone"], copied[2]["alone"]) < 0.3


def test_noise_and_constants_explain_nothing_alone() -> None:
    generator = np.random.default_rng(6)
    x, y = generator.normal(size=(2000, 3)), generator.integers(0, 2, 2000)
    x[:, 2] = 7.0
    rare = np.where(generator.random(2000) < 0.02, y, 0)  # always the frequent class: nothing
    for labels, most in ((y, 0.1), (rare, 0.6)):
        told = [f["alone"] for f in describe(named(x, labels, ("a", "b")))["features"]]
        assert max(told) < most and told[2] == 0
    few = (np.arange(2000) % 700 == 1).astype(int)  # one held row: it may be told by chance
    assert {f["alone"] for f in describe(named(x, few, ("a", "b")))["features"]} == {None}
    (one, *_) = describe(named(x, np.full((2000, 1), 3.0)))["features"]
    assert one["alone"] is None


def test_distance_of_whole_numbers() -> None:
    generator = np.random.default_rng(2)
    values, other = generator.poisson(20, 5000), generator.poisson(20, 200_000)
    quantile = np.quantile(other, PROBABILITY)
    nudged = values + generator.choice([-1e-7, 1e-7], 5000)
    label = np.zeros(5000, int)
    assert kolmogorov(values, label, PROBABILITY, quantile) < 0.02
    assert kolmogorov(nudged, label, PROBABILITY, quantile) < 0.02
    assert kolmogorov(values + 3, label, PROBABILITY, quantile) > 0.2


def test_distance_mixes_the_classes_equally() -> None:
    generator = np.random.default_rng(3)
    values = np.concatenate([generator.normal(-2, 1, 9000), generator.normal(2, 1, 1000)])
    label = np.repeat([0, 1], [9000, 1000])
    mixed = np.concatenate([generator.normal(-2, 1, 100_000), generator.normal(2, 1, 100_000)])
    quantile = np.quantile(mixed, PROBABILITY)
    assert kolmogorov(values, label, PROBABILITY, quantile) < 0.03
    assert kolmogorov(values, np.zeros(10_000, int), PROBABILITY, quantile) > 0.35


def test_distance_is_one_for_another_range() -> None:
    quantile = np.linspace(0, 1, 100)
    assert kolmogorov(np.full(10, 5.0), np.zeros(10, int), PROBABILITY, quantile) > 0.98
    assert kolmogorov(np.full(10, -5.0), np.zeros(10, int), PROBABILITY, quantile) > 0.98


def test_description_counts_every_row() -> None:
    found = describe(dataset())
    assert found["rows"]["train"] == dict.fromkeys("gqwzt", 100)
    for feature in found["features"]:
        counts, edges = feature["histogram"]["counts"], feature["histogram"]["edges"]
        assert [sum(counts[name]) for name in "gqwzt"] == [300] * 5
        assert len(edges) == BINS + 1 and edges == sorted(edges)
        assert -5 < edges[0] < 0 and 6 < edges[-1] < 11  # mean 3, scale 2: physical units
        assert 0 <= feature["distance"] <= 1


def test_other_inputs_have_no_reference() -> None:
    for other in (
        dataset(names=("a", "b")),
        dataset(classes=("g", "q")),
        dataset(symbols=()),  # a table whose columns have those names
    ):
        found = describe(other)
        assert found["reference"] is None and found["reference_resolution"] is None
        assert {feature["distance"] for feature in found["features"]} == {None}


def test_many_inputs_are_not_all_drawn() -> None:
    found = describe(dataset(names=[f"pixel{i}" for i in range(100)], rows=20))
    drawn = [feature["histogram"] is not None for feature in found["features"]]
    assert drawn == [True] * 64 + [False] * 36


def test_constant_input_has_a_histogram() -> None:
    flat = dataset(names=("a",))
    flat = flat._replace(**{name: np.zeros((500, 1), np.float32) for name in flat._fields[:3]})
    (feature,) = describe(flat)["features"]
    assert sum(feature["histogram"]["counts"]["g"]) == 300


def test_stage_writes_what_the_schema_says(tmp_path: Path) -> None:
    save_dataset(tmp_path / "d.npz", dataset())
    files = ["--dataset", str(tmp_path / "d.npz"), "--description", str(tmp_path / "d.json")]
    assert main(["describe_dataset", *files]) == 0
    assert read_json(tmp_path / "d.json", "description")["contract"] == 1


def test_reference_table_is_well_formed() -> None:
    reference = reference_quantiles()
    assert tuple(reference) == ("quantile", *FEATURES)
    assert np.diff(reference["quantile"]).max() <= RESOLUTION + 1e-6
    for name in FEATURES:
        assert (np.diff(reference[name]) >= 0).all()
    assert reference["multiplicity"].tolist() == np.round(reference["multiplicity"]).tolist()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("name", FEATURES)
def test_reference_table_against_its_source(shared_data: Path, name: str) -> None:
    folder = shared_data / "jets_hlf"
    (scaler,) = (
        row for row in rows(folder / "standard_scaler_mean_scale.csv") if row["feature"] == name
    )
    source = rows(folder / "train_quantiles_200_standardised.csv")[1::2]
    mean, scale = float(scaler["mean"]), float(scaler["scale"])
    expected = np.array([mean + scale * float(row[name]) for row in source])
    reference = reference_quantiles()
    np.testing.assert_allclose(reference[name], expected, rtol=6e-5, atol=1e-4 * scale)
    probability = [float(row["quantile"]) for row in source]
    np.testing.assert_allclose(reference["quantile"], probability, atol=2e-6)


@pytest.mark.parametrize("name", FEATURES)
def test_real_jets_are_near_the_published_marginals(shared_data: Path, name: str) -> None:
    jets = rows(shared_data / "jets_hlf" / "lhc_jets_hlf_1000.csv")
    values = np.array([float(row[name]) for row in jets])
    reference = reference_quantiles()
    distance = kolmogorov(
        values, np.zeros(len(values), int), reference["quantile"], reference[name]
    )
    assert distance < 1.95 / np.sqrt(len(values))  # the 0.1 % point of the Kolmogorov test
    assert distance <= kstest(values, lambda x: np.interp(x, *curve(name))).statistic + 0.02


def curve(name: str) -> tuple[np.ndarray, np.ndarray]:
    reference = reference_quantiles()
    return reference[name], reference["quantile"]
