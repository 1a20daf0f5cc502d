"""Tables of named columns: CSV and Parquet read, and every mistake in them named."""

import decimal
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from pydantic import ValidationError

from symbolnet.config import TableColumns, feature_settings, prepare_settings
from symbolnet.data.dataset import load_dataset, save_dataset
from symbolnet.data.features import feature_table
from symbolnet.data.prepare import prepare
from symbolnet.data.readers import delimited
from symbolnet.data.sources import parts
from symbolnet.data.table import FeatureTable, load_table, save_table
from symbolnet.errors import InputError
from symbolnet.pipeline.stages.compute_features import compute_features


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
    assert table.features.dtype == np.float64
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


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_names_over_two_lines(end: str, tmp_path: Path) -> None:
    text = f'"size{end}(mm)",b,y{end}1,2,u{end}{end}3,4,v{end}'
    table = read(tmp_path, text)
    assert table.feature_names == (f"size{end}(mm)", "b")
    assert table.features.tolist() == [[1, 2], [3, 4]]
    assert table.class_names == ("u", "v")
    with pytest.raises(InputError, match="'x' in 'b', line 4"):
        read(tmp_path, f'"size{end}(mm)",b,y{end}1,2,u{end}3,x,v{end}')


def with_index(**columns: object) -> pd.DataFrame:
    """Return a shuffled frame: its index tells the classes, which stood one after the other."""
    values = np.random.default_rng(0).normal(size=(60, 2))
    frame = pd.DataFrame(values, columns=["a", "b"]).assign(y=["u"] * 30 + ["v"] * 30, **columns)
    return frame.sample(frac=1, random_state=0)


@pytest.mark.parametrize("name", [None, "row", ["k", "l"]])
def test_the_index_of_a_pandas_frame_is_no_input(name, tmp_path: Path) -> None:
    frame = with_index(k=range(60), l=1)
    frame = frame.set_index(name) if isinstance(name, list) else frame.rename_axis(name)
    table = read(tmp_path, as_parquet(frame, tmp_path), "t.parquet", drop=[])
    index = name if isinstance(name, list) else [name or "__index_level_0__"]
    assert table.feature_names == tuple(column for column in frame.columns if column != "y")
    assert table.provenance["index"] == index


def test_an_index_without_pandas_metadata_and_one_to_predict(tmp_path: Path) -> None:
    bare = pa.Table.from_pandas(with_index()).replace_schema_metadata(None)
    pyarrow.parquet.write_table(bare, tmp_path / "x.parquet")
    table = read(tmp_path, (tmp_path / "x.parquet").read_bytes(), "t.parquet")
    assert table.feature_names == ("a", "b")
    broken = bare.replace_schema_metadata({"pandas": "{"})
    pyarrow.parquet.write_table(broken, tmp_path / "x.parquet")
    read(tmp_path, (tmp_path / "x.parquet").read_bytes(), "t.parquet")
    content = as_parquet(with_index().set_index("y"), tmp_path)
    table = read(tmp_path, content, "t.parquet")
    assert table.feature_names == ("a", "b") and table.class_names == ("u", "v")
    assert table.provenance["index"] == []


def test_the_stage_says_that_an_index_is_left_out(tmp_path: Path, capsys) -> None:
    (tmp_path / "t.parquet").write_bytes(as_parquet(with_index(), tmp_path))
    settings = feature_settings(TableColumns(train="t.parquet", label="y"))
    compute_features([tmp_path / "t.parquet"], tmp_path / "t.npz", settings)
    assert "'__index_level_0__'" in capsys.readouterr().out


def test_kinds_of_numbers_in_parquet(tmp_path: Path) -> None:
    whole = pa.array([1, 2, 2**53])
    columns = {
        "categories": pa.array([1.5, 2.5, 1.5]).dictionary_encode(),
        "decimals": pa.array([decimal.Decimal(text) for text in ("1.25", "-2.50", "0.00")]),
        "flags": pa.array([True, False, True]),
        "half": pa.array(np.array([1, 2, 3], np.float16)),
        "unsigned": pa.array([2**63, 1, 2], pa.uint64()),
        "whole": whole,
        "y": pa.array(["u", "v", "u"]),
    }
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "x.parquet")
    table = read(tmp_path, (tmp_path / "x.parquet").read_bytes(), "t.parquet")
    assert table.features.T.tolist() == [
        [1.5, 2.5, 1.5],
        [1.25, -2.5, 0],
        [1, 0, 1],
        [1, 2, 3],
        [2.0**63, 1, 2],
        [1, 2, 2.0**53],
    ]


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_booleans_are_inputs_of_0_and_1(name: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [True, False, True], "b": [1.5, 2, 3], "y": ["u", "v", "u"]})
    content = as_csv(frame) if name == "t.csv" else as_parquet(frame, tmp_path)
    assert read(tmp_path, content, name).features.tolist() == [[1, 1.5], [0, 2], [1, 3]]


def test_numbers_keep_all_their_digits(tmp_path: Path) -> None:
    rows = [[1700000069.25, 0.1], [1700000069.5, 1e-300], [-1e38, 123456789.123]]
    frame = pd.DataFrame(rows, columns=["a", "b"]).assign(y=["u", "v", "u"])
    for name, content in (("t.csv", as_csv(frame)), ("t.parquet", as_parquet(frame, tmp_path))):
        assert read(tmp_path, content, name).features.tolist() == rows


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_number_for_a_missing_value(name: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, -999.0, 3.0], "y": ["u", "v", "u"]})
    content = as_csv(frame) if name == "t.csv" else as_parquet(frame, tmp_path)
    assert len(read(tmp_path, content, name).label) == 3
    with pytest.raises(InputError, match=r"1 of 'a' .first in row 2"):
        read(tmp_path, content, name, missing=["", "-999"])


def test_selected_columns_and_classes(tmp_path: Path) -> None:
    text = "id,a,y\nx,1,4\ny,2,7\nz,3,5\n"
    table = read(tmp_path, text, drop=["id"], classes={"seven": 7, "four": "4"})
    assert table.features.tolist() == [[1], [2]]
    assert table.label.tolist() == [1, 0] and table.class_names == ("seven", "four")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_columns_to_keep(name: str, tmp_path: Path) -> None:
    """Whatever else the table has is no concern: texts, gaps, columns without a name."""
    rows = {"Unnamed: 0": [0, 1], "b": [1.0, 2], "t": ["x", None], "a": [3.0, 4], "y": ["u", "v"]}
    frame = pd.DataFrame(rows)
    content = as_csv(frame) if name == "t.csv" else as_parquet(frame, tmp_path)
    table = read(tmp_path, content, name, keep=["a", "b"])
    assert table.feature_names == ("b", "a")  # as in the file: their order is no setting
    assert table.features.tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"keep": ["a"], "drop": ["b"]}, "either `keep` or `drop`"),
        ({"keep": ["a", "y"]}, "keep names the label 'y'"),
        ({"drop": ["y"]}, "drop names the label 'y'"),
        ({"drop": ["a", "a"]}, "'a' more than once"),
        ({"keep": []}, "at least 1 item"),
    ],
)
def test_columns_that_cannot_be_chosen_so(keys: dict, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TableColumns(train="t.csv", label="y", **keys)


FAULTS = [
    ("a,b\n1,2\n", {}, "a column 'y' in t.csv; found a, b; correct `label`"),
    ("a,Why\n1,2\n", {"label": "why"}, "found a, Why, is 'Why' meant"),
    ("a,y\n1,u\n", {"drop": ["z"]}, "a column 'z' .* correct `drop`"),
    ("a,y\n1,u\n", {"keep": ["A"]}, "a column 'A' .* is 'a' meant.* correct `keep`"),
    ("1,2,3\n4,5,6\n", {}, "a column 'y'"),
    ("a,b,y\n1,2,u\n3,red,v\n", {}, "'red' in 'b', line 3 .* list these columns under `drop`"),
    ("a,b,y\nx,y,u\n", {}, "'x' in 'a', 'y' in 'b', line 2"),
    ("a,b,y\n1,2,u\n1,2\n", {}, "3 values, .* found 2 in line 3"),
    ("a,b,y\n1,2,u\n1,2,3,4\n", {}, "3 values, .* found 4 in line 3"),
    ("a,a,y\n1,2,u\n", {}, "'a' more than once"),
    (",a,y\n0,1,u\n", {}, "none for column 1 .* index=False"),
    ("Unnamed: 0,a,y\n0,1,u\n", {}, "none for column 1 .* index=False"),
    ("a,y\ntrue,u\n2,v\n", {}, "'2' in 'a', line 3"),
    ("a,y\n1,u\ntrue,v\n", {}, "'true' in 'a', line 3"),
    ("a,y\n1_000,u\n", {}, "'1_000' in 'a', line 2"),
    ("a,y\n0x10,u\n", {}, "'0x10' in 'a', line 2"),
    ('a,y\n"1,5",u\n', {}, "'1,5' in 'a', line 2"),
    ("a,y\n １,u\n", {}, "' １' in 'a', line 2"),
    ("a,y\n1,u\n NA ,v\n", {}, "' NA ' in 'a', line 3 .* fill the gaps"),
    ("a,y\n1,u\n-nan,v\n", {}, "1 of 'a' .first in row 2"),
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
