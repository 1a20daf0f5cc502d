"""What all settings share."""

import re
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# Of runs, data sets, trainings and all else that is named in a config: they become folders, logs,
# wildcards and targets of Snakemake.
NAME = r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*"
_LONGEST = 60  # a log is named by two of them, and a file name has 255 bytes


def _named(value: str) -> str:
    if re.fullmatch(NAME, value) and len(value) <= _LONGEST:
        return value
    raise ValueError(
        "a name has letters, digits and _, single . or - between them, and at most"
        f" {_LONGEST} characters"
    )


Name = Annotated[str, AfterValidator(_named)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Scale = Literal["standard", "decimal", "range", "none"]  # of inputs (data/scaler.py)


def _distinct(seeds: list[int]) -> list[int]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("a seed is there twice: its members would be the same")
    return seeds


Seeds = Annotated[
    list[Annotated[int, Field(ge=0, lt=2**63)]], Field(min_length=1), AfterValidator(_distinct)
]


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys forbidden, numbers finite, as JSON has them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


S = TypeVar("S", bound=Settings)


class Split(Settings):
    """How rows are divided into train, validation and test."""

    test_fraction: Fraction = Field(
        0.333,
        description="Share of the rows for the test set; unused where `test` files are named.",
    )
    validation_fraction: Fraction = Field(
        0.1, description="Share of the remaining rows held out for validation."
    )
    stratify: bool | None = Field(
        None,
        description="The same share of every class in each split; null: of a table of classes.",
    )
    seed: int = Field(42, ge=0, lt=2**32, description="Seed of the shuffle before splitting.")
