"""Settings of the distillation of graph networks into laws."""

from collections.abc import Container
from typing import Annotated, Literal

from pydantic import Field, model_validator

from symbolnet.config.base import Count, Name, Settings

Force = Literal[
    "spring", "r1", "r2", "charge", "damped", "discontinuous", "superposition", "string"
]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

# Seconds between two states, by force (simulate.py of Cranmer et al.).
STEPS: dict[Force, float] = {
    "spring": 0.01,
    "r1": 0.005,
    "r2": 0.001,
    "charge": 0.001,
    "damped": 0.02,
    "discontinuous": 0.01,
    "superposition": 0.001,
    "string": 0.01,
}


class Simulation(Settings):
    """Bodies that start at random and act on each other by one force."""

    force: Force = Field("spring", description="Which force acts (docs/distil.md).")
    even_drag: bool = Field(
        False,
        description="With `damped`: the same drag for every body; else the paper's, which falls"
        " with the number of the body, so that no network of alike bodies can learn it.",
    )
    dimension: Literal[2, 3] = Field(2, description="Dimensions of space.")
    bodies: Annotated[int, Field(ge=2, le=64)] = Field(4, description="Bodies of a simulation.")
    simulations: Annotated[int, Field(ge=4)] = Field(1500, description="Simulations.")
    steps: Annotated[int, Field(ge=10)] = Field(1000, description="Steps of a simulation.")
    keep_every: Count = Field(5, description="Steps from one stored state to the next.")
    dt: Positive | None = Field(None, description="Time of a step; null: the paper's.")
    softening: Annotated[float, Field(ge=0, le=1)] = Field(
        0.01, description="Added to every distance, so that no force is infinite."
    )
    spread: Positive = Field(
        1.0, description="Deviation of the first positions and velocities (paper: 1)."
    )
    tolerance: Annotated[float, Field(ge=1e-13, le=1e-2)] = Field(
        1e-8, description="Relative and absolute error allowed of one step of the integrator."
    )
    max_steps: Count = Field(
        100_000, description="Most steps of the integrator in a simulation; more is a fault."
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of the first states.")

    @model_validator(mode="after")
    def _has_states(self) -> "Simulation":
        if self.keep_every > self.steps:
            raise ValueError(f"keep_every must be at most the {self.steps} steps")
        if self.even_drag and self.force != "damped":
            raise ValueError("even_drag goes with `force: damped`")
        return self

    @property
    def time_of_step(self) -> float:
        """Return the time of a step."""
        return STEPS[self.force] if self.dt is None else self.dt


class Distillation(Settings):
    """What `snakemake distil` runs: systems of bodies, by name."""

    systems: list[Name] = Field([], description="Simulations to distil laws from, by name.")
    simulations: dict[Name, Simulation] = Field({}, description="Simulations, by name.")

    @model_validator(mode="after")
    def _defined(self) -> "Distillation":
        _check_names("systems", self.systems, "simulations", self.simulations)
        return self


def _check_names(selection: str, names: list[str], definition: str, known: Container[str]) -> None:
    """Raise ValueError for a name that is selected twice, or not defined."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{selection}: {name!r} is there twice")
        if name not in known:
            raise ValueError(f"{selection}: {name!r} is not defined under `{definition}`")
