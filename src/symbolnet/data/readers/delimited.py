"""CSV files in batches of bounded size; what a parser cannot read is looked up line by line."""

import csv
import gzip
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from symbolnet.errors import InputError

_BLOCK = 8 << 20
_OTHERS = ";\t|"
_SHOWN = 5
_TRUE, _FALSE = ["True", "true", "TRUE"], ["False", "false", "FALSE"]


def csv_header(path: Path, delimiter: str) -> list[str]:
    """Return the names of the columns, which the first line holds."""
    with _text(path) as stream:
        first = next(csv.reader(stream, delimiter=delimiter), None)
    if not first:
        raise InputError(
            f"a first line with the names of the columns in {path.name}",
            "an empty file" if first is None else "an empty line",
            "write the names first",
        )
    for other in _OTHERS:
        if len(first) == 1 and other in first[0]:
            found = f"one column {first[0][:60]!r} in {path.name}"
            do = f"set `delimiter: {other!r}` in the config"
            raise InputError(f"columns divided by {delimiter!r}", found, do)
    return [name.strip() for name in first]


def csv_batches(
    path: Path, delimiter: str, names: Sequence[str], label: str, missing: Collection[str]
) -> Iterator[Any]:
    """Yield record batches: `names` as float64, null where a value is missing; `label` as text."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    flags = _flags(path, delimiter, names)
    kinds = {name: pa.bool_() if name in flags else pa.float64() for name in names}
    convert = arrow.ConvertOptions(
        column_types={**kinds, label: pa.string()},
        include_columns=[*names, label],
        null_values=["", *missing],
        true_values=_TRUE,
        false_values=_FALSE,
        strings_can_be_null=False,
    )
    every = csv_header(path, delimiter)
    # The names may go over several lines: one row is skipped, not one line.
    read = arrow.ReadOptions(
        block_size=_BLOCK, use_threads=False, column_names=every, skip_rows_after_names=1
    )
    parse = arrow.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            for batch in arrow.open_csv(stream, read, parse, convert):
                columns = {name: batch.column(name).cast(pa.float64()) for name in names}
                yield pa.record_batch(columns | {label: batch.column(label)})
    except (pa.ArrowInvalid, OSError) as error:
        _find_fault(path, delimiter, names, flags, missing)
        found = f"{path.name}: {' '.join(str(error).split())[:200]}"
        raise InputError("a readable CSV file", found, "write the file again") from error


def _flags(path: Path, delimiter: str, names: Sequence[str]) -> set[str]:
    """Return the columns of booleans, by their first row: they are 1 and 0, as in Parquet."""
    with _text(path) as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        header = [name.strip() for name in next(reader)]
        first = next((row for row in reader if row), [])
    known = dict(zip(header, first, strict=False))
    return {name for name in names if known.get(name) in (*_TRUE, *_FALSE)}


def _find_fault(
    path: Path,
    delimiter: str,
    names: Sequence[str],
    flags: Collection[str],
    missing: Collection[str],
) -> None:
    """Raise InputError at the first line that is no row of numbers."""
    every = csv_header(path, delimiter)
    wanted = [(every.index(name), name) for name in names]
    with _text(path) as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        next(reader)
        for row in reader:
            where = f"line {reader.line_num} of {path.name}"
            if row and len(row) != len(every):
                expected = f"{len(every)} values, as the first line has names"
                do = "write the line again; text that holds the delimiter needs quotes"
                raise InputError(expected, f"{len(row)} in {where}", do)
            known = (*_TRUE, *_FALSE, "", *missing)
            bad = [
                (name, row[i])
                for i, name in wanted
                if row and not (row[i] in known if name in flags else _is_number(row[i], missing))
            ]
            if bad:
                raise _no_numbers(bad, where, missing)


def _no_numbers(bad: Sequence[tuple[str, str]], where: str, missing: Collection[str]) -> InputError:
    shown = ", ".join(f"{value[:30]!r} in {name!r}" for name, value in bad[:_SHOWN])
    more = f" and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
    do = "turn text into numbers, or list these columns under `drop`"
    if all(value.strip() in missing for _, value in bad):
        do = "fill the gaps or remove these rows, or list the columns under `drop`"
    return InputError("numbers in the inputs", f"{shown}{more}, {where}", do)


def _is_number(text: str, missing: Collection[str]) -> bool:
    """Tell whether the parser takes a text for a number or a gap: what `float` does may be more."""
    plain = text.isascii() and "_" not in text
    try:
        float(text)
    except ValueError:
        return text in ("", *missing)
    return plain


@contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    """Yield the file as text; a byte-order mark is left out."""
    opened = gzip.open if path.name.endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
            yield stream
    except UnicodeDecodeError as error:
        raise InputError("text in UTF-8", f"{path.name}: {error}", "save it as UTF-8") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        found = f"{path.name}: {error}"
        raise InputError("a whole gzip file", found, "copy or download it again") from error
    except csv.Error as error:
        raise InputError("a CSV file", f"{path.name}: {error}", "write the file again") from error
