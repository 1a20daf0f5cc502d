"""The artifacts of a run, found by the last parts of their paths."""

from pathlib import Path
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
    "firmware": (
        4,
        (
            "expressions.json",
            "expressions.tex",
            "expressions.py",
            "graph.json",
            "reference.json",
            "rtl.json",
            "hls.json",
            "resources.json",
        ),
    ),
}


class Inputs:
    """Files by name: `data/<dataset>/<file>`, `training/<dataset>/<training>/<file>`, ..."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths: dict[str, Path] = {}
        for path in paths:
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

    def json(self, name: str, schema: str | None = None) -> Any:
        """Return the content of a JSON artifact that fits its schema."""
        return read_json(self.path(name), schema)


def _name(path: Path) -> str:
    for kind, (depth, files) in FILES.items():
        if len(path.parts) >= depth and path.parts[-depth] == kind and path.name in files:
            return "/".join(path.parts[-depth:])
    known = "; ".join(f"{kind}/<...>/{{{','.join(files)}}}" for kind, (_, files) in FILES.items())
    raise InputError(f"artifacts of a run: {known}", str(path), "leave the others out")
