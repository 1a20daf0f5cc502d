"""The artifacts of a run, found by the last parts of their paths."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from symbolnet.artifact import read_json
from symbolnet.errors import InputError
from symbolnet.files import FOLDERS, RESULTS, File, shown


def _patterns() -> Iterator[tuple[str, File]]:
    """Yield the files that the page is made of, by the pattern of their path below the run."""
    for folder, row in FOLDERS.items():
        for file in (row.files[name] for name in shown(folder)):
            parts = PurePath(row.path).relative_to(RESULTS).parts
            named = ("*" if part.startswith("{") else part for part in parts)
            yield "/".join((*named, file.name)), file


_FOLDERS = {pattern: file.parts for pattern, file in _patterns() if file.parts}
# What the page says that a file holds, by its pattern.
_READ = {pattern: file.holds for pattern, file in _patterns() if file.holds} | {
    f"{folder}/{part}": words for folder, parts in _FOLDERS.items() for part, words in parts.items()
}


def read_by_report(name: str) -> bool:
    """Tell whether a file of a run, named from its folder, is one that the report reads."""
    path = PurePath(name)
    return any(path.match(one) and len(path.parts) == one.count("/") + 1 for one in _READ)


def holds(name: str) -> str:
    """Return what the page says that a file holds."""
    return next(words for pattern, words in _READ.items() if PurePath(name).match(pattern))


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
    found = next((parts for one, parts in _FOLDERS.items() if path.match(one)), None)
    if found is None or not path.is_dir():
        return [path]
    return [file for pattern in found for file in sorted(path.glob(pattern))]


def _name(path: Path) -> str:
    for pattern in _READ:
        if path.match(pattern):
            return "/".join(path.parts[-pattern.count("/") - 1 :])
    expected = f"artifacts of a run: {', '.join(_READ)}"
    raise InputError(expected, str(path), "leave the others out")
