"""A data set in memory to the formulas of all seeds: the engine of the pipeline, without files."""

import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import torch
from threadpoolctl import threadpool_limits

from symbolnet.config import SymbolNetTraining
from symbolnet.data.dataset import Dataset
from symbolnet.data.row_weights import RowWeights
from symbolnet.expression.extract import extracted
from symbolnet.expression.store import Extracted
from symbolnet.methods.symbolnet.job import SymbolNet
from symbolnet.methods.symbolnet.record import Progress
from symbolnet.network.masked import MaskedNetwork
from symbolnet.network.store import unstacked
from symbolnet.progress import eta
from symbolnet.training.loop import Trained, advance, prepare_device
from symbolnet.training.method import Members, Tensors

_REFRESH, _PLAIN = 0.5, 5.0  # seconds between lines, on a terminal and elsewhere
T = TypeVar("T")


class Teller:
    """Says how far a fit is: one line that is written over on a terminal, else lines if asked."""

    def __init__(self, verbose: bool) -> None:
        self.terminal = sys.stderr.isatty()
        self.told = self.terminal or verbose
        self.seconds = _REFRESH if self.terminal else _PLAIN
        self._spoke = self._began = time.monotonic()

    def line(self, text: str) -> None:
        """Write a line, over the last one on a terminal."""
        if self.told:
            ends = ("\r\x1b[2K", "") if self.terminal else ("", "\n")
            print(f"{ends[0]}{text}", end=ends[1], file=sys.stderr, flush=True)

    def counted(self, items: Iterable[T], count: int, what: str) -> Iterator[T]:
        """Yield items, so many in all, and say now and then how many are behind."""
        began = time.monotonic()
        for number, item in enumerate(items, start=1):
            yield item
            now = time.monotonic()
            if now - self._spoke > self.seconds:
                self._spoke = now
                left = eta(now - began, number / count)
                self.line(f"{what} {number}/{count}  {now - self._began:.0f} s  {left}")

    def close(self) -> None:
        """Wipe the line of a terminal."""
        if self.terminal and self.told:
            self.line("")


class Pair(NamedTuple):
    """A member as it is judged, and as it is used: its constants refitted to all rows."""

    judged: Extracted
    used: Extracted


def members_found(
    dataset: Dataset,
    weights: RowWeights | None,
    spec: SymbolNetTraining,
    time_limit: float | None,
    teller: Teller,
) -> list[Pair]:
    """Train all seeds and return their formulas, rounded and in the units of the data.

    Ctrl-C ends the training, later the extraction, and what was found so far is returned; before
    anything is, it is raised. After `time_limit` seconds of training the same happens by itself.
    """
    with _threads():
        prepare_device(spec)
        method = SymbolNet(dataset, spec, weights)
        progress = _trained(method, time_limit, teller)
        judged, used = method.members(progress), method.members(method.refitted(progress))
    return _until_interrupted(
        teller.counted(_pairs(judged, used, dataset, spec.digits), len(used.members), "formula")
    )


def _pairs(judged: Members, used: Members, dataset: Dataset, digits: int) -> Iterator[Pair]:
    """Yield the members; in the units of the data are those that are used."""
    found = extracted(_networks(judged), dataset, digits, raw=False)
    return map(Pair, found, extracted(_networks(used), dataset, digits))


def _networks(found: Members) -> list[tuple[str, MaskedNetwork]]:
    ids = [f"seed{member.seed}-{k:03d}" for k, member in enumerate(found.members)]
    return unstacked(found.architecture, ids, found.networks)


@contextmanager
def _threads() -> Iterator[None]:
    """Take one thread, and give torch's back as they were: they belong to the caller's process.

    Several solve the small systems of a fit no faster, and round otherwise.
    """
    before = torch.get_num_threads()
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def _trained(method: SymbolNet, time_limit: float | None, teller: Teller) -> Progress:
    """Return the progress of a training that is over, for whatever reason."""
    last: list[Tensors] = []

    def keep(tensors: Tensors) -> None:
        last[:] = [tensors]

    def enough(now: Trained[Progress]) -> bool:
        late = time_limit is not None and now.seconds > time_limit
        return late and method.has_any(now.state)

    start = Trained(method.start(), 0.0)
    try:
        state = advance(method, start, teller.line, keep, enough, teller.seconds).state
    except KeyboardInterrupt:
        state = method.thaw(last[0])
        if not method.has_any(state):
            raise
        warnings.warn("interrupted: the front is what was found so far", stacklevel=2)
    if not method.finished(state):
        method.conclude(state)
    return state


def _until_interrupted(members: Iterable[Pair]) -> list[Pair]:
    done: list[Pair] = []
    try:
        for member in members:
            done.append(member)  # noqa: PERF402  # what is done when a key is pressed stays
    except KeyboardInterrupt:
        if not done:
            raise
        warnings.warn("interrupted: the front lacks its largest formulas", stacklevel=2)
    return done
