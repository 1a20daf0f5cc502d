"""Settings of the baselines."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from symbolnet.config.base import Count, Seeds, Settings
from symbolnet.config.selection import ReferenceKind, Rounding


class Baseline(Settings):
    """One small peer of the method: a sparse model, pruned by magnitude."""

    kind: Literal["bumps", "linear", "units"] = Field(
        "bumps",
        description="Terms: gauss and tanh of single inputs (`bumps`), the inputs themselves"
        " (`linear`), or four units of many inputs a class (`units`).",
    )
    # Two outputs with one term of 10 nodes between them have a mean of 7.
    complexities: Annotated[list[Annotated[float, Field(ge=7)]], Field(min_length=1)] = Field(
        [14, 23, 34, 60, 97, 140],
        description="Mean complexities not to be exceeded; each is a member for every seed.",
    )
    seeds: Seeds = Field([0], description="Seeds of the order of the batches.")
    epochs: Annotated[int, Field(ge=2)] = Field(100, description="Passes over the training set.")
    warmup: Count = Field(10, description="Epochs before the pruning starts.")
    batch: Count = Field(512, description="Jets or images per step.")
    learning_rate: float = Field(0.02, gt=0, allow_inf_nan=False, description="Step size of Adam.")
    penalty: float = Field(
        0.002,
        ge=0,
        allow_inf_nan=False,
        description="Weight of the sum of magnitudes in the loss; not of `units`.",
    )

    @model_validator(mode="after")
    def _time_to_prune(self) -> "Baseline":
        if self.warmup >= self.epochs:
            raise ValueError("warmup must be below epochs")
        return self


class ReferenceJob(Settings):
    """Settings of `train_reference`."""

    kind: ReferenceKind = Field("linear", description="Which model, as in `references`.")
    seeds: Seeds = Field([0, 1, 2], description="Seeds of a model that starts at random.")


class BaselineJob(Settings):
    """Settings of `train_baseline`."""

    baseline: Baseline = Field(Baseline(), description="The baseline, as in `baselines`.")
    rounding: Rounding = Field(Rounding(), description="Constants of the expressions.")
