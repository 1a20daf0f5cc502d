"""The exported Python and C of a run, and its raw units, measured again on raw test rows."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from symbolnet.audit import integrity
from symbolnet.audit.check import Check, guarded, unchecked
from symbolnet.audit.exported import LANGUAGES, Made, check_export
from symbolnet.audit.raw import RawRows, raw_test_rows
from symbolnet.audit.replay import raw_parts
from symbolnet.audit.units import check_raw_units
from symbolnet.config import Config
from symbolnet.files import file_of

Record = dict[str, Any]


def raw_checks(folder: Path, manifest: Record, config: Config, quick: bool) -> Iterator[Check]:
    """Yield checks of the raw units and of each language of each choice.

    `quick` leaves out the compiler.
    """
    for dataset in config.datasets:
        read = cache(partial(_raw_rows, folder, manifest, config, dataset))  # once for all choices
        for choice in config.selected("choose", dataset):
            training = config.choices[choice].training
            made = Made(
                folder / "firmware" / dataset / choice,
                folder / "training" / dataset / training / file_of("metrics"),
                folder / "data" / dataset / file_of("dataset"),
            )
            name = f"raw units of {dataset}/{choice}"
            check = partial(check_raw_units, made)
            yield guarded(name, partial(_on_raw_rows, check, name, read))
            for language in LANGUAGES:
                name = f"{language} on raw rows of {dataset}/{choice}"
                if quick and language == "C":
                    yield unchecked(name, "left out by --quick")
                else:
                    check = partial(check_export, language, made)
                    yield guarded(name, partial(_on_raw_rows, check, name, read))


def _on_raw_rows(
    check: Callable[[RawRows, str], Check], name: str, read: Callable[[], RawRows | str]
) -> Check:
    raw = read()
    return unchecked(name, raw) if isinstance(raw, str) else check(raw, name)


def _raw_rows(folder: Path, manifest: Record, config: Config, dataset: str) -> RawRows | str:
    """Return the test rows of the raw files, or why they cannot be had here."""
    if not (folder / "data" / dataset / file_of("dataset")).is_file():
        return "needs the data set, which is not here"
    parts = raw_parts(config, folder, dataset)
    if not parts or not all(path.is_file() for part in parts for path in part.files):
        return "needs the raw files, which are not here (name their folder with --data)"
    if integrity.changed_inputs(manifest, config, dataset):
        return "the raw files here are not those of the run"
    return raw_test_rows(config, dataset, parts, folder)
