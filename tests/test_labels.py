"""Labels stay as they are written, by one rule for CSV, Parquet, npz and ROOT."""

import datetime
import decimal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
import yaml

from jets import random_jets, write_rntuple
from symbolnet.config import Constituents, load_config
from symbolnet.data.features import feature_table
from symbolnet.data.table import FeatureTable
from symbolnet.errors import InputError

FORMATS = ("csv", "parquet", "npz", "root")


def written(path: Path, labels: Sequence[Any]) -> Path:
    """Write rows with these labels in the format of the path's ending."""
    values = np.arange(len(labels)) / 7
    if path.suffix == ".npz":
        np.savez(path, x=values[:, None], y=np.array(labels))
        return path
    if path.suffix == ".root":
        jets = random_jets(len(labels), seed=0)
        return write_rntuple(path, jets | {"label": ak.Array(labels)})
    frame = pd.DataFrame({"a": values, "y": labels})
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


def read(path: Path, **settings: Any) -> FeatureTable:
    """Read a file as a config says, through YAML as a user writes it."""
    kind: dict[str, Any] = {"source": "table", "train": path.name, "label": "y"}
    if path.suffix == ".npz":
        kind = {"source": "npz", "train": path.name}
    if path.suffix == ".root":
        constituents = Constituents(mass="mass").model_dump()
        kind = {"source": "root", "train": [path.name], "constituents": constituents}
    chosen = {"datasets": ["own"], "train": [], "choose": [], "data": {"own": kind | settings}}
    data = load_config(yaml.safe_load(yaml.safe_dump(chosen))).data["own"]
    return feature_table([path], data)


def names_of(table: FeatureTable) -> list[str]:
    return [table.class_names[number] for number in table.label]


AS_WRITTEN = [
    (["18_25", "26_40", "41_65"], ["18_25", "26_40", "41_65"]),
    (["1E2", "100", "1e2"], ["1E2", "100", "1e2"]),
    (["01", "1", "1.0"], ["01", "1", "1"]),
    (["9007199254740993", "9007199254740992"], ["9007199254740993", "9007199254740992"]),
    (["0x10", "16", "+16", "-0", "0"], ["0x10", "16", "+16", "-0", "0"]),
    (["true", "True", "yes"], ["true", "True", "yes"]),
    (["1,000", "1.000", "inf"], ["1,000", "1.000", "inf"]),
    (["A ", "B", "A"], ["A", "B", "A"]),
    (["2020-01-01", "Ä\nb", '"q"'], ["2020-01-01", "Ä\nb", '"q"']),
]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize(("labels", "names"), AS_WRITTEN)
def test_texts_stay_as_written(labels, names, ending: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"t.{ending}", labels)
    chosen = {} if ending in ("csv", "parquet") else {"classes": {n: n for n in set(names)}}
    assert names_of(read(path, **chosen)) == names


TYPED = [
    (np.array([3, 1, 10]), ["3", "1", "10"]),
    (np.array([3.0, 1.0, 0.0]), ["3", "1", "0"]),
    (np.array([True, False, True]), ["True", "False", "True"]),
    (np.array([2**63 + 1, 2**63, 1], np.uint64), [str(2**63 + 1), str(2**63), "1"]),
    (np.array([2**53 + 1, 2**53]), [str(2**53 + 1), str(2**53)]),
    (np.array([0.1, 2.5], np.float32), ["0.1", "2.5"]),
]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize(("labels", "names"), TYPED)
def test_numbers_and_booleans_are_the_same_in_all_formats(
    labels, names, ending: str, tmp_path: Path
) -> None:
    path = written(tmp_path / f"t.{ending}", labels)
    chosen = {"classes": {f"class {n}": n for n in set(names)}}
    assert names_of(read(path, **chosen)) == [f"class {name}" for name in names]


BOOLEAN = [
    ("{s: true, b: false}", [True, False]),
    ("{s: True, b: False}", [True, False]),
    ("{s: 'True', b: 'False'}", [True, False]),
    ("{s: 1, b: 0}", [True, False]),
    ("{s: 'true', b: 'false'}", [True, False]),  # as Snakemake's command line gives it
    ("{s: '1', b: '0'}", [True, False]),
    ("{s: 'true', b: 'false'}", ["true", "false"]),
    ("{s: yes, b: no}", ["yes", "no"]),
    ("{s: true, b: false}", ["TRUE", "FALSE"]),
    ("{s: 2020, b: 2021}", ["2020", "2021"]),
    ("{s: 1.5, b: 2}", [1.5, 2.0]),
    ("{s: None, b: b}", ["None", "b"]),
    ("{s: '', b: b}", ["", "b"]),
]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize(("classes", "labels"), BOOLEAN)
def test_what_yaml_makes_of_a_label(classes: str, labels, ending: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"t.{ending}", labels)
    assert names_of(read(path, classes=yaml.safe_load(classes))) == ["s", "b"]


def test_yes_for_two_labels_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", ["yes", "true", "b"])
    with pytest.raises(InputError, match=r"'yes' and 'true' in column 'y'.* in quotes"):
        read(path, classes={"s": True, "b": "b"})
    assert names_of(read(path, classes={"s": "true", "t": "yes", "b": "b"})) == ["t", "s", "b"]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("gap", ["", " ", "NA", "None", "-", "nan"])
def test_a_missing_label_is_refused_and_says_how_to_keep_it(
    gap: str, ending: str, tmp_path: Path
) -> None:
    path = written(tmp_path / f"t.{ending}", ["u", gap, "v"])
    with pytest.raises(InputError, match=r"row 2.*`missing` in the config") as error:
        read(path, classes={"u": "u", "v": "v"})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("ending", FORMATS)
def test_the_config_says_what_is_missing(ending: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"t.{ending}", ["None", "-", "x", "None"])
    chosen = {"classes": {"None": "None", "minus": "-", "x": "x"}} if ending != "csv" else {}
    assert set(names_of(read(path, missing=["", "NA"], **chosen))) in (
        {"None", "-", "x"},
        {"None", "minus", "x"},
    )
    path = written(tmp_path / f"n.{ending}", [1, -999, 2])
    with pytest.raises(InputError, match="row 2"):
        read(path, missing=[-999], classes={"a": 1, "b": 2})


@pytest.mark.parametrize("ending", ["parquet", "npz", "root"])
def test_nan_is_missing(ending: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"t.{ending}", [1.0, np.nan, 2.0])
    with pytest.raises(InputError, match="row 2"):
        read(path, classes={"a": 1, "b": 2}, missing=[])


STORED = [
    (pa.array(["x", "y", "x"]).dictionary_encode(), ("x", "y")),
    (pa.array([7, 10, 7]).dictionary_encode(), ("7", "10")),
    (pa.array([decimal.Decimal("1.00"), decimal.Decimal("2.00")]), ("1", "2")),
    (
        pa.array([datetime.date(2020, 1, 2), datetime.date(2020, 1, 1)]),
        ("2020-01-01", "2020-01-02"),
    ),
    (pa.array([b"x", b"y"]), ("x", "y")),
    (pa.array(["x", "y"], pa.large_string()), ("x", "y")),
    (pa.array([1, 2], pa.int8()), ("1", "2")),
]


@pytest.mark.parametrize(("column", "names"), STORED)
def test_kinds_of_columns_in_parquet(column, names, tmp_path: Path) -> None:
    values = pa.array(np.arange(len(column), dtype=float))
    pyarrow.parquet.write_table(pa.table({"a": values, "y": column}), tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").class_names == names


@pytest.mark.parametrize("column", [pa.array([[1], [2]]), pa.array([b"\xff", b"\xfe"])])
def test_columns_that_are_no_labels(column, tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([1.0, 2.0]), "y": column})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    try:
        assert len(read(tmp_path / "t.parquet").class_names) == 2
    except InputError as error:
        assert "\n" not in str(error)


YAML_FAULTS = [
    ("label: no", "data.own.label: expected a text; found False, .* put it in quotes"),
    ("drop: [a, on]", "data.own.drop.1: .* put it in quotes"),
    ("classes: {no: 0, yes: 1}", "data.own.classes.* put it in quotes"),
    ("classes: {18_25: 1, b: 2}", "found 1825, .* put it in quotes"),
    ("classes: {a: ~, b: 1}", "data.own.classes.a: .* put it in quotes"),
    ("classes: {a: 2020-01-01, b: 1}", "data.own.classes.a: .* put it in quotes"),
    ("classes: {a: 1, b: '1.0'}", "the label '1' stands for two classes"),
    ("missing: [~]", "data.own.missing.0: .* put it in quotes"),
]


@pytest.mark.parametrize(("text", "words"), YAML_FAULTS)
def test_what_yaml_takes_for_something_else_is_said(text: str, words: str) -> None:
    own = {"source": "table", "train": "t.csv", "label": "y"} | yaml.safe_load(text)
    config = {"datasets": ["own"], "train": [], "choose": [], "data": {"own": own}}
    with pytest.raises(InputError, match=words):
        load_config(config)


def test_columns_called_by_numbers(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("0,1,2020\n1,2,u\n3,5,v\n")
    table = read(tmp_path / "t.csv", label=2020, drop=[0])
    assert table.feature_names == ("1",) and table.class_names == ("u", "v")


def test_a_label_that_yaml_made_a_number_of_is_asked_for_in_quotes(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", ["18_25", "26_40"])
    with pytest.raises(InputError, match=r"found '18_25', '26_40'.*in quotes"):
        read(path, classes=yaml.safe_load("{young: 18_25, old: 26_40}"))
