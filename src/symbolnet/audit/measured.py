"""The exported Python and C of a run, and its raw units, measured again on raw test rows."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np

from symbolnet.artifact import Record, read_json
from symbolnet.audit import integrity
from symbolnet.audit.check import Check, guarded, judged, passed, unchecked
from symbolnet.audit.exported import (
    LANGUAGES,
    NEAR,
    ROWS,
    SHARE,
    Made,
    check_export,
    compared,
    stated_of,
)
from symbolnet.audit.formulas import classes_of, values
from symbolnet.audit.raw import RawRows, raw_test_rows
from symbolnet.audit.replay import raw_parts
from symbolnet.config import Config
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.files import file_of, origin_of

_OTHERS = 0.01  # share of the rows that may get another class; rounding was held to a thousandth
_APART = 0.1  # of the error: how far values may differ; rounding was held to a thirtieth


def raw_checks(folder: Path, manifest: Record, config: Config, quick: bool) -> Iterator[Check]:
    """Yield checks of the raw units and of each language of each choice.

    `quick` leaves out the compiler.
    """
    for dataset in config.datasets:
        read = cache(partial(_raw_rows, folder, manifest, config, dataset))  # once for all choices
        for choice in config.selected("choose", dataset):
            origin, named = origin_of(config, choice)
            made = Made(
                folder / "firmware" / dataset / choice,
                folder / origin / dataset / next(iter(named.values())) / file_of("metrics"),
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


def check_raw_units(made: Made, raw: RawRows, name: str) -> Check:
    """Hold formulas in raw inputs to the standardised ones, both from their JSON, on raw rows.

    They must say the same but on few rows, as many as metrics.json says, and as well.
    """
    data = load_dataset(made.dataset)
    member = read_json(made.folder / file_of("expressions"))["members"][0]
    if member.get("raw") is None:
        return _left_out(data, name)
    standardised = (raw.values - data.scaler_mean) / data.scaler_scale
    before, found = values(member["rounded"], standardised), values(member["raw"], raw.values)
    stated = stated_of(made.metrics, member["id"])["raw"]
    if data.task == "classification":
        before, found = classes_of(before), classes_of(found)
    faults, told = compared(found, raw.truth, stated["figures"])
    more, agreed = (_agreed if before.ndim == 1 else _near)(before, found, stated)
    raw_nodes, nodes = member["raw"]["complexity_mean"], member["complexity_mean"]
    cost = f"{raw_nodes:.4g} nodes, {nodes:.4g} standardised"
    return judged(name, [*faults, *more], f"{agreed}; {told}; {cost}")


def _left_out(data: Dataset, name: str) -> Check:
    """Say why there are no formulas in raw inputs: one number divides them, or none was found."""
    if data.scaler_mean.any() or len(set(data.scaler_scale.tolist())) > 1:
        return unchecked(name, "expressions.json has no formulas in raw inputs")
    return passed(name, f"all inputs are divided by {data.scaler_scale[0]:g}, outside the formulas")


def _agreed(before: np.ndarray, found: np.ndarray, stated: Record) -> tuple[list[str], str]:
    """Say how many of the class numbers (n,) are the same, and what is wrong with that."""
    same, rows, known = int((before == found).sum()), len(before), stated["agreement_test"]
    words, faults = f"{same} of {rows} rows agree", []
    if abs(same - known * rows) > max(ROWS, SHARE * rows):
        faults.append(f"{words}, {known:.6g} of all in metrics.json")
    if rows - same > max(ROWS, _OTHERS * rows):
        faults.append(f"only {words}")
    return faults, words


@np.errstate(all="ignore")
def _near(before: np.ndarray, found: np.ndarray, stated: Record) -> tuple[list[str], str]:
    """Say how far values (n, k) lie apart, and what is wrong with that."""
    apart, known = float(np.sqrt(np.mean((before - found) ** 2))), stated["difference_test"]
    error, least = stated["figures"]["rmse_test"], NEAR[1] * float(before.std())
    words, faults = f"values {apart:.4g} apart (root mean square)", []
    if known is not None and abs(apart - known) > NEAR[0] * known + least:
        faults.append(f"{words}, {known:.4g} in metrics.json")
    if error is not None and apart > _APART * error + least:
        faults.append(f"{words}, where the error is {error:.4g}")
    return faults, words
