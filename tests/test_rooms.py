"""docs/architecture.md and the package say the same: rooms in their order, stages and files."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from symbolnet.files import RESULTS
from symbolnet.pipeline.cli import function_of, verbs
from symbolnet.pipeline.declared import Place, declared

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "symbolnet"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def rooms() -> list[str]:
    """The rooms of the page's first table, in its order."""
    table = PAGE.partition("| room |")[2].partition("\n\n")[0]
    cells = (line.split("|")[1] for line in table.splitlines()[2:])
    return [name.removesuffix("/").removesuffix(".py") for c in cells for name in named(c)]


def named(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, at_start: bool = False) -> Iterator[str]:
    """The modules of the package that a file imports; those of functions too, if not `at_start`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_start else ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("symbolnet"):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.startswith("symbolnet."))


def test_the_page_names_every_room_once() -> None:
    there = {room_of(path) for path in MODULES if room_of(path) != "__main__"}
    assert sorted(rooms()) == sorted(there)


def test_the_rooms_of_the_firmware_import_from_earlier_ones_only() -> None:
    (row,) = (line for line in PAGE.splitlines() if line.startswith("| `firmware/`"))
    inner = [name.removesuffix("/") for name in named(row.split("|")[3])]
    folder = PACKAGE / "firmware"
    assert sorted(inner) == sorted(path.parent.name for path in folder.glob("*/__init__.py"))
    for path in folder.glob("*/*.py"):
        earlier = inner[: inner.index(path.parent.name) + 1]
        read = [name.split(".")[2] for name in imports(path) if ".firmware." in name]
        assert set(read) <= set(earlier), path.name


@pytest.mark.parametrize("room", rooms())
def test_a_room_imports_from_earlier_rooms_only(room: str) -> None:
    earlier = rooms()[: rooms().index(room) + 1]
    for path in PACKAGE.rglob("*.py"):
        if room_of(path) == room:
            later = [name for name in imports(path) if name.split(".")[1] not in earlier]
            assert not later, f"{path.relative_to(PACKAGE)} imports {later}"


# Who does without a room that may be deleted; the others are its own stages.
WITHOUT = {
    "baselines": "train_baseline train_reference train_rival",
    "report": "write_report write_manifest write_distil_report write_distil_manifest",
    "firmware": "build_graph count_resources evaluate_graph place_and_route prove_graph run_vendor"
    " prove_netlist prove_bitwise certify_distance"
    " search_formats simulate_hls simulate_rtl train_rival write_report write_manifest"
    " write_board write_emulator write_testbench write_distil_report write_distil_manifest",
}
RULES_NEED = ("jobs", "specs", "preflight", "told", "cli", "given")
LATER = {
    "baselines": set(),
    "report": {"audit"},
    "firmware": {"baselines", "report", "design", "audit"},
}


@pytest.mark.slow
@pytest.mark.parametrize("room", WITHOUT)
def test_the_rest_can_be_imported_without_a_room_that_may_be_deleted(room: str) -> None:
    gone = {room, *LATER[room], "pipeline"}
    kept = [path for path in MODULES if room_of(path) not in gone | {"__main__"}]
    stages = [verb for verb in verbs() if verb not in WITHOUT[room].split()]
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in kept]
    names += [
        f"symbolnet.pipeline.{name}"
        for name in ("cli", "given", "jobs", "specs", "preflight", "told")
    ]
    names += [f"symbolnet.pipeline.stages.{verb}" for verb in stages]
    code = f"""
import importlib, sys
for gone in {sorted(gone - {"pipeline"})}:
    sys.modules[f"symbolnet.{{gone}}"] = None
for name in {names}:
    importlib.import_module(name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def written(places: list[Place]) -> str:
    """The paths of files, of those in the folder of the first the names."""
    paths = [place.template.removeprefix(f"{RESULTS}/") for place in places]
    folder = paths[0].rpartition("/")[0] + "/"
    shown = [paths[0], *(path.removeprefix(folder) for path in paths[1:])]
    return ", ".join(f"`{path.replace('{', '<').replace('}', '>')}`" for path in shown)


def row(verb: str) -> str:
    """The row of a stage in the page's table."""
    found = declared(verb)
    reads = ", ".join(
        f"`{name}`" for name in dict.fromkeys(one.name for one in found.reads.values())
    )
    first = (function_of(verb).__doc__ or "").splitlines()[0]
    return f"| `{verb}` | {first} | {reads} | {written([*found.writes.values()])} |"


def test_the_table_of_stages_is_what_their_signatures_say() -> None:
    table = PAGE.partition("| stage |")[2].partition("\n\n")[0].splitlines()[2:]
    expected = sorted(row(verb) for verb in verbs())
    assert sorted(table) == expected, "\n" + "\n".join(expected)


def test_every_file_that_the_page_names_is_there() -> None:
    names = [name for name in named(PAGE) if re.fullmatch(r"[a-z_]+/[\w/]+\.py", name)]
    assert len(names) > 20
    assert [name for name in names if not any((f / name).is_file() for f in (PACKAGE, ROOT))] == []
