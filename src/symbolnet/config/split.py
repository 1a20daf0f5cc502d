"""Settings of the division of rows."""

from pydantic import Field

from symbolnet.config.base import Fraction, Settings


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
