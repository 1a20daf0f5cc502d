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


class Mlp(Settings):
    """A quantised, pruned network of ReLU layers: the neural rival in the same flow."""

    hidden: Annotated[list[Count], Field(min_length=1)] = Field(
        [64, 32, 32], description="Widths of the hidden layers."
    )
    weight_bits: Annotated[int, Field(ge=2, le=8)] = Field(
        6, description="Bits of a weight, the sign included."
    )
    activation_bits: Annotated[int, Field(ge=3, le=12)] = Field(
        6, description="Bits of an activation, which has no sign."
    )
    input_bits: Annotated[int, Field(ge=4, le=12)] = Field(
        8, description="Bits of an input, the sign included; it saturates at -4 and 4."
    )
    density: float = Field(0.25, gt=0, le=1, description="Share of each layer's weights to keep.")
    seed: int = Field(
        0, ge=0, lt=2**63, description="Seed of the weights and of the order of the batches."
    )
    epochs: Count = Field(60, description="Passes over the training set.")
    batch: Count = Field(256, description="Rows per step.")
    learning_rate: float = Field(
        0.005, gt=0, allow_inf_nan=False, description="First step size of Adam; it falls to zero."
    )


class MlpJob(Mlp):
    """Settings of `train_mlp`."""

    argmax: bool = Field(False, description="As in `firmware`.")
