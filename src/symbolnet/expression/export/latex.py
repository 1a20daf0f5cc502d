"""Expressions as LaTeX, the inputs by their symbols, or else by their names."""

from collections.abc import Sequence
from typing import Any

from symbolnet.data import digits
from symbolnet.data.symbols import given, read_symbol
from symbolnet.expression.export.latex_text import escape, unknown
from symbolnet.expression.export.to_sympy import all_to_sympy
from symbolnet.expression.tree import Expression, ExpressionSet, complexities, variables

_DOCUMENT = r"""\documentclass{article}
\usepackage{amsmath,longtable}
\begin{document}
\noindent Expressions of model \texttt{%s}, one per %s.
%s
\section*{In standardised inputs}
Every input is standardised, $x = (\mathrm{raw} - \mathrm{mean}) / \mathrm{scale}$ with the values
of the table. The firmware is built from these. Mean complexity: %s nodes.
\begin{flushleft}
%s
\end{flushleft}
\begin{longtable}[l]{%s}
%s
\end{longtable}
%s\end{document}
"""
_RAW = r"""\section*{In the units of the data}
Every input as it stands in the data; mean and scale are in the constants. Mean complexity: %s
nodes.
\begin{flushleft}
%s
\end{flushleft}"""
_UNKNOWN = "\n\\noindent Signs for which there is no font here: %s.\n"
_OUTPUTS = {"classification": "class; the largest decides", "regression": "target"}
_WORDS = {"∑": r"\sum", "ln": r"\ln"}


def document(
    model: ExpressionSet,
    scaler_mean: Sequence[float],
    scaler_scale: Sequence[float],
    task: str = "classification",
) -> str:
    """Return a LaTeX document: one formula per output, and the scaler of the inputs used."""
    used = variables(model.expressions)
    columns, rows = _table(model, used, scaler_mean, scaler_scale)
    signs = unknown([*model.class_names, *(model.feature_names[i] for i in used)])
    return _DOCUMENT % (
        escape(model.model),
        _OUTPUTS[task],
        _RAW % _lines(model, model.raw) if model.raw else "",
        *_lines(model, model.expressions),
        columns,
        "\n".join(rows),
        _UNKNOWN % ", ".join(signs) if signs else "",
    )


def _lines(model: ExpressionSet, expressions: Sequence[Expression]) -> tuple[str, str]:
    """Return the mean complexity of expressions, and one formula per output."""
    counts = complexities(expressions)
    formulas = zip(model.class_names, formulae(model, expressions), strict=True)
    lines = [f"$\\displaystyle {_named(name)} = {text}$" for name, text in formulas]
    return f"{sum(counts) / len(counts):.4g}", "\n\n".join(lines)


def formulae(model: ExpressionSet, expressions: Sequence[Expression]) -> list[str]:
    """Return the LaTeX of expressions in the inputs of a model."""
    import sympy

    symbols = given(model.feature_symbols, model.feature_names)
    names, words = {}, set()
    for i in variables(expressions):
        variable, symbol, name = sympy.Symbol(f"x{i}"), symbols[i], model.feature_names[i]
        names[variable] = _named(name) if symbol is None else _symbol(symbol)
        words |= {variable} if symbol is None and len(name) > 1 else set()
    return [_latex(value, names, words) for value in all_to_sympy(expressions)]


def formula(expression: Expression) -> str:
    """Return the LaTeX of one expression in x_0, x_1, ..."""
    return _latex(all_to_sympy([expression])[0], {}, set())


def _table(
    model: ExpressionSet, used: Sequence[int], mean: Sequence[float], scale: Sequence[float]
) -> tuple[str, list[str]]:
    """Return the columns and rows of the scaler; symbols have a column where there are any."""
    symbols = given(model.feature_symbols, model.feature_names)
    wide = any(symbols[i] for i in used)
    rows = [f"input & {'symbol & ' if wide else ''}mean & scale \\\\"]
    for i in used:
        symbol = symbols[i]
        typeset = "" if symbol is None else f"${_symbol(symbol)}$"
        cells = [escape(model.feature_names[i]), *([typeset] if wide else [])]
        values = digits.text(mean[i], scale[i]), digits.text(scale[i], scale[i])
        rows.append(" & ".join([*cells, *values]) + r" \\")
    return ("llrr" if wide else "lrr"), rows


def _symbol(text: str) -> str:
    """Return the symbol that a data source gives an input."""
    base, sub, sup = read_symbol(text)
    body = " ".join(_WORDS.get(one, one if len(one) == 1 else escape(one)) for one in base)
    below = f"_{{{_index(sub)}}}" if sub else ""
    above = f"^{{{_index(sup)}}}" if sup else ""
    return f"{body}{below}{above}"


def _index(text: str) -> str:
    return f"\\mathrm{{{escape(text)}}}" if text.isalpha() else escape(text)


def _named(name: str) -> str:
    """Return a name for use in a formula; there, only `text` keeps blanks and unusual signs."""
    plain = name.replace("_", "").isalnum() and name.isascii()
    return f"\\{'mathrm' if plain else 'text'}{{{escape(name)}}}"


def _latex(value: Any, names: dict[Any, str], words: set[Any]) -> str:
    from symbolnet.expression.export.latex_printer import Printer

    return str(Printer(names, words).doprint(value))
