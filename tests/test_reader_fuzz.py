"""Hundreds of damaged ROOT files: a clean result or one clear line, and no half-written table."""

import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from jets import random_jets, write_rntuple, write_tree
from symbolnet.config import Constituents, Features, RootJets
from symbolnet.data.table import load_table
from symbolnet.errors import InputError
from symbolnet.pipeline.stages.compute_features import compute_features

SPEC = Features(data=RootJets(train=[], constituents=Constituents(mass="mass")))
FILES = 110
SECONDS = 20


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    """Fail, rather than wait for ever, where a damaged file sends the reader into a loop."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"one file took more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def damaged(content: bytes, generator: np.random.Generator) -> bytes:
    """Cut, flip, overwrite or remove some bytes."""
    place = int(generator.integers(len(content)))
    kind = generator.integers(5)
    if kind == 0:
        return content[:place]
    if kind == 1:
        return content[:place] + content[place + int(generator.integers(1, 64)) :]
    if kind == 2:
        return content[:place] + b"\xff" * 4 + content[place + 4 :]
    changed = bytearray(content)
    last = min(600, len(content)) if kind == 3 else len(content)  # the head is read first
    for flip in generator.integers(last, size=generator.integers(1, 5)):
        changed[flip] ^= int(generator.integers(1, 256))
    return bytes(changed)


@pytest.mark.slow
@pytest.mark.parametrize("write", [write_tree, write_rntuple])
def test_damaged_files(tmp_path: Path, write) -> None:
    content = write(tmp_path / "good.root", random_jets(5, seed=0, high=8)).read_bytes()
    generator = np.random.default_rng(0)
    raw, features = tmp_path / "bad.root", tmp_path / "bad.npz"
    refused = 0
    for number in range(FILES):
        raw.write_bytes(damaged(content, generator))
        signal.alarm(SECONDS)
        try:
            compute_features([raw], features, SPEC)
        except InputError as error:
            refused += 1
            assert "\n" not in str(error), number
            assert not features.exists(), number
        else:
            assert np.isfinite(load_table(features).features).all(), number
            features.unlink()
        assert not list(tmp_path.glob(".*")), number
    assert refused > FILES / 3


@pytest.mark.parametrize("number", [2, 30])
def test_truncated_files(tmp_path: Path, number: int) -> None:
    """What is cut off may be bookkeeping at the end of the file, but no jet is ever lost."""
    good = write_tree(tmp_path / "good.root", random_jets(number, seed=0, high=8))
    raw, features = tmp_path / "bad.root", tmp_path / "bad.npz"
    compute_features([good], features, SPEC)
    expected, content = load_table(features).features, good.read_bytes()
    refused = 0
    lengths = range(0, len(content), 997)
    for length in lengths:
        raw.write_bytes(content[:length])
        signal.alarm(SECONDS)
        features.unlink(missing_ok=True)
        try:
            compute_features([raw], features, SPEC)
        except InputError:
            refused += 1
            assert not features.exists()
        else:
            assert np.array_equal(load_table(features).features, expected), length
    assert refused >= len(lengths) // 5
