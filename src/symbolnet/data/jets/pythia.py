"""Simulated LHC jets: Pythia 8 events, anti-kT jets, ROOT trees of their particles."""

import contextlib
import hashlib
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from unittest import mock

import awkward as ak
import fastjet
import numpy as np
import pythia8mc
import uproot
import vector

from symbolnet.artifact import replacing
from symbolnet.config import GenerateChunk, GeneratedJets
from symbolnet.errors import ToolError

vector.register_awkward()

# Label of a class: its place here, as in the published jets.
PROCESSES = {
    "g": ("HardQCD:gg2gg = on", "HardQCD:qqbar2gg = on"),
    "q": ("HardQCD:qq2qq = on", "HardQCD:gg2qqbar = on", "HardQCD:qqbar2qqbarNew = on"),
    "w": ("WeakDoubleBoson:ffbar2WW = on",),
    "z": ("WeakDoubleBoson:ffbar2gmZgmZ = on", "WeakZ0:gmZmode = 2"),
    "t": ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on"),
}
_HADRONIC_DECAYS = (
    "23:onMode = off",
    "23:onIfAny = 1 2 3 4 5",
    "24:onMode = off",
    "24:onIfAny = 1 2 3 4 5",
)
_NEUTRINOS = (12, 14, 16)
_PYTHIA_SEEDS = 900_000_000
_BATCH = 100
_BRANCHES = ("pt", "eta", "phi", "mass")

Log = Callable[[str], None]


def jets_of_chunk(settings: GeneratedJets, chunk: int) -> int:
    """Return how many jets a chunk holds; the chunks of a class add up to `jets_per_class`."""
    even, left = divmod(settings.jets_per_class, settings.chunks)
    return even + (chunk < left)


def seed_of(spec: GenerateChunk) -> int:
    """Return the seed of one chunk, 1 to 9e8, the range that Pythia takes."""
    name = f"{spec.data.seed}/{spec.jet_class}/{spec.chunk}"
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:8], "big") % _PYTHIA_SEEDS + 1


def simulate_jets(spec: GenerateChunk, log: Log) -> Iterator[ak.Array]:
    """Yield batches of the jets of one chunk: lists of particles, hardest first.

    `pt` and `mass` are in GeV; `eta` and `phi` are relative to the jet axis, in the frame in which
    the jet is central.
    """
    pythia, wanted, made = _started(spec), jets_of_chunk(spec.data, spec.chunk), 0
    start = time.monotonic()
    while made < wanted:
        jets = _jets(pythia.nextBatch(_BATCH), spec.data)[: wanted - made]
        if not len(jets):
            raise ToolError(f"Pythia made no jet of class {spec.jet_class} in {_BATCH} events")
        made += len(jets)
        seconds = time.monotonic() - start
        eta = seconds / made * (wanted - made)
        log(f"{spec.jet_class} {made}/{wanted} jets, {seconds:.0f} s, ETA {eta:.0f} s")
        yield jets


def write_jets(path: Path, batches: Iterable[ak.Array], spec: GenerateChunk) -> None:
    """Write the TTree `jets` of one class atomically; same jets, same bytes."""
    label = list(PROCESSES).index(spec.jet_class)
    # A stream, since uproot writes the name of a file into it.
    with (
        replacing(path) as temporary,
        temporary.open("w+b") as stream,
        _tree(stream, spec) as tree,
    ):
        for jets in batches:
            columns: dict[str, Any] = {name: jets[name] for name in _BRANCHES}
            tree.extend(columns | {"label": np.full(len(jets), label, np.int32)})


@contextlib.contextmanager
def _tree(stream: BinaryIO, spec: GenerateChunk) -> Iterator[Any]:
    """Yield an empty TTree; one fixed date and identity make equal trees equal files."""
    types = dict.fromkeys(_BRANCHES, "var * float32") | {"label": "int32"}
    date = uproot._util.datetime_to_code(datetime(2000, 1, 1))
    with (
        mock.patch.object(uproot._util, "datetime_to_code", lambda _: date),
        uproot.recreate(stream, uuid_function=lambda: uuid.UUID(int=0)) as file,
    ):
        yield file.mktree("jets", types, title=f"{spec.jet_class}, seed {seed_of(spec)}")


def _started(spec: GenerateChunk) -> Any:
    pythia = pythia8mc.Pythia("", False)
    for line in _lines(spec):
        if not pythia.readString(line):
            raise ToolError(f"Pythia refused the setting {line!r}")
    if not pythia.init():
        raise ToolError(f"Pythia did not start for class {spec.jet_class}")
    return pythia


def _lines(spec: GenerateChunk) -> list[str]:
    data = spec.data
    return [
        "Print:quiet = on",
        "Random:setSeed = on",
        f"Random:seed = {seed_of(spec)}",
        f"Beams:eCM = {data.beam_energy_gev}",
        f"PhaseSpace:pTHatMin = {data.pt_hat_min_gev}",
        f"PhaseSpace:pTHatMax = {data.pt_hat_max_gev}",
        f"PartonLevel:MPI = {'on' if data.multiple_interactions else 'off'}",
        *_HADRONIC_DECAYS,
        *PROCESSES[spec.jet_class],
    ]


def _jets(events: ak.Array, settings: GeneratedJets) -> ak.Array:
    """Return the leading jets of each event as lists of (pt, eta, phi, mass)."""
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, settings.radius)
    clusters = fastjet.ClusterSequence(_visible(events.prt), definition)
    # Far below any leading jet; spares the output of the soft ones.
    smallest = settings.pt_hat_min_gev / 5
    jets, particles = clusters.inclusive_jets(smallest), clusters.constituents(smallest)
    order = ak.argsort(jets.pt, ascending=False)[:, : settings.jets_per_event]
    return _relative(ak.flatten(jets[order]), ak.flatten(particles[order]))


def _visible(particles: ak.Array) -> ak.Array:
    final = particles[particles.status > 0]
    for neutrino in _NEUTRINOS:
        final = final[abs(final.id) != neutrino]
    momentum = final.p
    fields = {"px": momentum.px, "py": momentum.py, "pz": momentum.pz, "E": momentum.e}
    return ak.zip(fields, with_name="Momentum4D")


def _relative(jets: ak.Array, particles: ak.Array) -> ak.Array:
    pt, rapidity = particles.pt, particles.rapidity - jets.rapidity
    # Rounding makes the square of some photons' mass negative.
    mass = np.sqrt(np.maximum(particles.mass2, 0))
    # A boost along the beam to where the jet is central; the mere difference of pseudorapidities
    # would change the mass of the jet.
    eta = np.arcsinh(np.sqrt(1 + (mass / pt) ** 2) * np.sinh(rapidity))
    columns = {"pt": pt, "eta": eta, "phi": particles.deltaphi(jets), "mass": mass}
    centred = ak.zip({name: ak.values_astype(columns[name], np.float32) for name in _BRANCHES})
    return centred[ak.argsort(centred.pt, ascending=False, stable=True)]
