"""Feature tables to a data set: the division, the scaler, and what may not be joined."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from jets import random_jets, write_tree
from symbolnet.artifact import sha256
from symbolnet.config import (
    Constituents,
    OfficialJets,
    Prepare,
    RootJets,
    Split,
    TableColumns,
    feature_settings,
    prepare_settings,
)
from symbolnet.data.dataset import SPLITS, load_dataset
from symbolnet.data.prepare import prepare
from symbolnet.data.scaler import fit_scaler
from symbolnet.data.table import FeatureTable, load_table, save_table
from symbolnet.errors import InputError
from symbolnet.pipeline.cli import main
from symbolnet.pipeline.stages.prepare_dataset import prepare_dataset

CLASSES = ("g", "q", "w")


def table(rows: int, seed: int, **values: object) -> FeatureTable:
    generator = np.random.default_rng(seed)
    features = generator.normal([5.0, -3.0], [2.0, 0.1], (rows, 2))
    provenance = {"file": f"{seed}.root", "sha256": str(seed)}
    whole = FeatureTable(features, np.arange(rows) % 3, ("a", "b"), CLASSES, provenance)
    return whole._replace(**values)


def raw(dataset, name: str) -> np.ndarray:
    return dataset.split(name)[0] * dataset.scaler_scale + dataset.scaler_mean


def rows_of(features: np.ndarray) -> list[tuple[float, ...]]:
    return [tuple(np.round(row, 3)) for row in features]


def test_without_test_tables_the_division_is_scikit_learns() -> None:
    whole = table(1000, 0)
    spec = Prepare(split=Split(test_fraction=0.5, validation_fraction=0.1, seed=42), limit=200)
    found = prepare([whole], [], spec)
    half, test, y_half, y_test = train_test_split(
        whole.features, whole.label, test_size=0.5, random_state=42
    )
    np.testing.assert_allclose(raw(found, "test"), test[:200], rtol=1e-4)
    np.testing.assert_array_equal(found.y_test, y_test[:200])
    train, validation, y_train, y_validation = train_test_split(
        half[:200], y_half[:200], test_size=0.1, random_state=42
    )
    np.testing.assert_allclose(raw(found, "train"), train, rtol=1e-4)
    np.testing.assert_allclose(raw(found, "validation"), validation, rtol=1e-4)
    np.testing.assert_array_equal(found.y_train, y_train)
    np.testing.assert_array_equal(found.y_validation, y_validation)
    scaler = StandardScaler().fit(np.concatenate([train, half[200:]]))
    np.testing.assert_allclose(found.scaler_mean, scaler.mean_, rtol=1e-12)
    np.testing.assert_allclose(found.scaler_scale, scaler.scale_, rtol=1e-12)


def test_the_papers_protocol_is_the_official_default() -> None:
    spec = prepare_settings(OfficialJets())
    assert (spec.split.test_fraction, spec.split.seed, spec.limit) == (0.5, 42, 100_000)


def test_test_tables_are_the_test_set_in_their_order() -> None:
    train, test = table(300, 0), table(90, 1)
    found = prepare([train], [test], Prepare())
    np.testing.assert_allclose(raw(found, "test"), test.features, rtol=1e-4)
    assert found.provenance["rows"] == {"train": 270, "validation": 30, "test": 90}
    assert found.provenance["test"] == [test.provenance]


def test_every_row_is_used_once() -> None:
    tables = [table(200, seed) for seed in range(3)]
    found = prepare(tables, [], Prepare())
    used = [row for name in ("train", "validation", "test") for row in rows_of(raw(found, name))]
    given = [row for one in tables for row in rows_of(one.features)]
    assert sorted(used) == sorted(given)


def test_scaler_is_fitted_on_train_only() -> None:
    train, test = table(300, 0), table(90, 1)
    one = prepare([train], [test], Prepare())
    far = test._replace(features=test.features + 1e6)
    other = prepare([train], [far], Prepare())
    assert np.array_equal(one.scaler_mean, other.scaler_mean)
    assert np.array_equal(one.x_train, other.x_train)
    np.testing.assert_allclose(one.x_train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(one.x_train.std(axis=0), 1, atol=1e-5)


def rare(rows: int, few: int) -> FeatureTable:
    label = np.zeros(rows, int)
    label[np.random.default_rng(1).permutation(rows)[:few]] = 1
    return table(rows, 0, label=label, class_names=("background", "signal"))


@pytest.mark.parametrize("few", [3, 5, 20, 21])
@pytest.mark.parametrize("seed", range(5))
def test_stratified_splits_share_a_rare_class(few: int, seed: int) -> None:
    split = Split(test_fraction=0.25, validation_fraction=0.2, stratify=True, seed=seed)
    found = prepare([rare(2000, few)], [], Prepare(split=split))
    counts = {name: int(found.split(name)[1].sum()) for name in SPLITS}
    assert counts["test"] in {max(1, int(0.25 * few)), int(np.ceil(0.25 * few))}
    rest = few - counts["test"]
    assert counts["validation"] in {max(1, int(0.2 * rest)), int(np.ceil(0.2 * rest))}
    assert sum(counts.values()) == few
    assert found.provenance["rows"] == {"train": 1200, "validation": 300, "test": 500}
    used = np.concatenate([raw(found, name)[:, 0] for name in SPLITS])
    np.testing.assert_allclose(np.sort(used), np.sort(rare(2000, few).features[:, 0]), atol=1e-5)


def test_stratified_rows_are_in_no_order_of_classes() -> None:
    split = Split(stratify=True)
    found = prepare([table(900, 0)], [], Prepare(split=split, limit=300))
    for name in SPLITS:
        counts = np.bincount(found.split(name)[1][:30], minlength=3)
        assert counts.min() >= 3  # of each class, 10 on average
    other = prepare([table(900, 0)], [], Prepare(split=split.model_copy(update={"seed": 1})))
    assert not np.array_equal(found.y_test[:200], other.y_test[:200])


def test_a_test_file_leaves_the_validation_rows_to_be_stratified() -> None:
    spec = Prepare(split=Split(stratify=True, validation_fraction=0.1))
    found = prepare([rare(1000, 20)], [rare(90, 9)._replace(provenance={})], spec)
    assert int(found.y_validation.sum()) == 2 and len(found.y_validation) == 100
    assert len(found.y_test) == 90


def test_tables_of_classes_are_stratified_by_default_and_nothing_else() -> None:
    classes = TableColumns(train="a.csv", label="y")
    quantity = TableColumns(train="a.csv", label="y", task="regression")
    assert prepare_settings(classes).split.stratify is True
    assert prepare_settings(quantity).split.stratify is False
    assert prepare_settings(OfficialJets()).split.stratify is False
    off = TableColumns(train="a.csv", label="y", split=Split(stratify=False))
    assert prepare_settings(off).split.stratify is False
    with pytest.raises(ValueError, match="stratify needs classes"):
        TableColumns(train="a.csv", label="y", task="regression", split=Split(stratify=True))


def test_a_class_of_one_row_cannot_be_stratified() -> None:
    with pytest.raises(InputError, match=r"two rows of every class.*1 with a single row"):
        prepare([rare(100, 1)], [], Prepare(split=Split(stratify=True)))


def test_seed_decides() -> None:
    one, same, other = (
        prepare([table(300, 0)], [], Prepare(split=Split(seed=seed))) for seed in (1, 1, 2)
    )
    assert np.array_equal(one.x_train, same.x_train)
    assert not np.array_equal(one.x_train, other.x_train)


def test_constant_feature_has_scale_one_and_is_named() -> None:
    whole = table(300, 0)
    features = whole.features.copy()
    features[:, 1] = 0.1
    found = prepare([whole._replace(features=features)], [], Prepare())
    assert found.scaler_scale[1] == 1
    np.testing.assert_allclose(found.x_test[:, 1], 0, atol=1e-12)
    assert found.provenance["constant_features"] == ["b"]


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ([table(300, 0), table(300, 0)], "0.root more than once"),
        ([table(300, 0), table(300, 1, class_names=("q", "g", "w"))], "the same class_names"),
        ([table(300, 0), table(300, 1, feature_names=("a", "c"))], "the same feature_names"),
        ([table(300, 0, label=np.zeros(300, int))], "none of q, w among"),
        ([table(3, 0)], "rows of every class"),
        ([table(1, 0)], "at least one row for test"),
    ],
)
def test_what_cannot_be_prepared(tables: list[FeatureTable], words: str) -> None:
    with pytest.raises(InputError, match=words):
        prepare(tables, [], Prepare())


def test_a_file_of_train_cannot_be_tested_on() -> None:
    with pytest.raises(InputError, match="each file once, in train or in test"):
        prepare([table(300, 0)], [table(300, 0)], Prepare())


def test_class_missing_in_test_files() -> None:
    test = table(300, 1, label=np.zeros(300, int))
    with pytest.raises(InputError, match="every class in test; found none of q, w"):
        prepare([table(300, 0)], [test], Prepare())


def test_no_validation_rows() -> None:
    spec = Prepare(split=Split(validation_fraction=0.0))
    with pytest.raises(InputError, match="at least one row for validation"):
        prepare([table(300, 0)], [], spec)


SETTINGS = RootJets(train=["0.root"], constituents=Constituents(mass="mass"))


def run(folder: Path) -> int:
    """Run both stages on two files through the command line."""
    folder.mkdir(exist_ok=True)
    spec = feature_settings(SETTINGS).model_dump_json()
    tables = []
    for seed in (0, 1):
        path = write_tree(folder / f"{seed}.root", random_jets(150, seed, high=9))
        tables.append(folder / f"{seed}.npz")
        arguments = ["--raw", str(path), "--features", str(tables[-1]), "--spec", spec]
        assert main(["compute_features", *arguments]) == 0
    files = ["--train", str(tables[0]), str(tables[1]), "--test"]
    spec = prepare_settings(SETTINGS).model_dump_json()
    return main(["prepare_dataset", *files, "--dataset", f"{folder}/dataset.npz", "--spec", spec])


def test_stages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 0
    dataset = load_dataset(tmp_path / "dataset.npz")
    assert len(dataset.feature_names) == 16
    assert dataset.provenance["train"][1]["sha256"] == sha256(tmp_path / "1.root")
    assert dataset.provenance["train"][1]["file"] == "1.root"
    assert str(tmp_path) not in str(dataset.provenance)
    assert "180 train, 20 validation, 100 test rows" in capsys.readouterr().out


def test_same_table_same_bytes(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "0.root", random_jets(60, 0))
    spec = feature_settings(SETTINGS).model_dump_json()
    for name in ("a", "b"):
        out = str(tmp_path / f"{name}.npz")
        assert (
            main(["compute_features", "--raw", str(path), "--features", out, "--spec", spec]) == 0
        )
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert len(load_table(tmp_path / "a.npz").label) == 60


def test_fault_is_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.root").write_bytes(b"garbage")
    spec = feature_settings(SETTINGS).model_dump_json()
    files = ["--raw", str(tmp_path / "x.root"), "--features", str(tmp_path / "x.npz")]
    assert main(["compute_features", *files, "--spec", spec]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["x.root"]


def column(values: np.ndarray) -> FeatureTable:
    """Return a table of one feature, and a second that tells nothing."""
    features = np.stack([values, np.arange(len(values)) % 7.0], axis=1)
    provenance = {"file": "t.csv", "sha256": "0"}
    return FeatureTable(features, np.arange(len(values)) % 2, ("a", "b"), ("u", "v"), provenance)


@pytest.mark.parametrize(
    ("offset", "factor"),
    [
        (1.7e9, 1.0),
        (1.7e12, 1000.0),
        (0.0, 1e-290),
        (0.0, 1e37),
        (-1e15, 1.0),
        (5.0, 1e-9),
        (-8e307, 1.7e306),
    ],
)
def test_columns_far_from_zero_keep_what_they_tell(offset: float, factor: float) -> None:
    values = offset + factor * np.random.default_rng(0).integers(0, 100, 500)
    found = prepare([column(values)], [], Prepare())
    assert found.provenance["constant_features"] == []
    x = np.concatenate([found.split(name)[0][:, 0] for name in ("train", "validation", "test")])
    assert x.dtype == np.float32
    assert len(np.unique(x)) == len(np.unique(values))
    assert abs(x.mean()) < 0.2 and 0.8 < x.std() < 1.2
    again = x * found.scaler_scale[0] + found.scaler_mean[0]
    np.testing.assert_allclose(np.sort(again) / factor, np.sort(values) / factor, 1e-15, 1e-5)


def test_rounding_is_no_data_and_lost_steps_are_said(tmp_path: Path, capsys) -> None:
    ulp = np.spacing(0.3) * (np.arange(500) % 2)
    found = prepare([column(0.3 + ulp)], [], Prepare())
    assert found.provenance["constant_features"] == ["a"]
    assert np.abs(found.x_train[:, 0]).max() < 1e-10
    lost = column(1.7e18 + 256.0 * (np.arange(500) % 100))
    save_table(tmp_path / "t.npz", lost)
    prepare_dataset([tmp_path / "t.npz"], tmp_path / "d.npz", Prepare())
    assert "subtract an offset" in capsys.readouterr().out


def test_what_is_constant_in_train_has_its_own_value_as_mean() -> None:
    found = prepare([column(np.full(500, 0.1))], [], Prepare())
    assert not found.x_train[:, 0].any() and found.scaler_mean[0] == 0.1


def test_the_scaler_is_scikit_learns_to_the_last_bit() -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(50, 7, (1000, 37)) * generator.exponential(size=37)
    scaler = fit_scaler(values, np.arange(0, 1000, 2), "standard")
    truth = StandardScaler().fit(values[::2])
    assert np.array_equal(scaler.mean, truth.mean_) and np.array_equal(scaler.scale, truth.scale_)
