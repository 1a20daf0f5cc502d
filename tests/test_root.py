"""Reading ROOT files: layouts, selections, and one clear line for everything that is wrong."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from jets import random_jets, write_rntuple, write_tree
from symbolnet.config import Constituents, GeneratedJets, RootJets
from symbolnet.data.features import feature_table
from symbolnet.data.readers.root import read_root
from symbolnet.data.symbols import JETS
from symbolnet.data.table import FEATURES, FeatureTable
from symbolnet.errors import InputError

MASSIVE = RootJets(train=[], constituents=Constituents(mass="mass"))
WRITERS = [write_tree, write_rntuple]


def changed(**values: object) -> RootJets:
    return MASSIVE.model_copy(update=values)


def flat_jets(number: int = 20) -> dict[str, ak.Array]:
    generator = np.random.default_rng(0)
    columns = {f"f_{name}": ak.Array(generator.normal(size=number)) for name in FEATURES}
    return columns | {"label": ak.Array(np.arange(number, dtype=np.int64) % 5)}


FLAT = changed(constituents=None, features={name: f"f_{name}" for name in FEATURES})


def same(one: FeatureTable, other: FeatureTable) -> bool:
    return np.array_equal(one.features, other.features) and np.array_equal(one.label, other.label)


@pytest.mark.parametrize("write", WRITERS)
def test_features_labels_and_provenance(tmp_path: Path, write) -> None:
    path = write(tmp_path / "x.root", random_jets(25, seed=0))
    table = read_root(path, MASSIVE)
    assert table.features.shape == (25, 16)
    assert table.label.tolist() == [0, 1, 2, 3, 4] * 5
    assert (table.feature_names, table.class_names) == (FEATURES, ("g", "q", "w", "z", "t"))
    assert table.symbols == JETS
    assert table.provenance["file"] == "x.root"
    assert table.provenance["entries"] == 25
    assert table.provenance["jets"] == dict.fromkeys("gqwzt", 5)


def test_tree_and_rntuple_hold_the_same(tmp_path: Path) -> None:
    jets = random_jets(25, seed=0)
    tables = [read_root(write(tmp_path / "x.root", jets), MASSIVE) for write in WRITERS]
    assert same(*tables)


@pytest.mark.parametrize("write", WRITERS)
def test_chunks_do_not_show(tmp_path: Path, write) -> None:
    path = write(tmp_path / "x.root", random_jets(60, seed=0))
    assert same(read_root(path, changed(chunk="1 kB")), read_root(path, MASSIVE))


@pytest.mark.parametrize("write", WRITERS)
def test_limit_keeps_the_first(tmp_path: Path, write) -> None:
    path = write(tmp_path / "x.root", random_jets(60, seed=0))
    few, all_of_them = read_root(path, changed(limit=11)), read_root(path, MASSIVE)
    assert np.array_equal(few.features, all_of_them.features[:11])


def test_classes_select_and_order(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "x.root", random_jets(25, seed=0))
    table = read_root(path, changed(classes={"t": 4, "g": 0}))
    whole = read_root(path, MASSIVE)
    assert table.class_names == ("t", "g")
    assert table.label.tolist() == [1, 0] * 5
    assert np.array_equal(table.features, whole.features[np.isin(whole.label, (0, 4))])


def test_text_labels(tmp_path: Path) -> None:
    jets = random_jets(5, seed=0) | {"label": ak.Array(["top", "W", "other", "top", "W"])}
    path = write_rntuple(tmp_path / "x.root", jets)
    table = read_root(path, changed(classes={"w": "W", "t": "top"}))
    assert table.label.tolist() == [1, 0, 1, 0]


def test_constituents_of_a_record_and_names_with_signs(tmp_path: Path) -> None:
    jets = random_jets(25, seed=0)
    whole = read_root(write_tree(tmp_path / "x.root", jets), MASSIVE)
    cells = ak.zip({name: jets[name] for name in ("pt", "eta", "phi")})
    columns = {"cells": cells, "of/mass": jets["mass"], "a.label": jets["label"]}
    path = write_rntuple(tmp_path / "r.root", columns)
    inside = {name: f"cells.{name}" for name in ("pt", "eta", "phi")}
    named = changed(constituents=Constituents(**inside, mass="of/mass"), label="a.label")
    assert same(read_root(path, named), whole)
    assert same(read_root(path, named.model_copy(update={"chunk": "1 kB"})), whole)
    columns = {"cell/pt": jets["pt"], "cell/eta": jets["eta"], "other/pt": jets["phi"]}
    path = write_tree(tmp_path / "t.root", columns | {"mass": jets["mass"], "l.l": jets["label"]})
    constituents = Constituents(pt="cell/pt", eta="cell/eta", phi="other/pt", mass="mass")
    assert same(read_root(path, changed(constituents=constituents, label="l.l")), whole)


@pytest.mark.parametrize("write", WRITERS)
def test_every_name_that_the_check_lists_can_be_read(tmp_path: Path, write) -> None:
    jets = random_jets(5, seed=0)
    path = write(tmp_path / "x.root", {f"a/b.{n}": array for n, array in jets.items()})
    message = fault(path, changed(constituents=Constituents(pt="pt")))
    assert "'a/b.pt'" in message
    names = {name: f"a/b.{name}" for name in ("pt", "eta", "phi", "mass")}
    settings = changed(constituents=Constituents(**names), label="a/b.label")
    assert len(read_root(path, settings).label) == 5


@pytest.mark.parametrize("shift", [0.0, 2.9])
def test_phi_in_degrees_is_refused_or_converted(tmp_path: Path, shift: float) -> None:
    jets = random_jets(25, seed=0)
    turned = jets | {"phi": ak.values_astype(jets["phi"] + shift, np.float64)}
    degrees = turned | {"phi": np.rad2deg(turned["phi"])}
    path = write_tree(tmp_path / "d.root", degrees)
    assert "phi in radians" in fault(path, MASSIVE)
    assert "set `phi_unit: degrees`" in fault(path, MASSIVE)
    settings = changed(constituents=Constituents(mass="mass", phi_unit="degrees"))
    same_jets = read_root(write_tree(tmp_path / "r.root", turned), MASSIVE)
    np.testing.assert_allclose(read_root(path, settings).features, same_jets.features, rtol=1e-6)
    far = write_tree(tmp_path / "f.root", degrees | {"phi": degrees["phi"] + 1000})
    assert "phi in degrees (at most 450)" in fault(far, settings)


def test_energy_instead_of_mass(tmp_path: Path) -> None:
    jets = random_jets(30, seed=0)
    momentum = jets["pt"] * np.cosh(jets["eta"])
    energy = ak.values_astype(np.hypot(momentum, jets["mass"]), np.float64)
    path = write_tree(tmp_path / "x.root", jets | {"e": energy})
    one = read_root(path, MASSIVE)
    other = read_root(path, changed(constituents=Constituents(energy="e")))
    np.testing.assert_allclose(one.features, other.features, rtol=1e-3, atol=0.05)
    massless = read_root(path, changed(constituents=Constituents()))
    assert not np.allclose(one.features[:, 14], massless.features[:, 14], rtol=1e-6)


def test_fixed_length_lists_padded_with_zeros(tmp_path: Path) -> None:
    jets = random_jets(20, seed=0)
    padded = {
        name: ak.to_regular(ak.fill_none(ak.pad_none(jets[name], 50), np.float32(0.0)))
        for name in ("pt", "eta", "phi", "mass")
    }
    with uproot.recreate(tmp_path / "p.root") as file:
        arrays = {name: ak.to_numpy(array) for name, array in padded.items()}
        arrays["label"] = ak.to_numpy(jets["label"])
        kinds = {name: (array.dtype, array.shape[1:]) for name, array in arrays.items()}
        file.mktree("jets", kinds).extend(arrays)
    whole = read_root(write_tree(tmp_path / "x.root", jets), MASSIVE)
    assert same(read_root(tmp_path / "p.root", MASSIVE), whole)


@pytest.mark.parametrize("write", WRITERS)
def test_flat_features(tmp_path: Path, write) -> None:
    jets = flat_jets()
    table = read_root(write(tmp_path / "x.root", jets), FLAT)
    assert table.features[:, 3].tolist() == ak.to_list(jets[f"f_{FEATURES[3]}"])


def test_jets_without_constituents_are_left_out_and_counted(tmp_path: Path) -> None:
    jets = {name: ak.Array([[], [], []]) for name in ("pt", "eta", "phi", "mass")}
    full = {name: ak.values_astype(ak.Array([[], [1.0], [0.0]]), np.float32) for name in jets}
    path = write_tree(tmp_path / "x.root", full | {"label": ak.Array([0, 1, 2])})
    table = read_root(path, MASSIVE)
    assert table.label.tolist() == [1]
    assert table.provenance["without_constituents"] == 2
    assert table.features[0, FEATURES.index("multiplicity")] == 1


def test_generated_jets_are_read_by_the_same_reader(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "g-0.root", random_jets(10, seed=0))
    assert same(feature_table([path], GeneratedJets()), read_root(path, MASSIVE))


def test_tree_in_a_folder_and_a_colon_in_the_name(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "a:b.root", random_jets(5, seed=0), tree="deep/jets")
    assert len(read_root(path, changed(tree="deep/jets")).label) == 5


def fault(path: Path, settings: RootJets = MASSIVE) -> str:
    with pytest.raises(InputError) as caught:
        read_root(path, settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("write", WRITERS)
def test_wrong_branch_lists_near_ones(tmp_path: Path, write) -> None:
    jets = random_jets(5, seed=0)
    path = write(tmp_path / "x.root", {f"cell_{name}": array for name, array in jets.items()})
    assert "'pt'" in fault(path) and "'cell_pt'" in fault(path)
    typing_error = changed(constituents=Constituents(pt="cel_pt", eta="cell_eta", phi="cell_phi"))
    assert "near ones: 'cell_pt'" in fault(path, typing_error)


def test_wrong_label_branch(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "x.root", random_jets(5, seed=0))
    assert "'labels'" in fault(path, changed(label="labels"))


@pytest.mark.parametrize("write", WRITERS)
def test_wrong_tree_lists_near_ones(tmp_path: Path, write) -> None:
    path = write(tmp_path / "x.root", random_jets(5, seed=0), "jetss")
    assert "a tree 'jets' in x.root; found none; near ones: 'jetss'" in fault(path)


def test_no_tree_at_all(tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "x.root") as file:
        file["h"] = np.histogram([1.0, 2.0])
    assert "found none at all" in fault(tmp_path / "x.root")


def test_empty_tree(tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mktree("jets", {name: a.type.content for name, a in random_jets(1, seed=0).items()})
    assert "at least one entry" in fault(tmp_path / "x.root")


def test_missing_file(tmp_path: Path) -> None:
    assert "expected a ROOT file" in fault(tmp_path / "none.root")
    assert "expected a ROOT file" in fault(tmp_path)


@pytest.mark.parametrize("content", [b"", b"root", b"garbage" * 1000, b"root" + b"\0" * 1000])
def test_garbage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.root").write_bytes(content)
    assert "x.root" in fault(tmp_path / "x.root")


def test_truncated(tmp_path: Path) -> None:
    content = write_tree(tmp_path / "x.root", random_jets(50, seed=0)).read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        (tmp_path / "cut.root").write_bytes(content[: int(share * len(content))])
        assert "cut.root" in fault(tmp_path / "cut.root")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("pt", np.nan, "finite values"),
        ("eta", np.inf, "finite values"),
        ("phi", -np.inf, "finite values"),
        ("mass", np.nan, "finite values"),
        ("pt", -1.0, "above 0"),
        ("eta", 200.0, "|eta| below 100"),
        ("pt", 1e30, "finite values below 1e+09"),
    ],
)
def test_values_that_are_no_jets(tmp_path: Path, name: str, value: float, words: str) -> None:
    jets = random_jets(50, seed=0, low=3)
    counts = ak.num(jets[name])
    flat = ak.to_numpy(ak.flatten(jets[name])).copy()
    flat[int(ak.sum(counts[:33])) + 1] = value
    jets[name] = ak.unflatten(flat, counts)
    path = write_tree(tmp_path / "x.root", jets)
    for settings in (MASSIVE, changed(chunk="1 kB")):
        message = fault(path, settings)
        assert words in message and f"of {name} in x.root" in message
        assert "the first in entry 33" in message
    assert len(read_root(path, changed(classes={"g": 0})).label) == 10  # entry 33 is a z


def test_flat_features_that_are_not_finite(tmp_path: Path) -> None:
    jets = flat_jets()
    broken = ak.to_numpy(jets["f_zlogz"]).copy()
    broken[7] = np.nan
    path = write_tree(tmp_path / "x.root", jets | {"f_zlogz": ak.Array(broken)})
    assert "zlogz in x.root; found 1 jets with others, the first in entry 7" in fault(path, FLAT)


def test_flat_features_must_be_the_sixteen(tmp_path: Path) -> None:
    features = {name: name for name in FEATURES[1:]} | {"tau21": "tau21"}
    message = fault(tmp_path / "x.root", changed(constituents=None, features=features))
    assert "missing or unknown: tau21, zlogz" in message


def test_lists_of_different_lengths(tmp_path: Path) -> None:
    jets = random_jets(5, seed=0, low=2)
    path = write_tree(tmp_path / "x.root", jets | {"eta": jets["eta"][:, 1:]})
    assert "lists of one length in entry 0 of x.root" in fault(path)


def test_numbers_where_lists_are_expected_and_the_reverse(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "x.root", random_jets(5, seed=0))
    message = fault(path, changed(constituents=Constituents(mass="label")))
    assert "a list of numbers per jet in branch 'label'" in message and "int32" in message
    assert "a number per jet in branch 'pt'" in fault(path, changed(label="pt"))


def test_labels_of_another_kind(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "x.root", random_jets(5, seed=0))
    message = fault(path, changed(classes={"t": "top", "w": "W"}))
    assert "labels ['top', 'W']; found none in 5 entries, whose labels are '0', '1'" in message


def test_no_jet_of_the_classes(tmp_path: Path) -> None:
    path = write_tree(tmp_path / "x.root", random_jets(5, seed=0))
    assert "jets of labels [7, 8]; found none in 5 entries" in fault(
        path, changed(classes={"a": 7, "b": 8})
    )


def test_whole_events_are_not_jets(tmp_path: Path) -> None:
    jets = random_jets(3, seed=0, low=1500, high=1600)
    path = write_tree(tmp_path / "x.root", jets)
    assert "at most 1000 constituents" in fault(path)


@pytest.mark.parametrize(
    "name", ["pfnano.root", "nano_dy.root", "ggHHbbbb_PU200_data_chunk_8.root"]
)
def test_other_real_layouts_get_a_clear_line(shared_data: Path, name: str) -> None:
    path = shared_data / "jets_root" / name
    assert "expected a tree 'jets'" in fault(path)
    tree = "data" if name.startswith("gg") else "Events"
    assert "a branch 'pt'" in fault(path, changed(tree=tree))


def test_real_nested_lists_get_a_clear_line(shared_data: Path) -> None:
    path = shared_data / "jets_root" / "ggHHbbbb_PU200_data_chunk_8.root"
    branches = Constituents(pt="nn_inputs", eta="nn_inputs", phi="nn_inputs")
    settings = changed(tree="data", constituents=branches, label="class_label")
    assert "a list of numbers per jet in branch 'nn_inputs'" in fault(path, settings)


def test_real_jets(shared_data: Path) -> None:
    branches = Constituents(pt="cell_pt", eta="cell_deta", phi="cell_dphi")
    path = shared_data / "jets_root" / "lhc_jets_cells_1.root"
    table = read_root(path, changed(constituents=branches, limit=500))
    assert table.features.shape == (500, 16)
    assert set(table.label.tolist()) == {0, 1, 2, 3, 4}
