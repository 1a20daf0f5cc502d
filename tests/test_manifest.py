"""The manifest names every file with its hash; the crate of it keeps the profiles' MUSTs."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from audit_case import CONFIG, build_run, sign
from symbolnet.artifact import read_json, sha256, write_json
from symbolnet.audit.contents import raw_files
from symbolnet.audit.crate import CRATE, crate_of
from symbolnet.audit.machine import git_state, wall_times
from symbolnet.audit.manifest import load_manifest, recorded
from symbolnet.config import Config, DigitImages, MnistImages, load_config, selected
from symbolnet.errors import InputError


@pytest.fixture(scope="module")
def manifest(run: Path) -> dict[str, Any]:
    return load_manifest(run)


def test_every_file_of_the_run_is_there_with_its_hash(run: Path, manifest: dict[str, Any]) -> None:
    own = {"manifest.json", CRATE}
    present = {p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()} - own
    found = recorded(manifest)
    assert set(found) == present
    for name, entry in found.items():
        assert entry["sha256"] == hashlib.sha256((run / name).read_bytes()).hexdigest()
        assert entry["size"] == (run / name).stat().st_size


def test_only_the_environment_differs_between_two_runs(run: Path, tmp_path: Path) -> None:
    other = build_run(tmp_path / "tiny")
    first, second = load_manifest(run), load_manifest(other)
    assert first.pop("environment") != second.pop("environment")
    pairs = zip(first["files"], second["files"], strict=True)
    assert [one["path"] for one, again in pairs if one != again] == []
    assert first == second


def test_files_with_wall_times_are_hashed_without_them(manifest: dict[str, Any]) -> None:
    timed = {one["path"]: one for one in manifest["files"] if one["sha256"] is None}
    assert {"summary.json", "report/index.html", "training/jets/small/members.json"} <= set(timed)
    assert timed["summary.json"]["sha256_without_seconds"] is not None
    assert "training/jets/small/network.safetensors" not in timed


def test_classes_keep_the_order_that_the_config_gives_them(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "tiny")
    digits = DigitImages(classes={"two": 2, "one": 1, "seven": 7})
    sign(tmp_path / "tiny", CONFIG.model_copy(update={"data": {"jets": digits}}))
    kept = load_config(load_manifest(tmp_path / "tiny")["config"]).data["jets"]
    assert isinstance(kept, DigitImages) and list(kept.classes) == ["two", "one", "seven"]


def test_config_seeds_and_code_are_recorded(manifest: dict[str, Any]) -> None:
    assert load_config(manifest["config"]) == selected(CONFIG)
    assert manifest["seeds"]["training.small.seeds"] == [0, 1]
    assert manifest["seeds"]["data.jets.seed"] == 1
    assert {"symbolnet.firmware.emit.rtl", "symbolnet.pipeline.stages.train"} <= set(
        manifest["code"]
    )


def test_definitions_that_are_not_selected_are_left_out(manifest: dict[str, Any]) -> None:
    assert list(manifest["config"]["data"]) == ["jets"]
    assert list(manifest["config"]["baselines"]) == ["bumps"]


def test_half_written_and_hidden_files_are_left_out(run: Path, tmp_path: Path) -> None:
    folder = run / "training/jets/small"
    for name in (".snakemake_timestamp", "network.safetensors.checkpoint"):
        (folder / name).write_text("x")
    sign(run)
    names = set(recorded(load_manifest(run)))
    for name in (".snakemake_timestamp", "network.safetensors.checkpoint"):
        (folder / name).unlink()
        assert f"training/jets/small/{name}" not in names


def test_raw_files_from_outside_are_named_without_the_folders_of_this_machine(
    tmp_path: Path,
) -> None:
    for name in ("a", "b", "c", "d"):
        (tmp_path / name).write_text(name)
    images = MnistImages(train=("a", "b"), test=("c", "d"))
    data = {"mnist": images, "digits": DigitImages()}
    config = Config(
        data_dir=str(tmp_path), datasets=["mnist", "digits"], data=data, train=[], choose=[]
    )
    names = [one.name for one in raw_files(config, tmp_path / "results/x")]
    assert names == ["a", "b", "c", "d", "digits.csv.gz"]


def test_wall_times_are_read_from_the_benchmarks(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train/jets-small.tsv").write_text("s\th:m:s\n1.5\t0:00:01\n")
    assert wall_times(tmp_path) == {"train/jets-small": 1.5}


def test_outside_a_repository_there_is_no_git_state(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None


def test_a_run_without_manifest_and_an_older_one_are_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a manifest\.json .* finish the run"):
        load_manifest(tmp_path)
    write_json(tmp_path / "manifest.json", {**load_manifest(run), "contract": 0})
    with pytest.raises(InputError, match=r"contract 0, made by another version"):
        load_manifest(tmp_path)
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(InputError, match=r"contract None"):
        load_manifest(tmp_path)


def by_id(crate: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entity["@id"]: entity for entity in crate["@graph"]}


def ids(value: Any) -> list[str]:
    return [one["@id"] for one in (value if isinstance(value, list) else [value])]


def test_the_crate_keeps_the_musts_of_its_profiles(run: Path) -> None:
    """Workflow Run Crate 0.5, Workflow RO-Crate 1.0 and RO-Crate 1.1, clause by clause."""
    crate = read_json(run / CRATE)
    entities = by_id(crate)
    assert len(entities) == len(crate["@graph"])  # every entity once
    assert crate["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    about, root = entities[CRATE], entities["./"]
    assert ids(about["about"]) == ["./"] and "https://w3id.org/ro/crate/1.1" in ids(
        about["conformsTo"]
    )
    assert root["@type"] == "Dataset"
    assert all(root[key] for key in ("name", "description", "datePublished", "license"))
    profiles = ids(root["conformsTo"])
    assert {p.rsplit("/", 2)[1] for p in profiles} == {"process", "workflow", "workflow-ro-crate"}
    workflow = entities[ids(root["mainEntity"])[0]]
    assert {"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= set(workflow["@type"])
    language = entities[ids(workflow["programmingLanguage"])[0]]
    assert language["@type"] == "ComputerLanguage" and language["name"] == "Snakemake"
    (action,) = [e for e in crate["@graph"] if e["@type"] == "CreateAction"]
    assert ids(action["instrument"]) == [workflow["@id"]] and ids(root["mentions"]) == ["#run"]
    assert action["@id"] in ids(root["mentions"])
    for reference in [*ids(action["result"]), *ids(action["object"]), *ids(root["hasPart"])]:
        assert reference in entities


def test_the_crate_lists_every_file_with_its_hash(run: Path) -> None:
    entities = by_id(read_json(run / CRATE))
    parts = ids(entities["./"]["hasPart"])
    expected = {*recorded(load_manifest(run)), "manifest.json"}
    assert set(parts) == expected
    for name in parts:
        assert entities[name]["sha256"] == sha256(run / name)
        assert (run / name).is_file()


def test_same_manifest_same_crate(run: Path, manifest: dict[str, Any]) -> None:
    manifest = load_manifest(run)
    path = run / "manifest.json"
    entry = {"size": path.stat().st_size, "sha256": sha256(path)}
    assert json.dumps(crate_of(manifest, entry)) == json.dumps(crate_of(manifest, entry))
    assert crate_of(manifest, entry) == read_json(run / CRATE)
