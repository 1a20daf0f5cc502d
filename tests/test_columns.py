"""Tables of named columns: CSV and Parquet read, and every mistake in them named."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from symbolnet.config import TableColumns, feature_settings, prepare_settings
from symbolnet.data import delimited
from symbolnet.data.dataset import load_dataset, save_dataset
from symbolnet.data.features import feature_table
from symbolnet.data.prepare import prepare
from symbolnet.data.sources import parts
from symbolnet.data.table import FeatureTable, load_table, save_table
from symbolnet.errors import InputError


def read(folder: Path, content: str | bytes, name: str = "t.csv", **settings) -> FeatureTable:
    """Write a file and read it as the stage does, through a saved table."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    chosen = TableColumns(**{"train": name, "label": "y"} | settings)
    (part,) = parts(chosen, folder, Path("raw"), Path("downloads"))
    save_table(folder / "t.npz", feature_table(part.files, feature_settings(chosen).data))
    return load_table(folder / "t.npz")


def frame(rows: int = 600) -> pd.DataFrame:
    values = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    labels = np.array(["far", "near", "here"])[np.arange(rows) % 3]
    return pd.DataFrame(values, columns=["a b", "π", "<c>"]).assign(y=labels)


def as_csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False)


def as_parquet(table: pd.DataFrame, folder: Path) -> bytes:
    table.to_parquet(folder / "x.parquet")
    return (folder / "x.parquet").read_bytes()


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_all_formats_give_the_same_table(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 3000)  # several batches
    content: str | bytes = as_csv(frame())
    if name.endswith(".gz"):
        content = gzip.compress(content.encode())
    if name.endswith(".parquet"):
        content = as_parquet(frame(), tmp_path)
    table = read(tmp_path, content, name)
    np.testing.assert_allclose(table.features, frame()[["a b", "π", "<c>"]], rtol=1e-6)
    assert table.features.dtype == np.float32
    assert table.class_names == ("far", "here", "near")
    assert table.label[:4].tolist() == [0, 2, 1, 0]
    assert table.feature_names == ("a b", "π", "<c>")
    assert table.provenance["rows"] == {"far": 200, "here": 200, "near": 200}


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["1.0", "0.0", "10"], ("0", "1", "10")),
        (["10", "9", " 9 "], ("9", "10")),
        (["True", "False", "True"], ("False", "True")),
        (["x, y", "z", "1"], ("1", "x, y", "z")),
    ],
)
def test_labels_as_numbers_and_texts(labels, names, tmp_path: Path) -> None:
    rows = "".join(f'{i},"{label}"\n' for i, label in enumerate(labels))
    assert read(tmp_path, f"a,y\n{rows}").class_names == names


def test_marks_line_ends_and_delimiters(tmp_path: Path) -> None:
    table = read(tmp_path, "\ufeffy;a ;b\r\nu; 1;2\r\n\r\nv;3;4e1\r\n", delimiter=";")
    assert table.feature_names == ("a", "b")
    assert table.features.tolist() == [[1, 2], [3, 40]]


def test_selected_columns_and_classes(tmp_path: Path) -> None:
    text = "id,a,y\nx,1,4\ny,2,7\nz,3,5\n"
    table = read(tmp_path, text, drop=["id"], classes={"seven": 7, "four": "4"})
    assert table.features.tolist() == [[1], [2]]
    assert table.label.tolist() == [1, 0] and table.class_names == ("seven", "four")


FAULTS = [
    ("a,b\n1,2\n", {}, "a column 'y' in t.csv; found a, b; correct `label`"),
    ("a,Why\n1,2\n", {"label": "why"}, "found a, Why, is 'Why' meant"),
    ("a,y\n1,u\n", {"drop": ["z"]}, "a column 'z' .* correct `drop`"),
    ("1,2,3\n4,5,6\n", {}, "a column 'y'"),
    ("a,b,y\n1,2,u\n3,red,v\n", {}, "'red' in 'b', line 3 .* list these columns under `drop`"),
    ("a,b,y\nx,y,u\n", {}, "'x' in 'a', 'y' in 'b', line 2"),
    ("a,b,y\n1,2,u\n1,2\n", {}, "3 values, .* found 2 in line 3"),
    ("a,b,y\n1,2,u\n1,2,3,4\n", {}, "3 values, .* found 4 in line 3"),
    ("a,a,y\n1,2,u\n", {}, "'a' more than once"),
    (",a,y\n0,1,u\n", {}, "none for column 1 .* index=False"),
    ("a;b;y\n1;2;u\n", {}, "set `delimiter: ';'`"),
    ("a\ty\n1\tu\n", {}, "set `delimiter: '.t'`"),
    ("", {}, "an empty file"),
    ("\n\n", {}, "an empty line"),
    ("a,y\n", {}, "rows below the names"),
    ("y\nu\nv\n", {}, "at least one input"),
    ("a,b,y\n1,,u\n,NA,v\n3,4,\n", {}, "2 of 'b' .first in row 1., 1 of 'a' .first in row 2.*'y'"),
    ("a,y\n1,u\ninf,v\n", {}, "finite numbers below 3e38 in 'a'; found inf in row 2"),
    ("a,y\n1,u\n1e39,v\n", {}, "found 1e.39 in row 2"),
    ("a,y\n1,u\n2,u\n", {}, "at least two classes; found only 'u'"),
    ("a,y\n1,0.5\n2,1.5\n", {}, "whole numbers or texts as labels; found 0.5 .* regression"),
    ("a,y\n1,u\n2,v\n", {"classes": {"one": "u", "two": "w"}}, "rows of the class 'two'"),
    ("a,y\n" + "".join(f"{i},{i}\n" for i in range(101)), {}, "at most 100 classes.*regression"),
    ("a,y\n1,u\n2,v\n", {"task": "regression"}, "numbers to predict; found .*u"),
    ("a,y\n1,inf\n2,1\n", {"task": "regression"}, "finite numbers to predict; found inf"),
    ("a,y\n1,3\n2,3\n", {"task": "regression"}, "a quantity that varies; found only 3"),
    ("a,y\n1,\u00e9\n".encode("latin-1"), {}, "text in UTF-8"),
]


@pytest.mark.parametrize(("content", "settings", "words"), FAULTS)
def test_mistakes_are_named(content, settings, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as error:
        read(tmp_path, content, **settings)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["t.txt", "t.xlsx"])
def test_other_kinds_of_files(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a file that ends in"):
        read(tmp_path, "a,y\n1,2\n", name)


def test_text_in_parquet(tmp_path: Path) -> None:
    content = as_parquet(frame().assign(t="word", day=pd.Timestamp("2020-01-01")), tmp_path)
    with pytest.raises(InputError, match=r"'t' \(.*string\), 'day' \(timestamp"):
        read(tmp_path, content, "t.parquet")
    assert len(read(tmp_path, content, "t.parquet", drop=["t", "day"]).label) == 600


@pytest.mark.parametrize("name", ["t.csv.gz", "t.parquet"])
def test_every_cut_is_noticed(name: str, tmp_path: Path) -> None:
    whole = gzip.compress(as_csv(frame(60)).encode())
    if name.endswith("parquet"):
        whole = as_parquet(frame(60), tmp_path)
    for length in range(0, len(whole), 41):
        with pytest.raises(InputError) as error:
            read(tmp_path, whole[:length], name)
        assert "\n" not in str(error.value)


def test_three_rows_are_too_few(tmp_path: Path) -> None:
    table = read(tmp_path, "a,y\n1,u\n2,v\n3,u\n")
    with pytest.raises(InputError, match="give more rows"):
        prepare([table], [], prepare_settings(TableColumns(train="t.csv", label="y")))


def test_classes_of_train_and_test_must_agree(tmp_path: Path) -> None:
    tables = [read(tmp_path, f"a,y\n1,u\n2,{other}\n") for other in "vw"]
    with pytest.raises(InputError, match=r"u, v and u, w; .*name the classes in the config"):
        prepare(tables[:1], tables[1:], prepare_settings(TableColumns(train="t", label="y")))


def test_constant_columns_are_kept_and_named(tmp_path: Path) -> None:
    table = read(tmp_path, as_csv(frame().assign(same=7)))
    data = prepare([table], [], prepare_settings(TableColumns(train="t", label="y")))
    assert data.provenance["constant_features"] == ["same"]
    assert not data.x_train[:, 3].any()


def test_regression(tmp_path: Path) -> None:
    table = read(tmp_path, as_csv(frame().assign(y=np.arange(600) / 7)), task="regression")
    settings = TableColumns(train="t.csv", label="y", task="regression", limit=300)
    save_dataset(tmp_path / "d.npz", prepare([table], [], prepare_settings(settings)))
    data = load_dataset(tmp_path / "d.npz")
    assert data.task == "regression" and data.class_names == ("y",)
    assert data.y_train.shape == (len(data.x_train), 1)
    values = np.concatenate([data.y_train, data.y_validation]).ravel()
    assert set(values) <= set(np.arange(600) / 7)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_changed_bytes_are_read_or_refused(name: str, tmp_path: Path) -> None:
    whole = as_csv(frame(60)).encode()
    if name.endswith("parquet"):
        whole = as_parquet(frame(60), tmp_path)
    generator, refused = np.random.default_rng(3), 0
    for trial in range(150):
        content = bytearray(whole)
        for place in generator.integers(len(whole), size=1 + trial % 4):
            content[place : place + 1] = generator.bytes(1)
        try:
            assert read(tmp_path, bytes(content), name).features.shape[1] == 3
        except InputError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused > 50
