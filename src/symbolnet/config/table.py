"""Settings of tables: which columns there are, what is predicted, what counts as missing."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal, SupportsFloat, SupportsInt

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from symbolnet.config.base import Count, Scale, Settings, Split

# Names and order of OpenML 42468.
FEATURES = (
    "zlogz",
    "c1_b0_mmdt",
    "c1_b1_mmdt",
    "c1_b2_mmdt",
    "c2_b1_mmdt",
    "c2_b2_mmdt",
    "d2_b1_mmdt",
    "d2_b2_mmdt",
    "d2_a1_b1_mmdt",
    "d2_a1_b2_mmdt",
    "m2_b1_mmdt",
    "m2_b2_mmdt",
    "n2_b1_mmdt",
    "n2_b2_mmdt",
    "mass_mmdt",
    "multiplicity",
)


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
    if value is None or value != value:  # noqa: PLR0124  # NaN alone differs from itself
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


def _one_sign(delimiter: str) -> str:
    if len(delimiter.encode()) != 1 or delimiter in '"\r\n\0':
        raise ValueError("expected one sign of ASCII that neither quotes nor ends a line")
    return delimiter


class TableColumns(Settings):
    """A table with one row per example: numbers to learn from, and one column to predict."""

    source: Literal["table"] = Field("table", description="Where the data comes from.")
    train: str = Field(
        description="File to train on, relative to `data_dir`: `.csv`, `.csv.gz`, `.parquet` or"
        " `.root`."
    )
    test: str | None = Field(
        None, description="File of the test set; null: a `test_fraction` of `train`."
    )
    label: Text = Field(description="Column to predict: the classes, or a number for `regression`.")
    task: Literal["classification", "regression"] = Field(
        "classification", description="Whether `label` holds classes or a quantity."
    )
    drop: list[Text] = Field([], description="Columns to leave out; all others are inputs.")
    keep: Annotated[list[Text], Field(min_length=1)] | None = Field(
        None, description="Instead of `drop`: the columns that are inputs; all others are left out."
    )
    classes: Classes | None = Field(
        None, description="Class name to label value, others left out; null: every value found."
    )
    missing: list[Text] = MISSING_KEY
    delimiter: Annotated[str, AfterValidator(_one_sign)] = Field(
        ",", description="What stands between the values of a CSV."
    )
    scale: Scale = Field(
        "standard",
        description="Columns standardised (`standard`), moved only if far from 0 and divided by"
        " powers of ten (`decimal`), divided by one number, the largest in train (`range`), or as"
        " they are (`none`), for formulas trained in the units of the data.",
    )
    tree: str | None = Field(
        None,
        description="Of a `.root` file: TTree or RNTuple whose branches of one number or text an"
        " entry are the columns; null: the only one.",
    )
    limit: Count | None = Field(None, description="First rows of each half to keep.")
    split: Split = Field(Split(), description="Division into train, validation and test.")

    @model_validator(mode="after")
    def _one_choice_of_columns(self) -> "TableColumns":
        if self.keep is not None and self.drop:
            raise ValueError("give either `keep` or `drop`")
        for key, named in (("keep", self.keep or []), ("drop", self.drop)):
            if self.label in named:
                raise ValueError(f"{key} names the label {self.label!r}")
            twice = [name for name, count in Counter(named).items() if count > 1]
            if twice:
                raise ValueError(f"{key} names {twice[0]!r} more than once")
        return self

    @model_validator(mode="after")
    def _classes_to_stratify(self) -> "TableColumns":
        if self.split.stratify and self.task == "regression":
            raise ValueError("split.stratify needs classes, and `task` is regression")
        return self
