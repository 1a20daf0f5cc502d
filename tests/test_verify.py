"""verify: an honest run passes, a forged one does not, and what cannot be checked is said."""

import hashlib
import inspect
import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit_case import CONFIG, sign
from circuits import collection, random_set, uniform_graph
from report_case import BITWISE_PROOF, NETLIST_PROOF
from symbolnet.artifact import read_arrays, read_json, write_arrays, write_json
from symbolnet.audit import formulas
from symbolnet.audit.check import Check, guarded, judged
from symbolnet.audit.contents import files
from symbolnet.audit.difference import difference
from symbolnet.audit.integrity import check_inputs, check_packages
from symbolnet.audit.manifest import load_manifest
from symbolnet.audit.replay import SLOW, Replay
from symbolnet.audit.solved import undecided
from symbolnet.audit.verify import Run, opened, verify
from symbolnet.config import Choice, Precision
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import to_graph
from symbolnet.firmware.graph.graph import save_graph
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas
from symbolnet.firmware.graph.reference import run as run_graph
from symbolnet.firmware.proof.netlist_proof import OPEN
from symbolnet.pipeline.cli import function_of, main, verbs
from symbolnet.pipeline.declared import ONCE, declared, replays
from symbolnet.pipeline.jobs import OF_DATASETS


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "tiny"))


def again(run: Run) -> list[Replay]:
    return list(replays(run.config, run.folder))


def check_of(run: Path, name: str) -> Check:
    with opened(run) as audited, closing(verify(audited, again(audited), True, 2)) as checks:
        return next(check for check in checks if check.name == name)


def first_failure(run: Path) -> Check | None:
    with opened(run) as audited, closing(verify(audited, again(audited), True, 2)) as checks:
        return next((check for check in checks if check.outcome == "failed"), None)


def test_an_honest_run_passes_and_what_is_left_is_named(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "checks.json"
    arguments = ["verify", str(run), "--quick", "--against", "paper", "--out", str(out)]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert "0 FAILED" in text and "SymbolNet (published)" in text and "best (ours" in text
    assert "test accuracy % at published complexities" in text and "quantised MLP (pub" in text
    outcomes = {one["name"]: one["outcome"] for one in read_json(out)["checks"]}
    assert outcomes["evaluate_models jets/small"] == "passed"
    assert outcomes["simulate_rtl jets/best"] == outcomes["simulate_hls jets/best"] == "passed"
    unchecked = {name for name, outcome in outcomes.items() if outcome == "unchecked"}
    assert {
        "generation of jets",
        "training of jets/small",
        "count_resources jets/best",
    } <= unchecked
    assert "compute_features jets/g-0" in unchecked  # no raw data in this run
    assert outcomes["prove_netlist jets/best"] == "passed" and "only 8 of 9 output bits" in text
    assert outcomes["prove_bitwise jets/best"] == "passed" and "Verilog: 1 of 1 nodes" in text
    assert "proof of jets/best" in unchecked and "only 41 of 43 nodes proved" in text


def test_a_proof_of_another_netlist_is_noticed_without_the_solver(copy: Path) -> None:
    name = "firmware/jets/best/netlist_proof.json"
    for key, value, told in (
        ("rtl_sha256", {}, "about another RTL"),
        ("cells", {"LUT2": 9}, "about another netlist"),
        ("cones_proved", 9, "its rows others"),
    ):
        before = (copy / name).read_bytes()
        change(copy / name, key, value)
        check = check_of(copy, "prove_netlist jets/best")
        assert check.outcome == "failed" and told in check.detail
        (copy / name).write_bytes(before)


def test_a_second_proof_of_something_else_is_noticed_without_the_solver(copy: Path) -> None:
    name = "firmware/jets/best/bitwise_proof.json"
    made = read_json(copy / name)
    verilog, vhdl = made["languages"]
    for key, value, told in (
        ("graph_sha256", "", "about another graph"),
        ("languages", [verilog | {"sha256": {}}, vhdl], "about other Verilog"),
        ("languages", [verilog | {"nodes_proved": 2}, vhdl], "other nodes than it lists"),
        ("languages", [verilog], "has 1 languages"),
    ):
        before = (copy / name).read_bytes()
        change(copy / name, key, value)
        check = check_of(copy, "prove_bitwise jets/best")
        assert check.outcome == "failed" and told in check.detail
        (copy / name).write_bytes(before)


def test_a_long_proof_that_cannot_be_repeated_has_an_exit_code(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Check("prove_netlist jets/best", "unchecked", "no solver")
    monkeypatch.setattr("symbolnet.pipeline.commands.verify.checks_of", lambda *_: [left])
    assert main(["verify", str(run)]) == 0
    assert main(["verify", str(run), "--deep"]) == 3
    assert "not proved again: prove_netlist jets/best" in capsys.readouterr().err


def test_a_proof_out_of_time_is_no_failure_but_is_said(tmp_path: Path) -> None:
    rows = [{"output": "g", "cones": 9, "proved": 8, "not_proved": [{"bit": 8, "result": OPEN}]}]
    write_json(tmp_path / "proof.json", NETLIST_PROOF | {"outputs": rows}, "netlist_proof")
    check = undecided(Check("p", "failed", "$.outputs"), "prove_netlist", tmp_path / "proof.json")
    assert check.outcome == "unchecked" and "1 not decided in time" in check.detail
    write_json(tmp_path / "proof.json", NETLIST_PROOF, "netlist_proof")
    assert (
        undecided(Check("p", "failed", "d"), "prove_netlist", tmp_path / "proof.json").outcome
        == "failed"
    )


def test_a_second_proof_without_ghdl_is_no_failure_but_is_said(tmp_path: Path) -> None:
    path = tmp_path / "bitwise_proof.json"
    write_json(path, BITWISE_PROOF, "bitwise_proof")
    assert undecided(Check("p", "passed", "d"), "prove_bitwise", path).outcome == "passed"
    check = undecided(Check("p", "failed", "$.languages"), "prove_bitwise", path)
    assert check.outcome == "unchecked" and "VHDL: GHDL is not installed" in check.detail
    verilog, _ = BITWISE_PROOF["languages"]
    open_ = [verilog["nodes"][0] | {"proved": False, "reason": OPEN}]
    write_json(path, BITWISE_PROOF | {"languages": [verilog | {"nodes": open_}]}, "bitwise_proof")
    assert undecided(Check("p", "passed", "d"), "prove_bitwise", path).outcome == "unchecked"
    write_json(path, BITWISE_PROOF | {"languages": [verilog]}, "bitwise_proof")
    assert undecided(Check("p", "failed", "d"), "prove_bitwise", path).outcome == "failed"


def test_every_replay_gives_its_stage_all_that_it_takes(run: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mass")
    choices = {"best": Choice(training="small", lut_max=500), "mine": Choice(formulas="mine.txt")}
    firmware = CONFIG.firmware.model_copy(update={"board": True})
    more = {"choices": choices, "choose": ["best", "mine"], "data_dir": str(tmp_path)}
    more |= {"firmware": firmware}
    found = list(replays(CONFIG.model_copy(update=more), run))
    for replay in found:
        signature = inspect.signature(function_of(replay.stage))
        needed = {
            n for n, p in signature.parameters.items() if p.default is inspect.Parameter.empty
        }
        given = {*replay.reads, *replay.writes} | ({"spec"} if replay.spec is not None else set())
        assert needed <= given <= set(signature.parameters), replay.stage
    assert set(verbs()) > ONCE
    of_data_sets = {verb for verb in verbs() if declared(verb).home in OF_DATASETS}
    assert {r.stage for r in found} == of_data_sets - ONCE
    assert {r.stage for r in found} >= SLOW


def test_a_clock_rate_left_by_another_config_is_no_part_of_the_run(run: Path) -> None:
    name, off = (
        "firmware/jets/best/timing.json",
        CONFIG.firmware.model_copy(update={"timing": None}),
    )
    assert name in files(CONFIG, run)
    assert name not in files(CONFIG.model_copy(update={"firmware": off}), run)


def change(path: Path, key: str, value: Any) -> None:
    content = read_json(path)
    content[key] = value
    write_json(path, content)


def byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    place = random.Random(1).randrange(len(content))
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "name",
    ["training/jets/small/network.safetensors", "firmware/jets/best/vectors.npz", "summary.json"],
)
def test_a_changed_byte_is_noticed(copy: Path, name: str) -> None:
    byte(copy / name)
    failure = first_failure(copy)
    assert failure is not None and failure.name == "hashes" and name in failure.detail


def test_missing_and_additional_files_are_named(copy: Path) -> None:
    (copy / "firmware/jets/best/rtl.json").unlink()
    failure = first_failure(copy)
    assert failure is not None and "firmware/jets/best/rtl.json is missing" in failure.detail
    shutil.copy(copy / "summary.json", copy / "firmware/jets/best/rtl.json")
    (copy / "firmware/jets/best/more.json").write_text("{}")
    assert "firmware/jets/best/more.json" in check_of(copy, "unlisted files").detail


def forged(run: Path) -> Check | None:
    """Verify after manifest and crate were made to fit the files."""
    sign(run)
    return first_failure(run)


def test_a_forged_summary_is_noticed_though_its_hash_fits(copy: Path) -> None:
    content = read_json(copy / "summary.json")
    content["models"][0]["expression_accuracy_test"] += 0.001
    write_json(copy / "summary.json", content)
    failure = forged(copy)
    assert failure is not None and failure.name == "summary"
    assert "expression_accuracy_test" in failure.detail


def test_a_forged_page_is_noticed(copy: Path) -> None:
    page = copy / "report/index.html"
    page.write_text(page.read_text().replace("1,234", "1,134", 1))
    failure = forged(copy)
    assert failure is not None and failure.name == "page"


def test_forged_vectors_are_noticed(copy: Path) -> None:
    path = copy / "firmware/jets/best/vectors.npz"
    arrays = read_arrays(path)
    arrays["outputs"][0, 0] += 1
    write_arrays(path, arrays)
    failure = forged(copy)
    assert failure is not None and failure.name == "vectors of jets/best"


def test_forged_verilog_is_noticed(copy: Path) -> None:
    source = next((copy / "firmware/jets/best/rtl/src").glob("*stage0.v"))
    source.write_text(source.read_text().replace("1", "0", 1))
    failure = forged(copy)  # the summary holds the hash, too
    assert failure is not None and failure.name == "summary"
    check = check_of(copy, "simulate_rtl jets/best")
    assert check.outcome == "failed" and "differs in line" in check.detail


@pytest.mark.slow
def test_forged_networks_are_noticed(copy: Path) -> None:
    """Swapped weights are another network, whose expressions are others."""
    from safetensors.numpy import load_file, save_file

    path = copy / "training/jets/small/network.safetensors"
    header = path.read_bytes()
    tensors = {name: array.copy() for name, array in load_file(path).items()}
    tensors["output.bias"] = tensors["output.bias"][:, ::-1].copy()
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as archive:
        save_file(tensors, path, archive.metadata())
    assert path.read_bytes() != header
    failure = forged(copy)  # the summary holds the hash, too
    assert failure is not None and failure.name == "summary"
    assert check_of(copy, "extract_expressions jets/small").outcome == "failed"


def test_a_tampered_manifest_does_not_fit_its_crate(copy: Path) -> None:
    value = load_manifest(copy)
    value["environment"]["hardware"]["cores"] = 4096
    write_json(copy / "manifest.json", value)
    failure = first_failure(copy)
    assert failure is not None and failure.name == "manifest and crate"


@pytest.mark.slow
def test_another_choice_than_the_best_is_noticed(copy: Path) -> None:
    other = CONFIG.model_copy(
        update={"choices": {"best": Choice(training="small", complexity_max=1)}}
    )
    sign(copy, other)
    assert check_of(copy, "choose_model jets/best").outcome == "failed"


def test_a_bundle_without_its_data_says_so(run: Path, tmp_path: Path) -> None:
    assert main(["bundle", str(run), "--out", str(tmp_path / "b.zip"), "--limit-mb", "0"]) == 0
    with opened(tmp_path / "b.zip") as audited:
        checks = {c.name: c for c in verify(audited, again(audited), True, 2)}
    assert not [c for c in checks.values() if c.outcome == "failed"]
    assert checks["summary"].outcome == "unchecked"
    assert "is not here" in checks["evaluate_graph jets/best"].detail


def test_bad_runs_are_one_line_each(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str) -> str:
        assert main(["verify", *arguments]) == 1
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        return error

    assert "no such folder" in said(str(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    assert "found none; finish the run" in said(str(tmp_path / "empty"))
    change(copy / "manifest.json", "contract", 0)
    assert "made by another version" in said(str(copy))
    (tmp_path / "x.zip").write_text("x")
    assert "a bundle as `bundle` writes it" in said(str(tmp_path / "x.zip"))
    assert "--against paper" in said(str(copy), "--against", "me")
    assert "--jobs" in said(str(copy), "--jobs", "0")
    assert "correct --data" in said(str(copy), "--data", str(tmp_path / "none"))


def test_raw_files_are_looked_for_in_the_folder_given(run: Path, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "jets.root").write_bytes(b"x")
    entry = {"dataset": "jets", "path": "elsewhere/jets.root", "sha256": sha256_of(b"x")}
    for folder, outcome in ((None, "unchecked"), (tmp_path / "raw", "passed")):
        with opened(run, folder) as audited:
            (check,) = check_inputs({"inputs": [entry]}, audited.config)
        assert check.outcome == outcome
    with opened(run, tmp_path / "raw") as audited:
        (check,) = check_inputs({"inputs": [entry | {"sha256": "0"}]}, audited.config)
    assert check.outcome == "failed"


def test_other_versions_are_said(run: Path) -> None:
    manifest = load_manifest(run)
    manifest["environment"]["packages"]["numpy"] = "0.1"
    check = check_packages(manifest)
    assert check.outcome == "unchecked" and "was 0.1" in check.detail


def test_a_check_that_breaks_has_failed() -> None:
    check = guarded("x", lambda: judged("x", [][0], ""))
    assert check.outcome == "failed" and "IndexError" in check.detail


def pairs() -> Iterator[tuple[Any, Any, float, bool]]:
    yield {"a": 1.0}, {"a": 1.0 + 1e-12}, 0.0, False
    yield {"a": 1.0}, {"a": 1.0 + 1e-12}, 1e-9, True
    yield {"a": 1}, {"a": 2}, 1e-9, False
    yield {"a": 1, "wall_seconds": 3}, {"a": 1, "wall_seconds": 4}, 0.0, True
    yield {"a": [1]}, {"a": [1, 2]}, 0.0, False
    yield {"a": "x"}, {"b": "x"}, 0.0, False
    yield {"a": 1}, {"a": 1.0}, 0.0, False


@pytest.mark.parametrize(("ours", "theirs", "tolerance", "same"), list(pairs()))
def test_json_differs_in_figures_only(
    ours: Any, theirs: Any, tolerance: float, same: bool, tmp_path: Path
) -> None:
    write_json(tmp_path / "a/x.json", ours)
    write_json(tmp_path / "b/x.json", theirs)
    found = difference(tmp_path / "a/x.json", tmp_path / "b/x.json", tolerance)
    assert (found is None) is same


def test_arrays_name_their_first_difference(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", {"x": np.zeros((2, 2))})
    write_arrays(tmp_path / "b.npz", {"x": np.array([[0, 0], [5.0, 0]])})
    assert "x[1, 0] is 0.0, not 5.0" in str(
        difference(tmp_path / "a.npz", tmp_path / "b.npz", 1e-9)
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_second_way_of_computing_agrees(seed: int, tmp_path: Path) -> None:
    """Formulas and integers by the audit's own arithmetic, against that of the package."""
    rng = np.random.default_rng(seed)
    model, x = random_set(rng)
    graph = to_graph(collection(model).members[0].rounded)
    np.testing.assert_allclose(formulas.values(graph, x), evaluate(model.expressions, x), rtol=1e-9)
    built = uniform_graph(model, x, Precision(width=12, integer=5, table_bits=7))
    save_graph(tmp_path / "graph.json", built)
    ports = np.concatenate([input_mantissas(built, x[:50]), corner_ports(built)])
    found = [
        formulas.computed(read_json(tmp_path / "graph.json")["nodes"], row.tolist())
        for row in ports
    ]
    assert found == run_graph(built, ports).tolist()
