"""Settings of the trainings whose members are the points of a front."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from symbolnet.config.base import Count, Fraction, Seeds, Settings
from symbolnet.config.shards import Sharded, check_shards
from symbolnet.config.weights import Weighted


class FrontPath(Settings):
    """One path along a front: growth to a large network, then pruning with regrowth."""

    picks: Count = Field(
        130, description="Size of the growth: its six rounds unmask 40 % to 20 % of this."
    )
    inner: Fraction = Field(
        0.3, description="Share of them inside units: these make functions of several inputs."
    )
    trials: Count = Field(3, description="Growths, of which the lowest training loss goes on.")
    stop: float = Field(10.0, ge=1, description="Mean complexity at which the path ends.")


class FrontTraining(Sharded, Weighted):
    """One job whose members are the points of a whole front, for each seed (docs/front.md)."""

    preset: Literal["front"] = Field(
        "front", description="Growth and pruning by second derivatives of the loss."
    )
    seeds: Seeds = Field([0], description="Seeds of the candidates; each gives one front.")
    paths: Annotated[list[FrontPath], Field(min_length=1)] = Field(
        [FrontPath(), FrontPath(picks=40, inner=0.1, trials=1)],
        description="Paths of each seed; small fronts want another ancestor than large ones.",
    )
    search: list[Annotated[float, Field(ge=1)]] = Field(
        [16.0], description="Mean complexities at which a local search follows the paths."
    )
    search_tries: Count = Field(6, description="Tries of each local search.")
    budgets: Annotated[list[Annotated[float, Field(ge=10)]], Field(min_length=1)] = Field(
        [50.0, 100.0, 150.0, 300.0],
        description="With many inputs and rows: mean complexities that descents are made for.",
    )
    exchanges: Count = Field(
        25, description="Exchanges of constants that follow a descent, at most."
    )
    members: Count = Field(40, description="Points kept of each seed's front, at most.")
    digits: Annotated[int, Field(ge=1, le=17)] = Field(
        2, description="Significant digits that the constants of the points are rounded to."
    )
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")

    @model_validator(mode="after")
    def _can_be_divided(self) -> "FrontTraining":
        check_shards(self.shards, len(self.seeds))
        return self
