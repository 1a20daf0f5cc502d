"""Whether the terms of a baseline fit into the memory: all terms of all rows are held."""

from symbolnet.config import Config, DataSettings
from symbolnet.data.extent import extent_of
from symbolnet.data.sources import Part
from symbolnet.errors import InputError

_BYTES, _MEMORY = 8, 2e9  # of a term of a row: float32, and a standardised copy of it
_BUMPS = 10  # terms of an input at the least, where it is no constant; at most 42


def check_terms(terms: int, rows: int, kind: str) -> None:
    """Raise InputError where the terms of a baseline of that kind would fill the memory."""
    if terms * rows * _BYTES > _MEMORY:
        found = f"{terms} terms of {rows} rows, {terms * rows * _BYTES / 1e9:.1f} GB"
        do = f"use `linear` or `units` instead of `{kind}`, or fewer rows"
        raise InputError(f"a baseline of at most {_MEMORY / 1e9:g} GB", found, do)


def check_baselines(config: Config, dataset: str, parts: list[Part]) -> None:
    """Raise InputError where a data set is too wide for a baseline that is selected for it.

    By the headers of its files, before anything is read of them; `check_terms` counts exactly.
    """
    names = config.selected("peers", dataset)
    data = config.data[dataset]
    if any(config.baselines[name].kind == "bumps" for name in names):
        files = [part for part in parts if part.split == "train"]
        extents = [found for part in files if (found := extent_of(data, part.path)) is not None]
        if extents:
            rows = sum(extent.rows for extent in extents)
            check_terms(_BUMPS * extents[0].inputs, _trained(data, rows, parts), "bumps")


def _trained(data: DataSettings, rows: int, parts: list[Part]) -> int:
    """Return how many of the rows of the files to train on are trained on."""
    tested = any(part.split == "test" for part in parts)
    share = 1.0 if tested else 1 - data.split.test_fraction
    limit = getattr(data, "limit", None) or rows
    return int(min(limit, share * rows) * (1 - data.split.validation_fraction))
