"""What every kind of training is given: a data set, where to write, where to go on from."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from symbolnet.data.dataset import Dataset


class Job(NamedTuple):
    """One training: its name, its data, the three files that it writes, its checkpoint."""

    name: str
    dataset: Dataset
    dataset_sha256: str
    network: Path
    history: Path
    members: Path
    checkpoint: Path
    log: Callable[[str], None]
