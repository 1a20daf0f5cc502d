"""Names of ports that Verilog, VHDL and C take, whatever the columns of a data set are called."""

import re
import unicodedata
from collections.abc import Sequence

_LONGEST = 48


def port_names(prefix: str, names: Sequence[str]) -> list[str]:
    """Return a distinct identifier of small letters, digits and single `_` for each name.

    The prefix keeps them off keywords. VHDL tells no capitals apart, and forbids `_` at the end and
    two in a row.
    """
    found: list[str] = []
    for place, name in enumerate(names):
        stem = f"{prefix}_{_stem(name) or place}"
        several = (stem if n == 1 else f"{stem}_{n}" for n in range(1, len(names) + 1))
        found.append(next(one for one in several if one not in found))
    return found


def _stem(name: str) -> str:
    letters = "".join(map(_plain, unicodedata.normalize("NFKD", name))).lower()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:_LONGEST].rstrip("_")


def _plain(character: str) -> str:
    """Return a character of ASCII as it is, a Greek letter by its name, accents not at all."""
    if character.isascii():
        return character
    words = unicodedata.name(character, "").split()
    if unicodedata.combining(character):
        return ""
    return words[-1] if words[:1] == ["GREEK"] and "LETTER" in words else "_"
