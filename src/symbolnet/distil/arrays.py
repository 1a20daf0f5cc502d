"""Arrays and the settings that they were made by, as one .npz: what simulations and mocks lie in.

Beside the arrays of its kind a file holds `settings`, JSON text, and `contract`, a number.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import ValidationError

from symbolnet.artifact import read_arrays, write_arrays
from symbolnet.config import Settings
from symbolnet.errors import InputError


class Contract(NamedTuple):
    """A kind of file: its number, what messages call all that is in it and one, and what to do."""

    number: int
    of: str
    one: str
    do: str
    do_one: str

    def save(self, path: Path, values: Mapping[str, Any]) -> None:
        """Write arrays and `settings` atomically."""
        arrays = {name: np.asarray(one) for name, one in values.items() if name != "settings"}
        text = values["settings"].model_dump_json()
        write_arrays(path, arrays | {"settings": np.array(text), "contract": np.array(self.number)})

    def load(self, path: Path, fields: Iterable[str], settings: type[Settings]) -> dict[str, Any]:
        """Return all that the file holds but its number; raise InputError where a field lacks."""
        arrays = read_arrays(path)
        missing = {*fields, "contract"} - set(arrays)
        if missing or int(arrays.pop("contract")) != self.number:
            found = (
                f"{path} without {', '.join(sorted(missing))}" if missing else "another contract"
            )
            raise InputError(f"{self.of} of contract {self.number}", found, self.do)
        try:
            made = settings.model_validate_json(str(arrays.pop("settings")))
        except ValidationError as error:
            fault = str(error.errors()[0]["msg"])
            raise InputError(f"settings of {self.one} in {path}", fault, self.do_one) from None
        return {**arrays, "settings": made}


def expect(truth: bool, path: Path, expected: str, found: object, do: str) -> None:
    """Raise InputError where something is not so in a file."""
    if not truth:
        raise InputError(f"{expected} in {path.name}", str(found), do)
