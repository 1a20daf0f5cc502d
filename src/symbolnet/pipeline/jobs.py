"""The files that a job reads, by the wildcards of its rule: those of `symbolnet.files`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from symbolnet.config import Config
from symbolnet.data.sources import Part, parts
from symbolnet.errors import InputError
from symbolnet.files import (
    FOLDERS,
    OF_DATASETS,
    OF_DISTIL,
    RESULTS,
    asked_for,
    beside,
    folders,
    formula_file,
    home_of,
    origin_of,
    shown,
    template,
)

_FILLED_IN = re.compile(r"\{\s*[.\w]+\s*[,}]|<[a-z][a-z0-9_]*>")  # a wildcard, a pathvar


class Wildcards(Protocol):
    """The wildcards of a job, as Snakemake gives them."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return names and values."""


Paths = Callable[[Wildcards], list[str]]


class Files:
    """The files of one run."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._parts: dict[str, dict[str, Part]] = {}

    def folder(self, name: str) -> str:
        """Return where files of a kind lie, with wildcards, below results/<run>."""
        return FOLDERS[name].path.replace(RESULTS, f"results/{self.config.run}")

    def parts(self, dataset: str) -> dict[str, Part]:
        """Return the raw files of a data set by name.

        Raises InputError where one is missing, or has a name that Snakemake would take for another.
        """
        if dataset not in self._parts:
            raw = Path(self.folder("data").format(dataset=dataset)) / "raw"
            local, downloads = Path(self.config.data_dir), Path(FOLDERS["downloads"].path)
            found = parts(self.config.data[dataset], local, raw, downloads)
            for file in (file for part in found for file in part.files):
                _check_as_it_stands(file)
            self._parts[dataset] = {part.name: part for part in found}
        return self._parts[dataset]

    def raw(self, wildcards: Wildcards) -> list[str]:
        """Return the files of one part of a data set."""
        given = dict(wildcards.items())
        part = self.parts(given["dataset"])[given["part"]]
        return [_no_option(str(file)) for file in part.files]

    def features(self, split: str) -> Paths:
        """Return the feature tables of one split of a data set."""

        def paths(wildcards: Wildcards) -> list[str]:
            given = dict(wildcards.items())
            found = self.parts(given["dataset"]).values()
            named = [part.name for part in found if part.split == split]
            return [template("features").format(part=name, **given) for name in named]

        return paths

    def shards(self, wildcards: Wildcards) -> list[str]:
        """Return the shards of a training."""
        given = dict(wildcards.items())
        count = self.config.training[given["training"]].shards
        return [
            template("shard").format(part=part, shards=count, **given)
            for part in range(1, count + 1)
        ]

    def of_choice(self, name: str) -> Callable[[Wildcards], str]:
        """Return a file of the training, or of the given formulas, that a choice is made from."""

        def path(wildcards: Wildcards) -> str:
            given = dict(wildcards.items())
            folder, wildcard = origin_of(self.config, given["choice"])
            return template(name, folder).format(**given | wildcard)

        return path

    def formats(self, wildcards: Wildcards) -> list[str]:
        """Return the search that a choice with a limit of LUTs is made from; else nothing."""
        choice = self.config.choices[dict(wildcards.items())["choice"]]
        limited = choice.lut_max is not None and choice.training is not None
        return [self.of_choice("formats")(wildcards)] if limited else []

    def given(self, wildcards: Wildcards) -> list[str]:
        """Return the file of formulas of a choice; raise InputError where it is missing."""
        choice = dict(wildcards.items())["choice"]
        file = formula_file(self.config, choice)
        if file is None or not file.is_file():
            do = "set data_dir (--config data_dir=FOLDER) or correct the name"
            raise InputError(f"a file {file} of formulas for the choice {choice!r}", "none", do)
        _check_as_it_stands(file)
        return [_no_option(str(file))]

    def read(self, parameter: str, name: str, wildcards: Wildcards) -> list[str]:
        """Return what the parameter of a stage is given for a file of the table."""
        given = dict(wildcards.items())
        many: dict[str, Paths] = {
            "raw": self.raw,
            "features": self.features(parameter),
            "shard": self.shards,
            "given": self.given,
            "formats": self.formats,
        }
        if name in many:
            return many[name](wildcards)
        of_training = "{training}" in template(name) and "choice" in given
        return [self.of_choice(name)(wildcards) if of_training else template(name).format(**given)]

    def all(self, name: str, folder: str = "") -> Paths:
        """Return a file of every folder that is selected, where the settings ask for it."""

        def paths(wildcards: Wildcards) -> list[str]:
            datasets = scope_of(self.config, dict(wildcards.items()))
            return self._all(name, folder or home_of(name), datasets)

        return paths

    def of_page(self, wildcards: Wildcards) -> list[str]:
        """Return every file that the page is made of."""
        datasets = scope_of(self.config, dict(wildcards.items()))
        return [
            path
            for folder in OF_DATASETS
            for name in shown(folder)
            for path in self._all(name, folder, datasets)
        ]

    def of_distil(self, wildcards: Wildcards) -> list[str]:
        """Return every file that the page of a distillation is made of."""
        return [
            template(name).format(**one)
            for folder in OF_DISTIL
            for one in folders(self.config, folder, [])
            for name in FOLDERS[folder].files
        ]

    def beside_page(self, wildcards: Wildcards) -> list[str]:
        """Return what the stages of a run write that the page is not made of."""
        found = [(folder, name) for folder in OF_DATASETS for name in beside(folder)]
        return [path for folder, name in found for path in self.all(name, folder)(wildcards)]

    def _all(self, name: str, folder: str, datasets: Sequence[str]) -> list[str]:
        path = template(name, folder)
        found = folders(self.config, folder, datasets)
        return [path.format(**one) for one in found if asked_for(self.config, folder, name, one)]


def scope_of(config: Config, wildcards: Mapping[str, str]) -> list[str]:
    """Return the data sets of a report: one, where its file lies in such a folder, or all."""
    folder = wildcards.get("scope", "")
    return [folder.split("/")[1]] if folder else config.datasets


def _check_as_it_stands(file: Path) -> None:
    """Raise InputError where Snakemake, which has no escape for it, would fill in a part."""
    filled = _FILLED_IN.search(str(file))
    if filled is not None:
        found = f"{filled.group()!r} in {file}"
        raise InputError("paths without {name} or <name>", found, "rename the file or folder")


def _no_option(path: str) -> str:
    """Return a path that no command takes for one of its options."""
    return f"./{path}" if path.startswith("-") else path
