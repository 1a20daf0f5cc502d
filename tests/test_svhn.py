"""SVHN's MATLAB files, written by scipy: read, made grey and small, refused where damaged."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io

from symbolnet.artifact import write_arrays
from symbolnet.config import ArrayImages, SvhnImages, prepare_settings
from symbolnet.data.features import feature_table
from symbolnet.data.prepare import prepare
from symbolnet.data.readers.fetch import DOWNLOADS
from symbolnet.data.sources import parts
from symbolnet.errors import InputError
from test_images import pictures

SVHN = SvhnImages()


def colours(rows: int = 20, side: int = 32) -> np.ndarray:
    return np.random.default_rng(rows).integers(0, 256, (rows, side, side, 3)).astype(np.uint8)


def labels(rows: int = 20) -> np.ndarray:
    return (np.arange(rows) % 10 + 1).astype(np.uint8)[:, None]


def written(path: Path, zipped: bool = True, **arrays: np.ndarray) -> Path:
    content = {"X": colours().transpose(1, 2, 3, 0), "y": labels()} | arrays
    scipy.io.savemat(path, content, do_compression=zipped)
    return path


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("kind", ["uint8", "float64"])
def test_the_official_layout(zipped: bool, kind: str, tmp_path: Path) -> None:
    table = feature_table([written(tmp_path / "a", zipped, y=labels().astype(kind))], SVHN)
    np.testing.assert_array_equal(table.features, colours().reshape(20, -1))
    assert table.features.dtype == np.uint8 and table.features.shape[1] == 3072
    assert table.label.tolist() == [*range(1, 10), 0] * 2
    assert table.feature_names[:2] == ("p0_0_0", "p0_0_1")


def test_grey_and_smaller(tmp_path: Path) -> None:
    settings = SvhnImages(grey=True, downsample=4)
    table = feature_table([written(tmp_path / "a")], settings)
    grey = np.round(colours() @ [0.299, 0.587, 0.114])
    means = [grey[:, i : i + 4, j : j + 4].mean(axis=(1, 2)) for i in (0, 28) for j in (0, 28)]
    corners = table.features.reshape(20, 8, 8)[:, [0, 0, 7, 7], [0, 7, 0, 7]]
    np.testing.assert_array_equal(corners, np.round(means).T)
    assert table.features.dtype == np.uint8 and table.feature_names[-1] == "p7_7"


def test_smaller_floats_stay_floats(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).random((6, 4, 4))
    write_arrays(tmp_path / "a.npz", {"x": pixels, "y": np.arange(6)})
    table = feature_table([tmp_path / "a.npz"], ArrayImages(train="a.npz", downsample=2))
    np.testing.assert_allclose(table.features[:, 0], pixels[:, :2, :2].mean(axis=(1, 2)))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"grey": True},
            r"colours \(height, width, 3\) for `grey`; found images of shape \(3, 4\)",
        ),
        ({"downsample": 2}, "common divisor of height and width"),
        ({"downsample": 5}, "common divisor of height and width"),
    ],
)
def test_images_that_cannot_be_reduced(settings, words: str, tmp_path: Path) -> None:
    pixels, label = pictures()
    write_arrays(tmp_path / "a.npz", {"x": pixels, "y": label})
    with pytest.raises(InputError, match=words):
        feature_table([tmp_path / "a.npz"], ArrayImages(train="a.npz", **settings))


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": np.zeros((32, 32, 3, 20))}, "bytes X .* found float64"),
        ({"X": colours()}, r"found uint8 of shape \(20, 32, 32, 3\)"),
        ({"X": colours()[0]}, "bytes X of shape"),
        ({"y": labels(19)}, "each of 20 images"),
        ({"y": labels() - 1}, "labels 1 to 10, .* found 0 for image 0"),
        ({"y": labels() + 0.5}, "labels 1 to 10, .* found 1.5 for image 0"),
    ],
)
def test_other_arrays(arrays, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        feature_table([written(tmp_path / "a", **arrays)], SVHN)


def test_files_of_other_kinds(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a", {"z": np.zeros(3), "text": "abc", "cell": {"a": 1}})
    cases = {"a": "X and y; found z"}
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF\r\n\x1a\n"
    cases |= _bytes(tmp_path / "b", header, "version 7.3 .HDF5.; save it with `save -v7`")
    cases |= _bytes(tmp_path / "c", b"\x89HDF\r\n\x1a\n" + b"0" * 999, "version 7.3")
    cases |= _bytes(tmp_path / "d", b"<html>", "which starts with b'<html>'")
    cases |= _bytes(tmp_path / "e", b"", "which starts with b''")
    for name, words in cases.items():
        with pytest.raises(InputError, match=words):
            feature_table([tmp_path / name], SVHN)
    with pytest.raises(InputError, match="expected a file"):
        feature_table([tmp_path / "none"], SVHN)


def _bytes(path: Path, content: bytes, words: str) -> dict[str, str]:
    path.write_bytes(content)
    return {path.name: words}


@pytest.mark.parametrize("zipped", [True, False])
def test_damaged_files_are_read_or_refused(zipped: bool, tmp_path: Path) -> None:
    """Every cut is noticed; changed bytes are where they are not mere pixels."""
    path = written(tmp_path / "a", zipped)
    whole, generator = path.read_bytes(), np.random.default_rng(5)
    for length in range(0, len(whole) - 1, 1499):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError):
            feature_table([path], SVHN)
    refused = 0
    for _ in range(200):
        content = bytearray(whole)
        for place in generator.integers(126, 200, 2):
            content[place] = generator.integers(0, 256)
        path.write_bytes(content)
        try:
            assert feature_table([path], SVHN).features.shape == (20, 3072)
        except InputError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused > 100


def test_extra_and_train_and_test_make_one_data_set(tmp_path: Path) -> None:
    tables = [
        feature_table(
            [written(tmp_path / n, X=colours(r).transpose(1, 2, 3, 0), y=labels(r))], SVHN
        )
        for n, r in (("train", 300), ("extra", 400), ("test", 100))
    ]
    data = prepare(tables[:2], tables[2:], prepare_settings(SVHN))
    assert len(data.y_train) + len(data.y_validation) == 700 and len(data.y_test) == 100
    assert data.x_train.dtype == np.float32 and data.x_train.max() == 1


def test_files_are_local_or_downloaded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found no folder"):
        parts(SVHN, tmp_path, Path("raw"), Path("downloads"))
    settings = SvhnImages(download=True, train=["svhn/train_32x32.mat", "svhn/extra_32x32.mat"])
    found = parts(settings, tmp_path, Path("raw"), Path("downloads"))
    files = ["train_32x32.mat", "extra_32x32.mat", "test_32x32.mat"]
    assert [part.path for part in found] == [Path("downloads") / name for name in files]
    assert [part.name for part in found] == ["train-0000", "train-0001", "test-0000"]
    assert all(DOWNLOADS[name].mirrors[-1].endswith(f"housing/{name}") for name in files)
