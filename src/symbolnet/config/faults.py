"""What a config alone shows to be impossible, each in a line with its dotted key.

Said before the run: a job that finds it out has waited for the jobs before it.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import get_args

from symbolnet.config.definitions import DEFINED, Definitions
from symbolnet.config.selection import Kind
from symbolnet.config.sources import classes_of, faults_of


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
