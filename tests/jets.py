"""Jets made up for tests, and ROOT files of them."""

from pathlib import Path

import awkward as ak
import numpy as np
import uproot

NAMES = ("pt", "eta", "phi", "mass")


def random_jets(number: int, seed: int, low: int = 1, high: int = 40) -> dict[str, ak.Array]:
    """Return jagged pt, eta, phi, mass, and labels 0..4 in turn."""
    generator = np.random.default_rng(seed)
    counts = generator.integers(low, high + 1, number)
    n = int(counts.sum())
    flat = {
        "pt": generator.exponential(20, n) + 0.5,
        "eta": generator.normal(0, 0.25, n),
        "phi": generator.normal(0, 0.25, n),
        "mass": generator.choice([0.0, 0.13957], n),
    }
    jets = {name: ak.unflatten(values.astype(np.float32), counts) for name, values in flat.items()}
    return jets | {"label": ak.Array(np.arange(number, dtype=np.int32) % 5)}


def write_tree(path: Path, jets: dict[str, ak.Array], tree: str = "jets") -> Path:
    """Write a TTree."""
    with uproot.recreate(path) as file:
        file.mktree(tree, {name: array.type.content for name, array in jets.items()}).extend(jets)
    return path


def write_rntuple(path: Path, jets: dict[str, ak.Array], tree: str = "jets") -> Path:
    """Write an RNTuple."""
    with uproot.recreate(path) as file:
        file.mkrntuple(tree, jets)
    return path
