"""One line now and then about how far a loop is: what, of how much, how long it will take."""

import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
SECONDS = 5.0


def counted(items: Sequence[T], what: str, seconds: float = SECONDS) -> Iterator[T]:
    """Yield the items; after one is done, print a line if the last is `seconds` old."""
    meter = Meter(what, seconds)
    for number, item in enumerate(items, start=1):
        yield item
        meter.tell(number, len(items))


class Meter:
    """Prints how far something is, if the last line is `seconds` old."""

    def __init__(self, what: str, seconds: float = SECONDS) -> None:
        self._what, self._seconds = what, seconds
        self._start = self._spoke = time.monotonic()

    def tell(self, done: float, total: float) -> None:
        """Say that `done` of `total` is behind."""
        now = time.monotonic()
        if now - self._spoke >= self._seconds:
            self._spoke, passed = now, now - self._start
            line = f"{self._what} {done:.0f}/{total:.0f}, {passed:.0f} s"
            print(f"{line}, {eta(passed, done / total if total else 1.0)}", flush=True)


def eta(seconds: float, share: float) -> str:
    """Return the time left if the rest goes as the `share` that took these seconds."""
    return f"ETA {seconds * (1 - share) / share:.0f} s" if share > 0 else "ETA unknown"
