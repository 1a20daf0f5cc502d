"""Jets from ROOT files, TTree or RNTuple: constituents, or a flat table of the 16 features."""

import re
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from symbolnet.artifact import sha256
from symbolnet.config import RootJets
from symbolnet.data.jets.constituents import Constituents, checked
from symbolnet.data.jets.substructure import jet_features
from symbolnet.data.labels import Labels
from symbolnet.data.readers.trees import CHECK, chunks
from symbolnet.data.symbols import JETS
from symbolnet.data.table import FEATURES, FeatureTable
from symbolnet.errors import InputError

# Types of one entry as awkward prints them: a number, or a list of numbers of any or fixed length.
_KINDS = {1: r"(bool|u?int\d+|float\d+)", 2: r"(var|\d+) \* (u?int\d+|float\d+)"}


def read_root(path: Path, settings: RootJets) -> FeatureTable:
    """Compute the features of the jets of one file, chunk by chunk.

    Jets of other labels and jets without constituents are left out and counted. Raises InputError
    on a damaged file, wrong names or types, and values that are no jets.
    """
    _check_features(settings)
    where = f"branch {settings.label!r} of {path.name}"
    wanted = [*_mapping(settings).values(), settings.label]
    labels = Labels(settings.classes, settings.missing, where)
    parts, entries, empty = [], 0, 0
    for first, arrays in chunks(path, settings.tree, wanted, settings.chunk, settings.limit):
        label = _labels(arrays[settings.label], labels, settings, path, first)
        rows = np.flatnonzero(label >= 0)
        chosen = {name: array[rows] for name, array in arrays.items()}
        features, known = _features(chosen, settings, path, first + rows)
        parts.append((features, label[rows][known]))
        entries, empty = first + len(label), empty + int(np.sum(~known))
    features, label = (np.concatenate(column) for column in zip(*parts, strict=True))
    labels.expect_one_spelling()
    if not len(label):
        found = f"none in {entries} entries, whose labels are {labels.listed()}"
        raise InputError(f"jets of labels {list(settings.classes.values())}", found, CHECK)
    counts = {"entries": entries, "without_constituents": empty, **_counts(label, settings)}
    provenance = {"file": path.name, "sha256": sha256(path), "tree": settings.tree, **counts}
    classes = tuple(settings.classes)
    return FeatureTable(features, label, FEATURES, classes, provenance, symbols=JETS)


def _counts(label: np.ndarray, settings: RootJets) -> dict[str, Any]:
    number = np.bincount(label, minlength=len(settings.classes)).tolist()
    return {"jets": dict(zip(settings.classes, number, strict=True))}


def _mapping(settings: RootJets) -> dict[str, str]:
    """Return what each branch is for: quantity or feature to branch."""
    if settings.features is not None:
        return {name: settings.features[name] for name in FEATURES}
    assert settings.constituents is not None
    return settings.constituents.model_dump(exclude_none=True, exclude={"phi_unit"})


def _check_features(settings: RootJets) -> None:
    given = set(FEATURES if settings.features is None else settings.features)
    if given != set(FEATURES):
        wrong = ", ".join(sorted(given.symmetric_difference(FEATURES)))
        expected = f"`features` with the keys {', '.join(FEATURES)}"
        raise InputError(expected, f"missing or unknown: {wrong}", "map exactly these 16")


def _labels(array: ak.Array, labels: Labels, settings: RootJets, path: Path, first: int) -> Any:
    """Return the class index (n,) of each entry, -1 for labels that are not selected."""
    where = f"branch {settings.label!r} of {path.name}"
    values = ak.to_numpy(array) if _is_text(array) else _numbers(array, 1, where)
    return labels.selected(labels.coded(values, first))


def _features(
    arrays: dict[str, ak.Array], settings: RootJets, path: Path, entries: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return features (k, 16) and a mask (n,) of the k jets that have any constituents."""
    depth = 2 if settings.features is None else 1
    columns = {
        role: _numbers(arrays[branch], depth, f"branch {branch!r} of {path.name}")
        for role, branch in _mapping(settings).items()
    }
    if settings.features is not None:
        return _flat(columns, path, entries), np.ones(len(entries), dtype=bool)
    assert settings.constituents is not None
    unit = settings.constituents.phi_unit
    jets = checked(Constituents(**columns), path.name, entries, unit)
    known = ak.to_numpy(ak.num(jets.pt)) > 0
    return jet_features(Constituents(*[a if a is None else a[known] for a in jets])), known


def _flat(columns: dict[str, np.ndarray], path: Path, entries: np.ndarray) -> np.ndarray:
    for name, column in columns.items():
        bad = np.flatnonzero(~np.isfinite(column))
        if len(bad):
            found = f"{len(bad)} jets with others, the first in entry {entries[bad[0]]}"
            raise InputError(f"finite values of {name} in {path.name}", found, "drop these jets")
    return np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float64)


def _is_text(array: ak.Array) -> bool:
    return str(array.type.content) == "string"


def _numbers(array: ak.Array, depth: int, where: str) -> Any:
    """Return a NumPy array (depth 1) or jagged array (depth 2) of plain numbers."""
    kind = str(array.type.content)
    if not re.fullmatch(_KINDS[depth], kind):
        expected = "a number per jet" if depth == 1 else "a list of numbers per jet"
        raise InputError(f"{expected} in {where}", f"{kind} per entry", CHECK)
    return ak.to_numpy(array) if depth == 1 else ak.from_regular(array)
