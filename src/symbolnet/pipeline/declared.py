"""What the signatures of the stages say: the files of each, and the jobs that can be run again."""

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, get_type_hints

from symbolnet.audit.replay import SLOW, Replay, raw_parts
from symbolnet.config import Config
from symbolnet.data.sources import Part
from symbolnet.files import (
    OF_DATASETS,
    RESULTS,
    asked_for,
    folders,
    formula_file,
    home_of,
    template,
)
from symbolnet.pipeline.cli import function_of, verbs
from symbolnet.pipeline.jobs import Files, Wildcards
from symbolnet.pipeline.marks import Reads, Writes
from symbolnet.pipeline.specs import SETTINGS, Given

# Not run again by `verify`: what takes as long as the run itself, asks the network or a vendor's
# tools, or writes down what `verify` looks at in its own process.
ONCE = frozenset(
    {"fetch_data", "generate_jets", "run_vendor", "write_report", "write_manifest"}
    | {"train_graph_networks", "train_halo_network"}
    | {"write_distil_report", "write_distil_manifest"}
    | {"train", "train_shard", "join_shards", "train_baseline", "train_reference", "train_rival"}
)


class Place(NamedTuple):
    """A file of the table, in one of the folders that have it."""

    name: str
    folder: str
    optional: bool

    @property
    def template(self) -> str:
        """The path, with wildcards."""
        return template(self.name, self.folder)


class Declared(NamedTuple):
    """The files of a stage by parameter."""

    reads: dict[str, Place]
    writes: dict[str, Place]

    @property
    def home(self) -> str:
        """The folder whose wildcards are those of a job: where the stage writes."""
        return next(iter(self.writes.values())).folder


def declared(verb: str) -> Declared:
    """Return what the marks of a stage's parameters say."""
    found, function = Declared({}, {}), function_of(verb)
    defaults = inspect.signature(function).parameters
    for parameter, hint in get_type_hints(function, include_extras=True).items():
        for mark in getattr(hint, "__metadata__", ()):
            if isinstance(mark, Reads | Writes):
                name = mark.name or parameter
                optional = defaults[parameter].default is None
                place = Place(name, mark.folder or home_of(name), optional)
                (found.writes if isinstance(mark, Writes) else found.reads)[parameter] = place
    return found


class _Stored(Files):
    """The files of a run that lies in any folder; no raw files where they do not lie here."""

    def __init__(self, config: Config, run: Path) -> None:
        super().__init__(config)
        self._run = run

    def parts(self, dataset: str) -> dict[str, Part]:
        return {part.name: part for part in raw_parts(self.config, self._run, dataset)}

    def given(self, wildcards: Wildcards) -> list[str]:
        file = formula_file(self.config, dict(wildcards.items())["choice"])
        return [str(file)] if file is not None and file.is_file() else []


def replays(config: Config, run: Path, homes: Sequence[str] = OF_DATASETS) -> Iterator[Replay]:
    """Yield every job that can be run again and writes to such folders, the longest first."""
    files, again = _Stored(config, run), [verb for verb in verbs() if verb not in ONCE]
    for verb in sorted(again, key=lambda verb: verb not in SLOW):
        found = declared(verb)
        if found.home not in homes:
            continue
        for given in _jobs(found, files):
            reads = {
                parameter: [_below(path) for path in files.read(parameter, place.name, given)]
                for parameter, place in found.reads.items()
            }
            if all(reads[one] or place.optional for one, place in found.reads.items()):
                yield _replay(verb, found, reads, given, config)


def _replay(
    verb: str, found: Declared, reads: dict[str, list[str]], given: Given, config: Config
) -> Replay:
    kept = {parameter: paths for parameter, paths in reads.items() if paths}
    writes = {key: _below(one.template.format(**given)) for key, one in found.writes.items()}
    settings = SETTINGS.get(verb)
    spec = settings(config, given) if settings is not None else None
    return Replay(verb, "/".join(given.values()), kept, writes, spec)


def _jobs(found: Declared, files: Files) -> Iterator[dict[str, str]]:
    """Yield the wildcards of each job of a stage."""
    config, written = files.config, [place.name for place in found.writes.values()]
    for given in folders(config, found.home, config.datasets):
        if "features" in written:
            yield from ({**given, "part": part} for part in files.parts(given["dataset"]))
        elif all(asked_for(config, found.home, name, given) for name in written):
            yield given


def _below(path: str) -> str:
    """Return a path below the run's folder; of a raw file from outside, the absolute one."""
    inside = path.startswith(RESULTS)
    return path.removeprefix(f"{RESULTS}/") if inside else str(Path(path).absolute())
