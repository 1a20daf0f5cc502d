"""Settings of the distillation of graph networks into laws."""

from collections.abc import Container
from typing import Annotated, Literal

from pydantic import Field, model_validator

from symbolnet.config.base import Count, Name, Seeds, Settings
from symbolnet.config.halos import HaloMock, HaloSearch, HaloTraining

Force = Literal[
    "spring", "r1", "r2", "charge", "charge1", "damped", "discontinuous", "superposition", "string"
]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
CHARGED: tuple[Force, ...] = ("charge", "charge1", "superposition")

# Seconds between two states, by force (simulate.py of Cranmer et al.).
STEPS: dict[Force, float] = {
    "spring": 0.01,
    "r1": 0.005,
    "r2": 0.001,
    "charge": 0.001,
    "charge1": 0.005,
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
    kinds: list[Finite] = Field(
        [],
        description="Hidden charges: each body is of one of these kinds, with this charge; networks"
        " and libraries are told the kind alone. Empty: charges +1 and -1, which are told.",
    )
    limit: Positive | None = Field(
        None,
        description="No acceleration is larger: F/m is divided by sqrt(1 + (F/m)^2/limit^2).",
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
        if self.kinds and self.force not in CHARGED:
            raise ValueError(f"kinds go with a force of charges: {', '.join(CHARGED)}")
        if self.kinds and not 2 <= len(set(self.kinds)) == len(self.kinds):
            raise ValueError("kinds: give two charges at least, no two of them alike")
        return self

    @property
    def time_of_step(self) -> float:
        """Return the time of a step."""
        return STEPS[self.force] if self.dt is None else self.dt


Variant = Literal["standard", "bottleneck", "l1", "kl", "pruned", "flathgn"]
# Variants whose members have other outputs than messages, so that a training has them alone.
ALONE: tuple[Variant, ...] = ("kl", "flathgn")


class GraphTraining(Settings):
    """One job: graph networks of every variant and seed, trained side by side."""

    variants: Annotated[list[Variant], Field(min_length=1)] = Field(
        ["bottleneck", "l1", "pruned"],
        description="Forms of the networks (docs/distil.md); `kl` and `flathgn` stand alone.",
    )
    seeds: Seeds = Field([0], description="Seeds of first weights and batches.")
    inputs: Literal["relative", "paper"] = Field(
        "relative",
        description="`relative`: differences of places, and logarithms of masses; `paper`: places"
        " and masses, all places moved at random in every batch.",
    )
    loss: Literal["relative", "absolute"] = Field(
        "absolute",
        description="What an error counts: `absolute`: as it is (paper); `relative`: divided by the"
        " size of the acceleration and the median of all.",
    )
    messages: Count = Field(
        16, description="Components of a message, of `bottleneck` those of space."
    )
    hidden: Count = Field(64, description="Units of a hidden layer of the messages' network.")
    node_hidden: Count = Field(
        128, description="The same of the bodies' network, which has fewer rows to work on."
    )
    layers: Count = Field(2, description="Hidden layers of each network.")
    steps: Annotated[int, Field(ge=20)] = Field(12000, description="Steps of Adam.")
    batch: Count = Field(64, description="Graphs of a step.")
    learning_rate: Positive = Field(0.003, description="Largest step size; it rises and falls.")
    weight_decay: Annotated[float, Field(ge=0)] = Field(1e-8, description="Weight decay of Adam.")
    l1: Annotated[float, Field(ge=0)] = Field(
        0.3, description="Of `l1`: weight of the size of messages, beside the relative error."
    )
    kl: Annotated[float, Field(ge=0)] = Field(
        0.01, description="Of `kl`: weight of the divergence of messages from noise."
    )
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")
    checkpoint_every: Count = Field(1000, description="Steps between checkpoints.")

    @model_validator(mode="after")
    def _of_one_form(self) -> "GraphTraining":
        alone = [one for one in self.variants if one in ALONE]
        if alone and len(self.variants) > 1:
            raise ValueError(f"{alone[0]!r} has other outputs: give it a training of its own")
        if len(set(self.variants)) < len(self.variants):
            raise ValueError("a variant is there twice")
        return self

    def members(self) -> list[tuple[Variant, int]]:
        """Return variant and seed of every member, in the order of the file."""
        return [(variant, seed) for variant in self.variants for seed in self.seeds]


class LawSearch(Settings):
    """How laws are looked for in messages and accelerations."""

    terms: Literal[1, 2, 3] = Field(2, description="Most terms of a law.")
    graphs: Annotated[int, Field(ge=50)] = Field(
        500, description="Graphs whose messages laws are fitted to."
    )
    states: Annotated[int, Field(ge=50)] = Field(
        400, description="States whose accelerations constants are fitted to."
    )
    factor: Annotated[float, Field(ge=1)] = Field(
        1.5, description="The simplest law is taken whose error is within this factor of the least."
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of what is drawn.")


class JudgeSpec(Settings):
    """What networks and laws are judged on."""

    simulations: Annotated[int, Field(ge=4)] = Field(
        40, description="Fresh simulations, at twice the spread and with six bodies each."
    )
    states: Annotated[int, Field(ge=50)] = Field(1000, description="States of each kind.")
    rollouts: Count = Field(10, description="First states whose motion is followed.")
    max_steps: Count = Field(
        2000, description="Most steps of the integrator in a motion; more is no arrival."
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of what is drawn.")


def _check_names(selection: str, names: list[str], definition: str, known: Container[str]) -> None:
    """Raise ValueError for a name that is selected twice, or not defined."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{selection}: {name!r} is there twice")
        if name not in known:
            raise ValueError(f"{selection}: {name!r} is not defined under `{definition}`")


class Distillation(Settings):
    """What `snakemake distil` runs: systems of bodies and mocks of haloes, by name."""

    systems: list[Name] = Field([], description="Simulations to distil laws from, by name.")
    simulations: dict[Name, Simulation] = Field({}, description="Simulations, by name.")
    train: list[Name] = Field([], description="Trainings of graph networks, by name.")
    networks: dict[Name, GraphTraining] = Field(
        {}, description="Trainings of graph networks, by name."
    )

    laws: LawSearch = Field(LawSearch(), description="How laws are looked for.")
    judge: JudgeSpec = Field(JudgeSpec(), description="What networks and laws are judged on.")
    halos: list[Name] = Field([], description="Mocks of haloes to distil formulas from, by name.")
    mocks: dict[Name, HaloMock] = Field({}, description="Mocks of haloes, by name.")
    halo_network: HaloTraining = Field(
        HaloTraining(), description="The graph network of haloes, the same for every mock."
    )
    halo_search: HaloSearch = Field(
        HaloSearch(), description="How formulas of overdensities are looked for."
    )

    @model_validator(mode="after")
    def _defined(self) -> "Distillation":
        if self.systems and not self.train:
            raise ValueError("train: name a training of graph networks at least")
        _check_names("systems", self.systems, "simulations", self.simulations)
        _check_names("train", self.train, "networks", self.networks)
        _check_names("halos", self.halos, "mocks", self.mocks)
        both = sorted(set(self.halos) & set(self.systems))
        if both:
            raise ValueError(f"halos: {both[0]!r} is the name of a system too; rename one")
        return self

    def selected(self) -> "Distillation":
        """Return the settings without the definitions that are not selected."""
        kept = {
            "simulations": {name: self.simulations[name] for name in self.systems},
            "networks": {name: self.networks[name] for name in self.train},
            "mocks": {name: self.mocks[name] for name in self.halos},
        }
        return self.model_copy(update=kept)


class DistilSpec(Settings):
    """Settings of the report and the manifest of a distillation."""

    run: str = Field("default", description="Name of the run.")
    distil: Distillation = Field(Distillation(), description="As in the config, what is selected.")
