"""Files are UTF-8 whatever the locale: no call in the package leaves the encoding to it."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from symbolnet.data.dataset import load_dataset
from workflow_case import REPOSITORY, copy_workflow, environment

_SOURCES = [*(REPOSITORY / "src").rglob("*.py"), *(REPOSITORY / "benchmarks").glob("*.py")]
_BINARY = re.compile(r"'[rwax]b\+?'|'w\+b'")


def leaves_it_open(call: ast.Call) -> bool:
    """Tell a call of open, of a path's read_text or write_text, or of a process in text mode.

    A path's open has a mode first, if anything; that of an archive a name.
    """
    keys = {one.arg for one in call.keywords}
    method = isinstance(call.func, ast.Attribute) and call.func.attr in ("read_text", "write_text")
    of_path = getattr(call.func, "attr", "") == "open" and all(
        isinstance(one, ast.Constant | ast.IfExp) for one in call.args
    )
    named = getattr(call.func, "id", "") == "open"
    opened = (of_path or named) and not _BINARY.search(ast.unparse(call))
    return "encoding" not in keys and (method or opened or "text" in keys)


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.stem)
def test_every_call_names_its_encoding(path: Path) -> None:
    calls = [n for n in ast.walk(ast.parse(path.read_bytes())) if isinstance(n, ast.Call)]
    assert [call.lineno for call in calls if leaves_it_open(call)] == []


@pytest.fixture(scope="module")
def latin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A locale in Latin-1, in which Δ is no letter."""
    folder = tmp_path_factory.mktemp("locale")
    make = ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(folder / "de_DE.ISO-8859-1")]
    if subprocess.run(make, capture_output=True, check=False).returncode:
        pytest.skip("no localedef, or no source of a locale")
    return {"LOCPATH": str(folder), "LC_ALL": "de_DE.ISO-8859-1", "PYTHONUTF8": "0"}


@pytest.mark.slow
def test_a_table_of_any_letters_in_a_locale_without_them(
    latin: dict[str, str], tmp_path: Path
) -> None:
    folder = copy_workflow(tmp_path / "copy")
    env = environment(folder) | latin
    encoding = [sys.executable, "-c", "import locale; print(locale.getpreferredencoding())"]
    assert subprocess.check_output(encoding, env=env).strip() in (b"ISO-8859-1", b"ISO8859-1")
    x = np.random.default_rng(0).normal(size=60)
    rows = [f"{a:.2f},1,{'τ→μ' if a > 0 else 'é'}\n" for a in x]
    (folder / "own.csv").write_text("".join(["Δη,größe,Art\n", *rows]), encoding="utf-8")
    table = {"source": "table", "train": "own.csv", "label": "Art", "drop": ["größe"]}
    config = {"run": "x", "data_dir": ".", "data": {"own": table}, "datasets": ["own"]}
    text = json.dumps(config, ensure_ascii=False)
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    target = "results/x/data/own/description.json"
    command = [sys.executable, "-m", "snakemake", "--cores", "1", target]
    done = subprocess.run(
        [*command, "--configfile", "own.yaml"], cwd=folder, env=env, capture_output=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    data = load_dataset(folder / "results/x/data/own/dataset.npz")
    assert data.feature_names == ("Δη",) and set(data.class_names) == {"τ→μ", "é"}
    fault = [sys.executable, "-m", "symbolnet", "status", "Δ"]
    told = subprocess.run(
        fault, cwd=folder, env=env | {"PYTHONIOENCODING": ""}, capture_output=True
    )
    assert told.returncode == 1 and b"Traceback" not in told.stderr
