"""Names from outside in shell commands: files, folders and the environment, with every sign."""

import ast
import json
import os
import re
import string
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest

from workflow_case import REPOSITORY, copy_workflow, environment

_COMMAND = re.compile(r'^    shell:\n((?:        ".*"\n)+)', re.MULTILINE)
_RULE = re.compile(r"^(?:use rule \w+ as|rule) (\w+)", re.MULTILINE)
# As files below a folder and as a folder: what a shell, a glob or a wildcard would make more of.
ODD = [
    "a;touch X;b.csv", "own table (1) [2] {} it's \"x\".csv", "$(touch X) `touch X` & b | c>X.csv",
    "-x *?~$HOME\\n#Größe,%20\t\n.csv",
]  # fmt: skip
FOLDER = "data;touch X; 'a' \"b\" [c] {} $(touch X)"


def commands() -> list[str]:
    """The shell commands of all rules."""
    texts = [path.read_text() for path in sorted((REPOSITORY / "workflow/rules").glob("*.smk"))]
    found = [ast.literal_eval(f"({one})") for text in texts for one in _COMMAND.findall(text)]
    rules = [name for text in texts for name in _RULE.findall(text)]
    without = {
        "simulate_rival",
        "count_rival",
        "datasets",
        "models",
        "distil",
    }  # no command of their own
    assert len(found) == len(rules) - len(without & set(rules))
    return found


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.split()[3])
def test_every_value_in_a_command_is_quoted(command: str) -> None:
    fields = [(name, form) for _, name, form, _ in string.Formatter().parse(command) if name]
    assert fields and all(form == "q" for _, form in fields), fields
    assert command.count("> {log:q} 2>&1") == 1


def test_no_rule_runs_code_of_its_own() -> None:
    for path in (REPOSITORY / "workflow/rules").glob("*.smk"):
        assert not re.search(r"^    (run|script|notebook|wrapper):", path.read_text(), re.M)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the workflow, and tables of odd names in a folder of an odd name."""
    folder = copy_workflow(tmp_path_factory.mktemp("odd") / 'it\'s a "clone"; [1] $x {y} <z>')
    (folder / FOLDER).mkdir()
    x = np.random.default_rng(0).normal(size=(60, 2)).round(2)
    rows = [f"{a},{b},{'p' if a > 0 else 'q'}\n" for a, b in x]
    for name in ODD:
        (folder / FOLDER / name).write_text("".join(["a,b,kind\n", *rows]), encoding="utf-8")
    return folder


def snakemake(folder: Path, python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "snakemake", "--cores", "2", *arguments]
    env = environment(folder)
    packages = [path for path in sys.path if "site-packages" in path]
    env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], *packages])
    return subprocess.run(command, cwd=folder, env=env, text=True, capture_output=True, check=False)


@pytest.mark.slow
def test_files_of_all_names_are_read_and_no_command_in_them_is_carried_out(folder: Path) -> None:
    """The environment lies in a folder of an odd name, too."""
    venv.create(folder / "my env; touch X; {n}", symlinks=True)
    python = folder / "my env; touch X; {n}" / "bin" / "python"
    data = {f"own{i}": {"source": "table", "train": n, "label": "kind"} for i, n in enumerate(ODD)}
    config = {"run": "x", "data_dir": FOLDER, "data": data, "datasets": list(data)}
    (folder / "odd config.yaml").write_text(json.dumps(config))
    done = snakemake(folder, python, "datasets", "--configfile", "odd config.yaml")
    assert done.returncode == 0, done.stderr[-4000:]
    for name in data:
        assert (folder / "results/x/data" / name / "dataset.npz").is_file()
    assert not [path for path in folder.rglob("X*") if path.name in ("X", "X.csv")]
    again = snakemake(folder, python, "datasets", "--configfile", "odd config.yaml")
    assert "Nothing to be done" in again.stderr


@pytest.mark.slow
def test_a_run_elsewhere_and_its_status(folder: Path, tmp_path: Path) -> None:
    """`--directory` takes the workflow as it is; the order of classes and of keys is a setting."""
    (tmp_path / "tables").mkdir()
    rows = ["a,kind\n", *(f"{i},{'z' if i % 2 else 'a'}\n" for i in range(60))]
    (tmp_path / "tables" / "own.csv").write_text("".join(rows))
    table = {"source": "table", "train": "own.csv", "label": "kind"}
    table["classes"] = {"zet": "z", "alpha": "a"}
    config = {"run": "x", "data_dir": "tables", "data": {"own": table}, "datasets": ["own"]}
    (tmp_path / "own.json").write_text(json.dumps(config))
    (tmp_path / "json.py").write_text("raise SystemExit('a module of the working folder')")
    python = Path(sys.executable)
    where = ("--directory", str(tmp_path), "--configfile", str(tmp_path / "own.json"))
    done = snakemake(folder, python, "datasets", *where)
    assert done.returncode == 0, done.stderr[-4000:]
    told = subprocess.run(
        [str(python), "-P", "-m", "symbolnet", "status", "results/x"],
        cwd=tmp_path,
        env=environment(folder),
        text=True,
        capture_output=True,
        check=False,
    )
    assert re.match(r"2 of \d+ jobs done, 0 stopped", told.stdout), told.stdout + told.stderr
    assert "Params have changed" not in told.stdout and "prepare_dataset" not in told.stdout
