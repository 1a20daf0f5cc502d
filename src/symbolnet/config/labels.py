"""What a label is, and what stands for a value that is not there: one rule for every format."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, SupportsFloat, SupportsInt

from pydantic import BeforeValidator, Field

# What stands for a value that is not there, in all columns and formats.
MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "?", "-")
# How a file may spell what YAML makes a boolean of; the first is Python's own.
_SPELLED = {
    True: ("True", "true", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"),
    False: ("False", "false", "FALSE", "no", "No", "NO", "off", "Off", "OFF"),
}
_WHOLE = re.compile(r"(0|-?[1-9][0-9]*)(\.0)?")
QUOTES = "put it in quotes"


def label_text(value: object) -> str | None:
    """Return a label as a text without blanks around it; None for None and NaN.

    Texts stay as written: 01, 1E2 and 18_25 are no numbers. Only `n.0` is the same label as `n`.
    Whole numbers of a column of numbers are written as such, booleans as True and False.
    """
    if value is None or value != value:  # NaN alone differs from itself
        return None
    text = value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
    if _is_whole(value) and text not in ("True", "False"):
        return str(int(value))  # type: ignore[call-overload]
    whole = _WHOLE.fullmatch(text.strip())
    return whole[1] if whole else text.strip()


def _is_whole(value: object) -> bool:
    if not isinstance(value, SupportsFloat | SupportsInt) or isinstance(value, str | bytes):
        return False
    return math.isfinite(value) and value == int(value)  # type: ignore[arg-type]


def spellings(value: bool | int | float | str) -> tuple[str, ...]:
    """Return the labels of a file that a value of `classes` may mean, the likeliest first.

    YAML makes booleans of yes, no and their like in a file, but not on Snakemake's command line; 1
    and 0 may mean True and False.
    """
    if isinstance(value, bool):
        return _SPELLED[value]
    text = label_text(value) or ""
    truth = {"1": True, "true": True, "0": False, "false": False}.get(text.lower())
    return (text,) if truth is None else tuple(dict.fromkeys((text, str(truth))))


def _text(value: Any) -> Any:
    """Take a whole number for a text; everything else that is no text is a fault."""
    return str(value) if type(value) is int else value


def _label(value: Any) -> Any:
    if not isinstance(value, bool | int | float | str):
        raise ValueError(f"expected a text or a number: {QUOTES}")
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise ValueError(f"expected a text or a finite number: {QUOTES}")
    return value


def _distinct(classes: Any) -> Any:
    """Refuse two names, or two labels, that are one: {1: a, "1": b}, {a: 1, b: "1.0"}."""
    if isinstance(classes, Mapping):
        labels = [label_text(value) or "" for value in classes.values()]
        for kind, texts in (("name", [str(name).strip() for name in classes]), ("label", labels)):
            twice = [text for text in texts if texts.count(text) > 1]
            if twice:
                raise ValueError(f"the {kind} {twice[0]!r} stands for two classes")
        if "" in classes:
            raise ValueError("a class needs a name that is not empty")
    return classes


Text = Annotated[str, BeforeValidator(_text)]  # looked up in a file: a wrong one is noticed
LabelValue = Annotated[bool | int | float | str, BeforeValidator(_label)]
# Names are taken on trust, and YAML makes 1825 of 18_25: they must be texts.
Classes = Annotated[dict[str, LabelValue], BeforeValidator(_distinct), Field(min_length=2)]
MISSING_KEY = Field(
    list(MISSING),
    description="What stands for a value that is not there; a label that `classes` names is one.",
)
