"""The table of files, the marks of the stages and the rules of the workflow say the same."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from symbolnet.config import Config, load_config
from symbolnet.files import (
    FOLDERS,
    OF_DATASETS,
    RESULTS,
    asked_for,
    file_of,
    folders,
    home_of,
    shown,
    template,
)
from symbolnet.pipeline.cli import function_of, verbs
from symbolnet.pipeline.declared import Place, declared
from symbolnet.pipeline.jobs import Files
from symbolnet.pipeline.specs import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = {
    "dataset": "jets",
    "training": "shared",
    "choice": "cheap",
    "peer": "bumps",
    "rival": "mlp",
    "kind": "linear",
    "jet": "g",
    "chunk": "0",
    "part": "g-0",
    "shards": "2",
    "file": "x.csv",
    "system": "spring-2d",
    "networks": "sparse",
    "mock": "lognormal",
    "scope": "",
    "formulas": "mine.txt",
}
CONFIG = {
    "run": "seen",
    "training": {"shared": {"method": "paper", "seeds": [0, 1], "shards": 2}},
    "train": ["shared"],
    "choices": {"cheap": {"training": "shared", "lut_max": 500}, "mine": {"formulas": "mine.txt"}},
    "choose": ["cheap", "mine"],
    "peers": ["bumps"],
    "rivals": ["mlp"],
    "references": ["linear"],
    "firmware": {"timing": {}, "solver": {}, "board": True},
    "distil": {"systems": ["spring-2d"], "train": ["sparse"], "halos": ["lognormal"]},
}
# What a stage is told of beside its files and settings: outside the run, or gone when it is done.
UNMARKED = {"checkpoint", "lock", "snakefile", "inputs", "spec"}
RULES = re.findall(
    r"rule (?:\w+ as )?(\w+)(?: with)?:",
    "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk")),
)
RULES = [name for name in RULES if name not in ("datasets", "models", "distil")]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("seen")
    (folder / "config.json").write_text(json.dumps(CONFIG | {"data_dir": str(folder)}))
    (folder / "mine.txt").write_text("mass\n0\n0\n0\n0\n")
    script = [sys.executable, str(ROOT / "tests/rules_seen.py"), str(folder / "config.json")]
    done = subprocess.run([*script, json.dumps(EXAMPLE)], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def here(path: str) -> str:
    return path.replace(RESULTS, "results/seen")


def verb_of(rule: dict[str, Any]) -> str:
    return str(re.match(r"python -m symbolnet (\w+) ", rule["shell"])[1])  # type: ignore[index]


def moved(place: Place, rule: str, verb: str) -> Place:
    """A rule with another name than its verb runs the stage on a rival's files."""
    elsewhere = rule != verb and place.folder == "firmware"
    return place._replace(folder="rival") if elsewhere else place


@pytest.mark.parametrize("verb", verbs())
def test_every_file_of_a_stage_is_marked_and_in_the_table(verb: str) -> None:
    found = declared(verb)
    parameters = inspect.signature(function_of(verb)).parameters
    assert set(parameters) - {*found.reads, *found.writes} <= UNMARKED
    assert found.writes and not {*found.reads} & {*found.writes}
    for place in (*found.reads.values(), *found.writes.values()):
        assert place.name in FOLDERS[place.folder].files
    assert ("spec" in parameters) == (verb in SETTINGS)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_reads_and_writes_what_its_stage_says(rule: str, seen: dict[str, Any]) -> None:
    found, files = seen["rules"][rule], Files(load_config(seen["config"]))
    verb, given = verb_of(found), found["given"]
    said = declared(verb)
    written = {name: moved(place, rule, verb) for name, place in said.writes.items()}
    assert found["outputs"] == {name: here(place.template) for name, place in written.items()}
    if verb in ("write_report", "write_manifest", "write_distil_report"):
        return  # read whatever there is of a run
    expected = {}
    for name, place in said.reads.items():
        there = moved(place, rule, verb)
        rival = [there.template.format(**given)] if there != place else None
        expected[name] = [here(path) for path in rival or files.read(name, place.name, given)]
    assert {name: [here(one) for one in paths] for name, paths in found["inputs"].items()} == {
        name: paths for name, paths in expected.items() if paths or name in found["inputs"]
    }


@pytest.mark.parametrize("rule", RULES)
def test_a_command_gives_every_file_under_the_name_of_its_parameter(
    rule: str, seen: dict[str, Any]
) -> None:
    command = seen["rules"][rule]["shell"]
    said = declared(verb_of(seen["rules"][rule]))
    options = dict(re.findall(r"--([\w-]+) {(\w+\.?\w*):q}", command))
    for kind, places in (("input", said.reads), ("output", said.writes)):
        for name in places:
            assert options.pop(name.replace("_", "-")) == f"{kind}.{name}"
    assert set(options) <= {one for one in UNMARKED}


def test_every_file_is_written_by_a_stage_and_every_stage_has_a_rule(seen: dict[str, Any]) -> None:
    written = {place.template for verb in verbs() for place in declared(verb).writes.values()}
    rivals = {here(template(name, "rival")) for name in FOLDERS["rival"].files}
    assert {here(path) for path in written} | rivals == {
        here(template(name, folder))
        for folder, row in FOLDERS.items()
        for name in row.files
        if folder != "given"
    }
    outputs = {p for rule in seen["rules"].values() for p in rule["outputs"].values()}
    assert outputs == {here(path) for path in written} | rivals
    assert {verb_of(rule) for rule in seen["rules"].values()} == set(verbs())


def test_the_page_and_the_manifest_wait_for_every_file_of_a_finished_run(
    seen: dict[str, Any],
) -> None:
    config: Config = load_config(seen["config"])
    page, rest = (
        {here(path) for path in seen["rules"][rule]["inputs"][""]}
        for rule in ("write_report", "write_manifest")
    )
    assert not page & rest
    for folder in OF_DATASETS:
        for name, file in FOLDERS[folder].files.items():
            for one in folders(config, folder, config.datasets):
                if "{" not in file.name and asked_for(config, folder, name, one):
                    waits = page if name in shown(folder) else rest
                    assert here(template(name, folder).format(**one)) in waits


def test_a_file_has_one_name_in_all_folders() -> None:
    for name in {name for row in FOLDERS.values() for name in row.files}:
        called = {row.files[name].name for row in FOLDERS.values() if name in row.files}
        assert called == {file_of(name)}
        assert template(name) == template(name, home_of(name))
