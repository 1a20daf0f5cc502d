"""Settings of the method `symbolnet`, whose members are the points of a front."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from symbolnet.config.base import Count, Seeds
from symbolnet.config.shards import Sharded, check_shards
from symbolnet.config.weights import Weighted

_FEW_INPUTS = 64  # more than this are pixels rather than features


def usual_budgets(inputs: int) -> list[float]:
    """Return the mean complexities that a data set of so many inputs is asked for by default."""
    return [16.0, 30.0, 60.0, 140.0] if inputs <= _FEW_INPUTS else [50.0, 100.0, 150.0, 300.0]


class SymbolNetTraining(Sharded, Weighted):
    """One job whose members are the points of a whole front, for each seed (docs/symbolnet.md)."""

    method: Literal["symbolnet"] = Field(
        "symbolnet", description="Growth, descent and surgery on one network (docs/symbolnet.md)."
    )
    seeds: Seeds = Field([0], description="Seeds of what is drawn; each gives one front.")
    budgets: Annotated[list[Annotated[float, Field(ge=2, le=5000)]], Field(min_length=1)] | None = (
        Field(
            None,
            description="Mean complexities to be best at; null: 16, 30, 60 and 140, or 50, 100, 150"
            " and 300 where there are more than 64 inputs.",
        )
    )
    effort: float = Field(
        1.0,
        gt=0,
        le=100,
        description="How long to search, in multiples of the usual numbers of tries.",
    )
    robust: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Of quantities: errors above so many of their deviations (by median) count by"
        " their size, not by its square; null: squared errors.",
    )
    members: Count = Field(40, description="Points kept of each seed's front, at most.")
    digits: Annotated[int, Field(ge=1, le=17)] = Field(
        2, description="Significant digits that the constants of the points are rounded to."
    )
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")

    @model_validator(mode="after")
    def _can_be_divided(self) -> "SymbolNetTraining":
        check_shards(self.shards, len(self.seeds))
        return self
