"""The generator: its settings, its determinism, what its files hold, its likeness to real jets."""

import json
from pathlib import Path

import awkward as ak
import fastjet
import numpy as np
import pytest
import uproot

from symbolnet.config import GenerateChunk, GeneratedJets
from symbolnet.data.describe import kolmogorov, reference_quantiles
from symbolnet.data.features import feature_table
from symbolnet.data.jets.pythia import (
    PROCESSES,
    _jets,
    _started,
    _visible,
    jets_of_chunk,
    seed_of,
    simulate_jets,
    write_jets,
)
from symbolnet.data.table import FEATURES
from symbolnet.errors import InputError, ToolError
from symbolnet.pipeline.cli import main


def _spec(jet_class="w", jets=20, chunk=0, **settings):
    data = GeneratedJets(jets_per_class=jets, chunks=1, **settings)
    return GenerateChunk(data=data, jet_class=jet_class, chunk=chunk)


def _generated(path: Path, spec: GenerateChunk) -> Path:
    write_jets(path, simulate_jets(spec, lambda _: None), spec)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """A few jets of every class."""
    folder = tmp_path_factory.mktemp("jets")
    return {c: _generated(folder / f"{c}.root", _spec(c, 60)) for c in PROCESSES}


def _arrays(path: Path) -> ak.Array:
    with uproot.open(path) as file:
        return file["jets"].arrays(["pt", "eta", "phi", "mass", "label"])


def test_chunks_add_up():
    settings = GeneratedJets(jets_per_class=11, chunks=3)
    assert [jets_of_chunk(settings, chunk) for chunk in range(3)] == [4, 4, 3]


def test_seeds_differ_and_fit_pythia():
    specs = [_spec(c, chunk=k, seed=s) for c in PROCESSES for k in range(5) for s in range(5)]
    seeds = {seed_of(spec) for spec in specs}
    assert len(seeds) == len(specs)
    assert min(seeds) >= 1 and max(seeds) <= 900_000_000


def test_same_spec_same_bytes_in_another_file(tmp_path, files):
    again = _generated(tmp_path / "a much longer name.root", _spec("q", 60))
    assert again.read_bytes() == files["q"].read_bytes()


def test_another_chunk_is_another_sample(tmp_path, files):
    other = _arrays(_generated(tmp_path / "other.root", _spec("q", 60, chunk=1)))
    assert ak.to_list(other.pt) != ak.to_list(_arrays(files["q"]).pt)


@pytest.mark.parametrize("jet_class", PROCESSES)
def test_tree_holds_jets_near_one_tev(files, jet_class):
    jets = _arrays(files[jet_class])
    assert len(jets) == 60
    assert set(jets.label.tolist()) == {"gqwzt".index(jet_class)}
    rapidity = np.arcsinh(np.sinh(jets.eta) / np.sqrt(1 + (jets.mass / jets.pt) ** 2))
    assert ak.all(np.hypot(rapidity, jets.phi) < 0.6)
    assert ak.all(jets.pt[:, :-1] >= jets.pt[:, 1:])
    assert 850 < np.median(ak.sum(jets.pt, axis=1)) < 1150
    assert ak.all(jets.mass >= 0) and ak.all(jets.mass < 2)


def test_relative_coordinates_keep_the_mass_of_the_jet():
    spec = _spec("t", 30)
    events = _started(spec).nextBatch(30)
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, spec.data.radius)
    jets = fastjet.ClusterSequence(_visible(events.prt), definition).inclusive_jets(500)
    leading = jets[ak.argsort(jets.pt, ascending=False)][:, 0]
    np.testing.assert_allclose(_mass(_jets(events, spec.data)), leading.mass, rtol=1e-4)


def _mass(jets: ak.Array) -> np.ndarray:
    jets = ak.values_astype(jets, np.float64)
    px, py = jets.pt * np.cos(jets.phi), jets.pt * np.sin(jets.phi)
    pz = jets.pt * np.sinh(jets.eta)
    energy = np.sqrt(px**2 + py**2 + pz**2 + jets.mass**2)
    total = [ak.to_numpy(ak.sum(part, axis=1)) for part in (energy, px, py, pz)]
    return np.sqrt(total[0] ** 2 - total[1] ** 2 - total[2] ** 2 - total[3] ** 2)


def test_masses_are_those_of_the_particles(files):
    median = {name: np.median(_mass(_arrays(path))) for name, path in files.items()}
    assert median["q"] < 75 < median["w"] < median["z"] < median["t"] < 185


def test_second_leading_jet_is_softer(tmp_path):
    both = _arrays(_generated(tmp_path / "both.root", _spec("q", 60, jets_per_event=2)))
    pt = ak.to_numpy(ak.sum(both.pt, axis=1)).reshape(-1, 2)
    assert (pt[:, 0] >= pt[:, 1] * 0.95).all() and len(np.unique(pt)) == 60


def test_stage_reports_progress(tmp_path, capsys):
    spec = json.dumps({"data": {"jets_per_class": 5, "chunks": 1}, "jet_class": "z"})
    assert main(["generate_jets", "--raw", str(tmp_path / "z.root"), "--spec", spec]) == 0
    assert "z 5/5 jets" in capsys.readouterr().out
    assert len(_arrays(tmp_path / "z.root")) == 5


@pytest.mark.parametrize(
    "spec",
    [
        {"jet_class": "b"},
        {"data": {"radius": 0}},
        {"data": {"jets_per_event": 3}},
        {"data": {"pt_hat_min_gev": 1100}},
        {"data": {"jets_per_class": 1, "chunks": 2}},
    ],
)
def test_bad_settings_are_refused_before_any_event(tmp_path, capsys, spec):
    raw = tmp_path / "x.root"
    assert main(["generate_jets", "--raw", str(raw), "--spec", json.dumps(spec)]) == 1
    assert "correct it" in capsys.readouterr().err
    assert not raw.exists()


def test_interrupted_job_leaves_no_file(tmp_path):
    spec = _spec("q", 5)

    def broken():
        yield from simulate_jets(spec, lambda _: None)
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space left"):
        write_jets(tmp_path / "x.root", broken(), spec)
    assert list(tmp_path.iterdir()) == []


def test_faults_of_pythia_are_reported(monkeypatch):
    monkeypatch.setitem(PROCESSES, "q", ("HardQCD:nonsense = on",))
    with pytest.raises(ToolError, match="nonsense"):
        next(simulate_jets(_spec("q"), lambda _: None))


@pytest.mark.slow
def test_features_look_like_the_published_ones(tmp_path):
    """The classes mixed equally: the whole default sample is within 0.10, a small one 0.13."""
    tables = [
        feature_table([_generated(tmp_path / f"{c}.root", _spec(c, 150))], GeneratedJets())
        for c in PROCESSES
    ]
    features = np.concatenate([table.features for table in tables])
    label = np.concatenate([table.label for table in tables])
    real = reference_quantiles()
    distances = {
        name: kolmogorov(features[:, column], label, real["quantile"], real[name])
        for column, name in enumerate(FEATURES)
    }
    assert {name: far for name, far in distances.items() if far > 0.13} == {}
