"""Jets from ROOT files, TTree or RNTuple: constituents, or a flat table of the 16 features."""

import contextlib
import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from symbolnet.artifact import sha256
from symbolnet.config import RootJets
from symbolnet.data.jets.constituents import Constituents, checked
from symbolnet.data.jets.substructure import jet_features
from symbolnet.data.labels import Labels
from symbolnet.data.symbols import JETS
from symbolnet.data.table import FEATURES, FeatureTable
from symbolnet.errors import InputError

_CHECK = "check the file, and the names in the config"

# Types of one entry as awkward prints them: a number, or a list of numbers of any or fixed length.
_KINDS = {1: r"(bool|u?int\d+|float\d+)", 2: r"(var|\d+) \* (u?int\d+|float\d+)"}


def read_root(path: Path, settings: RootJets) -> FeatureTable:
    """Compute the features of the jets of one file, chunk by chunk.

    Jets of other labels and jets without constituents are left out and counted. Raises InputError
    on a damaged file, wrong names or types, and values that are no jets.
    """
    _check_features(settings)
    where = f"branch {settings.label!r} of {path.name}"
    labels = Labels(settings.classes, settings.missing, where)
    parts, entries, empty = [], 0, 0
    for first, arrays in _chunks(path, settings):
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
        raise InputError(f"jets of labels {list(settings.classes.values())}", found, _CHECK)
    counts = {"entries": entries, "without_constituents": empty, **_counts(label, settings)}
    provenance = {"file": path.name, "sha256": sha256(path), "tree": settings.tree, **counts}
    classes = tuple(settings.classes)
    return FeatureTable(features, label, FEATURES, classes, provenance, symbols=JETS)


def _counts(label: np.ndarray, settings: RootJets) -> dict[str, Any]:
    number = np.bincount(label, minlength=len(settings.classes)).tolist()
    return {"jets": dict(zip(settings.classes, number, strict=True))}


def _chunks(path: Path, settings: RootJets) -> Iterator[tuple[int, dict[str, ak.Array]]]:
    """Yield the number of the first entry and the arrays of each chunk."""
    import uproot

    if not path.is_file():
        raise InputError(f"a ROOT file {path}", "none", "check the path and `data_dir`")
    # Not memory-mapped, so that a large file does not count as memory; no cache of past chunks.
    options = {"handler": uproot.MultithreadedFileSource, "array_cache": None}
    with contextlib.ExitStack() as stack:
        with _readable(path):
            file = stack.enter_context(uproot.open({str(path): None}, **options))
            tree = _tree(file, settings.tree, path)
            branches = _branches(tree, settings, path)
            step = _entries_at_a_time(tree, branches, settings.chunk)
        last = min(settings.limit or tree.num_entries, tree.num_entries)
        for first in range(0, last, step):
            stop = min(first + step, last)
            with _readable(path):
                arrays = _read(tree, branches, first, stop)
            yield first, arrays


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn whatever uproot raises on a damaged file, which can be anything, into an InputError."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        found = f"{path.name}: {type(error).__name__}: {reason}"
        raise InputError("a readable ROOT file", found, "copy or make the file again") from error


def _tree(file: Any, name: str, path: Path) -> Any:
    names = {key.split(";")[0]: kind for key, kind in file.classnames().items()}
    trees = [key for key, kind in names.items() if kind.startswith(("TTree", "TNtuple", "ROOT::"))]
    if name not in trees:
        raise InputError(f"a tree {name!r} in {path.name}", _near(name, trees), _CHECK)
    if not file[name].num_entries:
        found = f"an empty tree {name!r} in {path.name}"
        raise InputError("at least one entry", found, "leave the file out or make it again")
    return file[name]


def _branches(tree: Any, settings: RootJets, path: Path) -> dict[str, Any]:
    """Return the branches (of an RNTuple: fields) by the names that the settings call them.

    Looked up by whole names: those of several may end alike, and a name may hold a slash or dot.
    """
    wanted = [*_mapping(settings).values(), settings.label]
    known = dict(tree.items())
    for name in wanted:
        if name not in known:
            expected = f"a branch {name!r} in tree {settings.tree!r} of {path.name}"
            raise InputError(expected, _near(name, known), _CHECK)
    return {name: known[name] for name in wanted}


def _entries_at_a_time(tree: Any, branches: dict[str, Any], chunk: str) -> int:
    """Return how many entries of the branches fill a chunk."""
    chosen = [id(branch) for branch in branches.values()]
    kind = "filter_field" if _has_fields(tree) else "filter_branch"
    return max(1, int(tree.num_entries_for(chunk, **{kind: lambda one: id(one) in chosen})))


def _has_fields(tree: Any) -> bool:
    """Tell an RNTuple from a TTree."""
    return hasattr(tree, "fields")


def _read(tree: Any, branches: dict[str, Any], first: int, stop: int) -> dict[str, ak.Array]:
    """Return the arrays of some entries by the names of their branches or fields."""
    entries = {"entry_start": first, "entry_stop": stop, "library": "ak"}
    if not _has_fields(tree):
        return {name: branch.array(**entries) for name, branch in branches.items()}
    paths = {field.path for field in branches.values()}
    # Not one by one: uproot finds no single field whose name holds a dot or slash.
    records = tree.arrays(filter_field=lambda field: field.path in paths, **entries)
    return {name: _inside(records, field.path) for name, field in branches.items()}


def _inside(records: ak.Array, path: str) -> ak.Array:
    """Return a field of records by its path; a name on the way may hold dots itself."""
    if path in records.fields:
        return records[path]
    outer = next(name for name in records.fields if path.startswith(f"{name}."))
    return _inside(records[outer], path.removeprefix(f"{outer}."))


def _mapping(settings: RootJets) -> dict[str, str]:
    """Return what each branch is for: quantity or feature to branch."""
    if settings.features is not None:
        return {name: settings.features[name] for name in FEATURES}
    assert settings.constituents is not None
    return settings.constituents.model_dump(exclude_none=True, exclude={"phi_unit"})


def _near(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=5, cutoff=0.4) or names[:10]
    return "none; near ones: " + ", ".join(map(repr, near)) if near else "none at all"


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
        raise InputError(f"{expected} in {where}", f"{kind} per entry", _CHECK)
    return ak.to_numpy(array) if depth == 1 else ak.from_regular(array)
