"""Trees of ROOT files, TTree or RNTuple, in chunks of bounded size; each fault is one line."""

import contextlib
import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import awkward as ak

from symbolnet.errors import InputError

CHECK = "check the file, and the names in the config"
_SHOWN = 10


def chunks(
    path: Path, name: str, wanted: Sequence[str], size: str, limit: int | None = None
) -> Iterator[tuple[int, dict[str, ak.Array]]]:
    """Yield the number of the first entry and the arrays of each chunk of so many bytes."""
    with tree_of(path, name) as tree:
        with _readable(path):
            branches = _branches(tree, wanted, f"tree {name!r} of {path.name}")
            step = _entries_at_a_time(tree, branches, size)
        last = min(limit or tree.num_entries, tree.num_entries)
        for first in range(0, last, step):
            stop = min(first + step, last)
            with _readable(path):
                arrays = _read(tree, branches, first, stop)
            yield first, arrays


@contextlib.contextmanager
def tree_of(path: Path, name: str | None) -> Iterator[Any]:
    """Yield a tree of a file by its name; without a name the only one."""
    import uproot

    if not path.is_file():
        raise InputError(f"a ROOT file {path}", "none", "check the path and `data_dir`")
    # Not memory-mapped, so that a large file does not count as memory; no cache of past chunks.
    options = {"handler": uproot.MultithreadedFileSource, "array_cache": None}
    with contextlib.ExitStack() as stack:
        with _readable(path):
            file = stack.enter_context(uproot.open({str(path): None}, **options))
            tree = _tree(file, name, path)
        yield tree


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


def _tree(file: Any, name: str | None, path: Path) -> Any:
    names = {key.split(";")[0]: kind for key, kind in file.classnames().items()}
    trees = [key for key, kind in names.items() if kind.startswith(("TTree", "TNtuple", "ROOT::"))]
    if name is None:
        if len(trees) != 1:
            found = f"{len(trees)}: {', '.join(map(repr, trees[:_SHOWN]))}" if trees else "none"
            raise InputError(f"one tree in {path.name}", found, "name one of them as `tree`")
        name = trees[0]
    if name not in trees:
        raise InputError(f"a tree {name!r} in {path.name}", _near(name, trees), CHECK)
    if not file[name].num_entries:
        found = f"an empty tree {name!r} in {path.name}"
        raise InputError("at least one entry", found, "leave the file out or make it again")
    return file[name]


def _branches(tree: Any, wanted: Sequence[str], where: str) -> dict[str, Any]:
    """Return the branches (of an RNTuple: fields) by the names that the caller calls them.

    Looked up by whole names: those of several may end alike, and a name may hold a slash or dot.
    """
    known = dict(tree.items())
    for name in wanted:
        if name not in known:
            raise InputError(f"a branch {name!r} in {where}", _near(name, known), CHECK)
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


def _near(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=5, cutoff=0.4) or names[:10]
    return "none; near ones: " + ", ".join(map(repr, near)) if near else "none at all"
