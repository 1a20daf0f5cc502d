"""The two contracts of the data: feature tables and data sets, written and read back."""

from pathlib import Path

import numpy as np
import pytest

from symbolnet.artifact import read_arrays, write_arrays
from symbolnet.data.dataset import Dataset, load_dataset, save_dataset
from symbolnet.data.table import FeatureTable, load_table, save_table
from symbolnet.errors import InputError


def table(**values: object) -> FeatureTable:
    features = np.arange(12.0).reshape(6, 2)
    label = np.array([0, 1, 2, 0, 1, 2])
    whole = FeatureTable(features, label, ("a", "b"), ("x", "y", "z"), {"file": "f.root"})
    return whole._replace(**values)


def dataset(**values: object) -> Dataset:
    x, y = np.arange(8, dtype=np.float32).reshape(4, 2), np.array([0, 1, 1, 0])
    whole = Dataset(
        x, x, x, y, y, y, np.zeros(2), np.ones(2), ("a", "b"), ("x", "y"), {"files": ["f.root"]}
    )
    return whole._replace(**values)


def test_table_comes_back(tmp_path: Path) -> None:
    save_table(tmp_path / "t.npz", table())
    found = load_table(tmp_path / "t.npz")
    for one, other in zip(found, table(), strict=True):
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


def test_dataset_comes_back(tmp_path: Path) -> None:
    save_dataset(tmp_path / "d.npz", dataset())
    found = load_dataset(tmp_path / "d.npz")
    for one, other in zip(found, dataset(), strict=True):
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other
    assert found.split("test")[0].dtype == np.float32


def test_same_content_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_table(tmp_path / f"{name}.t.npz", table())
        save_dataset(tmp_path / f"{name}.d.npz", dataset())
    for kind in ("t", "d"):
        one, two = ((tmp_path / f"{name}.{kind}.npz").read_bytes() for name in ("one", "two"))
        assert one == two


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"features": np.full((6, 2), np.nan)}, "NaN or infinity in a, b"),
        ({"features": np.zeros((6, 3))}, "features of shape (6, 2)"),
        ({"features": np.zeros((0, 2)), "label": np.zeros(0, int)}, "at least one row"),
        ({"label": np.array([0, 1, 2, 0, 1, 3])}, "labels 0..2"),
        ({"label": np.array([0, 1, 2, 0, 1, -1])}, "labels 0..2"),
    ],
)
def test_broken_table_is_not_written(tmp_path: Path, values: dict, words: str) -> None:
    with pytest.raises(InputError, match=words.replace(".", r"\.").replace("(", r"\(")[:20]):
        save_table(tmp_path / "t.npz", table(**values))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"x_test": np.full((4, 2), np.inf, np.float32)}, "finite inputs in test"),
        ({"x_train": np.zeros((4, 3), np.float32)}, "x_train of width 2"),
        ({"y_validation": np.zeros(3, int)}, "y_validation of 4 labels"),
        ({"x_test": np.zeros((0, 2)), "y_test": np.zeros(0, int)}, "at least one row in test"),
        ({"y_train": np.zeros(4, int)}, "every class in train"),
        ({"scaler_mean": np.zeros(3)}, "scaler_mean of 2"),
    ],
)
def test_broken_dataset_is_not_written(tmp_path: Path, values: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        save_dataset(tmp_path / "d.npz", dataset(**values))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("load", "save", "value"),
    [(load_table, save_table, table()), (load_dataset, save_dataset, dataset())],
)
def test_damaged_files_are_refused(tmp_path: Path, load, save, value) -> None:
    path = tmp_path / "a.npz"
    with pytest.raises(InputError, match="a file"):
        load(path)
    save(path, value)
    arrays = read_arrays(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"readable \.npz"):
        load(path)
    write_arrays(path, {name: a for name, a in arrays.items() if name != "feature_names"})
    with pytest.raises(InputError, match="feature_names"):
        load(path)
    write_arrays(path, arrays | {"contract": np.array(99)})
    with pytest.raises(InputError, match="another contract"):
        load(path)
