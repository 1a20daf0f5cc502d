"""One line now and then about how far a loop is: what, of how much, how long it will take."""

import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
SECONDS = 5.0


def counted(items: Sequence[T], what: str, seconds: float = SECONDS) -> Iterator[T]:
    """Yield the items; after one is done, print a line if the last is `seconds` old."""
    start = spoke = time.monotonic()
    for number, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - spoke >= seconds:
            spoke, left = now, (now - start) / number * (len(items) - number)
            line = f"{what} {number}/{len(items)}, {now - start:.0f} s, ETA {left:.0f} s"
            print(line, flush=True)
