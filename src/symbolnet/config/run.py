"""A whole run that is possible, and what its stages are given.

What a config alone shows to be impossible is said before the run, each in a line with its dotted
key: a job that finds it out has waited for the jobs before it.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, get_args

from pydantic import Field, model_validator

from symbolnet.config.definitions import DEFINED, Definitions
from symbolnet.config.distil import Distillation, DistilSpec
from symbolnet.config.firmware import GraphJob, LutBudget, SearchJob, VendorJob
from symbolnet.config.rivals import RivalJob
from symbolnet.config.selection import Choice, Kind, Rounding, Selection
from symbolnet.config.sources import classes_of, faults_of
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


def faults(config: Definitions) -> list[str]:
    """Return every fault once; what is defined but not selected has none."""
    found = [*_undefined(config), *_twice(config), *_same_logs(config)]
    if not config.datasets:
        found.append("datasets: name one at least")
    for dataset in (name for name in config.datasets if name in config.data):
        found += [f"data.{dataset}.{one}" for one in faults_of(config.data[dataset])]
        found += [*_not_trained(config, dataset), *_unknown_weights(config, dataset)]
        if getattr(config.data[dataset], "task", "classification") == "regression":
            found += _without_classes(config, dataset)
        else:
            found += _without_quantities(config, dataset)
    return list(dict.fromkeys(found))


def _undefined(config: Definitions) -> Iterator[str]:
    """Yield a fault for every name in a selection that has no definition."""
    yield from _missing("datasets", config.datasets, "data", config.data)
    for kind, definition in DEFINED.items():
        known = getattr(config, definition)
        yield from _missing(kind, getattr(config, kind), definition, known)
        for dataset, own in config.per_dataset.items():
            names = getattr(own, kind) or []
            yield from _missing(f"per_dataset.{dataset}.{kind}", names, definition, known)
    yield from _missing("per_dataset", config.per_dataset, "data", config.data)


def _missing(
    selection: str, names: Iterable[str], definition: str, known: Container[str]
) -> list[str]:
    return [
        f"{selection}: {name!r} is not defined under `{definition}`"
        for name in names
        if name not in known
    ]


def _twice(config: Definitions) -> Iterator[str]:
    """Yield a fault for every name that is selected twice."""
    lists = {"datasets": config.datasets}
    for kind in get_args(Kind):
        lists[kind] = getattr(config, kind)
        for dataset, own in config.per_dataset.items():
            lists[f"per_dataset.{dataset}.{kind}"] = getattr(own, kind) or []
    for key, names in lists.items():
        twice = [name for name, count in Counter(names).items() if count > 1]
        yield from (f"{key}: {name!r} is there twice" for name in twice)


def _same_logs(config: Definitions) -> Iterator[str]:
    """Yield a fault for two jobs with one log: a-b with c, and a with b-c."""
    for kind in get_args(Kind):
        names = {dataset: config.selected(kind, dataset) for dataset in config.datasets}
        pairs = {(dataset, name) for dataset, own in names.items() for name in own}
        count = Counter("-".join(pair) for pair in pairs)
        for log in sorted(log for log, number in count.items() if number > 1):
            yield f"{kind}: two jobs would have the log {log}; rename a data set or one of these"


def _key(config: Definitions, kind: Kind, dataset: str) -> str:
    """Return where the selection of a data set stands: its own, or that of the whole run."""
    own = getattr(config.per_dataset.get(dataset), kind, None)
    return kind if own is None else f"per_dataset.{dataset}.{kind}"


def _not_trained(config: Definitions, dataset: str) -> Iterator[str]:
    """Yield a fault for every choice from a training that is not selected with it."""
    for name in config.selected("choose", dataset):
        choice, trained = config.choices.get(name), config.selected("train", dataset)
        if choice is not None and choice.training not in (None, *trained):
            yield (
                f"choose: {name!r} needs training {choice.training!r}, which `train` does"
                f" not select for {dataset!r}"
            )


def _without_classes(config: Definitions, dataset: str) -> Iterator[str]:
    """Yield a fault for everything that a regression is asked for and only classes have."""
    if config.firmware.argmax and config.selected("choose", dataset):
        yield f"firmware.argmax: {dataset!r} is a regression, which has no classes"
    for name in config.selected("train", dataset):
        training = config.training.get(name)
        if getattr(training, "class_weights", None) is not None:
            yield f"training.{name}.class_weights: {dataset!r} is a regression"
    kinds: tuple[Kind, ...] = ("peers", "rivals")
    for kind in (kind for kind in kinds if config.selected(kind, dataset)):
        yield (
            f"{_key(config, kind, dataset)}: these need classes, and {dataset!r} is a regression;"
            f" set per_dataset.{dataset}.{kind}: []"
        )


def _without_quantities(config: Definitions, dataset: str) -> Iterator[str]:
    """Yield a fault for every setting of a training that only quantities have."""
    for name in config.selected("train", dataset):
        if getattr(config.training.get(name), "robust", None) is not None:
            yield f"training.{name}.robust: {dataset!r} has classes, and this is of quantities"


def _unknown_weights(config: Definitions, dataset: str) -> Iterator[str]:
    """Yield a fault for every weight of a class that the data set has not."""
    classes = classes_of(config.data[dataset])
    for name in config.selected("train", dataset):
        weights = getattr(config.training.get(name), "class_weights", None)
        if isinstance(weights, dict) and classes is not None:
            strange = [one for one in weights if one not in classes]
            yield from (
                f"training.{name}.class_weights: {dataset!r} has no class {one!r}"
                for one in strange
            )
