"""Parquet files of named columns in batches; whatever a damaged file does is one clear line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from symbolnet.errors import InputError

_ROWS = 65_536
_SHOWN = 5


def parquet_header(path: Path) -> list[str]:
    """Return the names of the columns."""
    with _readable(path) as file:
        return list(file.schema_arrow.names)


def parquet_batches(path: Path, names: Sequence[str], label: str) -> Iterator[Any]:
    """Yield record batches: `names` as float64, `label` as text, null where a value is missing."""
    import pyarrow as pa

    with _readable(path) as file:
        kinds = {field.name: field.type for field in file.schema_arrow}
        _expect_numbers({name: kinds[name] for name in names}, path)
        for batch in file.iter_batches(_ROWS, columns=[*names, label]):
            columns = {name: batch.column(name).cast(pa.float64(), safe=False) for name in names}
            columns[label] = batch.column(label).cast(pa.string())
            yield pa.record_batch(columns)


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


def _is_numeric(kind: Any) -> bool:
    from pyarrow import types

    return types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
