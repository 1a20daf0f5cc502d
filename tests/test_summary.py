"""The summary: every figure from its artifact, the front, provenance, and refusals."""

import hashlib
import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from report_case import HARDWARE, RESULTS, SPEC, build, diverge
from symbolnet.artifact import check_schema, read_json, write_json
from symbolnet.config import load_config, report_settings
from symbolnet.data.dataset import load_dataset, save_dataset
from symbolnet.errors import InputError
from symbolnet.report.collect import collect
from symbolnet.report.comparison import front
from symbolnet.report.inputs import Inputs
from symbolnet.report.provenance import without_seconds
from symbolnet.report.published import published

Run = tuple[Path, list[Path]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    return folder, build(folder)


@pytest.fixture(scope="module")
def summary(run: Run) -> dict[str, Any]:
    return collect(SPEC, Inputs(run[1]))


def copied(run: Run, folder: Path) -> list[Path]:
    shutil.copytree(run[0], folder, dirs_exist_ok=True)
    return [folder / path.relative_to(run[0]) for path in run[1]]


def test_it_fits_its_schema(summary: dict[str, Any]) -> None:
    check_schema(summary, "summary", Path("summary.json"))


def test_the_data_set_is_counted(summary: dict[str, Any]) -> None:
    (data,) = summary["datasets"]
    assert [data[f"n_{split}"] for split in ("train", "validation", "test")] == [200, 50, 100]
    assert (data["n_inputs"], data["classes"]) == (16, list("gqwzt"))
    assert data["rows"]["test"] == dict.fromkeys("gqwzt", 20)
    assert data["files"] == [{"split": "train", "file": "toy.root", "sha256": "ab" * 32}]
    assert data["features"][0]["mean"] == pytest.approx(0.1)


def test_a_table_of_no_name_is_called_by_its_file(run: Run, tmp_path: Path) -> None:
    folders = {path.relative_to(run[0]).parts[0] for path in run[1]}
    paths = [Path(str(path).replace("/jets/", "/own/")) for path in copied(run, tmp_path)]
    for folder in folders:
        (tmp_path / folder / "jets").rename(tmp_path / folder / "own")
    table = tmp_path / "data/own/dataset.npz"
    files = {"train": [{"file": "red wine.v2.csv.gz"}], "test": []}
    save_dataset(table, load_dataset(table)._replace(provenance=files))
    spec = SPEC.model_copy(update={"datasets": ["own"], "sources": {"own": "table"}})
    (data,) = collect(spec, Inputs(paths))["datasets"]
    assert (data["name"], data["title"]) == ("own", "red wine.v2")
    assert data["source"] == "A table, red wine.v2.csv.gz"
    (data,) = collect(spec.model_copy(update={"sources": {}}), Inputs(paths))["datasets"]
    assert data["title"] == "own"


def test_models_hold_what_the_stages_measured(run: Run, summary: dict[str, Any]) -> None:
    folder = run[0] / "training/jets/small"
    measured = {m["id"]: m for m in read_json(folder / "metrics.json")["members"]}
    trained = {m["id"]: m for m in read_json(folder / "members.json")["members"]}
    assert [m["id"] for m in summary["models"]] == list(trained)
    for model in summary["models"]:
        entry, member = measured[model["id"]], trained[model["id"]]
        assert model["accuracy_test"] == entry["network"]["accuracy_test"]
        assert model["auc"] == entry["network"]["auc_test"]
        assert model["expression_accuracy_test"] == entry["rounded"]["accuracy_test"]
        balanced = entry["rounded"]["balanced_accuracy_test"]
        assert model["expression_balanced_accuracy_test"] == balanced
        assert balanced == pytest.approx(np.mean(entry["rounded"]["class_accuracy_test"]))
        assert model["complexity_mean"] == sum(entry["complexity"]) / 5
        assert model["targets"] == member["targets"]
        assert model["inputs_kept"] == len(member["inputs_kept"])
        assert 0 <= model["inputs_used"] <= model["inputs_kept"]
        accuracy = model["expression_accuracy_test"]
        error = math.sqrt(accuracy * (1 - accuracy) / 100)
        assert model["expression_accuracy_test_error"] == pytest.approx(error)


def test_firmware_has_a_row_per_kind_and_null_elsewhere(summary: dict[str, Any]) -> None:
    rows = {row["kind"]: row for row in summary["firmware"]}
    assert list(rows) == [*RESULTS, "resources_without_dsp"]
    assert [rows[k]["lut"] for k in rows if k.startswith("resources")] == [1234, 4321]
    assert rows["rtl"]["mismatches"] == RESULTS["rtl"]["mismatches"]
    assert rows["rtl"]["lut"] is None and rows["resources"]["accuracy_test"] is None
    assert len({row["model"] for row in summary["firmware"]}) == 1


def test_proof_and_clock_rate_are_told(run: Run, summary: dict[str, Any], tmp_path: Path) -> None:
    found = summary["evidence"]["jets"]["best"]
    assert (found["proof"]["nodes_proved"], found["proof"]["nodes_total"]) == (41, 43)
    assert (found["netlist"]["cones_proved"], found["netlist"]["cones_total"]) == (8, 9)
    rates = [found["timing"][f"fmax_mhz_{end}"] for end in ("min", "median", "max")]
    assert (rates, found["timing"]["seeds"]) == ([208.0, 210.0, 213.0], 3)
    assert found["timing"]["latency_cycles"] == 14
    without = [path for path in copied(run, tmp_path) if path.name != "timing.json"]
    assert collect(SPEC, Inputs(without))["evidence"]["jets"]["best"]["timing"] is None


def test_the_firmware_front_has_the_formats_that_were_taken(summary: dict[str, Any]) -> None:
    (point,) = summary["firmware_front"]["jets"]
    assert (point["choice"], point["lut_max"], point["lut"]) == ("best", 1300, 1234)
    assert point["luts_estimated"] == 1100.0 and point["accuracy_test"] == 0.31


def test_formulas_and_rivals_are_compared_by_the_same_figures(summary: dict[str, Any]) -> None:
    (ours,), (rival, other) = (summary["comparison"]["jets"][k] for k in ("symbolic", "rivals"))
    assert (ours["name"], rival["name"]) == ("best", "mlp") and other["kind"] == "trees"
    assert ours["mismatches"] == rival["mismatches"] == 3 and rival["lut"] == 1234
    assert rival["tool_version"] == "1.2; 1.2" and rival["netlist_mismatches"] is None


def point(name: str, complexity: float, validation: float, test: float = 0.5) -> dict[str, Any]:
    return {
        "id": name,
        "complexity_mean": complexity,
        "expression_accuracy_validation": validation,
        "loss_expected": 1 - validation,
        "expression_accuracy_test": test,
        "diverged": None,
    }


def test_the_front_ignores_test_accuracy() -> None:
    models = [
        point("a", 10, 0.5, 0.1),
        point("better on test only", 20, 0.4, 0.9),
        point("b", 30, 0.6),
        point("same accuracy, longer", 40, 0.6, 0.9),
        point("same complexity, worse", 10, 0.4),
    ]
    assert [p["id"] for p in front(models)] == ["a", "b"]
    assert [p["id"] for p in front(models[::-1])] == ["a", "b"]


def test_budgets_hold_trainings_baselines_and_published_points(summary: dict[str, Any]) -> None:
    found = summary["budgets"]["jets"]
    assert found["complexities"] == [20, 1000]
    methods = [(row["origin"], row["method"]) for row in found["rows"]]
    assert methods[:3] == [
        ("training", "small"),
        ("baseline", "bumps"),
        ("published", "SymbolNet"),
    ]
    by_id = {m["id"]: m for m in [*summary["models"], *summary["baselines"]]}
    for row in found["rows"][:2]:
        cell = row["cells"][1]
        assert sorted(by_id[name]["seed"] for name in cell["models"]) == [0, 1]
        tested = [by_id[name]["expression_accuracy_test"] for name in cell["models"]]
        assert cell["accuracy_test"] == pytest.approx(sum(tested) / 2)
        best = min((by_id[n] for n in cell["models"]), key=lambda m: m["loss_expected"])
        assert cell["choice"]["id"] == best["id"]
        assert cell["choice"]["accuracy_test"] == best["expression_accuracy_test"]


def test_references_are_shown_with_their_error(run: Run, summary: dict[str, Any]) -> None:
    (scored,) = read_json(run[0] / "references/jets/linear/scores.json")["runs"]
    (found,) = summary["references"]
    assert (found["dataset"], found["kind"], found["runs"]) == ("jets", "linear", 1)
    tested = found["accuracy_test"]
    assert tested == scored["accuracy_test"]
    assert found["accuracy_test_error"] == pytest.approx((tested * (1 - tested) / 100) ** 0.5)


def test_baselines_are_models_without_a_network(run: Run, summary: dict[str, Any]) -> None:
    measured = read_json(run[0] / "peers/jets/bumps/metrics.json")["members"]
    assert [m["id"] for m in summary["baselines"]] == [m["id"] for m in measured]
    for model, entry in zip(summary["baselines"], measured, strict=True):
        assert model["accuracy_test"] is None
        assert model["expression_accuracy_test"] == entry["rounded"]["accuracy_test"]
        assert model["complexity_target"] >= model["complexity_mean"]


def test_what_the_auc_is_of_is_told(summary: dict[str, Any]) -> None:
    assert {m["auc_of"] for m in summary["models"]} == {"scores"}  # trained on squared error
    assert {m["auc_of"] for m in summary["baselines"]} == {"softmax"}


def test_a_folder_stands_for_what_is_read_of_it(run: Run) -> None:
    choice = run[0] / "firmware/jets/best"
    others = [path for path in run[1] if path not in {choice / name for name in HARDWARE}]
    folders = [choice / "rtl", choice / "testbench"]
    assert Inputs([*others, *folders]).paths == Inputs(run[1]).paths
    assert Inputs(run[1]).below("firmware/jets/best/rtl") == [
        "firmware/jets/best/rtl/interface.json",
        "firmware/jets/best/rtl/src/symbolnet.v",
        "firmware/jets/best/rtl/vhdl/symbolnet.vhd",
    ]


def test_the_error_of_an_accuracy_is_that_of_a_bootstrap(summary: dict[str, Any]) -> None:
    model = summary["models"][0]
    right = np.arange(100) < round(100 * model["expression_accuracy_test"])
    rows = np.random.default_rng(0).integers(0, 100, size=(20_000, 100))
    spread = right[rows].mean(axis=1).std()
    assert model["expression_accuracy_test_error"] == pytest.approx(spread, rel=0.03)


def test_a_diverged_member_is_kept_without_figures(run: Run, tmp_path: Path) -> None:
    paths = copied(run, tmp_path)
    diverge(tmp_path)
    found = collect(SPEC, Inputs(paths))
    check_schema(found, "summary", Path("summary.json"))
    (model,) = [m for m in found["models"] if m["diverged"]]
    assert model["accuracy_test"] is None and model["complexity"] is None
    assert model["id"] not in [p["id"] for p in found["front"]["jets"]]


def test_every_input_is_hashed(run: Run, summary: dict[str, Any]) -> None:
    found = {a["path"]: a for a in summary["artifacts"]}
    assert set(found) == {str(path.relative_to(run[0])) for path in run[1]}
    for path in run[1]:
        name = str(path.relative_to(run[0]))
        digest = found[name]["sha256"] or summary["environment"]["sha256"][name]
        assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_wall_times_change_nothing_but_themselves(run: Run, tmp_path: Path) -> None:
    paths = copied(run, tmp_path)
    members = tmp_path / "training/jets/small/members.json"
    value = read_json(members)
    value["train_seconds"] += 1
    for member in value["members"]:
        member["train_seconds"] += 1
    write_json(members, value)
    before, after = collect(SPEC, Inputs(run[1])), collect(SPEC, Inputs(paths))
    assert before.pop("environment") != after.pop("environment")
    assert before != after
    assert json.dumps(without_seconds(before)) == json.dumps(without_seconds(after))


def test_the_order_of_the_inputs_does_not_count(run: Run, summary: dict[str, Any]) -> None:
    assert collect(SPEC, Inputs(run[1][::-1])) == summary


def test_a_missing_artifact_is_named(run: Run) -> None:
    without = [path for path in run[1] if path.name != "rtl.json"]
    with pytest.raises(InputError, match=r"firmware/jets/best/rtl\.json"):
        collect(SPEC, Inputs(without))


def test_files_that_are_no_artifacts_and_files_of_two_runs_are_refused(run: Run) -> None:
    with pytest.raises(InputError, match=r"artifacts of a run"):
        Inputs([Path("data/jets/raw.root")])
    with pytest.raises(InputError, match=r"one data/jets/dataset\.npz"):
        Inputs([Path("a/data/jets/dataset.npz"), Path("b/data/jets/dataset.npz")])


def test_a_result_without_its_number_is_refused(run: Run, tmp_path: Path) -> None:
    paths = copied(run, tmp_path)
    result = {"kind": "rtl"} | RESULTS["rtl"]
    for fault in ({"mismatches": None}, {"kind": "hls"}, {"label": 3}):
        write_json(tmp_path / "firmware/jets/best/rtl.json", result | fault)
        with pytest.raises(InputError, match=r"rtl\.json"):
            collect(SPEC, Inputs(paths))


def test_files_of_other_members_are_refused(run: Run, tmp_path: Path) -> None:
    paths = copied(run, tmp_path)
    metrics = tmp_path / "training/jets/small/metrics.json"
    value = read_json(metrics)
    value["members"][0]["id"] = "another"
    write_json(metrics, value)
    with pytest.raises(InputError, match="same members"):
        collect(SPEC, Inputs(paths))


def test_published_points_belong_to_their_task_only() -> None:
    found = published(16, tuple("gqwzt"))
    assert found is not None
    assert [49, 0.715] in found["curves"][0]["points"]
    digits = published(784, tuple("0123456789"))
    assert digits is not None and digits["designs"] == []
    (table,) = digits["by_class"]
    assert sum(table["complexity"].values()) / 10 == 90.2
    assert sum(table["auc"].values()) / 10 == pytest.approx(0.956, abs=5e-4)
    assert published(64, tuple("0123456789")) is None


def test_settings_of_the_report_follow_the_config() -> None:
    spec = report_settings(load_config({"run": "mine", "peers": ["linear"]}), ["jets"])
    assert spec.peers == ["linear"]
    assert (spec.run, spec.sources) == ("mine", {"jets": "pythia"})
