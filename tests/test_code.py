"""Fingerprints follow the code, not its comments, and name the module that changed."""

import textwrap
from pathlib import Path

import pytest

from symbolnet import code


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    stages = tmp_path / "pipeline" / "stages"
    stages.mkdir(parents=True)
    (tmp_path / "__init__.py").write_text('"""Package."""\n')
    (stages / "__init__.py").write_text("")
    (tmp_path / "config.py").write_text("LIMIT = 1\n")
    (tmp_path / "room.py").write_text('"""Room."""\n\ndef f(x):\n    """Doc."""\n    return x\n')
    (tmp_path / "other.py").write_text("VALUE = 1\n")
    (stages / "act.py").write_text(
        "from symbolnet.room import f\nfrom symbolnet.config import LIMIT\n"
    )
    monkeypatch.setattr(code, "_ROOT", tmp_path)
    _forget()
    yield tmp_path
    _forget()


def _forget() -> None:
    for cached in (code._tree, code._file, code._imports, code._digest):
        cached.cache_clear()


def _again() -> list[str]:
    _forget()
    return code.fingerprint("symbolnet.pipeline.stages.act")


def test_covers_imports_inside_the_package_and_not_the_settings(package: Path) -> None:
    names = [entry.split("@")[0] for entry in _again()]
    assert names == ["symbolnet.pipeline.stages.act", "symbolnet.room"]


def test_comments_layout_and_docstrings_do_not_count(package: Path) -> None:
    before = _again()
    (package / "room.py").write_text(
        textwrap.dedent('''
            """Another docstring."""
            # a comment
            def f(x):
                """More words."""

                return (x)  # why
        ''')
    )
    assert _again() == before


def test_an_edit_changes_the_entry_of_its_module_only(package: Path) -> None:
    before = _again()
    (package / "room.py").write_text("def f(x):\n    return x + 1\n")
    changed = set(before) ^ set(_again())
    assert {entry.split("@")[0] for entry in changed} == {"symbolnet.room"}


def test_modules_that_are_not_imported_do_not_count(package: Path) -> None:
    before = _again()
    (package / "other.py").write_text("VALUE = 2\n")
    (package / "config.py").write_text("LIMIT = 2\n")
    assert _again() == before


def test_named_data_files_count(package: Path) -> None:
    (package / "table.csv").write_text("1")
    (package / "room.py").write_text('DATA = ("table.csv",)\n\ndef f(x):\n    return x\n')
    before = _again()
    (package / "table.csv").write_text("2")
    assert _again() != before
