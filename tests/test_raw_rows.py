"""The exported Python and C on the test rows of raw files, which `verify` holds to the figures."""

import gzip
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from symbolnet.artifact import read_json, sha256, write_json
from symbolnet.audit.check import Check
from symbolnet.audit.contents import raw_files
from symbolnet.audit.measured import raw_checks
from symbolnet.audit.replay import raw_parts
from symbolnet.config import Choice, Config, SymbolNetTraining, feature_settings, prepare_settings
from symbolnet.data.dataset import load_dataset, save_dataset
from symbolnet.data.prepare import prepare
from symbolnet.data.table import load_table
from symbolnet.expression.assess import metrics_record
from symbolnet.expression.raw_units import in_raw_units
from symbolnet.expression.store import Collection, Extracted, save_collection
from symbolnet.expression.tree import Apply, Constant, Variable
from symbolnet.pipeline.stages.compute_features import compute_features
from symbolnet.pipeline.stages.export_expressions import export_expressions
from symbolnet.pipeline.stages.prepare_dataset import prepare_dataset

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc on PATH")
X = Variable(0)
PASSED = ["passed"] * 3  # the raw units, Python and C
SCORES = (Apply("Mul", (Constant(-1), X)), X)  # of the first and the second class
VALUE = (Apply("Add", (Constant(50.5), Apply("Mul", (Constant(29), X)))),)


def rows(number: int = 400) -> pd.DataFrame:
    """Return a time of 1.7e9 s, whose last two digits tell the class."""
    seconds = np.random.default_rng(0).integers(0, 100, number)
    other = np.random.default_rng(1).normal(size=number)
    label = np.where(seconds > 49, "late", "early")
    return pd.DataFrame({"time": 1.7e9 + seconds, "other": other, "y": label})


def stored(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    path = folder / name
    folder.mkdir(exist_ok=True)
    if name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        text = "\ufeff" + frame.to_csv(index=False) + "\n"
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def config_of(path: Path, **own: Any) -> Config:
    data = {"own": {"source": "table", "train": path.name, "label": "y"} | own}
    return Config.model_validate(
        {
            "run": "r",
            "data_dir": str(path.parent),
            "datasets": ["own"],
            "train": ["front"] if own.get("task") != "regression" else ["q"],
            "choose": ["own"],
            "data": data,
            "training": {
                "front": SymbolNetTraining().model_dump(),
                "q": {"method": "paper", "thresholds": "exact"},
            },
            "choices": {
                "own": Choice(
                    training="front" if own.get("task") != "regression" else "q"
                ).model_dump()
            },
        }
    )


def run_of(folder: Path, config: Config) -> Path:
    """Make what the checks read: the data set, a formula of the first input, its figures."""
    settings, data = config.data["own"], folder / "data/own"
    for part in raw_parts(config, folder, "own"):
        features = data / "features" / f"{part.name}.npz"
        compute_features(part.files, features, feature_settings(settings))
    train, test = (sorted((data / "features").glob(f"{name}*.npz")) for name in ("train", "test"))
    prepare_dataset(train, data / "dataset.npz", prepare_settings(settings), test)
    measured(folder)
    return folder


def measured(folder: Path) -> None:
    path, chosen = folder / "data/own/dataset.npz", folder / "firmware/own/own"
    data = load_dataset(path)
    formulas = SCORES if data.task == "classification" else VALUE
    member = Extracted("m", None, formulas, formulas, in_raw_units(formulas, data))
    collection = Collection(2, data.feature_names, data.class_names, (member,))
    save_collection(chosen / "expressions.json", collection)
    metrics = metrics_record(collection, {}, data)
    write_json(
        folder
        / "training/own"
        / ("front" if data.task == "classification" else "q")
        / "metrics.json",
        metrics,
    )
    texts = (chosen / f"expressions.{ending}" for ending in ("tex", "py", "c"))
    export_expressions(chosen / "expressions.json", path, *texts)


def checks(folder: Path, config: Config, quick: bool = False) -> list[Check]:
    raw = raw_files(config, folder)
    inputs = [{"dataset": "own", "path": one.name, "sha256": sha256(one.path)} for one in raw]
    return list(raw_checks(folder, {"inputs": inputs}, config, quick))


@needs_gcc
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_python_and_c_agree_with_the_figures(name: str, tmp_path: Path) -> None:
    config = config_of(stored(tmp_path / "raw", name, rows()))
    run = run_of(tmp_path / "run", config)
    metrics = read_json(run / "training/own/front/metrics.json")
    stated = metrics["members"][0]["rounded"]["accuracy_test"]
    assert stated > 0.95
    found = checks(run, config)
    assert [check.outcome for check in found] == PASSED, found
    assert all(f"accuracy {stated:.6g} on" in check.detail for check in found)


@needs_gcc
def test_classes_left_out_and_a_file_for_the_test(tmp_path: Path) -> None:
    frame = rows()
    frame.loc[::5, "y"] = "neither"
    path = stored(tmp_path / "raw", "t.csv", frame[:250])
    stored(tmp_path / "raw", "u.csv", frame[250:])
    config = config_of(path, test="u.csv", classes={"a": "early", "b": "late"}, limit=150)
    run = run_of(tmp_path / "run", config)
    shutil.rmtree(run / "data/own/features")  # as in a bundle
    assert [check.outcome for check in checks(run, config)] == PASSED


@needs_gcc
@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_booleans_and_a_quantity(name: str, tmp_path: Path) -> None:
    frame = rows()
    truth = config_of(
        stored(tmp_path / "b", name, frame.assign(y=frame["y"] == "late")),
        classes={"early": False, "late": True},
    )
    run = run_of(tmp_path / "boolean", truth)
    assert [check.outcome for check in checks(run, truth)] == PASSED
    quantity = frame.assign(y=frame["time"] - 1.7e9 + frame["other"])
    config = config_of(stored(tmp_path / "q", name, quantity), task="regression")
    run = run_of(tmp_path / "quantity", config)
    found = checks(run, config)
    assert [check.outcome for check in found] == PASSED, found
    assert all("root mean square error" in one.detail for one in found)


def test_inputs_cut_before_they_were_centred_are_noticed(tmp_path: Path) -> None:
    config = config_of(stored(tmp_path / "raw", "t.csv", rows()))
    run = run_of(tmp_path / "run", config)
    table = load_table(run / "data/own/features/train-0000.npz")
    cut = table._replace(features=table.features.astype(np.float32).astype(np.float64))
    spec = prepare_settings(config.data["own"])
    save_dataset(run / "data/own/dataset.npz", prepare([cut], [], spec))
    measured(run)
    found = checks(run, config, quick=True)[1]
    assert found.outcome == "failed" and "in metrics.json" in found.detail


def test_other_text_is_not_run(tmp_path: Path) -> None:
    config = config_of(stored(tmp_path / "raw", "t.csv", rows()))
    run = run_of(tmp_path / "run", config)
    ran = tmp_path / "ran"
    with (run / "firmware/own/own/expressions.py").open("a") as stream:
        stream.write(f"\nopen({str(ran)!r}, 'w')\n")
    found = checks(run, config, quick=True)[1]
    assert found.outcome == "failed" and "was not run" in found.detail and not ran.exists()


def test_missing_and_changed_files_cannot_be_checked(tmp_path: Path) -> None:
    path = stored(tmp_path / "raw", "t.csv", rows())
    config = config_of(path)
    run = run_of(tmp_path / "run", config)
    manifest = {"inputs": [{"dataset": "own", "path": "t.csv", "sha256": "0"}]}
    changed = next(raw_checks(run, manifest, config, True))
    assert changed.outcome == "unchecked" and "not those of the run" in changed.detail
    path.unlink()
    absent = next(raw_checks(run, manifest, config, True))
    assert absent.outcome == "unchecked" and "--data" in absent.detail
    (run / "data/own/dataset.npz").unlink()
    assert next(raw_checks(run, manifest, config, True)).outcome == "unchecked"
