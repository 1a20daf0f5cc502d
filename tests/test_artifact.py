"""Nothing half-written under a final name; damaged files are named."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest

from symbolnet import artifact
from symbolnet.errors import InputError


def test_replacing_leaves_the_old_file_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "value.txt"
    artifact.write_text(path, "old")
    with pytest.raises(RuntimeError), artifact.replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("killed")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["value.txt"]


def test_full_disk_is_one_clear_error_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "value.txt"
    with pytest.raises(InputError, match="free space"), artifact.replacing(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_replacing_a_folder_swaps_it_whole(tmp_path: Path) -> None:
    folder = tmp_path / "rtl"
    for name in ("first", "second"):
        with artifact.replacing(folder) as temporary:
            temporary.mkdir()
            (temporary / name).write_text(name)
    assert [p.name for p in folder.iterdir()] == ["second"]


def test_arrays_are_the_same_bytes_every_time(tmp_path: Path) -> None:
    arrays = {"b": np.arange(3.0), "a": np.array(["x", "yy"])}
    artifact.write_arrays(tmp_path / "1.npz", arrays)
    artifact.write_arrays(tmp_path / "2.npz", dict(reversed(arrays.items())))
    assert artifact.sha256(tmp_path / "1.npz") == artifact.sha256(tmp_path / "2.npz")
    loaded = artifact.read_arrays(tmp_path / "1.npz")
    assert loaded["b"].tolist() == [0.0, 1.0, 2.0] and loaded["a"].tolist() == ["x", "yy"]


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "evil.npz").open("wb") as stream:
        np.savez(stream, a=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match=r"evil\.npz"):
        artifact.read_arrays(tmp_path / "evil.npz")


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize("text", ["", "{", "[1,", "\x00", "[NaN]", "[-Infinity]", "9" * 5000, DEEP])
def test_damaged_json_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(InputError, match=r"bad\.json"):
        artifact.read_json(tmp_path / "bad.json")


@pytest.mark.parametrize(("schema", "key"), [("graph", "version"), ("manifest", "contract")])
def test_a_file_of_a_newer_version_is_called_so(tmp_path: Path, schema: str, key: str) -> None:
    (tmp_path / "new.json").write_text(json.dumps({key: 2}))
    with pytest.raises(InputError, match=rf"new\.json: {key} 2, of a newer symbolnet; update"):
        artifact.read_json(tmp_path / "new.json", schema)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.npz"):
        artifact.read_arrays(tmp_path / "gone.npz")


def test_json_is_canonical_and_refuses_nan(tmp_path: Path) -> None:
    artifact.write_json(tmp_path / "a.json", {"b": 0.1, "a": [1]})
    assert list(json.loads((tmp_path / "a.json").read_text())) == ["a", "b"]
    with pytest.raises(ValueError, match="JSON compliant"):
        artifact.write_json(tmp_path / "b.json", {"a": float("nan")})
    assert not (tmp_path / "b.json").exists()


def test_a_path_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="can be written"):
        artifact.write_text(tmp_path / "file" / "value.txt", "text")


def test_what_a_killed_run_left_is_gone_after_the_next(tmp_path: Path) -> None:
    (tmp_path / ".rtl.part").mkdir()
    (tmp_path / ".rtl.part" / "half.v").write_text("module")
    with artifact.replacing(tmp_path / "rtl") as temporary:
        temporary.mkdir()
    assert [p.name for p in tmp_path.iterdir()] == ["rtl"]
    assert list((tmp_path / "rtl").iterdir()) == []
