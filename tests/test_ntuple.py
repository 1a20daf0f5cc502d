"""Flat branches of ROOT files as tables: TTree and RNTuple, numbers and texts, and what is none."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from jets import write_rntuple, write_tree
from symbolnet.config import TableColumns
from symbolnet.data.readers.columns import input_names, read_columns
from symbolnet.errors import InputError
from symbolnet.pipeline.asked import Asked, config_of

ROWS = 60


def ntuple(path: Path, kind: str = "tree") -> Path:
    """Two flat inputs, one of whole numbers, two labels, and a jagged branch."""
    generator = np.random.default_rng(0)
    columns = {
        "pt": ak.Array(generator.normal(50, 9, ROWS).astype(np.float32)),
        "n": ak.Array(np.arange(ROWS, dtype=np.int32)),
        "hits": ak.Array([[1.0] * (i % 3) for i in range(ROWS)]),
        "code": ak.Array(np.arange(ROWS, dtype=np.int64) % 3),
    }
    if kind == "tree":
        return write_tree(path, columns, "Events")
    texts = ak.Array(["signal" if i % 2 else "other" for i in range(ROWS)])
    return write_rntuple(path, columns | {"kind": texts}, "Events")


def settings(**values: object) -> TableColumns:
    return TableColumns.model_validate({"train": "a.root", "label": "code"} | values)


@pytest.mark.parametrize("kind", ["tree", "rntuple"])
def test_flat_branches_are_columns(tmp_path: Path, kind: str) -> None:
    path, chosen = ntuple(tmp_path / "a.root", kind), settings(keep=["pt", "n"], tree="Events")
    table = read_columns(path, chosen)
    assert sorted(table.feature_names) == ["n", "pt"] and table.features.shape == (ROWS, 2)
    assert np.array_equal(table.features[:, table.feature_names.index("n")], np.arange(ROWS))
    assert table.class_names == ("0", "1", "2") and table.label[:4].tolist() == [0, 1, 2, 0]
    assert "hits" not in input_names(path, settings())


def test_a_branch_of_texts_is_a_label_and_no_input(tmp_path: Path) -> None:
    path = ntuple(tmp_path / "a.root", "rntuple")
    table = read_columns(path, settings(label="kind"))
    assert table.class_names == ("other", "signal") and sorted(table.feature_names) == [
        "code",
        "n",
        "pt",
    ]
    with pytest.raises(InputError, match="numbers in the inputs; found texts in kind"):
        read_columns(path, settings())


def test_faults_name_trees_and_branches(tmp_path: Path) -> None:
    path = ntuple(tmp_path / "a.root")
    with pytest.raises(InputError, match=r"a tree 'Event'.*near ones: 'Events'"):
        read_columns(path, settings(tree="Event"))
    with pytest.raises(InputError, match=r"a column 'hits' in a\.root"):
        read_columns(path, settings(keep=["hits"]))
    with uproot.update(path) as file:
        file.mktree("Other", {"x": "f8"})
    with pytest.raises(InputError, match=r"one tree.*'Events', 'Other'.*with --tree"):
        config_of(Asked(path, "code"), tmp_path)
    config = config_of(Asked(path, "code", tree="Events"), tmp_path)
    assert config["run"] == "a" and config["data"]["a"]["tree"] == "Events"
