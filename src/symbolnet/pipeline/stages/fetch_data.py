"""Stage `fetch_data`: a published file, checked against the recorded hash."""

from pathlib import Path

from symbolnet.pipeline.marks import Out

_LOCK = Path("config/downloads.lock.json")


def fetch_data(file: Out, lock: Path = _LOCK) -> None:
    """Download a published file by its name; the lock file holds size and sha256 of each."""
    from symbolnet.data.readers.fetch import fetch

    fetch(file, lock, _log)


def _log(line: str) -> None:
    print(line, flush=True)
