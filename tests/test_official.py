"""The published files in all their formats: one table from all, clear faults."""

import gzip
import io
import tarfile
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from symbolnet.config import OfficialJets
from symbolnet.data.readers import official
from symbolnet.data.readers.official import read_official
from symbolnet.data.table import FEATURES
from symbolnet.errors import InputError

ROWS = 23
COLUMNS = [*FEATURES, "class"]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(official, "ROWS", 7)


@pytest.fixture
def jets() -> pd.DataFrame:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.normal(size=(ROWS, 16)), columns=FEATURES)
    return frame.assign(**{"class": [*"gqwzt", *random.choice(list("gqwzt"), ROWS - 5)]})


def _csv(path: Path, jets: pd.DataFrame) -> None:
    jets.to_csv(path, index=False)


def _arff(path: Path, jets: pd.DataFrame) -> None:
    types = ["{g,q,t,w,z}" if name == "class" else "REAL" for name in jets]
    header = [f"@ATTRIBUTE {name} {kind}" for name, kind in zip(jets, types, strict=True)]
    rows = jets.to_csv(index=False, header=False)
    text = "\n".join(["% as published", "@RELATION 'hls4ml'", "", *header, "", "@DATA", rows])
    path.write_text(text)


def _parquet(path: Path, jets: pd.DataFrame) -> None:
    jets.astype({"class": "category"} if "class" in jets else {}).to_parquet(path, index=False)


def _hdf5(jets: pd.DataFrame) -> bytes:
    """Write the published layout: other columns around, `j_undef` last, particles beside."""
    classes = {f"j_{name}": (jets["class"] == name).astype(float) for name in "gqwzt"}
    columns = {f"j_{name}": jets[name] for name in FEATURES} | classes
    table = pd.DataFrame({"j_ptfrac": 1.0} | columns | {"j_undef": 0.0})
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["jets"] = table.to_numpy(np.float64)
        file["jetFeatureNames"] = np.array(table.columns, dtype="S")
        file["jetConstituentList"] = np.zeros((len(jets), 150, 16), np.float32)
        file["particleFeatureNames"] = np.array([f"j1_{i}" for i in range(16)], dtype="S")
    return stream.getvalue()


def _members(jets: pd.DataFrame) -> dict[str, bytes]:
    return {
        "val/jetImage_0.h5": _hdf5(jets[:10]),
        "val/._jetImage_0.h5": b"shadow of a Mac",
        "val/README": b"text",
        "val/jetImage_1.h5": _hdf5(jets[10:]),
    }


def _tar(path: Path, members: dict[str, bytes], *links: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for link in links:
            archive.addfile(link)
    return path


def _archive(path: Path, jets: pd.DataFrame) -> None:
    _tar(path, _members(jets))


def _single(path: Path, jets: pd.DataFrame) -> None:
    path.write_bytes(_hdf5(jets))


WRITERS = {
    "jets.arff": _arff,
    "jets.csv": _csv,
    "jets.parquet": _parquet,
    "jets.pq": _parquet,
    "jets.tar.gz": _archive,
    "jets.h5": _single,
}
TABLES = ["jets.arff", "jets.csv", "jets.parquet"]


def _settings(name: str) -> OfficialJets:
    return OfficialJets(source="zenodo" if name.endswith((".gz", ".h5")) else "openml")


def _read(path: Path):
    return read_official(path, _settings(path.name))


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_table(tmp_path, jets, name):
    WRITERS[name](tmp_path / name, jets)
    table = _read(tmp_path / name)
    np.testing.assert_allclose(table.features, jets[list(FEATURES)], rtol=1e-12)
    assert [table.class_names[i] for i in table.label] == list(jets["class"])
    assert table.feature_names == FEATURES and table.features.dtype == np.float64
    assert table.provenance["jets"] == {c: (jets["class"] == c).sum() for c in "gqwzt"}


@pytest.mark.parametrize("name", TABLES)
def test_order_of_columns_and_extra_ones_do_not_matter(tmp_path, jets, name):
    WRITERS[name](tmp_path / name, jets.assign(extra=0)[["extra", *reversed(COLUMNS)]])
    np.testing.assert_allclose(_read(tmp_path / name).features, jets[list(FEATURES)], rtol=1e-12)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("column", ["class", "mass_mmdt"])
def test_missing_column_names_the_near_ones(tmp_path, jets, name, column):
    WRITERS[name](tmp_path / name, jets.rename(columns={column: f"{column}s"}))
    with pytest.raises(InputError, match=rf"'{column}'.*near: {column}s"):
        _read(tmp_path / name)


@pytest.mark.parametrize("name", [*TABLES, "jets.tar.gz", "jets.h5"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_value_names_row_and_column(tmp_path, jets, name, value):
    jets.loc[18, "c2_b1_mmdt"] = value
    WRITERS[name](tmp_path / name, jets)
    with pytest.raises(InputError, match=r"c2_b1_mmdt.*row 19"):
        _read(tmp_path / name)


@pytest.mark.parametrize("name", ["jets.arff", "jets.csv"])
def test_text_among_numbers_is_refused(tmp_path, jets, name):
    WRITERS[name](tmp_path / name, jets.astype(object).assign(zlogz="x"))
    with pytest.raises(InputError, match=r"zlogz.*'x' in row 1"):
        _read(tmp_path / name)


@pytest.mark.parametrize("name", TABLES)
def test_unknown_class_is_refused(tmp_path, jets, name):
    WRITERS[name](tmp_path / name, jets.assign(**{"class": [*"gqwzt" * 4, "b", "g", "q"]}))
    with pytest.raises(InputError, match="'b' in row 21"):
        _read(tmp_path / name)


@pytest.mark.parametrize("name", ["jets.arff", "jets.csv"])
@pytest.mark.parametrize("row", ["1,2\n", ",".join("1" * 16) + ",g,7,8\n"])
def test_row_of_wrong_length_is_refused(tmp_path, jets, name, row):
    WRITERS[name](tmp_path / name, jets)
    with (tmp_path / name).open("a") as stream:
        stream.write(row)
    with pytest.raises(InputError):
        _read(tmp_path / name)


@pytest.mark.parametrize("name", ["jets.arff", "jets.csv"])
def test_every_row_too_long_is_refused(tmp_path, jets, name):
    lengthened = jets.assign(extra=0).rename(columns={"extra": "last"})
    WRITERS[name](tmp_path / name, lengthened)
    text = (tmp_path / name).read_text().replace(",last\n", "\n")
    (tmp_path / name).write_text(text.replace("@ATTRIBUTE last REAL\n", ""))
    with pytest.raises(InputError, match="17 values a row"):
        _read(tmp_path / name)


@pytest.mark.parametrize("name", TABLES)
def test_no_rows_are_refused(tmp_path, jets, name):
    WRITERS[name](tmp_path / name, jets[:0])
    with pytest.raises(InputError, match="at least one jet"):
        _read(tmp_path / name)


def test_quoted_classes_and_names_of_arff(tmp_path, jets):
    _arff(tmp_path / "jets.arff", jets.assign(**{"class": "'g'"}))
    text = (tmp_path / "jets.arff").read_text()
    (tmp_path / "jets.arff").write_text(text.replace("ATTRIBUTE zlogz", "ATTRIBUTE 'zlogz'"))
    assert not _read(tmp_path / "jets.arff").label.any()


def test_arff_without_data_is_refused(tmp_path, jets):
    _arff(tmp_path / "jets.arff", jets)
    text = (tmp_path / "jets.arff").read_text()
    (tmp_path / "jets.arff").write_text(text.split("@DATA")[0])
    with pytest.raises(InputError, match="@data"):
        _read(tmp_path / "jets.arff")


def test_jets_without_class_are_left_out(tmp_path, jets):
    jets.loc[4, "class"] = "undefined"
    _archive(tmp_path / "jets.tar.gz", jets)
    table = _read(tmp_path / "jets.tar.gz")
    np.testing.assert_allclose(table.features, jets[list(FEATURES)].drop(index=4))


def _link(name: str, kind: bytes, target: str = "/etc/hostname") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_of_an_archive_are_refused(tmp_path, jets, kind):
    path = _tar(tmp_path / "jets.tar.gz", _members(jets), _link("val/jet.h5", kind))
    with pytest.raises(InputError, match="a link, device or path outside"):
        _read(path)


@pytest.mark.parametrize("name", ["../x.h5", "/x.h5", "val/../../x.h5"])
def test_members_outside_are_refused_and_never_written(tmp_path, jets, name):
    folder = tmp_path / "inner"
    folder.mkdir()
    path = _tar(folder / "jets.tar.gz", {name: _hdf5(jets)})
    with pytest.raises(InputError, match="path outside"):
        _read(path)
    assert [p.name for p in tmp_path.rglob("*")] == ["inner", "jets.tar.gz"]


def test_archive_without_hdf5_is_refused(tmp_path):
    with pytest.raises(InputError, match="HDF5 files"):
        _read(_tar(tmp_path / "jets.tar.gz", {"README": b"text"}))


def _changed(jets: pd.DataFrame, change) -> bytes:
    stream = io.BytesIO(_hdf5(jets))
    with h5py.File(stream, "r+") as file:
        change(file)
    return stream.getvalue()


def _drop_name(file: h5py.File) -> None:
    names = file["jetFeatureNames"][()]
    names[1] = b"j_other"
    file["jetFeatureNames"][...] = names


def _drop_jets(file: h5py.File) -> None:
    del file["jets"]


def _link_jets(file: h5py.File) -> None:
    del file["jets"]
    file["jets"] = h5py.ExternalLink("other.h5", "jets")


def _store_outside(file: h5py.File) -> None:
    shape = file["jets"].shape
    del file["jets"]
    file.create_dataset("jets", shape, "f8", external=[("other.raw", 0, h5py.h5f.UNLIMITED)])


def _narrow(file: h5py.File) -> None:
    values = file["jets"][:, :-3]
    del file["jets"]
    file["jets"] = values


def _two_classes(file: h5py.File) -> None:
    file["jets"][:, -6:] = 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop_name, "j_zlogz"),
        (_drop_jets, "a data set `jets`"),
        (_link_jets, "a data set `jets`"),
        (_store_outside, "a reference out of"),
        (_narrow, "as many columns"),
        (_two_classes, "at most one class"),
    ],
)
def test_wrong_hdf5_is_refused(tmp_path, jets, change, message):
    path = tmp_path / "jets.h5"
    path.write_bytes(_changed(jets, change))
    with pytest.raises(InputError, match=message) as error:
        _read(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["jets.txt", "jets.root", "jets.tar.gz"])
def test_unknown_ending_lists_the_known(tmp_path, name):
    (tmp_path / name).write_text("")
    with pytest.raises(InputError, match=r"\.arff, \.csv"):
        read_official(tmp_path / name, OfficialJets(source="openml"))


def test_missing_file_is_reported(tmp_path):
    with pytest.raises(InputError, match="expected a file"):
        _read(tmp_path / "jets.arff")


@pytest.mark.parametrize("name", WRITERS)
def test_damaged_files_give_one_line(tmp_path, jets, name):
    """Cut, overwritten and empty files are an InputError of one line or still the right jets."""
    WRITERS[name](tmp_path / name, jets)
    whole, random = (tmp_path / name).read_bytes(), np.random.default_rng(5)
    faults = 0
    for trial in range(30):
        content = bytearray(whole[: random.integers(len(whole))] if trial % 2 else whole)
        for place in random.integers(max(len(content), 1), size=5 * (trial % 3)):
            content[place : place + 1] = random.bytes(1)
        (tmp_path / name).write_bytes(bytes(content))
        try:
            table = _read(tmp_path / name)
            assert 0 < len(table.label) <= ROWS and np.isfinite(table.features).all()
        except InputError as error:
            faults += 1
            assert "\n" not in str(error)
    assert faults > 10


def test_truncated_archive_is_refused(tmp_path, jets):
    path = _tar(tmp_path / "jets.tar.gz", _members(jets))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="readable file"):
        _read(path)


def test_garbage_in_a_gzip_is_refused(tmp_path):
    (tmp_path / "jets.tar.gz").write_bytes(gzip.compress(b"no archive" * 999))
    with pytest.raises(InputError, match="readable file"):
        _read(tmp_path / "jets.tar.gz")


def test_real_jets(shared_data):
    table = read_official(shared_data / "jets_hlf" / "lhc_jets_hlf_1000.csv", OfficialJets())
    assert table.features.shape == (1000, 16)
    assert table.provenance["jets"] == {"g": 215, "q": 194, "w": 203, "z": 182, "t": 206}
