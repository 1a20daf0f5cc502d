"""Fixtures shared by all tests."""

import os
import shutil
from pathlib import Path

import pytest

# As `prepare_device` sets it: MKL reads it once in a process, at its first product.
os.environ.setdefault("MKL_CBWR", "AUTO")

_REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put modules with slow tests first: workers that take the short ones last end together."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data; tests that need it are skipped where it is absent."""
    default = _REPOSITORY.parent / "shared" / "data"
    folder = Path(os.environ.get("SYMBOLNET_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set SYMBOLNET_DATA to a folder that holds it")
    return folder


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a small finished run with its manifest, which no test may change."""
    from audit_case import build_run  # what it imports takes seconds, and few tests need it

    return build_run(tmp_path_factory.mktemp("finished") / "tiny")


@pytest.fixture(scope="module")
def run(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a copy of that run, of a module's own."""
    return Path(shutil.copytree(tiny_run, tmp_path_factory.mktemp("run") / "tiny"))
