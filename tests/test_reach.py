"""Columns of a table left as they are: what training copes with, what is warned of or refused."""

from pathlib import Path

import numpy as np
import pytest

from symbolnet.config import TableColumns, feature_settings, prepare_settings
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.data.prepare import prepare
from symbolnet.data.table import FeatureTable
from symbolnet.errors import InputError
from symbolnet.pipeline.stages.prepare_dataset import prepare_dataset
from symbolnet.report.warnings.of_data import OF_DATA

NAMES = ("usual", "tiny", "far", "same", "wide")


def table(width: float = 300.0) -> FeatureTable:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(400, 5)) * [2, 1e-4, 1, 0, width] + [5, 0, 90, 7, 0]
    return FeatureTable(x, np.arange(400) % 2, NAMES, ("n", "y"), {})


def prepared(scale: str, width: float = 300.0) -> Dataset:
    settings = TableColumns(train="t.csv", label="y", scale=scale)
    return prepare([table(width)], [], prepare_settings(settings))


def test_columns_stay_as_they_are() -> None:
    data = prepared("none")
    assert (data.scaler_mean == 0).all() and (data.scaler_scale == 1).all()
    assert set(data.x_test[:, 0]) <= set(table().features[:, 0].astype(np.float32))
    assert data.provenance["unreached_features"] == ["tiny", "far"]
    assert data.provenance["constant_features"] == ["same"]


def test_scaled_columns_are_within_reach() -> None:
    for scale in ("standard", "range"):
        assert prepared(scale, width=1e9).provenance["unreached_features"] == []
    assert len(set(prepared("range").scaler_scale)) == 1


def test_values_that_training_cannot_cope_with_end_it_with_what_to_do() -> None:
    with pytest.raises(InputError, match=r"'wide' up to .*e\+09; leave `scale` out"):
        prepared("none", width=1e9)


def test_scaling_is_no_matter_of_reading() -> None:
    """Another scale reads no file again."""
    one, other = (TableColumns(train="t.csv", label="y", scale=s) for s in ("none", "range"))
    assert feature_settings(one) == feature_settings(other)
    assert prepare_settings(one).scale == "none" and prepare_settings(other).scale == "range"


def test_the_page_warns_of_them() -> None:
    data = {"name": "d", "unreached": ["tiny", "far"], "n_inputs": 5, "features": []}
    found = [one for check in OF_DATA for one in check({"models": []}, data)]
    assert [one["kind"] for one in found] == ["unreached"]
    assert "tiny, far" in found[0]["message"] and "scale: none" in found[0]["message"]


def test_the_log_warns_of_them(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    from symbolnet.data.table import save_table

    save_table(tmp_path / "f.npz", table())
    spec = prepare_settings(TableColumns(train="t.csv", label="y", scale="none"))
    prepare_dataset([tmp_path / "f.npz"], tmp_path / "d.npz", spec)
    assert "warning: 2 so small, large or far" in capsys.readouterr().out
    assert load_dataset(tmp_path / "d.npz").feature_names == NAMES
