"""Formulas of any origin, text, SymPy or tables of other programs, to expression sets."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symbolnet.errors import InputError
from symbolnet.expression.export.to_sympy import from_sympy
from symbolnet.expression.parse import names_in, parse
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import Expression, ExpressionSet, complexities

_OUTPUT = "y"
_FORMULAS = ("equation", "formula", "model")  # columns of PySR's table, of ours, of Operon's


def formulas(source: Any, names: Sequence[str] | None = None, model: str = "own") -> ExpressionSet:
    """Return formulas as the expression set that exports, graphs and proofs start from.

    `source` is a text or a SymPy expression, a list of them, or a dict from the name of an output
    to one. `names` are the columns in their order; without them, the names that occur, x2 before
    x10. Raises InputError that names formula and column for whatever cannot be read.
    """
    items = _items(source)
    columns = list(_names(items) if names is None else map(str, names))
    if len(set(columns)) < len(columns):
        raise InputError("every name once", ", ".join(columns), "rename the columns")
    expressions = tuple(_tree(one, columns, _where(name, items)) for name, one in items.items())
    return ExpressionSet(model, expressions, tuple(columns), tuple(items), (), expressions)


def equations(table: Any, names: Sequence[str] | None = None) -> list[ExpressionSet]:
    """Return one expression set for each row of another program's table, the simplest first.

    `table` is a pandas or polars DataFrame, as PySR's `equations_`, a CSV, as its
    `hall_of_fame.csv`, or a list of formulas; the formulas stand in `equation`, `formula` or
    `model`, in whatever case. All are of the same columns.
    """
    texts = equation_texts(table)
    if names is None:
        names = _names({str(i): text for i, text in enumerate(texts)})
    found = [
        formulas({_OUTPUT: text}, names, f"row {i}")._replace(model=f"row-{i}")
        for i, text in enumerate(texts)
    ]
    return sorted(found, key=lambda one: complexities(one.expressions))


def _items(source: Any) -> dict[str, Any]:
    if isinstance(source, Mapping):
        items = {str(name): one for name, one in source.items()}
    elif isinstance(source, (list, tuple)):
        items = {f"{_OUTPUT}{i}": one for i, one in enumerate(source)}
    else:
        items = {_OUTPUT: source}
    if not items:
        raise InputError("at least one formula", "none", "give a text, a list or a dict")
    return items


def _where(name: str, items: Mapping[str, Any]) -> str:
    return "the formula" if list(items) == [_OUTPUT] else f"formula {name!r}"


def _names(items: Mapping[str, Any]) -> list[str]:
    """Return the names that occur, numbers in them by their size."""
    found: set[str] = set()
    for name, one in items.items():
        if isinstance(one, str):
            found |= set(names_in(one, _where(name, items)))
        else:
            found |= {symbol.name for symbol in getattr(one, "free_symbols", ())}
    return sorted(found, key=_natural)


def _natural(name: str) -> list[tuple[int, int | str]]:
    parts = re.split(r"(\d+)", name)
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts if part]


def _tree(one: Any, names: Sequence[str], where: str) -> Expression:
    if isinstance(one, str):
        return parse(one, names, where)
    if isinstance(one, (int, float)):
        return parse(repr(one), names, where)
    if not hasattr(one, "free_symbols"):
        found = f"{type(one).__name__} as {where}"
        raise InputError("a text or a SymPy expression", found, "write it as text")
    try:
        return simplify([from_sympy(one, names)])[0]
    except InputError as error:
        raise InputError(
            "real functions of the columns", f"{where}: {error}", "correct it"
        ) from None


def equation_texts(table: Any) -> list[str]:
    """Return the formulas of another program's table, in its order."""
    if isinstance(table, (str, Path)):
        table = _read(Path(table))
    elif hasattr(table, "columns"):
        table = {str(name): list(table[name]) for name in table.columns}
    if isinstance(table, (list, tuple)):
        texts = [str(one) for one in table]
    else:
        texts = [str(one) for one in table[_column(table)]]
    if not texts:
        raise InputError("at least one row of formulas", "none", "give the table of another run")
    return texts


def _column(table: Mapping[str, Any]) -> str:
    for name in table:
        if name.lower() in _FORMULAS:
            return name
    expected = "a column " + " or ".join(_FORMULAS)
    raise InputError(expected, ", ".join(table) or "no columns", "rename the column of formulas")


def _read(path: Path) -> dict[str, list[str]]:
    if not path.is_file():
        raise InputError(f"a file {path}", "none", "check the path")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    head, body = (rows[0], rows[1:]) if rows else ([], [])
    return {name: [row[i] for row in body if len(row) > i] for i, name in enumerate(head)}
