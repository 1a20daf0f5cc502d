"""The exported Python and C of a run, and its raw units, measured again on raw test rows."""

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.artifact import Record, read_json
from symbolnet.audit import integrity
from symbolnet.audit.check import Check, failed, guarded, judged, passed, unchecked
from symbolnet.audit.formulas import classes_of, values
from symbolnet.audit.raw import RawRows, raw_test_rows
from symbolnet.audit.replay import raw_parts
from symbolnet.config import Config
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.expression.export.c import c_file
from symbolnet.expression.export.python import module
from symbolnet.expression.store import load_expressions
from symbolnet.files import file_of, origin_of

# Rows on which the exports and the figures may differ: inputs are stored in single precision, so a
# score that is another by 1e-7 can be the larger one.
ROWS, SHARE = 1.5, 1e-3
NEAR = 1e-3, 1e-5  # of a root mean square error: relative to itself, and to the targets' spread
_MAIN = """
#include <stdio.h>
#include "expressions.c"

int main(void)
{{
    double raw[FEATURES], x[FEATURES], y[OUTPUTS];
    while (fread(raw, sizeof raw, 1, stdin) == 1) {{
        standardise(raw, x);
        {standardised}
        fwrite(y, sizeof y[0], {width}, stdout);
        {raw}
        fwrite(y, sizeof y[0], {width}, stdout);
    }}
    return 0;
}}
"""
_CALLS = {
    "classification": {
        "standardised": "y[0] = predict_standardised(x);",
        "raw": "y[0] = predict_raw(raw);",
        "width": "1",
    },
    "regression": {
        "standardised": "scores_standardised(x, y);",
        "raw": "scores_raw(raw, y);",
        "width": "OUTPUTS",
    },
}


Outputs = dict[str, np.ndarray]  # of "standardised" and of "raw" features


class Made(NamedTuple):
    """What a run made of a choice: its folder, the metrics of its training, its data set."""

    folder: Path
    metrics: Path
    dataset: Path


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


def check_export(language: str, made: Made, raw: RawRows, name: str) -> Check:
    """Run the exports of a chosen model on the raw test rows, and hold them to metrics.json.

    Nothing stored is run: the text is written again from the formulas, and must be the stored one.
    """
    file, write, run = LANGUAGES[language]
    if language == "C" and shutil.which("gcc") is None:
        return unchecked(name, "gcc is not on PATH: install it (Debian: apt install gcc)")
    model, data = load_expressions(made.folder / file_of("expressions")), load_dataset(made.dataset)
    if not np.array_equal(raw.truth, data.y_test):
        return failed(name, "the raw rows have other labels than the test rows of the data set")
    text = write(model, data.scaler_mean.tolist(), data.scaler_scale.tolist(), data.task)
    if text != (made.folder / file).read_text(encoding="utf-8"):
        return failed(name, f"{file} is not what its formulas give, and was not run")
    with tempfile.TemporaryDirectory(prefix="symbolnet-") as scratch:
        (Path(scratch) / file).write_text(text, encoding="utf-8")
        found = run(Path(scratch), data, raw.values)
    return _judged(found, raw.truth, stated_of(made.metrics, model.model), name)


def stated_of(metrics: Path, model: str) -> Record:
    """Return the entry of a model in metrics.json."""
    members: list[Record] = read_json(metrics)["members"]
    return next(member for member in members if member["id"] == model)


def _judged(found: Outputs, truth: np.ndarray, stated: Record, name: str) -> Check:
    """Compare the outputs of standardised and of raw features with the figures of each."""
    rounded = stated["rounded"]
    figures = {"standardised": rounded, "raw": (stated.get("raw") or {}).get("figures", rounded)}
    told = {kind: compared(found[kind], truth, one) for kind, one in figures.items()}
    faults = [f"{kind}: {fault}" for kind, (wrong, _) in told.items() for fault in wrong]
    return judged(name, faults, "; ".join(f"{kind}: {words}" for kind, (_, words) in told.items()))


def compared(found: np.ndarray, truth: np.ndarray, stated: Record) -> tuple[list[str], str]:
    """Hold class numbers (n,), -1 for none, or values (n, k) to figures; say what is wrong."""
    return (_classes if found.ndim == 1 else _values)(found, truth, stated)


def _classes(found: np.ndarray, truth: np.ndarray, stated: Record) -> tuple[list[str], str]:
    accuracy, before = float((found == truth).mean()), stated["accuracy_test"]
    wrong = abs(accuracy - before) * len(truth) > max(ROWS, SHARE * len(truth))
    words = f"accuracy {accuracy:.6g} on {len(truth)} rows"
    return ([f"{words}, {before:.6g} in metrics.json"] if wrong else []), words


def _values(found: np.ndarray, truth: np.ndarray, stated: Record) -> tuple[list[str], str]:
    with np.errstate(all="ignore"):
        error, before = float(np.sqrt(np.mean((found - truth) ** 2))), stated["rmse_test"]
    words = f"root mean square error {error:.6g} on {len(truth)} rows"
    if before is None or not np.isfinite(error):
        same = before is None and not np.isfinite(error)
    else:
        same = abs(error - before) <= NEAR[0] * before + NEAR[1] * truth.std()
    return ([] if same else [f"{words}, {before} in metrics.json"]), words


def _by_python(folder: Path, data: Dataset, values: np.ndarray) -> Outputs:
    spec = importlib.util.spec_from_file_location("exported", folder / "expressions.py")
    assert spec is not None and spec.loader is not None  # a file that is there
    exported = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(exported)
    rows = values.tolist()
    given = {
        "standardised": [exported.predict_standardised(exported.standardise(row)) for row in rows],
        "raw": [exported.predict_raw(row) for row in rows],
    }
    if data.task == "regression":
        names = data.class_names
        return {kind: np.array([[row[n] for n in names] for row in g]) for kind, g in given.items()}
    number = {None: -1} | {name: place for place, name in enumerate(data.class_names)}
    return {kind: np.array([number[one] for one in answers]) for kind, answers in given.items()}


def _by_c(folder: Path, data: Dataset, values: np.ndarray) -> Outputs:
    (folder / "main.c").write_text(_MAIN.format(**_CALLS[data.task]), encoding="utf-8")
    flags = ["-std=c99", "-O1", "-w", "-ffp-contract=off"]
    command = ["gcc", *flags, "main.c", "-o", "exported", "-lm"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    given = np.ascontiguousarray(values, np.float64).tobytes()
    done = subprocess.run([folder / "exported"], input=given, check=True, capture_output=True)
    found = np.frombuffer(done.stdout).reshape(len(values), 2, -1)
    kinds = {"standardised": found[:, 0], "raw": found[:, 1]}
    if data.task == "regression":
        return kinds
    return {kind: one[:, 0].astype(np.int64) for kind, one in kinds.items()}


LANGUAGES: dict[str, tuple[str, Callable[..., str], Callable[..., Outputs]]] = {
    "Python": ("expressions.py", module, _by_python),
    "C": ("expressions.c", c_file, _by_c),
}
