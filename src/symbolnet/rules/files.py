"""The files that a job reads, by its wildcards: paths below the pathvar <results>."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symbolnet.config import Config, Kind
from symbolnet.data.sources import Part, parts
from symbolnet.errors import InputError

Paths = Callable[[Any], list[str]]
_FILLED_IN = re.compile(r"\{\s*[.\w]+\s*[,}]|<[a-z][a-z0-9_]*>")  # a wildcard, a pathvar


class Files:
    """The files of one run."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._parts: dict[str, dict[str, Part]] = {}

    def parts(self, dataset: str) -> dict[str, Part]:
        """Return the raw files of a data set by name.

        Raises InputError where one is missing, or has a name that Snakemake would take for another.
        """
        if dataset not in self._parts:
            raw = Path("results") / self.config.run / "data" / dataset / "raw"
            folder, downloads = Path(self.config.data_dir), Path("downloads")
            found = parts(self.config.data[dataset], folder, raw, downloads)
            for file in (file for part in found for file in part.files):
                _check_as_it_stands(file)
            self._parts[dataset] = {part.name: part for part in found}
        return self._parts[dataset]

    def raw(self, wildcards: Any) -> list[str]:
        """Return the files of one part of a data set."""
        part = self.parts(wildcards.dataset)[wildcards.part]
        return [_no_option(str(file)) for file in part.files]

    def features(self, split: str) -> Paths:
        """Return the feature tables of one split of a data set."""

        def paths(wildcards: Any) -> list[str]:
            folder = f"<results>/data/{wildcards.dataset}/features"
            found = self.parts(wildcards.dataset).values()
            return [f"{folder}/{part.name}.npz" for part in found if part.split == split]

        return paths

    def shards(self, wildcards: Any) -> list[str]:
        """Return the shards of a training."""
        count = self.config.training[wildcards.training].shards
        folder = f"<results>/training/{wildcards.dataset}/{wildcards.training}"
        return [f"{folder}/{part}-of-{count}.shard" for part in range(1, count + 1)]

    def scope(self, wildcards: Any) -> list[str]:
        """Return the data sets of a report: one, where its file lies in such a folder, or all."""
        folder = wildcards.get("scope", "")
        return [folder.split("/")[1]] if folder else self.config.datasets

    def datasets(self, name: str) -> Paths:
        """Return the file `name` of every selected data set."""
        return lambda wildcards: [
            f"<results>/data/{dataset}/{name}" for dataset in self.scope(wildcards)
        ]

    def choices(self, name: str) -> Paths:
        """Return the file `name` of every selected choice."""
        return self._selected("firmware", "choose", name)

    def trainings(self, name: str) -> Paths:
        """Return the file `name` of every selected training."""
        return self._selected("training", "train", name)

    def peers(self, name: str) -> Paths:
        """Return the file `name` of every selected baseline."""
        return self._selected("peers", "peers", name)

    def rivals(self, name: str) -> Paths:
        """Return the file `name` of every selected quantised network."""
        return self._selected("rivals", "rivals", name)

    def references(self, name: str) -> Paths:
        """Return the file `name` of every selected reference."""
        return self._selected("references", "references", name)

    def timings(self, wildcards: Any) -> list[str]:
        """Return the clock rates of every selected choice; nothing where they are not wanted."""
        wanted = self.config.firmware.timing is not None
        return self.choices("timing.json")(wildcards) if wanted else []

    def chosen_training(self, name: str) -> Callable[[Any], str]:
        """Return the file `name` of the training that a choice is made from."""

        def path(wildcards: Any) -> str:
            training = self.config.choices[wildcards.choice].training
            return f"<results>/training/{wildcards.dataset}/{training}/{name}"

        return path

    def formats(self, wildcards: Any) -> list[str]:
        """Return the search that a choice with a limit of LUTs is made from; else nothing."""
        limited = self.config.choices[wildcards.choice].lut_max is not None
        return [self.chosen_training("formats.json")(wildcards)] if limited else []

    def _selected(self, folder: str, kind: Kind, name: str) -> Paths:
        return lambda wildcards: [
            f"<results>/{folder}/{dataset}/{one}/{name}"
            for dataset in self.scope(wildcards)
            for one in self.config.selected(kind, dataset)
        ]


def _check_as_it_stands(file: Path) -> None:
    """Raise InputError where Snakemake, which has no escape for it, would fill in a part."""
    filled = _FILLED_IN.search(str(file))
    if filled is not None:
        found = f"{filled.group()!r} in {file}"
        raise InputError("paths without {name} or <name>", found, "rename the file or folder")


def _no_option(path: str) -> str:
    """Return a path that no command takes for one of its options."""
    return f"./{path}" if path.startswith("-") else path
