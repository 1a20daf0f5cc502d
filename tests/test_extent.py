"""How wide a data set is, by the headers of its files; bumps of too many inputs are refused."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from symbolnet.baselines.baseline import check_baselines
from symbolnet.config import (
    ArrayImages,
    DataSettings,
    DigitImages,
    MnistImages,
    SvhnImages,
    TableColumns,
    load_config,
)
from symbolnet.data.readers.extent import Extent, extent_of
from symbolnet.data.sources import Part, parts
from symbolnet.errors import InputError


def idx(shape: tuple[int, ...]) -> bytes:
    return bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes() + bytes(100)


def table(folder: Path, name: str, rows: int = 500) -> Path:
    frame = pd.DataFrame(np.zeros((rows, 30)), columns=[f"x{i}" for i in range(30)]).assign(y="a")
    path = folder / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_csv(path, index=False)
    return path


def test_images(tmp_path: Path) -> None:
    file = tmp_path / "images"
    file.write_bytes(idx((60_000, 28, 28)))
    assert extent_of(MnistImages(), file) == Extent(60_000, 784)
    assert extent_of(MnistImages(downsample=2), file) == Extent(60_000, 196)
    (tmp_path / "images.gz").write_bytes(gzip.compress(idx((10, 8, 8))))
    assert extent_of(MnistImages(), tmp_path / "images.gz") == Extent(10, 64)
    np.savez(tmp_path / "a.npz", x=np.zeros((7, 4, 4, 3)), y=np.zeros(7))
    assert extent_of(ArrayImages(train="a.npz"), tmp_path / "a.npz") == Extent(7, 48)
    assert extent_of(ArrayImages(train="a.npz", grey=True), tmp_path / "a.npz") == Extent(7, 16)
    file.write_bytes(bytes(3072 * 5))
    assert extent_of(SvhnImages(grey=True), file) == Extent(5, 1024)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_tables(name: str, tmp_path: Path) -> None:
    path = table(tmp_path, name)
    found = extent_of(TableColumns(train=name, label="y", drop=["x0", "x1"]), path)
    assert found is not None and found.inputs == 28 and 490 <= found.rows <= 510


@pytest.mark.parametrize("content", [b"", b"x", b"a,b\n", bytes(4000)])
@pytest.mark.parametrize(
    "data",
    [
        MnistImages(),
        ArrayImages(train="a.npz"),
        TableColumns(train="a.csv", label="y"),
        TableColumns(train="a.parquet", label="y"),
        DigitImages(),
    ],
)
def test_what_is_wrong_with_a_file_is_left_to_its_reader(
    data: DataSettings, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / (data.train if isinstance(data, ArrayImages | TableColumns) else "a")
    path.write_bytes(content)
    found = extent_of(data, path)
    assert found is None or found.rows < 4000


def asked(folder: Path, peers: list[str], **keys: Any) -> None:
    own = {"source": "mnist", "train": ("images", "labels"), "test": None} | keys
    config = load_config({"data": {"own": own}, "datasets": ["own"], "peers": peers})
    found = [Part("train-0000", "train", folder / "images", folder / "labels")]
    check_baselines(config, "own", found)


def test_bumps_of_wide_images_are_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "images").write_bytes(idx((60_000, 28, 28)))
    with pytest.raises(InputError, match="use `linear` or `units` instead of `bumps`"):
        asked(tmp_path, ["bumps"])
    asked(tmp_path, ["linear"])
    asked(tmp_path, ["bumps"], limit=5000)
    asked(tmp_path, ["bumps"], downsample=4)


def test_bumps_of_a_wide_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = TableColumns(train="t.csv", label="y")
    path = table(tmp_path, "t.csv")
    config = load_config({"data": {"own": data}, "datasets": ["own"], "peers": ["bumps"]})
    found = parts(data, tmp_path, tmp_path, tmp_path)
    assert found[0].path == path
    check_baselines(config, "own", found)
    monkeypatch.setattr("symbolnet.baselines.baseline._MEMORY", 250 * 300 * 8)
    with pytest.raises(InputError, match=r"300 terms of \d+ rows"):
        check_baselines(config, "own", found)
