"""Folders for make: it takes a path with blanks or signs such as $ and # for something else."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from symbolnet.errors import ToolError

_READABLE = re.compile(r"[\w./+@=,-]+")


@contextlib.contextmanager
def plain(folder: Path) -> Iterator[Path]:
    """Yield a path for `folder`: itself, or of one elsewhere, for the time being, with its name.

    Raises ToolError where there is no such place.
    """
    if _READABLE.fullmatch(str(folder.absolute())):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="symbolnet-", dir=_temporary()) as place:
        yield Path(place) / folder.name


def _temporary() -> str:
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):
        if _READABLE.fullmatch(place) and os.access(place, os.W_OK):
            return place
    raise ToolError(
        "make cannot build in a folder whose path has blanks or signs: set TMPDIR to one without"
    )
