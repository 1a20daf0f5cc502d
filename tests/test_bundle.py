"""Bundles: the same bytes for the same run, open without software, and refused if they are bad."""

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from symbolnet.audit.archive import left_out_of, unpack, write_bundle
from symbolnet.audit.crate import CRATE
from symbolnet.audit.manifest import load_manifest, recorded
from symbolnet.audit.verify import opened
from symbolnet.errors import InputError
from symbolnet.pipeline.cli import main

_LARGE = 10**9


@pytest.fixture(scope="module")
def archive(run: Path) -> Path:
    path = run.with_name("tiny.zip")
    write_bundle(run, path, _LARGE)
    return path


def test_it_holds_every_file_and_a_note_for_the_reader(run: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive) as source:
        names = {name.removeprefix("tiny/") for name in source.namelist()}
        text = source.read("tiny/README.txt").decode()
    assert names == {*recorded(load_manifest(run)), "manifest.json", CRATE, "README.txt"}
    assert "Open report/index.html" in text and "Left out" not in text


def test_same_run_same_bytes(run: Path, archive: Path, tmp_path: Path) -> None:
    write_bundle(run, tmp_path / "again.zip", _LARGE)
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_it_comes_back_as_it_was(run: Path, archive: Path, tmp_path: Path) -> None:
    folder = unpack(archive, tmp_path)
    assert folder == tmp_path / "tiny"
    for name in [*recorded(load_manifest(run)), "manifest.json", CRATE]:
        assert (folder / name).read_bytes() == (run / name).read_bytes()


def test_large_data_is_left_out_and_named(run: Path, tmp_path: Path) -> None:
    made = write_bundle(run, tmp_path / "small.zip", 10)
    assert "data/jets/dataset.npz" in made.left_out
    assert all(name.startswith("data/") for name in made.left_out)
    with zipfile.ZipFile(tmp_path / "small.zip") as source:
        assert "data/jets/dataset.npz" in source.read("tiny/README.txt").decode()
    with opened(tmp_path / "small.zip") as audited:
        assert audited.left_out == set(made.left_out)


def test_a_folder_may_lack_nothing(run: Path) -> None:
    assert left_out_of(run, load_manifest(run), bundled=False) == set()


def test_a_run_that_lacks_files_is_refused_with_their_names(run: Path, tmp_path: Path) -> None:
    lost = run / "firmware/jets/best/rtl.json"
    content = lost.read_bytes()
    lost.unlink()
    try:
        with pytest.raises(InputError, match=r"1 missing: firmware/jets/best/rtl\.json"):
            write_bundle(run, tmp_path / "x.zip", _LARGE)
    finally:
        lost.write_bytes(content)
    assert not (tmp_path / "x.zip").exists()


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr, made.create_system = mode << 16, 3
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


Filled = Callable[[zipfile.ZipFile], None]


def _twice(target: zipfile.ZipFile) -> None:
    target.writestr(entry("run/a"), "1")
    with pytest.warns(UserWarning, match="Duplicate name"):
        target.writestr(entry("run/a"), "2")


BAD: dict[str, tuple[Filled, str]] = {
    "above": (lambda z: z.writestr(entry("run/../../a"), "x"), "outside the bundle's folder"),
    "absolute": (lambda z: z.writestr(entry("/etc/passwd"), "x"), "outside the bundle's folder"),
    "backslash": (lambda z: z.writestr(entry("run\\..\\a"), "x"), "outside the bundle's folder"),
    "drive": (lambda z: z.writestr(entry("C:/run/a"), "x"), "outside the bundle's folder"),
    "top": (lambda z: z.writestr(entry("manifest.json"), "{}"), "outside the bundle's folder"),
    "link": (lambda z: z.writestr(entry("run/a", stat.S_IFLNK | 0o777), "/etc"), "no regular file"),
    "twice": (_twice, "'run/a' twice"),
    "two runs": (
        lambda z: (z.writestr(entry("a/x"), "x"), z.writestr(entry("b/x"), "x")),  # type: ignore
        "more than one run",
    ),
    "empty": (lambda z: None, "0 files"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_bad_archives_are_refused_and_nothing_is_written(kind: str, tmp_path: Path) -> None:
    fill, message = BAD[kind]
    archive, folder = tmp_path / "bad.zip", tmp_path / "out"
    with zipfile.ZipFile(archive, "w") as target:
        fill(target)
    with pytest.raises(InputError, match=message):
        unpack(archive, folder)
    assert not folder.exists() and not (tmp_path / "a").exists()


def test_sizes_out_of_proportion_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr(entry("run/a"), bytes(2_000_000))
    content = archive.read_bytes()
    size = (2_000_000).to_bytes(4, "little")
    archive.write_bytes(content.replace(size, (2_000_000_000).to_bytes(4, "little")))
    with pytest.raises(InputError, match="out of proportion"):
        unpack(archive, tmp_path / "out")


def test_what_is_no_zip_and_a_damaged_one_are_refused(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(InputError, match="a bundle as `bundle` writes it"):
        unpack(tmp_path / "text.zip", tmp_path / "a")
    content = bytearray(archive.read_bytes())
    content[len(content) // 3] ^= 255
    (tmp_path / "broken.zip").write_bytes(content)
    with pytest.raises(InputError, match="a bundle as `bundle` writes it"):
        unpack(tmp_path / "broken.zip", tmp_path / "b")


def test_the_command_writes_beside_the_run(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", str(run), "--out", str(tmp_path / "b.zip")]) == 0
    assert "0 left out" in capsys.readouterr().out
    assert main(["bundle", str(tmp_path)]) == 1
    assert "expected a manifest.json" in capsys.readouterr().err
    assert main(["bundle", str(run), "--limit-mb", "few"]) == 1
