"""What a config alone shows to be impossible is said before the run, in one line with its key."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from symbolnet.config import FEATURES, MnistImages, RootJets, load_config
from symbolnet.data.sources import parts
from symbolnet.errors import InputError

_TABLE = {"source": "table", "train": "a.csv", "label": "y"}
_REGRESSION = _TABLE | {"task": "regression"}
_BASE: dict[str, Any] = {
    "datasets": ["own"],
    "train": ["fit"],
    "choose": [],
    "training": {"fit": {"method": "paper", "thresholds": "exact"}, "front": {}},
    "choices": {"c": {"training": "fit"}},
}


def config(data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return _BASE | {"data": {"own": data}} | changes


def of_training(**keys: Any) -> dict[str, Any]:
    return {"training": {"fit": keys}, "choices": {}}


FEATURE_MAP = {name: name for name in FEATURES}
FAULTS = [
    (
        config(_TABLE, **of_training(preset="groups")),
        "training.fit: `preset: groups` is no longer a key; write `method: symbolnet` with `bud",
    ),
    (
        config(_TABLE, **of_training(preset="compact", epochs=3)),
        "training.fit: `preset: compact` .* write `method: paper` with `thresholds: exact`",
    ),
    (config(_TABLE, **of_training(method="front")), "method must be symbolnet or paper"),
    (config(_REGRESSION, peers=["bumps"]), r"peers: .* set per_dataset\.own\.peers: \[\]"),
    (config(_REGRESSION, rivals=["mlp"]), r"rivals: .* 'own' is a regression"),
    (
        config(_REGRESSION, choose=["c"], firmware={"argmax": True}),
        "firmware.argmax: 'own' is a regression",
    ),
    (config({"source": "root", "train": ["a.root"], "constituents": None,
             "features": FEATURE_MAP | {"pt": "pt"}}), "exactly zlogz, .*; not pt"),
    (config({"source": "root", "train": ["a.root"], "constituents": None,
             "features": {"zlogz": "z"}}), "exactly zlogz, .*; not c1_b0_mmdt"),
    (config({"source": "root", "train": ["a.root"],
             "constituents": {"mass": "m", "energy": "e"}}), "a mass or an energy, or neither"),
    (config({"source": "root", "train": []}), "data.own.train: name a file at least"),
    (config({"source": "root", "train": ["a", "a"]}), "'a' is there twice"),
    (config(_TABLE | {"test": "a.csv"}), "data.own.train and test: 'a.csv' is there twice"),
    (config(_TABLE | {"train": "a.xlsx"}), "'a.xlsx': expected a file that ends in .csv, "),
    (config({"source": "openml", "file": "a.root"}), "ends in .arff, .csv"),
    (config({"source": "zenodo", "file": "a.csv"}), "ends in .tar.gz"),
    (config(_TABLE | {"split": {"test_fraction": 0}}), "split.test_fraction: must be above 0"),
    (config(_TABLE | {"split": {"validation_fraction": 0}}), "split.validation_fraction: must be"),
    (config(_TABLE | {"split": {"seed": -1}}), "split.seed: .*greater than or equal to 0"),
    (config({"source": "digits", "downsample": 3}), "downsample: must divide the 8 pixels"),
    (config({"source": "svhn", "downsample": 5}), "downsample: must divide the 32 pixels"),
    (config({"source": "digits", "grey": True}), "grey: these images have no colours"),
    (config({"source": "digits", "classes": {"a": 1, "b": 1}}), "the label 1 stands for two"),
    (config({"source": "digits", "classes": {"a": 1, "b": 10}}), "labels are 0 to 9"),
    *((config(_TABLE | {"delimiter": sign}), "delimiter: expected one sign of ASCII")
      for sign in ("", ",,", '"', "\n", "§")),
    (config(_TABLE, datasets=[]), "datasets: name one at least"),
    (config(_TABLE, datasets=["own", "own"]), "datasets: 'own' is there twice"),
    (config(_TABLE, train=["fit", "fit"]), "train: 'fit' is there twice"),
    (config(_TABLE, peers=["bumps", "bumps"]), "peers: 'bumps' is there twice"),
    (config(_TABLE, references=["mlp", "mlp"]), "references: 'mlp' is there twice"),
    (config(_TABLE, **of_training(seeds=[1, 1])), "a seed is there twice"),
    (config(_TABLE, classifiers={"m": {"kind": "mlp", "seed": 2**63}}), "classifiers.m.mlp.seed"),
    (config(_TABLE, firmware={"part": "x; exec rm"}), "firmware.part"),
    (config(_TABLE, choices={"c": {"training": "fit", "complexity_max": float("inf")}}), "finite"),
    (
        config(_TABLE | {"classes": {"a": 1, "b": 2}},
               **of_training(thresholds="exact", method="paper", class_weights={"A": 2})),
        "class_weights: 'own' has no class 'A'",
    ),
    (config(_TABLE, **of_training(robust=3)), "training.fit.robust: 'own' has classes"),
    (
        {"data": {"a": _TABLE, "a-b": _TABLE}, "datasets": ["a", "a-b"], "choose": [],
         "train": ["b-c", "c"],
         "training": {"b-c": {}, "c": {}}},
        "train: two jobs would have the log a-b-c; rename",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("values", "words"), FAULTS)
def test_a_config_that_cannot_run(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as fault:
        load_config(values)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    "data",
    [
        _TABLE,
        _REGRESSION,
        _TABLE | {"test": "b.csv", "split": {"test_fraction": 0}},
        {"source": "root", "train": ["*.root"], "constituents": None, "features": FEATURE_MAP},
        {"source": "npz", "train": "a.npz", "test_rows": {"array": "n"},
         "split": {"test_fraction": 0}},
    ],
)  # fmt: skip
def test_a_config_that_can(data: dict[str, Any]) -> None:
    assert load_config(config(data)).selected("train", "own") == ["fit"]


def test_what_is_not_selected_is_not_looked_at() -> None:
    """Data sets that are always defined need not fit a run that is about others."""
    values = config(_TABLE)
    values["data"]["other"] = {"source": "digits", "downsample": 3}
    assert load_config(values).datasets == ["own"]


def test_one_file_by_two_names(tmp_path: Path) -> None:
    (tmp_path / "a.root").touch()
    (tmp_path / "link.root").symlink_to("a.root")
    jets = RootJets(train=["*.root"])
    with pytest.raises(InputError, match=r"each file once; found .*a.root twice"):
        parts(jets, tmp_path, Path("raw"), Path("downloads"))
    shutil.copy(tmp_path / "a.root", tmp_path / "b.root")
    (tmp_path / "link.root").unlink()
    assert len(parts(jets, tmp_path, Path("raw"), Path("downloads"))) == 2


def test_only_published_files_are_downloaded() -> None:
    images = MnistImages(download=True, train=("a/my-images.gz", "a/my-labels.gz"))
    with pytest.raises(InputError, match=r"a published file: .*; found a/my-images.gz"):
        parts(images, Path("data"), Path("raw"), Path("downloads"))
