"""The cluster that the tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import cluster
import pytest


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running Slurm of one node; skipped, with the reason, where it cannot be started."""
    reason = cluster.missing()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("cluster")
    try:
        cluster.start(folder)
        yield folder
    finally:
        cluster.stop(folder)
