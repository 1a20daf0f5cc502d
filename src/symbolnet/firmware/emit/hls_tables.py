"""Lookup tables of an HLS project: their ranges, and their entries written out as constants.

hls4ml fills a table in the constructor of a global object. Synthesis has been seen to lose what a
constructor fills, so that the tables of the hardware are empty where those of the C model are not.
"""

import math
import re
from typing import TypedDict

import numpy as np

from symbolnet.config import Precision
from symbolnet.errors import ToolError
from symbolnet.expression.evaluate import evaluate, fold
from symbolnet.expression.tree import FUNCTIONS, Apply, ExpressionSet, distinct
from symbolnet.firmware.graph.fixed import from_real

_EXACT = ("Abs",)  # what needs no table
_SUFFIX = "_lut"
_LARGEST = 1e9  # stands for infinity, as in hls_math.h
_OBJECT = r"nnet::lookup_table<[^;]*> {name}\([^;]*\);"
_MATH = '#include "nnet_utils/nnet_math.h"\n'  # only for tables that a program fills
_FUNCTION = """\
// {math_func} at {table_size} places from {range_start!r} up, {step!r} apart, rounded to result_t.
// The entries are constants: nothing has to run to fill them.
inline result_t {name}(const result_t x) {{
    static const result_t entries[{table_size}] = {{
{entries}
    }};
    int place = (x - result_t({range_start!r})) * ap_fixed<20, 16>({per_step!r});
    if (place < 0)
        place = 0;
    else if (place > {last})
        place = {last};
    return entries[place];
}}
"""


class TableRange(TypedDict):
    """A table as hls4ml asks for it: `table_size` entries from `range_start` to `range_end`."""

    math_func: str
    range_start: float
    range_end: float
    table_size: int


Tables = dict[str, TableRange]


def tables(chosen: ExpressionSet, x: np.ndarray, precision: Precision) -> Tables:
    """Return hls4ml's `lut_functions` of an expression set, ranges from training rows (n, d).

    A range is a power of two to either side; it ends where the one type of the project would
    overflow in the arithmetic of the table's address.
    """
    found: Tables = {}
    most = 2.0 ** (precision.integer - 3)
    for name, reach in _reaches(chosen, x).items():
        end = min(2.0 ** math.ceil(math.log2(max(reach, 0.5))), most)
        steps = 2 * end * 2 ** (precision.width - precision.integer)
        size = int(min(2**precision.table_bits, steps))
        found[name + _SUFFIX] = {
            "math_func": name,
            "range_start": -end,
            "range_end": end,
            "table_size": size,
        }
    return found


def _reaches(chosen: ExpressionSet, x: np.ndarray) -> dict[str, float]:
    """Return the largest magnitude that each function's arguments have."""
    reaches: dict[str, float] = {}
    for node in distinct(chosen.expressions):
        if isinstance(node, Apply) and node.symbol in FUNCTIONS and node.symbol not in _EXACT:
            values = evaluate(list(node.arguments), x)
            largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
            reaches[node.symbol] = max(largest, reaches.get(node.symbol, 0.0))
    return dict(sorted(reaches.items()))


def in_words(found: Tables) -> str:
    """Return the tables in words."""
    texts = [
        f"{entry['math_func']} {entry['table_size']} entries from {entry['range_start']:g} to"
        f" {entry['range_end']:g}"
        for entry in found.values()
    ]
    return "tables: " + (", ".join(texts) or "none")


def entries(table: TableRange, precision: Precision) -> list[float]:
    """Return the entries of a table in the type of the project: halves up, saturated."""
    step = (table["range_end"] - table["range_start"]) / table["table_size"]
    places = [table["range_start"] + i * step for i in range(table["table_size"])]
    values = np.array([fold(table["math_func"], [place]) for place in places])
    held = np.clip(np.nan_to_num(values, nan=0.0, posinf=np.inf), -_LARGEST, _LARGEST)
    fraction, last = precision.width - precision.integer, 2 ** (precision.width - 1)
    words = np.clip(from_real(held, fraction), -last, last - 1)
    return [word * 2.0**-fraction for word in words.tolist()]


def written_out(parameters: str, found: Tables, precision: Precision) -> str:
    """Return the text of parameters.h with functions on constants in place of hls4ml's objects."""
    for name, table in found.items():
        around = re.split(_OBJECT.format(name=re.escape(name)), parameters)
        if len(around) != 2:
            raise ToolError(f"this version of hls4ml declares the table {name} in another way")
        parameters = _function(name, table, precision).join(around)
    return parameters.replace(_MATH, "") if found else parameters


def _function(name: str, table: TableRange, precision: Precision) -> str:
    texts = [repr(value) for value in entries(table, precision)]
    rows = [", ".join(texts[i : i + 8]) for i in range(0, len(texts), 8)]
    size, span = table["table_size"], table["range_end"] - table["range_start"]
    return _FUNCTION.format(
        **table,
        name=name,
        step=span / size,
        per_step=size / span,
        last=size - 1,
        entries=",\n".join(f"        {row}" for row in rows),
    )
