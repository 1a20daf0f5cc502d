"""Which files belong to a run: what its config selects, below its folder and outside of it."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from symbolnet.config import Config
from symbolnet.data.sources import parts
from symbolnet.files import FOLDERS, OF_DATASETS, RESULTS, file_of, folders, formula_file

REPORT = tuple(file_of(name).format(scope="") for name in ("summary", "page"))
SOURCE = file_of("source")  # the workflow as it ran
_UNFINISHED = (".checkpoint", ".part", ".shard")


class RawFile(NamedTuple):
    """A file from outside the run: its data set, where it lies here, and its name in the config."""

    dataset: str
    path: Path
    name: str


def files(config: Config, run: Path) -> list[str]:
    """Return the files of a run, relative to its folder, sorted; logs are not among them."""
    below = [file for folder in _folders(config) for file in _below(run, run / folder)]
    found = [file for file in below if not _unasked(config, file)]
    return sorted([*found, *(name for name in REPORT if (run / name).is_file())])


def role(name: str) -> str:
    """Tell an input (what the run started from), the report and the artifacts apart."""
    if name in REPORT:
        return "report"
    return "input" if name.startswith("data/") and "/raw/" in name else "artifact"


def raw_files(config: Config, run: Path) -> list[RawFile]:
    """Return the files outside the run's folder that it is made of: data, and given formulas."""
    folder, downloads = Path(config.data_dir), Path("downloads")
    found = [
        RawFile(dataset, path, _outside_name(path, folder))
        for dataset in config.datasets
        for part in parts(config.data[dataset], folder, run / "data" / dataset / "raw", downloads)
        for path in part.files
        if not path.is_relative_to(run)
    ]
    given = [
        RawFile(dataset, path, _outside_name(path, folder))
        for dataset in config.datasets
        for choice in config.selected("choose", dataset)
        if (path := formula_file(config, choice)) is not None
    ]
    return list(dict.fromkeys([*found, *given]))


def _folders(config: Config) -> Iterator[str]:
    yield SOURCE
    for folder in OF_DATASETS:
        path = FOLDERS[folder].path.removeprefix(f"{RESULTS}/")
        yield from (path.format(**one) for one in folders(config, folder, config.datasets))


def _unasked(config: Config, name: str) -> bool:
    """Tell a clock rate or a board that an earlier config asked for; the report reads neither."""
    _, *below = PurePosixPath(name).parts
    asked = {
        file_of("timing"): config.firmware.timing is not None,
        file_of("board"): config.firmware.board,
        file_of("board_result"): config.firmware.board,
    }
    return name.startswith("firmware/") and not asked.get(below[2], True)


def _below(run: Path, folder: Path) -> Iterator[str]:
    """Yield the finished files below a folder; hidden ones are Snakemake's or half-written."""
    for path in folder.rglob("*"):
        name = path.relative_to(run)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden and path.suffix not in _UNFINISHED:
            yield name.as_posix()


def _outside_name(path: Path, folder: Path) -> str:
    """Name a raw file without the folders of this machine."""
    if path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    return path.name if path.is_absolute() else path.as_posix()
