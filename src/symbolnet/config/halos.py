"""Settings of the mock of haloes, and of what is learned and looked for in it."""

from typing import Annotated

from pydantic import Field, model_validator

from symbolnet.config.base import Count, Settings

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class HaloMock(Settings):
    """Haloes in a log-normal density field; lengths in Mpc/h, masses in those of the least halo."""

    halos: Annotated[int, Field(ge=200, le=1_000_000)] = Field(
        5000, description="Haloes to expect; how many there are is drawn."
    )
    box: Positive = Field(280.0, description="Side of the periodic box, Mpc/h.")
    cells: Annotated[int, Field(ge=16, le=512)] = Field(
        96, description="Cells of the density field along a side."
    )
    shape: Positive = Field(0.21, description="Shape Omega_m h of the linear power spectrum.")
    index: Annotated[float, Field(ge=0, le=2)] = Field(
        0.96, description="Index of the first perturbations."
    )
    sigma8: Positive = Field(
        0.83, description="Deviation of the linear density in spheres of 8 Mpc/h."
    )
    cutoff: Positive = Field(
        4.0, description="Length below which the density is smooth, Mpc/h: exp(-(k cutoff)^2)."
    )
    bias: Annotated[float, Field(ge=0, le=4)] = Field(
        1.5, description="Haloes are drawn in proportion to the density to this power."
    )
    heaviest: Annotated[float, Field(ge=2, le=1e6)] = Field(
        30.0, description="Largest mass at the mean density; it grows with the density."
    )
    growth: Positive = Field(0.53, description="Rate of growth f, which velocities follow.")
    smoothing: Positive = Field(
        20.0, description="Radius of the sphere whose overdensity is predicted, Mpc/h."
    )
    radius: Positive = Field(
        50.0, description="Distance within which haloes are neighbours, Mpc/h."
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of the field and of the haloes.")

    @model_validator(mode="after")
    def _fits_into_the_box(self) -> "HaloMock":
        for name, most in (("radius", self.box / 2), ("smoothing", self.box / 8)):
            if getattr(self, name) > most:
                raise ValueError(f"{name} must be at most {most:g} in a box of {self.box:g} Mpc/h")
        return self


class HaloTraining(Settings):
    """The graph network of haloes: a message of one component from every neighbour."""

    hidden: Count = Field(32, description="Units of a hidden layer.")
    layers: Count = Field(2, description="Hidden layers of each of its two networks.")
    steps: Annotated[int, Field(ge=20)] = Field(3000, description="Steps of Adam.")
    batch: Count = Field(32, description="Haloes of a step, with all their neighbours.")
    learning_rate: Positive = Field(0.005, description="Largest step size; it rises and falls.")
    weight_decay: Annotated[float, Field(ge=0)] = Field(1e-8, description="Weight decay of Adam.")
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of first weights and batches.")
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")
    checkpoint_every: Count = Field(1000, description="Steps between checkpoints.")


class HaloSearch(Settings):
    """How formulas are looked for in the messages and in what haloes make of their sums."""

    rows: Annotated[int, Field(ge=50)] = Field(
        1000, description="Messages, and haloes, that formulas are looked for in."
    )
    effort: Annotated[float, Field(ge=0, le=1)] = Field(
        0.3, description="How long the search for laws of quantities takes (docs/laws.md)."
    )
    factor: Annotated[float, Field(ge=1)] = Field(
        1.02,
        description="The simplest formula is taken whose error, on haloes of the training part"
        " kept from its fit, is within this factor of the least.",
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of what is drawn.")
