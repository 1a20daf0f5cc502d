"""Expressions as LaTeX, the inputs by the names of their features."""

from collections.abc import Sequence
from typing import Any

from symbolnet.expression.convert import all_to_sympy
from symbolnet.expression.tree import Expression, ExpressionSet, variables

_ESCAPES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_ESCAPES |= {character: "\\" + character for character in "&%$#_{}"}
_DOCUMENT = r"""\documentclass{article}
\usepackage{amsmath}
\begin{document}
\noindent Expressions of model \texttt{%s}, one per %s. Every input is
standardised, $x = (\mathrm{raw} - \mathrm{mean}) / \mathrm{scale}$ with the values of the table.
\begin{flushleft}
%s
\end{flushleft}
\begin{tabular}{lrr}
input & mean & scale \\
%s
\end{tabular}
\end{document}
"""
_OUTPUTS = {"classification": "class; the largest decides", "regression": "target"}


def document(
    model: ExpressionSet,
    scaler_mean: Sequence[float],
    scaler_scale: Sequence[float],
    task: str = "classification",
) -> str:
    """Return a LaTeX document: one formula per output, and the scaler of the inputs used."""
    formulas = zip(model.class_names, formulae(model), strict=True)
    lines = [f"$\\displaystyle {_named(name)} = {text}$" for name, text in formulas]
    rows = [
        f"{escape(model.feature_names[i])} & {scaler_mean[i]:.6g} & {scaler_scale[i]:.6g} \\\\"
        for i in variables(model.expressions)
    ]
    output = _OUTPUTS[task]
    return _DOCUMENT % (escape(model.model), output, "\n\n".join(lines), "\n".join(rows))


def formulae(model: ExpressionSet) -> list[str]:
    """Return the LaTeX of each expression."""
    import sympy

    names = {
        sympy.Symbol(f"x{i}"): _named(model.feature_names[i]) for i in variables(model.expressions)
    }
    return [_latex(value, names) for value in all_to_sympy(model.expressions)]


def formula(expression: Expression) -> str:
    """Return the LaTeX of one expression in x_0, x_1, ..."""
    return _latex(all_to_sympy([expression])[0], {})


def escape(text: str) -> str:
    """Escape what LaTeX would read as commands."""
    return "".join(_ESCAPES.get(character, character) for character in text)


def _named(name: str) -> str:
    """Return a name for use in a formula; there, only `text` keeps blanks and unusual signs."""
    plain = name.replace("_", "").isalnum() and name.isascii()
    return f"\\{'mathrm' if plain else 'text'}{{{escape(name)}}}"


def _latex(value: Any, names: dict[Any, str]) -> str:
    import sympy

    return str(sympy.latex(value, symbol_names=names))
