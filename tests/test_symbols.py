"""Symbols come from the data source and are kept in every file; a table has none."""

from pathlib import Path

import numpy as np
import pytest

from symbolnet.artifact import read_json
from symbolnet.config import DigitImages, Prepare, TableColumns
from symbolnet.data.dataset import Dataset, load_dataset, save_dataset
from symbolnet.data.describe import describe
from symbolnet.data.features import feature_table
from symbolnet.data.prepare import prepare
from symbolnet.data.sources import parts
from symbolnet.data.symbols import JETS, image_shape, read_symbol
from symbolnet.data.table import FEATURES, load_table, save_table
from symbolnet.errors import InputError
from symbolnet.expression.store import Collection, Extracted, load_collection, save_collection
from symbolnet.expression.tree import Variable

MEMBERS = (Extracted("m", None, (Variable(0),), (Variable(0),)),)


def of_table(folder: Path, names: tuple[str, ...]) -> Dataset:
    rows = np.random.default_rng(0).normal(size=(400, len(names)))
    lines = [",".join([*map(str, row), "gqwzt"[i % 5]]) for i, row in enumerate(rows)]
    path = folder / "own.csv"
    path.write_text("\n".join([",".join([*names, "label"]), *lines]), encoding="utf-8")
    settings = TableColumns(source="table", train="own.csv", label="label")
    return prepare([feature_table([path], settings)], [], Prepare())


@pytest.mark.parametrize(
    "names", [FEATURES, tuple(f"p{i}_{k}" for i in range(3) for k in range(2))]
)
def test_a_table_has_no_symbols_whatever_its_columns_are_called(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    data = of_table(tmp_path, names)
    assert data.feature_names == names and data.feature_symbols == ()
    assert image_shape(data.feature_symbols) is None
    found = describe(data)
    assert found["reference"] is None
    assert {feature["symbol"] for feature in found["features"]} == {None}


def test_pixels_keep_their_symbols_up_to_the_expressions(tmp_path: Path) -> None:
    settings = DigitImages(source="digits")
    (part,) = parts(settings, tmp_path, tmp_path, tmp_path)
    save_table(tmp_path / "t.npz", feature_table(part.files, settings))
    save_dataset(tmp_path / "d.npz", prepare([load_table(tmp_path / "t.npz")], [], Prepare()))
    data = load_dataset(tmp_path / "d.npz")
    assert data.feature_symbols[9] == "p_1,1" and image_shape(data.feature_symbols) == (8, 8, 1)
    assert describe(data)["features"][9]["symbol"] == "p_1,1"


def test_expressions_are_stored_with_symbols_or_none(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    for symbols in (("m_mMDT", ""), ()):
        save_collection(path, Collection(2, ("a", "b"), ("c",), MEMBERS, symbols))
        assert load_collection(path).feature_symbols == symbols
        assert read_json(path, "expressions")["feature_symbols"] == list(symbols)
    save_collection(path, Collection(2, ("a", "b"), ("c",), MEMBERS, ("m",)))
    with pytest.raises(InputError, match="2 feature_symbols or none"):
        load_collection(path)


def test_the_parts_of_a_symbol() -> None:
    assert read_symbol("C_1^(1)") == (("C",), "1", "(1)")
    assert read_symbol("(∑ z ln z)") == (("(", "∑", "z", "ln", "z", ")"), "", "")
    assert len(JETS) == len(FEATURES) == len(set(JETS))
