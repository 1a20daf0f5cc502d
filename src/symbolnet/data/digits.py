"""How many digits a quantity needs where it is shown: those that its spread makes significant."""

import math

_LEAST, _ALL = 6, 17  # 17 digits tell any two float64 apart


def text(value: float, spread: float, least: int = _LEAST) -> str:
    """Write a number with the digits that tell a millionth of the spread, at least 6 in all.

    A time of 1.7e9 s with a spread of 30 s needs 15: six would move it by 500 s.
    """
    beyond = 0
    if value and spread and math.isfinite(value) and math.isfinite(spread):
        beyond = math.ceil(math.log10(abs(value)) - math.log10(abs(spread)))
    return f"{value:.{min(max(least + beyond, least), _ALL)}g}"


def rounded(value: float, spread: float) -> float:
    """Round a number to the digits that `text` writes."""
    return float(text(value, spread))
