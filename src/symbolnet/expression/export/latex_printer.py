"""Sympy's LaTeX, with a product sign where a factor is a word; apart, since sympy loads slowly."""

from collections.abc import Mapping, Set
from typing import Any

from sympy.printing.latex import LatexPrinter

_SIGN, _NONE = r" \cdot ", " "


class Printer(LatexPrinter):  # type: ignore[misc]
    """Prints symbols by `names`; `words` are those of them that are more than one letter."""

    def __init__(self, names: Mapping[Any, str], words: Set[Any]) -> None:
        super().__init__({"symbol_names": dict(names)})
        self._words = words

    def _print_Mul(self, expr: Any) -> str:
        wordy = any(factor.as_base_exp()[0] in self._words for factor in expr.args)
        outer = self._settings["mul_symbol_latex"]
        self._settings["mul_symbol_latex"] = _SIGN if wordy else _NONE
        try:
            return str(super()._print_Mul(expr))
        finally:
            self._settings["mul_symbol_latex"] = outer
