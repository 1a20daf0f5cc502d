"""Functions of an hls4ml project as lookup tables: one for each function, over a common range."""

import math
from typing import Any

import numpy as np

from symbolnet.config import Precision
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.export.to_sympy import all_to_sympy
from symbolnet.expression.tree import FUNCTIONS, Apply, ExpressionSet, distinct

Tables = dict[str, dict[str, Any]]

_EXACT = ("Abs",)  # what needs no table
_SUFFIX = "_lut"


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


def with_tables(chosen: ExpressionSet, names: Tables) -> list[Any]:
    """Return sympy expressions that call the tables instead of the functions."""
    import sympy

    swaps = {
        getattr(sympy, entry["math_func"]): sympy.Function(name) for name, entry in names.items()
    }
    found = all_to_sympy(chosen.expressions)
    for function, table in swaps.items():
        found = [one.replace(function, table) for one in found]
    return found


def in_words(found: Tables) -> str:
    """Return the tables in words."""
    texts = [
        f"{entry['math_func']} {entry['table_size']} entries from {entry['range_start']:g} to"
        f" {entry['range_end']:g}"
        for entry in found.values()
    ]
    return "tables: " + (", ".join(texts) or "none")
