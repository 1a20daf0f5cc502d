"""Readers of images: idx bytes written here, scikit-learn's digits, arrays; and damaged files."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from symbolnet.artifact import write_arrays
from symbolnet.config import (
    ArrayImages,
    DigitImages,
    MnistImages,
    Prepare,
    Split,
    feature_settings,
    prepare_settings,
)
from symbolnet.data.dataset import load_dataset
from symbolnet.data.features import feature_table
from symbolnet.data.prepare import prepare
from symbolnet.data.readers.fetch import DOWNLOADS
from symbolnet.data.sources import parts
from symbolnet.data.table import load_table, save_table
from symbolnet.errors import InputError
from symbolnet.pipeline.cli import main

MNIST = MnistImages(train=("images", "labels"), test=None)


def pictures(rows: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (rows, 3, 4)).astype(np.uint8)
    pixels[0, 0, 0] = 255
    return pixels, (np.arange(rows) % 10).astype(np.uint8)


def idx_bytes(values: np.ndarray, kind: int = 8) -> bytes:
    header = bytes([0, 0, kind, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + values.tobytes()


def written(folder: Path, zipped: bool = False, rows: int = 40) -> list[Path]:
    """Write images and labels as idx files."""
    folder.mkdir(exist_ok=True)
    paths = [folder / "images", folder / "labels"]
    for path, values in zip(paths, pictures(rows), strict=True):
        content = idx_bytes(values)
        path.write_bytes(gzip.compress(content) if zipped else content)
    return paths


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_are_read_whole(zipped: bool, tmp_path: Path) -> None:
    pixels, label = pictures()
    table = feature_table(written(tmp_path, zipped), MNIST)
    np.testing.assert_array_equal(table.features, pixels.reshape(40, 12))
    np.testing.assert_array_equal(table.label, label)
    assert table.features.dtype == np.uint8
    assert table.feature_names[:6] == ("p0_0", "p0_1", "p0_2", "p0_3", "p1_0", "p1_1")
    assert table.class_names == tuple("0123456789")
    assert table.provenance["images"]["7"] == 4


def test_real_mnist(shared_data: Path) -> None:
    found = parts(MnistImages(), shared_data, Path("raw"), Path("downloads"))
    assert [(part.split, len(part.files)) for part in found] == [("train", 2), ("test", 2)]
    table = feature_table(found[1].files, MnistImages())
    assert table.features.shape == (10_000, 784)
    assert table.label[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(table.label).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


def test_digits_are_scikit_learns() -> None:
    (part,) = parts(DigitImages(), Path("none"), Path("raw"), Path("downloads"))
    table, known = feature_table(part.files, DigitImages()), load_digits()
    np.testing.assert_array_equal(table.features, known.data)
    np.testing.assert_array_equal(table.label, known.target)
    assert table.feature_names[-1] == "p7_7"


def test_arrays_of_an_npz(tmp_path: Path) -> None:
    pixels, label = pictures()
    write_arrays(tmp_path / "a.npz", {"images": pixels / 255, "t": label.astype(np.int32)})
    settings = ArrayImages(train="a.npz", images="images", labels="t")
    (part,) = parts(settings, tmp_path, Path("raw"), Path("downloads"))
    table = feature_table(part.files, settings)
    np.testing.assert_array_equal(table.features, pixels.reshape(40, 12) / 255)
    plain = ArrayImages(train="b.npz")
    write_arrays(tmp_path / "b.npz", {"x": pixels.reshape(40, 12), "y": label})
    assert feature_table([tmp_path / "b.npz"], plain).feature_names[-1] == "p11"


def test_selected_classes_only(tmp_path: Path) -> None:
    settings = MNIST.model_copy(update={"classes": {"seven": 7, "one": 1}})
    table = feature_table(written(tmp_path), settings)
    pixels, label = pictures()
    kept = np.isin(label, (1, 7))
    np.testing.assert_array_equal(table.features, pixels[kept].reshape(-1, 12))
    assert table.label.tolist() == [1, 0] * 4
    assert table.class_names == ("seven", "one")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b[:4], "3 lengths"),
        (lambda b: b[:9], "3 lengths"),
        (lambda b: b"", "with nothing"),
        (lambda b: b[:-1], "480 values .* found 479"),
        (lambda b: b + b"x", "480 values .* found more"),
        (lambda b: b"\x00\x00\x0d" + b[3:], "unsigned bytes .* 00000d03"),
        (lambda b: b"\x01" + b[1:], "magic 00000803"),
        (lambda b: b[:4] + b"\xff" * 12 + b[16:], "1 to 4 G values"),
        (lambda b: b[:4] + b"\x00" * 4 + b[8:], "1 to 4 G values"),
        (lambda b: gzip.compress(b)[:-9], "a whole gzip file"),
        (lambda b: gzip.compress(b)[:-1], "a whole gzip file"),
        (lambda b: gzip.compress(b)[:4], "a whole gzip file"),
        (lambda b: gzip.compress(b)[:40] + b"\xff" * 60, "a whole gzip file"),
        (lambda b: gzip.compress(b[:-1]), "480 values .* found 479"),
    ],
)
def test_damaged_idx(change, words: str, tmp_path: Path) -> None:
    images, labels = written(tmp_path)
    images.write_bytes(change(images.read_bytes()))
    with pytest.raises(InputError, match=words):
        feature_table([images, labels], MNIST)


def test_every_cut_of_a_gzip_file_is_noticed(tmp_path: Path) -> None:
    images, labels = written(tmp_path, zipped=True)
    whole = images.read_bytes()
    for length in range(0, len(whole), 7):
        images.write_bytes(whole[:length])
        with pytest.raises(InputError):
            feature_table([images, labels], MNIST)


@pytest.mark.parametrize("zipped", [False, True])
def test_changed_bytes_are_read_or_refused(zipped: bool, tmp_path: Path) -> None:
    """A plain file says nothing of wrong pixels; a gzip file has a checksum, and a header."""
    files, generator = written(tmp_path, zipped), np.random.default_rng(5)
    whole, refused = files[0].read_bytes(), 0
    for _ in range(300):
        content = bytearray(whole)
        for place in generator.integers(0, len(whole) if zipped else 32, 2):
            content[place] = generator.integers(0, 256)
        files[0].write_bytes(content)
        try:
            assert feature_table(files, MNIST).features.shape == (40, 12)
        except InputError:
            refused += 1
    assert refused > (280 if zipped else 150)


def test_images_and_labels_of_different_length(tmp_path: Path) -> None:
    images, _ = written(tmp_path)
    _, labels = written(tmp_path / "other", rows=39)
    with pytest.raises(InputError, match="each of 40 images; found labels of shape"):
        feature_table([images, labels], MNIST)


def test_images_and_labels_in_the_wrong_order(tmp_path: Path) -> None:
    images, labels = written(tmp_path)
    with pytest.raises(InputError, match="name images and labels in this order"):
        feature_table([labels, images], MNIST)


def test_no_image_of_the_selected_classes(tmp_path: Path) -> None:
    settings = MNIST.model_copy(update={"classes": {"a": 77, "b": 78}})
    with pytest.raises(InputError, match=r"labels \[77, 78\]; found none among 40"):
        feature_table(written(tmp_path), settings)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.zeros((4, 2))}, "an array 'y'; found x"),
        ({"x": np.zeros(4), "y": np.zeros(4, int)}, "images, ..."),
        ({"x": np.zeros((4, 2), complex), "y": np.zeros(4, int)}, "images, ..."),
        ({"x": np.zeros((4, 2)), "y": np.zeros(4, complex)}, "numbers or texts; found complex128"),
        ({"x": np.zeros((4, 2)), "y": np.array([0, 1, np.nan, 1])}, "'nan' for row 3 in"),
        ({"x": np.zeros((4, 2)), "y": np.zeros((4, 1), int)}, "one label for each of 4"),
    ],
)
def test_arrays_that_are_no_images(arrays, words: str, tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", arrays)
    with pytest.raises(InputError, match=words):
        feature_table([tmp_path / "a.npz"], ArrayImages(train="a.npz"))


def test_pixels_that_are_not_finite(tmp_path: Path) -> None:
    arrays = {"x": np.full((4, 2), np.nan), "y": np.arange(4)}
    write_arrays(tmp_path / "a.npz", arrays)
    table = feature_table([tmp_path / "a.npz"], ArrayImages(train="a.npz"))
    with pytest.raises(InputError, match="NaN or infinity in p0, p1"):
        save_table(tmp_path / "t.npz", table)


def test_missing_files_are_named_while_the_config_is_read(tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    with pytest.raises(InputError, match="train-images-idx3"):
        parts(MnistImages(), tmp_path, Path("raw"), Path("downloads"))


def test_range_keeps_zero_and_the_proportions_of_pixels(tmp_path: Path) -> None:
    table = feature_table(written(tmp_path, rows=600), MNIST)
    spec = Prepare(split=Split(test_fraction=0.25, validation_fraction=0.4), scale="range")
    data = prepare([table], [], spec)
    assert data.scaler_mean.tolist() == [0] * 12
    assert len(set(data.scaler_scale)) == 1 and data.scaler_scale[0] == 255
    rows = np.concatenate([data.x_train, data.x_validation, data.x_test]) * data.scaler_scale
    assert sorted(map(tuple, rows.round(3))) == sorted(map(tuple, table.features))
    plain = prepare([table], [], spec.model_copy(update={"scale": "none"}))
    np.testing.assert_allclose(plain.x_train, data.x_train * data.scaler_scale, rtol=1e-6)


def test_stages(tmp_path: Path) -> None:
    files, tables = written(tmp_path, zipped=True, rows=600), [tmp_path / "t.npz"]
    spec = feature_settings(MNIST).model_dump_json()
    arguments = ["--raw", *map(str, files), "--features", str(tables[0]), "--spec", spec]
    assert main(["compute_features", *arguments]) == 0
    assert load_table(tables[0]).features.dtype == np.uint8
    spec = prepare_settings(MNIST).model_dump_json()
    out = str(tmp_path / "dataset.npz")
    arguments = ["--train", str(tables[0]), "--dataset", out, "--spec", spec, "--test"]
    assert main(["prepare_dataset", *arguments]) == 0
    data = load_dataset(tmp_path / "dataset.npz")
    assert data.x_train.dtype == np.float32 and data.x_train.max() == 1
    assert str(tmp_path) not in str(data.provenance)


def test_rows_of_a_file_for_the_test(tmp_path: Path) -> None:
    pixels, label = pictures(600)
    arrays = {"x": pixels, "y": label, "number": np.arange(600) // 3}
    write_arrays(tmp_path / "a.npz", arrays)
    settings = ArrayImages(
        train="a.npz",
        test_rows={"array": "number", "modulo": 5, "remainder": 2},
        classes={"3": 3, "8": 8},
    )
    save_table(tmp_path / "t.npz", feature_table([tmp_path / "a.npz"], settings))
    data = prepare([load_table(tmp_path / "t.npz")], [], prepare_settings(settings))
    wanted = np.isin(label, (3, 8)) & (arrays["number"] % 5 == 2)
    np.testing.assert_array_equal(data.y_test, label[wanted] // 5)
    rows = (data.x_test * data.scaler_scale).round()
    np.testing.assert_array_equal(rows, pixels[wanted].reshape(-1, 12))
    assert len(data.y_train) + len(data.y_validation) == 120 - wanted.sum()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"array": "n"}, "an array 'n'"),
        ({"array": "few"}, "40 whole numbers 'few'"),
        ({"array": "real"}, "40 whole numbers 'real'; found float64"),
        ({"array": "y", "modulo": 70, "remainder": 69}, "found 0 of 40 rows with y % 70 = 69"),
        ({"array": "even", "modulo": 2}, "found 40 of 40 rows"),
    ],
)
def test_rows_that_divide_nothing(rule, words: str, tmp_path: Path) -> None:
    pixels, label = pictures()
    arrays = {"x": pixels, "y": label, "few": label[:3], "real": label / 2, "even": label * 2}
    write_arrays(tmp_path / "a.npz", arrays)
    with pytest.raises(InputError, match=words):
        feature_table([tmp_path / "a.npz"], ArrayImages(train="a.npz", test_rows=rule))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"test": "b.npz", "test_rows": {"array": "n"}}, "either `test` or `test_rows`"),
        ({"test_rows": {"array": "n", "modulo": 3, "remainder": 3}}, "must be below modulo"),
    ],
)
def test_contradictory_test_sets(change, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ArrayImages(train="a.npz", **change)


def test_real_svhn_digits(shared_data: Path) -> None:
    settings = ArrayImages(
        train="svhn/svhn_test_digits_gray32_tight.npz",
        images="X",
        test_rows={"array": "image"},
    )
    (part,) = parts(settings, shared_data, Path("raw"), Path("downloads"))
    table = feature_table(part.files, settings)
    assert table.features.shape == (25_836, 1024) and table.features.dtype == np.uint8
    assert table.test is not None and table.test.sum() == 5199


def test_mnist_can_be_downloaded() -> None:
    found = parts(MnistImages(download=True), Path("none"), Path("raw"), Path("downloads"))
    files = [file for part in found for file in part.files]
    assert files[0] == Path("downloads/train-images-idx3-ubyte.gz") and len(files) == 4
    assert all(len(DOWNLOADS[file.name].mirrors) == 2 for file in files)
