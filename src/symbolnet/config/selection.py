"""Settings of rounding and choice, and what is run for which data set."""

import sys
from typing import Annotated, Literal

from pydantic import Field, model_validator

from symbolnet.config.base import Count, Settings


class Rounding(Settings):
    """How network weights become the constants of expressions."""

    digits: Annotated[int, Field(ge=1, le=17)] = Field(
        2, description="Significant digits kept in every constant (notebook: 2)."
    )


class Choice(Settings):
    """Which trained member goes on to firmware: the best that fits; the test set has no say."""

    training: str | None = Field(
        None, description="Name of the training to choose from; null: `formulas` are given."
    )
    formulas: str | None = Field(
        None,
        description="File of formulas in `data_dir`, instead of a training: text, or a table of"
        " another program as CSV (docs/own_data.md).",
    )
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

    @model_validator(mode="after")
    def _of_one_origin(self) -> "Choice":
        if (self.training is None) == (self.formulas is None):
            found = "neither" if self.training is None else "both"
            raise ValueError(f"expected `training` or `formulas`; found {found}; name one of them")
        return self

    @property
    def is_table(self) -> bool:
        """Tell whether the formulas stand in a table, of which one row is taken."""
        return self.formulas is not None and self.formulas.lower().endswith(".csv")

    def as_given(self) -> "Choice":
        """Return the choice, without a limit where there is nothing to choose among."""
        if self.formulas is None or self.is_table:
            return self
        return self.model_copy(update={"complexity_max": sys.float_info.max})


class FormulaJob(Settings):
    """Settings of `read_formulas`."""

    choice: str = Field("mine", description="Name of the choice, which its models are called by.")


Kind = Literal["train", "choose", "peers", "rivals", "references"]
ReferenceKind = Literal["linear", "boosted", "mlp"]
Budgets = list[Annotated[float, Field(gt=0)]]


class PerDataset(Settings):
    """What differs for one data set; null: as for the whole run."""

    train: list[str] | None = Field(None, description="Its trainings, by name.")
    choose: list[str] | None = Field(None, description="Its choices for firmware, by name.")
    peers: list[str] | None = Field(None, description="Its baselines, by name.")
    rivals: list[str] | None = Field(None, description="Its rivals in hardware, by name.")
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
        [], description="Classifiers to take through the same hardware flow, by name."
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
        own: list[str] | None = getattr(self.per_dataset.get(dataset), kind, None)
        every: list[str] = getattr(self, kind)
        return every if own is None else own
