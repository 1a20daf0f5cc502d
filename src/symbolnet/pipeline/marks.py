"""How the signature of a stage says what it reads and writes: `def act(dataset: In, graph: Out)`.

A parameter is called after the file in `symbolnet.files`, or its mark names that. Nothing is
imported from there: a new row is no new code of every stage.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated


@dataclass(frozen=True)
class Reads:
    """A file that a stage reads: its name where the parameter has another, and its folder."""

    name: str = ""
    folder: str = ""


@dataclass(frozen=True)
class Writes:
    """A file that a stage writes."""

    name: str = ""
    folder: str = ""


In = Annotated[Path, Reads()]
Ins = Annotated[list[Path], Reads()]
Out = Annotated[Path, Writes()]
