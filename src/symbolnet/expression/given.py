"""A file of formulas to expression sets: text with one formula a line, or another program's table.

    # what tells them apart
    signal = tanh(mass - 1.2)
    rest = 0.3*`p T` - 1

Names of outputs may be left out where the formulas stand in the order of the classes; in backticks
they may hold anything. A CSV is a table of equations (`origin.py`): one model in each row.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from symbolnet.errors import InputError
from symbolnet.expression.origin import equation_texts
from symbolnet.expression.parse import names_in, parse
from symbolnet.expression.tree import Expression, variables

_LINE = re.compile(r"\s*(?:(?P<name>`(?:[^`]|``)+`|[^=`]+?)\s*=)?(?P<formula>.*)", re.DOTALL)
_PLACE = re.compile(r"x\d+")
Formulas = tuple[Expression, ...]


class _Line(NamedTuple):
    """An output, where it is named, and its formula behind as many blanks as stand before it."""

    number: int
    name: str | None
    formula: str


def read_models(
    path: Path, inputs: Sequence[str] | None, outputs: Sequence[str] | None
) -> list[Formulas]:
    """Return the models of a file, each a formula per output, in inputs of these names.

    What is not known before the data are, None, is not checked. Raises InputError that names the
    formula, its line and the column of what cannot be read.
    """
    found = _models(path, inputs, outputs)
    if not any(variables(model) for model in found):
        raise InputError("a formula of an input", f"constants only in {path.name}", "correct it")
    return found


def _models(
    path: Path, inputs: Sequence[str] | None, outputs: Sequence[str] | None
) -> list[Formulas]:
    if path.suffix.lower() == ".csv":
        return _of_table(path, inputs, outputs)
    lines = _lines(path)
    texts = {line.number: line.formula for line in lines}
    names = _input_names(list(texts.values()), inputs, str(path.name))
    ordered = lines if outputs is None else _ordered(lines, outputs, path)
    return [tuple(_parsed(line, names, path) for line in ordered)]


def _of_table(
    path: Path, inputs: Sequence[str] | None, outputs: Sequence[str] | None
) -> list[Formulas]:
    if outputs is not None and len(outputs) != 1:
        do = "write one formula for each class, as text"
        raise InputError(f"formulas of {len(outputs)} outputs", f"a table of one, {path.name}", do)
    texts = equation_texts(path)
    names = _input_names(texts, inputs, path.name)
    where = f"of {path.name}"
    return [(parse(text, names, f"row {i + 1} {where}"),) for i, text in enumerate(texts)]


def _lines(path: Path) -> list[_Line]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("text in UTF-8", f"other bytes in {path.name}", "save it so") from None
    found = [
        _line(number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not found:
        raise InputError("a formula a line", f"none in {path.name}", "write one for each output")
    return found


def _line(number: int, text: str) -> _Line:
    match = _LINE.fullmatch(text)
    assert match is not None  # everything matches
    name, formula = match["name"], match["formula"]
    if name is not None and name.startswith("`"):
        name = name[1:-1].replace("``", "`")
    return _Line(number, name, " " * (len(text) - len(formula)) + formula)


def _ordered(lines: list[_Line], outputs: Sequence[str], path: Path) -> list[_Line]:
    """Return the lines in the order of the outputs: named, all of them, or as they stand."""
    named = [line.name for line in lines if line.name is not None]
    if len(lines) != len(outputs):
        found, do = f"{len(lines)} in {path.name}", "write one a line, `0` where there is nothing"
        raise InputError(f"{len(outputs)} formulas, of {_list(outputs)}", found, do)
    if not named:
        return lines
    if len(named) < len(lines):
        nameless = next(line.number for line in lines if line.name is None)
        found = f"line {nameless} of {path.name} without"
        raise InputError("a name before every formula or before none", found, "write `name = ...`")
    if sorted(named) != sorted(outputs):
        strange = next((n for n in named if n not in outputs), "one of them twice")
        found = f"{strange!r} in {path.name}"
        raise InputError(f"the outputs {_list(outputs)}, each once", found, "correct the names")
    return sorted(lines, key=lambda line: list(outputs).index(str(line.name)))


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{shown}, ..."


def _input_names(texts: Sequence[str], inputs: Sequence[str] | None, where: str) -> Sequence[str]:
    """Return what formulas call the inputs: their names, or x0, x1, ... by their places."""
    if inputs is None:
        return list(dict.fromkeys(n for text in texts for n in _quietly(names_in, text, where)))
    if any(_PLACE.fullmatch(name) for name in inputs):
        return inputs
    used = {name for text in texts for name in _quietly(names_in, text, where)}
    places = [f"x{i}" for i in range(len(inputs))]
    return places if used and used <= set(places) else inputs


def _quietly(read: Callable[[str, str], list[str]], text: str, where: str) -> list[str]:
    """Return nothing of what cannot be read: the parser will say why, with its line."""
    try:
        return read(text, where)
    except InputError:
        return []


def _parsed(line: _Line, names: Sequence[str], path: Path) -> Expression:
    formula = "the formula" if line.name is None else f"formula {line.name!r}"
    return parse(line.formula, names, f"{formula} in line {line.number} of {path.name}")
