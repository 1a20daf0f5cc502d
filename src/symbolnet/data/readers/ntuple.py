"""A flat n-tuple as a table: the branches of a ROOT file with one number or text an entry."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from symbolnet.data.readers.trees import chunks, tree_of
from symbolnet.errors import InputError

_CHUNK = "20 MB"
_NUMBER = re.compile(r"(std::)?(bool|char|byte|float|double|u?int\d+_t)")
_TEXT = re.compile(r"char\*|(std::)?string|TString")


def ntuple_header(path: Path, tree: str | None) -> list[str]:
    """Return the names of the flat branches; lists, vectors and records are no columns."""
    return list(_kinds(path, tree)[1])


def ntuple_batches(path: Path, tree: str | None, names: Sequence[str], label: str) -> Iterator[Any]:
    """Yield record batches: `names` as float64, `label` as it is stored."""
    import pyarrow as pa

    name, kinds = _kinds(path, tree)
    texts = [one for one in names if _TEXT.fullmatch(kinds[one])]
    if texts:
        do = "turn text into numbers, or list these columns under `drop`"
        raise InputError("numbers in the inputs", f"texts in {', '.join(texts)}", do)
    for _, arrays in chunks(path, name, [*names, label], _CHUNK):
        columns = {one: pa.array(ak.to_numpy(arrays[one]).astype(np.float64)) for one in names}
        yield pa.record_batch(columns | {label: pa.array(ak.to_numpy(arrays[label]))})


def _kinds(path: Path, tree: str | None) -> tuple[str, dict[str, str]]:
    """Return the name of the tree, and the flat branches with their types."""
    with tree_of(path, tree) as found:
        kinds = {name: one.typename for name, one in found.items()}
        flat = {n: k for n, k in kinds.items() if _NUMBER.fullmatch(k) or _TEXT.fullmatch(k)}
        return found.name, flat
