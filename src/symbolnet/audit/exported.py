"""The exported Python and C, run on rows as they stand in the raw files."""

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symbolnet.artifact import read_json
from symbolnet.audit.check import Check, failed, judged, unchecked
from symbolnet.audit.raw import RawRows
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.expression.c import c_file
from symbolnet.expression.python import module
from symbolnet.expression.store import load_expressions

Record = dict[str, Any]
# Rows on which the exports and the figures may differ: inputs are stored in single precision, so a
# score that is another by 1e-7 can be the larger one.
_ROWS, _SHARE = 1.5, 1e-3
_NEAR = 1e-3, 1e-5  # of a root mean square error: relative to itself, and to the targets' spread
_MAIN = """
#include <stdio.h>
#include "expressions.c"

int main(void)
{{
    double raw[FEATURES], x[FEATURES], y[OUTPUTS];
    while (fread(raw, sizeof raw, 1, stdin) == 1) {{
        standardise(raw, x);
        {call}
        fwrite(y, sizeof y[0], {width}, stdout);
    }}
    return 0;
}}
"""
_CALLS = {
    "classification": ("y[0] = predict(x);", "1"),
    "regression": ("scores(x, y);", "OUTPUTS"),
}


class Made(NamedTuple):
    """What a run made of a choice: its folder, the metrics of its training, its data set."""

    folder: Path
    metrics: Path
    dataset: Path


def check_export(language: str, made: Made, raw: RawRows, name: str) -> Check:
    """Run the exports of a chosen model on the raw test rows, and hold them to metrics.json.

    Nothing stored is run: the text is written again from the formulas, and must be the stored one.
    """
    file, write, run = LANGUAGES[language]
    if language == "C" and shutil.which("gcc") is None:
        return unchecked(name, "gcc is not on PATH: install it (Debian: apt install gcc)")
    model, data = load_expressions(made.folder / "expressions.json"), load_dataset(made.dataset)
    if not np.array_equal(raw.truth, data.y_test):
        return failed(name, "the raw rows have other labels than the test rows of the data set")
    text = write(model, data.scaler_mean.tolist(), data.scaler_scale.tolist(), data.task)
    if text != (made.folder / file).read_text(encoding="utf-8"):
        return failed(name, f"{file} is not what its formulas give, and was not run")
    with tempfile.TemporaryDirectory(prefix="symbolnet-") as scratch:
        (Path(scratch) / file).write_text(text, encoding="utf-8")
        found = run(Path(scratch), data, raw.values)
    stated = _stated(made.metrics, model.model)
    judge = _judged_classes if data.task == "classification" else _judged_values
    return judge(found, raw.truth, stated, name)


def _stated(metrics: Path, model: str) -> Record:
    members = read_json(metrics)["members"]
    return next(member["rounded"] for member in members if member["id"] == model)


def _judged_classes(found: np.ndarray, truth: np.ndarray, stated: Record, name: str) -> Check:
    """Compare the accuracy of class numbers (n,), -1 for none."""
    accuracy, before = float((found == truth).mean()), stated["accuracy_test"]
    fault = abs(accuracy - before) * len(truth) > max(_ROWS, _SHARE * len(truth))
    faults = [f"accuracy {accuracy:.6g} on {len(truth)} raw rows, {before:.6g} in metrics.json"]
    return judged(name, faults if fault else [], f"accuracy {accuracy:.6g} on {len(truth)} rows")


def _judged_values(found: np.ndarray, truth: np.ndarray, stated: Record, name: str) -> Check:
    """Compare the root mean square error of values (n, k)."""
    with np.errstate(all="ignore"):
        error, before = float(np.sqrt(np.mean((found - truth) ** 2))), stated["rmse_test"]
    words = f"root mean square error {error:.6g} on {len(truth)} raw rows"
    if before is None or not np.isfinite(error):
        same = before is None and not np.isfinite(error)
    else:
        same = abs(error - before) <= _NEAR[0] * before + _NEAR[1] * truth.std()
    return judged(name, [] if same else [f"{words}, {before} in metrics.json"], words)


def _by_python(folder: Path, data: Dataset, values: np.ndarray) -> np.ndarray:
    spec = importlib.util.spec_from_file_location("exported", folder / "expressions.py")
    assert spec is not None and spec.loader is not None  # a file that is there
    exported = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(exported)
    given = [exported.predict_raw(row) for row in values.tolist()]
    if data.task == "regression":
        return np.array([[row[target] for target in data.class_names] for row in given])
    number = {name: place for place, name in enumerate(data.class_names)}
    return np.array([-1 if one is None else number[one] for one in given])


def _by_c(folder: Path, data: Dataset, values: np.ndarray) -> np.ndarray:
    call, width = _CALLS[data.task]
    (folder / "main.c").write_text(_MAIN.format(call=call, width=width), encoding="utf-8")
    flags = ["-std=c99", "-O1", "-w", "-ffp-contract=off"]
    command = ["gcc", *flags, "main.c", "-o", "exported", "-lm"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    given = np.ascontiguousarray(values, np.float64).tobytes()
    done = subprocess.run([folder / "exported"], input=given, check=True, capture_output=True)
    found = np.frombuffer(done.stdout).reshape(len(values), -1)
    return found if data.task == "regression" else found[:, 0].astype(np.int64)


LANGUAGES: dict[str, tuple[str, Callable[..., str], Callable[..., np.ndarray]]] = {
    "Python": ("expressions.py", module, _by_python),
    "C": ("expressions.c", c_file, _by_c),
}
