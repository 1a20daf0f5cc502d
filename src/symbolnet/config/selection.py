"""What is run for which data set: lists for all of them, and what differs for one."""

from typing import Annotated, Literal

from pydantic import Field

from symbolnet.config.base import Settings
from symbolnet.config.expression import Rounding

Kind = Literal["train", "choose", "peers", "rivals", "references"]
ReferenceKind = Literal["linear", "boosted", "mlp"]
Budgets = list[Annotated[float, Field(gt=0)]]


class PerDataset(Settings):
    """What differs for one data set; null: as for the whole run."""

    train: list[str] | None = Field(None, description="Its trainings, by name.")
    choose: list[str] | None = Field(None, description="Its choices for firmware, by name.")
    peers: list[str] | None = Field(None, description="Its baselines, by name.")
    rivals: list[str] | None = Field(None, description="Its quantised networks, by name.")
    references: list[ReferenceKind] | None = Field(None, description="Its references.")
    rounding: Rounding | None = Field(None, description="Constants of its expressions.")
    budgets: Budgets | None = Field(None, description="Its mean complexities to compare at.")


class Selection(Settings):
    """The data sets of a run, and what is run for each."""

    datasets: list[str] = Field(["jets"], description="Data sets to run, by name.")
    train: list[str] = Field(["symbolnet"], description="Trainings to run, by name.")
    choose: list[str] = Field(["c60"], description="Choices to take to firmware, by name.")
    peers: list[str] = Field([], description="Baselines to run beside the trainings, by name.")
    rivals: list[str] = Field(
        [], description="Quantised networks to take through the same hardware flow, by name."
    )
    references: list[ReferenceKind] = Field(
        [],
        description="Models without formulas to hold the figures against: `linear`, `boosted`,"
        " `mlp` (docs/baselines.md).",
    )
    per_dataset: dict[str, PerDataset] = Field(
        {}, description="What differs for one data set, by its name."
    )

    def selected(self, kind: Kind, dataset: str) -> list[str]:
        """Return the trainings, choices, baselines or references of a data set."""
        own = getattr(self.per_dataset.get(dataset), kind, None)
        return getattr(self, kind) if own is None else own
