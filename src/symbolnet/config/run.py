"""A whole run: definitions, and the selections among them."""

from typing import Annotated

from pydantic import Field, model_validator

from symbolnet.config.base import Settings
from symbolnet.config.data import DataSettings, GeneratedJets
from symbolnet.config.expression import Choice, Rounding
from symbolnet.config.firmware import Firmware
from symbolnet.config.peers import Baseline
from symbolnet.config.training import Training, TrainingSettings


class Report(Settings):
    """What the report compares."""

    budgets: list[Annotated[float, Field(gt=0)]] = Field(
        [],
        description="Mean complexities of the table of accuracies; empty: 16, 30, 60 and 140, or"
        " 50, 100, 150 and 300 where there are more than 64 inputs.",
    )


class ReportSpec(Settings):
    """What the report is about: a run and its selections, in the order in which they are shown."""

    run: str = Field("default", description="Name of the run.")
    datasets: list[str] = Field(["jets"], description="Data sets, by name.")
    train: list[str] = Field(["notebook"], description="Trainings of each data set, by name.")
    choose: list[str] = Field(["compact"], description="Choices of each data set, by name.")
    peers: list[str] = Field([], description="Baselines of each data set, by name.")
    budgets: list[float] = Field([], description="Mean complexities to compare at.")
    sources: dict[str, str] = Field({}, description="Where each data set comes from, as in `data`.")


class Config(Settings):
    """A whole run. Definitions are dicts; the lists `datasets` and `choose` select among them."""

    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")] = Field(
        "default", description="Name of the run: everything is written below results/<run>."
    )
    data_dir: str = Field("data", description="Folder that holds local data files.")
    datasets: list[str] = Field(["jets"], description="Data sets to run, by name.")
    train: list[str] = Field(["notebook"], description="Trainings to run, by name.")
    choose: list[str] = Field(["compact"], description="Choices to take to firmware, by name.")
    peers: list[str] = Field([], description="Baselines to run beside the trainings, by name.")
    data: dict[str, DataSettings] = Field(
        {"jets": GeneratedJets()}, description="Data sets, by name."
    )
    training: dict[str, TrainingSettings] = Field(
        {"notebook": Training()}, description="Trainings, by name."
    )
    baselines: dict[str, Baseline] = Field(
        {
            "bumps": Baseline(),
            "linear": Baseline(
                kind="linear",
                complexities=[50, 100, 150, 300],
                epochs=8,
                warmup=2,
                batch=256,
                learning_rate=0.01,
                penalty=0.001,
            ),
        },
        description="Baselines, by name.",
    )
    rounding: Rounding = Field(Rounding(), description="Constants of the expressions.")
    choices: dict[str, Choice] = Field(
        {"compact": Choice(training="notebook")}, description="Choices for firmware, by name."
    )
    firmware: Firmware = Field(Firmware(), description="Fixed-point hardware.")
    report: Report = Field(Report(), description="What the report compares.")

    @model_validator(mode="after")
    def _selections_exist(self) -> "Config":
        pairs = [("datasets", "data"), ("train", "training"), ("choose", "choices")]
        pairs.append(("peers", "baselines"))
        missing = [
            f"{selection}: {name!r} is not defined under `{definition}`"
            for selection, definition in pairs
            for name in getattr(self, selection)
            if name not in getattr(self, definition)
        ]
        chosen = [self.choices[name] for name in self.choose if name in self.choices]
        missing += [
            f"choose: training {choice.training!r} is not selected in `train`"
            for choice in chosen
            if choice.training not in self.train
        ]
        if missing:
            raise ValueError("; ".join(missing))
        return self


def selected(config: Config) -> Config:
    """Return a config without the definitions that it does not select."""
    pairs = [("datasets", "data"), ("train", "training"), ("choose", "choices")]
    kept = {
        definition: {name: getattr(config, definition)[name] for name in getattr(config, selection)}
        for selection, definition in [*pairs, ("peers", "baselines")]
    }
    return config.model_copy(update=kept)


def report_settings(config: Config) -> ReportSpec:
    """Return the part of a config that the report depends on."""
    return ReportSpec(
        run=config.run,
        datasets=config.datasets,
        train=config.train,
        choose=config.choose,
        peers=config.peers,
        budgets=config.report.budgets,
        sources={name: config.data[name].source for name in config.datasets},
    )
