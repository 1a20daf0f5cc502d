"""Settings of tables of named columns."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from symbolnet.config.base import Count, Scale, Settings
from symbolnet.config.labels import MISSING_KEY, Classes, Text
from symbolnet.config.split import Split


def _one_sign(delimiter: str) -> str:
    if len(delimiter.encode()) != 1 or delimiter in '"\r\n\0':
        raise ValueError("expected one sign of ASCII that neither quotes nor ends a line")
    return delimiter


class TableColumns(Settings):
    """A table with one row per example: numbers to learn from, and one column to predict."""

    source: Literal["table"] = Field("table", description="Where the data comes from.")
    train: str = Field(
        description="File to train on, relative to `data_dir`: `.csv`, `.csv.gz` or `.parquet`."
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
        description="Columns standardised (`standard`), divided by one number, the largest in train"
        " (`range`), or as they are (`none`), for formulas trained in the units of the data.",
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
