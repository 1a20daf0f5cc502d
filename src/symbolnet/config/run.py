"""A whole run that is possible, and what its stages are given."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import Field, model_validator

from symbolnet.config.definitions import DEFINED, Definitions
from symbolnet.config.distil import Distillation, DistilSpec
from symbolnet.config.faults import faults
from symbolnet.config.firmware import GraphJob, LutBudget, SearchJob, VendorJob
from symbolnet.config.rivals import RivalJob
from symbolnet.config.selection import Choice, Kind, Rounding, Selection
from symbolnet.config.training import outdated


class ReportSpec(Selection):
    """What the report is about: a run and its selections, in the order in which they are shown."""

    run: str = Field("default", description="Name of the run.")
    budgets: list[float] = Field([], description="Mean complexities to compare at.")
    complexity_max: dict[str, float] = Field(
        {}, description="Largest mean complexity that each choice allows."
    )
    kinds: dict[str, str] = Field({}, description="Kind of each rival, by name.")
    sources: dict[str, str] = Field({}, description="Where each data set comes from, as in `data`.")

    def budgets_of(self, dataset: str) -> list[float]:
        """Return the mean complexities to compare the models of a data set at."""
        own = getattr(self.per_dataset.get(dataset), "budgets", None)
        return self.budgets if own is None else own


class Config(Definitions):
    """A whole run. Definitions are dicts; the lists `datasets` and `choose` select among them."""

    @model_validator(mode="before")
    @classmethod
    def _of_this_version(cls, given: object) -> object:
        trainings = given.get("training") if isinstance(given, dict) else None
        if isinstance(trainings, dict):
            found = [outdated(str(name), one) for name, one in trainings.items()]
            if any(found):
                raise ValueError("; ".join(line for line in found if line))
        return given

    @model_validator(mode="after")
    def _possible(self) -> "Config":
        if found := faults(self):
            raise ValueError("; ".join(found))
        return self

    def rounding_of(self, dataset: str) -> Rounding:
        """Return how the constants of the expressions of a data set are rounded."""
        own = self.per_dataset.get(dataset)
        return self.rounding if own is None or own.rounding is None else own.rounding


def selected(config: Config) -> Config:
    """Return a config without the definitions that its data sets do not select."""
    per_dataset = {k: v for k, v in config.per_dataset.items() if k in config.datasets}
    kept: dict[str, Any] = {"data": {name: config.data[name] for name in config.datasets}}
    for kind, definition in DEFINED.items():
        named = set(getattr(config, kind))
        named.update(*(getattr(own, kind) or () for own in per_dataset.values()))
        known = getattr(config, definition)
        kept[definition] = {name: value for name, value in known.items() if name in named}
    apart = {"distil": Distillation()}  # a run of its own, with a manifest of its own
    return config.model_copy(update=kept | apart | {"per_dataset": per_dataset})


def choice_settings(config: Config, name: str) -> Choice:
    """Return the settings of `choose_model`; formats are searched by scores, never by the loss."""
    choice = config.choices[name].as_given()
    if choice.by != "loss" or choice.lut_max is None or choice.training is None:
        return choice
    weighed = config.training[choice.training].class_weights is not None
    return choice.model_copy(update={"by": "balanced_accuracy" if weighed else "accuracy"})


def distil_settings(config: Config) -> DistilSpec:
    """Return the settings of the report and the manifest of a distillation."""
    return DistilSpec(run=config.run, distil=config.distil.selected())


def graph_settings(config: Config, choice: str) -> GraphJob:
    """Return the settings of `build_graph` for a choice."""
    firmware, most = config.firmware, config.choices[choice].lut_max
    budget = None
    if most is not None:
        depth, bram = firmware.stage_depth, firmware.bram
        by = choice_settings(config, choice).by.replace("loss", "accuracy")
        budget = LutBudget(lut_max=most, stage_depth=depth, bram=bram, by=by)
    return GraphJob(
        precision=firmware.precision,
        search=firmware.search,
        argmax=firmware.argmax,
        budget=budget,
    )


def rival_settings(config: Config, name: str) -> RivalJob:
    """Return the settings of `train_rival` for a rival."""
    return RivalJob(classifier=config.classifiers[name], argmax=config.firmware.argmax)


def search_settings(config: Config) -> SearchJob:
    """Return the settings of `search_formats`."""
    return SearchJob(argmax=config.firmware.argmax)


def vendor_settings(config: Config) -> VendorJob:
    """Return the settings of `run_vendor`."""
    return VendorJob(vendor=config.firmware.vendor, part=config.firmware.part)


def report_settings(config: Config, datasets: Sequence[str]) -> ReportSpec:
    """Return the part of a config that a report of some of its data sets depends on."""
    lists = {kind: getattr(config, kind) for kind in get_args(Kind)}
    choices = {name for dataset in datasets for name in config.selected("choose", dataset)}
    rivals = {name for dataset in datasets for name in config.selected("rivals", dataset)}
    return ReportSpec(
        run=config.run,
        datasets=list(datasets),
        per_dataset={k: v for k, v in config.per_dataset.items() if k in datasets},
        budgets=config.report.budgets,
        complexity_max={
            name: config.choices[name].complexity_max
            for name in sorted(choices)
            if config.choices[name].training is not None
        },
        kinds={name: config.classifiers[name].kind for name in sorted(rivals)},
        sources={name: config.data[name].source for name in datasets},
        **lists,
    )
