"""A column of pyarrow to distinct labels, or to numbers to predict."""

from collections.abc import Collection
from typing import Any

import numpy as np

from symbolnet.errors import InputError

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
        return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        found = f"{' '.join(str(error).split())[:100]} in {where}"
        raise InputError("numbers to predict", found, _LABEL) from error
