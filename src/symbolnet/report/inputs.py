"""The artifacts of a run, found by the last parts of their paths."""

from pathlib import Path, PurePath
from typing import Any

from symbolnet.artifact import read_json
from symbolnet.errors import InputError

# Folder below the run, how deep its files lie, and the files that the report reads.
FILES = {
    "data": (3, ("dataset.npz", "description.json")),
    "training": (
        4,
        (
            "network.safetensors",  # hashed only
            "history.csv",
            "members.json",
            "metrics.json",
            "expressions.json",
        ),
    ),
    "peers": (4, ("members.json", "metrics.json", "expressions.json")),
    "rivals": (4, ("reference.json", "rtl.json", "resources.json")),
    "references": (4, ("scores.json",)),
    "firmware": (
        4,
        (
            "expressions.json",
            "expressions.tex",
            "expressions.py",
            "expressions.c",
            "explanation.json",
            "graph.json",
            "precision.json",
            "reference.json",
            "rtl.json",
            "hls.json",
            "hls_lut.json",
            "resources.json",
            "vendor.json",
            "certificate.json",
            "timing.json",
        ),
    ),
}
# Folders that the report reads in part: run folder, depth, name, and the files below it.
FOLDERS = (
    ("firmware", 4, "rtl", "src/symbolnet*.v"),
    ("firmware", 4, "rtl", "vhdl/symbolnet*.vhd"),
    ("firmware", 4, "testbench", "README.txt"),
)


def read_by_report(name: str) -> bool:
    """Tell whether a file of a run, named from its folder, is one that the report reads."""
    path = PurePath(name)
    kind, depth = path.parts[0], len(path.parts)
    files = FILES.get(kind)
    if files is not None and depth == files[0] and path.name in files[1]:
        return True
    return any(
        path.match(f"{folder}/{pattern}")
        for below, inner, folder, pattern in FOLDERS
        if kind == below and depth == inner + pattern.count("/") + 1
    )


class Inputs:
    """Files by name: `data/<dataset>/<file>`, `training/<dataset>/<training>/<file>`, ..."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths: dict[str, Path] = {}
        for path in [file for one in paths for file in _files(one)]:
            name = _name(path)
            if name in self.paths:
                found = f"{self.paths[name]} and {path}"
                raise InputError(f"one {name} among the inputs", found, "give one run's files")
            self.paths[name] = path

    def path(self, name: str) -> Path:
        """Return the path of an artifact; raise InputError where it was not given."""
        if name not in self.paths:
            found = ", ".join(sorted(self.paths)) or "no inputs"
            raise InputError(f"{name} among the inputs", found, "run the stage that makes it")
        return self.paths[name]

    def below(self, name: str) -> list[str]:
        """Return the names of the artifacts below a folder, sorted."""
        return sorted(one for one in self.paths if one.startswith(f"{name}/"))

    def json(self, name: str, schema: str | None = None) -> Any:
        """Return the content of a JSON artifact that fits its schema."""
        return read_json(self.path(name), schema)


def _files(path: Path) -> list[Path]:
    """Return the file itself, or what is read of a folder."""
    patterns = [
        pattern
        for kind, depth, name, pattern in FOLDERS
        if len(path.parts) >= depth and path.parts[-depth] == kind and path.name == name
    ]
    if not patterns or not path.is_dir():
        return [path]
    return [file for pattern in patterns for file in sorted(path.glob(pattern))]


def _name(path: Path) -> str:
    for kind, depth, folder, pattern in FOLDERS:
        deep = depth + pattern.count("/") + 1
        inside = len(path.parts) >= deep and path.parts[-deep] == kind
        if inside and path.match(f"{folder}/{pattern}"):
            return "/".join(path.parts[-deep:])
    for kind, (depth, files) in FILES.items():
        if len(path.parts) >= depth and path.parts[-depth] == kind and path.name in files:
            return "/".join(path.parts[-depth:])
    known = "; ".join(f"{kind}/<...>/{{{','.join(files)}}}" for kind, (_, files) in FILES.items())
    raise InputError(f"artifacts of a run: {known}", str(path), "leave the others out")
