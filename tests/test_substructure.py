"""The 16 features: against loops written from the definitions, limits, invariances, real jets."""

import itertools
import math

import awkward as ak
import numpy as np
import pytest

from jets import random_jets
from symbolnet.config import Constituents as Branches
from symbolnet.config import RootJets
from symbolnet.data.jets.constituents import Constituents, four_momenta
from symbolnet.data.jets.grooming import groomed
from symbolnet.data.jets.substructure import correlators, jet_features
from symbolnet.data.readers.root import read_root
from symbolnet.data.table import FEATURES


def made(number: int = 40, seed: int = 5, high: int = 14, massive: bool = False) -> Constituents:
    jets = random_jets(number, seed, high=high)
    names = ("pt", "eta", "phi", "mass") if massive else ("pt", "eta", "phi")
    return Constituents(**{name: ak.values_astype(jets[name], np.float64) for name in names})


def jet(pt: list[float], eta: list[float], phi: list[float]) -> dict[str, float]:
    features = jet_features(Constituents(ak.Array([pt]), ak.Array([eta]), ak.Array([phi])))
    return dict(zip(FEATURES, features[0], strict=True))


def angle(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    turn = math.remainder(a[2] - b[2], 2 * math.pi)
    return math.sqrt((a[1] - b[1]) ** 2 + turn**2)


def by_loops(particles: list[tuple[float, float, float]]) -> dict[str, float]:
    """Compute method.md section 8 literally from groomed (pt, eta, phi)."""
    total = sum(p[0] for p in particles)
    e = dict.fromkeys(itertools.product(("2", "3", "1e3", "2e3"), (0, 1, 2)), 0.0)
    for b in (0, 1, 2):
        for p, q in itertools.combinations(particles, 2):
            e["2", b] += p[0] * q[0] / total**2 * angle(p, q) ** b
        for p, q, r in itertools.combinations(particles, 3):
            z = p[0] * q[0] * r[0] / total**3
            near, middle, far = sorted((angle(p, q), angle(p, r), angle(q, r)))
            e["3", b] += z * (near * middle * far) ** b
            e["1e3", b] += z * near**b
            e["2e3", b] += z * (near * middle) ** b
    return {
        "c1_b0_mmdt": e["2", 0],
        "c1_b1_mmdt": e["2", 1],
        "c1_b2_mmdt": e["2", 2],
        "c2_b1_mmdt": e["3", 1] / e["2", 1] ** 2,
        "c2_b2_mmdt": e["3", 2] / e["2", 2] ** 2,
        "d2_b1_mmdt": e["3", 1] / e["2", 1] ** 3,
        "d2_b2_mmdt": e["3", 2] / e["2", 2] ** 3,
        "d2_a1_b1_mmdt": e["3", 1] / e["2", 1] ** 3,
        "d2_a1_b2_mmdt": e["3", 1] / e["2", 2] ** 1.5,
        "m2_b1_mmdt": e["1e3", 1] / e["2", 1],
        "m2_b2_mmdt": e["1e3", 2] / e["2", 2],
        "n2_b1_mmdt": e["2e3", 1] / e["2", 1] ** 2,
        "n2_b2_mmdt": e["2e3", 2] / e["2", 2] ** 2,
    }


@pytest.mark.parametrize("massive", [False, True])
def test_every_feature_equals_loops_over_pairs_and_triples(massive: bool) -> None:
    jets = made(massive=massive)
    kept, features = groomed(four_momenta(jets)), jet_features(jets)
    compared = 0
    for number in range(len(features)):
        columns = [ak.to_list(array[number][kept[number]]) for array in jets[:3]]
        if len(columns[0]) < 2:
            continue
        expected = by_loops(list(zip(*columns, strict=True)))
        found = dict(zip(FEATURES, features[number], strict=True))
        for name, value in expected.items():
            assert found[name] == pytest.approx(value, rel=1e-9), (number, name)
        compared += 1
    assert compared > 20


def test_zlogz_multiplicity_and_mass() -> None:
    jets = made(massive=True)
    momenta = four_momenta(jets)
    kept = groomed(momenta)
    features = dict(zip(FEATURES, jet_features(jets).T, strict=True))
    for number, pt in enumerate(ak.to_list(jets.pt)):
        z = [p / sum(pt) for p in pt]
        assert features["zlogz"][number] == pytest.approx(sum(x * math.log(x) for x in z))
        assert features["multiplicity"][number] == len(pt)
        left = momenta[number][kept[number]]
        p = [math.fsum(ak.to_list(left[name])) for name in ("E", "px", "py", "pz")]
        mass = math.sqrt(max(0.0, p[0] ** 2 - p[1] ** 2 - p[2] ** 2 - p[3] ** 2))
        assert features["mass_mmdt"][number] == pytest.approx(mass, rel=1e-6, abs=1e-3)


def test_one_constituent() -> None:
    assert jet([50.0], [0.3], [1.0]) == dict.fromkeys(FEATURES, 0.0) | {"multiplicity": 1.0}


def test_two_constituents_have_no_three_point_correlation() -> None:
    found = jet([60.0, 40.0], [0.0, 0.3], [0.0, 0.4])
    assert found["c1_b0_mmdt"] == pytest.approx(0.24)
    assert found["c1_b1_mmdt"] == pytest.approx(0.24 * 0.5)
    assert found["c1_b2_mmdt"] == pytest.approx(0.24 * 0.25)
    expected = math.sqrt(2 * 60 * 40 * (math.cosh(0.3) - math.cos(0.4)))
    assert found["mass_mmdt"] == pytest.approx(expected)
    assert {found[name] for name in FEATURES if name[:2] in ("c2", "d2", "m2", "n2")} == {0.0}


def test_three_constituents() -> None:
    found = jet([50.0, 30.0, 20.0], [0.0, 0.3, 0.0], [0.0, 0.0, 0.4])
    z, e2 = 0.5 * 0.3 * 0.2, 0.15 * 0.3 + 0.1 * 0.4 + 0.06 * 0.5
    assert found["c2_b1_mmdt"] == pytest.approx(z * 0.3 * 0.4 * 0.5 / e2**2)
    assert found["n2_b1_mmdt"] == pytest.approx(z * 0.3 * 0.4 / e2**2)
    assert found["m2_b1_mmdt"] == pytest.approx(z * 0.3 / e2)
    assert found["d2_a1_b1_mmdt"] == found["d2_b1_mmdt"]


def test_constituents_in_one_place_have_no_ratios() -> None:
    found = jet([50.0, 30.0, 20.0], [0.1, 0.1, 0.1], [0.2, 0.2, 0.2])
    assert found["c1_b1_mmdt"] == 0
    assert found["c1_b0_mmdt"] == pytest.approx(0.31)
    assert found["d2_b1_mmdt"] == found["m2_b2_mmdt"] == found["mass_mmdt"] == 0


@pytest.mark.parametrize("change", ["rotation", "order", "scale", "reflection"])
def test_invariance(change: str) -> None:
    jets = made(number=100)
    changed, factor = jets, np.ones(len(FEATURES))
    if change == "rotation":
        changed = jets._replace(phi=jets.phi + 3.0)
    if change == "reflection":
        changed = jets._replace(eta=-jets.eta)
    if change == "order":
        changed = Constituents(*[a if a is None else a[:, ::-1] for a in jets])
    if change == "scale":
        changed = jets._replace(pt=3 * jets.pt)
        factor[FEATURES.index("mass_mmdt")] = 3
    expected = jet_features(jets) * factor
    np.testing.assert_allclose(jet_features(changed), expected, rtol=1e-7, atol=1e-9)


def test_a_jet_does_not_depend_on_its_neighbours() -> None:
    jets = made(number=30)
    alone = [
        jet_features(Constituents(*[a if a is None else a[i : i + 1] for a in jets]))
        for i in range(30)
    ]
    np.testing.assert_array_equal(np.concatenate(alone), jet_features(jets))


def test_many_constituents_of_equal_pt() -> None:
    """Equal shares and angles: a cube of n points in one place but for its corners is too easy."""
    n = 200
    pt = ak.Array([[1.0] * n])
    zero = ak.Array([[0.0] * n])
    e = correlators(pt, ak.Array([np.linspace(0, 1, n).tolist()]), zero)
    assert e.e2_0[0] == pytest.approx((n - 1) / (2 * n))
    assert e.e2_1[0] == pytest.approx((n + 1) / (6 * n))  # mean distance on a line, 1/3 / 2


def test_no_jets_no_rows() -> None:
    empty = ak.Array([[1.0]])[:0]
    assert jet_features(Constituents(empty, empty, empty)).shape == (0, len(FEATURES))


@pytest.fixture(scope="module")
def real(shared_data) -> tuple[np.ndarray, np.ndarray]:
    folder = shared_data / "jets_root"
    branches = Branches(pt="cell_pt", eta="cell_deta", phi="cell_dphi")
    settings = RootJets(train=[], constituents=branches)
    with np.load(folder / "lhc_jets_cells_hlf16_reference.npz", allow_pickle=False) as archive:
        reference, letters = archive["X"].astype(np.float64), archive["y"]
    table = read_root(folder / "lhc_jets_cells_0.root", settings)
    assert [table.class_names[i] for i in table.label] == letters[:10_000].tolist()
    return table.features, reference[:10_000]


@pytest.mark.parametrize("name", FEATURES)
def test_real_jets_agree_with_an_independent_computation(real, name: str) -> None:
    ours, theirs = (values[:, FEATURES.index(name)] for values in real)
    compared = np.ones(len(ours), dtype=bool)
    if name == "d2_b2_mmdt":
        # The reference sets D2(2) = 0 where e2(2) < 1e-4, though the ratio is well defined there.
        compared = real[1][:, FEATURES.index("c1_b2_mmdt")] > 1e-4
        assert compared.mean() > 0.8
    near = np.abs(ours - theirs) <= 0.01 * np.abs(theirs)
    assert near[compared].mean() >= 0.99
