"""A table of one's own through the workflow, by config/own.yaml, up to the formulas."""

import json
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from test_image_workflow import folder, snakemake

__all__ = ["folder"]
pytestmark = pytest.mark.slow

_QUICK = """
training:
  symbolnet: {seeds: [0], budgets: [8], effort: 0.1}
"""
_FORMULAS = "results/own/firmware/own/own/expressions"


def test_two_classes_with_unusual_names(folder: Path) -> None:
    values = np.random.default_rng(0).normal(size=(400, 2))
    table = pd.DataFrame(values, columns=["size [m²]", "<b>π & \\x"])
    table["label"] = np.where(values[:, 0] > 0.3, "no & <i>", "ja")
    (folder / "data").mkdir()
    table.to_csv(folder / "data" / "own.csv", index=False)
    (folder / "quick.yaml").write_text(_QUICK)
    targets = [f"{_FORMULAS}.py", f"{_FORMULAS}.tex"]
    snakemake(folder, *targets, "--configfile", "config/own.yaml", "quick.yaml")
    metrics = json.loads((folder / "results/own/training/own/symbolnet/metrics.json").read_text())
    assert max(m["rounded"]["accuracy_test"] for m in metrics["members"]) > 0.9
    module = runpy.run_path(str(folder / f"{_FORMULAS}.py"))
    assert module["FEATURES"] == ["size [m²]", "<b>π & \\x"]
    assert module["predict_raw"]([2.0, 0.0]) == "no & <i>"
    assert module["predict_raw"]([-2.0, 0.0]) == "ja"
