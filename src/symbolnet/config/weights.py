"""What a row counts in a training, by its class."""

from typing import Annotated, Literal

from pydantic import Field

from symbolnet.config.base import Settings

Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Weighted(Settings):
    """Weights of the classes in a loss; they are divided by their mean over the training rows."""

    class_weights: Literal["balanced"] | dict[str, Weight] | None = Field(
        None,
        description="What a row counts by its class: `balanced`, every class alike in sum; or class"
        " to weight, the others 1; null: every row alike.",
    )
