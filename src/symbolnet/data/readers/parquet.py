"""Parquet files of named columns in batches; whatever a damaged file does is one clear line."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.errors import InputError

_ROWS = 65_536
_SHOWN = 5
_NAMELESS = re.compile(r"__index_level_\d+__")


def parquet_header(path: Path) -> list[str]:
    """Return the names of the columns."""
    with _readable(path) as file:
        return list(file.schema_arrow.names)


def parquet_index(path: Path) -> list[str]:
    """Return the names of the columns that hold the index of a pandas frame, not data of its own.

    Pandas says so in the metadata of the file; its names for an index without one are reserved.
    """
    with _readable(path) as file:
        names, text = file.schema_arrow.names, (file.schema_arrow.metadata or {}).get(b"pandas")
    stored = _stored_index(text) if text is not None else []
    return [name for name in names if name in stored or _NAMELESS.fullmatch(name)]


def _stored_index(text: bytes) -> list[Any]:
    """Return the index columns that pandas' metadata name; a counted index has no column."""
    try:
        about = json.loads(text)
    except ValueError:
        return []
    found = about.get("index_columns") if isinstance(about, dict) else None
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def parquet_batches(path: Path, names: Sequence[str], label: str) -> Iterator[Any]:
    """Yield record batches: `names` as float64, `label` as it is stored; null where missing."""
    import pyarrow as pa

    with _readable(path) as file:
        kinds = {field.name: field.type for field in file.schema_arrow}
        _expect_numbers({name: kinds[name] for name in names}, path)
        _expect_labels(label, kinds[label], path)
        for batch in file.iter_batches(_ROWS, columns=[*names, label]):
            columns = {name: batch.column(name).cast(pa.float64(), safe=False) for name in names}
            columns[label] = _decoded(batch.column(label))
            yield pa.record_batch(columns)


def _decoded(column: Any) -> Any:
    """Return a column of categories as its values, and of dates and times as texts."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    return column.cast(pa.string()) if pa.types.is_temporal(kind) else column


@contextmanager
def _readable(path: Path) -> Iterator[Any]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            yield file
    except InputError:
        raise
    except (ArrowException, OSError, ValueError) as error:
        found = f"{path.name}: {' '.join(str(error).split())[:200]}"
        raise InputError("a readable Parquet file", found, "write the file again") from error


def _expect_numbers(kinds: dict[str, Any], path: Path) -> None:
    text = [f"{name!r} ({kind})" for name, kind in kinds.items() if not _is_numeric(kind)]
    if text:
        found = f"{', '.join(text[:_SHOWN])} in {path.name}"
        do = "turn text into numbers, or list these columns under `drop`"
        raise InputError("numbers in the inputs", found, do)


def _expect_labels(name: str, kind: Any, path: Path) -> None:
    from pyarrow import types

    if types.is_nested(kind):
        do = "name a column of texts or numbers as `label`"
        raise InputError(f"one label a row in {name!r}", f"{kind} in {path.name}", do)


def _is_numeric(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_numeric(kind.value_type)
    known = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal)
    return any(is_known(kind) for is_known in known)


_LABEL = "correct the column, or name another as `label`"


def distinct(column: Any) -> tuple[list[Any], np.ndarray]:
    """Return the distinct values of a column, and which of them each row (n,) has; -1 for null."""
    import pyarrow as pa

    coded = column.dictionary_encode()
    values, numeric = coded.dictionary, pa.types.is_floating(column.type)
    # numpy's single precision writes .1 as the file has it, a Python float does not
    listed = list(values.to_numpy(zero_copy_only=False)) if numeric else values.to_pylist()
    return listed, coded.indices.fill_null(-1).to_numpy().astype(np.int64)


def as_numbers(column: Any, missing: Collection[str], where: str) -> np.ndarray:
    """Return a column (n,) in float64, NaN where a value is missing."""
    import pyarrow as pa
    from pyarrow import compute

    try:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = compute.utf8_trim_whitespace(column)
            gap = compute.is_in(column, value_set=pa.array(["", *missing], column.type))
            column = compute.if_else(gap, pa.scalar(None, column.type), column)
        result: np.ndarray = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return result
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        found = f"{' '.join(str(error).split())[:100]} in {where}"
        raise InputError("numbers to predict", found, _LABEL) from error
