"""Settings of rounding and of the choice among members."""

from typing import Annotated, Literal

from pydantic import Field

from symbolnet.config.base import Count, Settings


class Rounding(Settings):
    """How network weights become the constants of expressions."""

    digits: Annotated[int, Field(ge=1, le=17)] = Field(
        2, description="Significant digits kept in every constant (notebook: 2)."
    )


class Choice(Settings):
    """Which trained member goes on to firmware: the best that fits; the test set has no say."""

    training: str = Field(description="Name of the training to choose from.")
    complexity_max: float = Field(60.0, gt=0, description="Largest mean complexity allowed.")
    by: Literal["loss", "accuracy", "balanced_accuracy", "auc"] = Field(
        "loss",
        description="What counts: the expected loss on training and validation rows, weighted as"
        " in the training (docs/expressions.md); or a score on validation rows alone, of a quantity"
        " R2.",
    )
    lut_max: Count | None = Field(
        None,
        description="Most LUTs, as Yosys counts them without DSP blocks; member and formats are"
        " then chosen together, on training and validation rows.",
    )
