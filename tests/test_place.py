"""Place and route on the ECP5: the record of a small pipeline, and what is refused."""

import json
import subprocess
from pathlib import Path

import pytest

from circuits import PRECISIONS, toy_data, toy_model, uniform_graph
from symbolnet.artifact import read_arrays, read_json, write_arrays
from symbolnet.config import Firmware, Timing
from symbolnet.errors import ToolError
from symbolnet.firmware.emit.rtl import interpret_stages
from symbolnet.firmware.evidence import place
from symbolnet.firmware.graph.graph import save_graph
from symbolnet.firmware.graph.reference import corner_ports, input_mantissas, run
from symbolnet.pipeline.cli import main
from symbolnet.pipeline.stages.place_and_route import place_and_route


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A graph and its vectors."""
    chosen = toy_model()
    x = toy_data(chosen).x_train
    graph = uniform_graph(chosen, x, PRECISIONS[1])
    save_graph(tmp_path / "graph.json", graph)
    ports, corners = input_mantissas(graph, x), corner_ports(graph, 8)
    arrays = {"ports": ports, "outputs": run(graph, ports)}
    arrays |= {"corner_ports": corners, "corner_outputs": run(graph, corners)}
    write_arrays(tmp_path / "vectors.npz", arrays)
    return tmp_path


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_stages_in_a_row_equal_the_reference(depth: int) -> None:
    chosen = toy_model()
    x = toy_data(chosen).x_train
    graph = uniform_graph(chosen, x, PRECISIONS[1])
    ports = input_mantissas(graph, x)
    found = interpret_stages(graph, ports, Firmware(stage_depth=depth))
    assert (found == run(graph, ports)).all()


@pytest.mark.slow
def test_record_of_a_small_pipeline(case: Path) -> None:
    files = [f"--graph={case / 'graph.json'}", f"--vectors={case / 'vectors.npz'}"]
    files += [f"--timing={case / 'timing.json'}", "--spec", '{"seeds": 2, "stage_depth": 2}']
    assert main(["place_and_route", *files]) == 0
    made = read_json(case / "timing.json", "timing")
    rates = [one["fmax_mhz"] for one in made["runs"]]
    assert [one["seed"] for one in made["runs"]] == [1, 2]
    assert (made["fmax_mhz_min"], made["fmax_mhz_max"]) == (min(rates), max(rates))
    assert min(rates) > 20 and made["latency_cycles"] > 1 and made["mismatches"] == 0
    assert made["cells"]["TRELLIS_FF"] > 0 and made["cells"]["LUT4"] > 0
    assert "not the Virtex" in made["part"] and "nextpnr" in made["tool_version"]


def test_a_pipeline_that_differs_is_not_placed(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "check_tools", lambda: None)
    arrays = dict(read_arrays(case / "vectors.npz"))
    arrays["outputs"][3] += 1
    write_arrays(case / "vectors.npz", arrays)
    with pytest.raises(ToolError, match="differs from the int64 reference in 1 of"):
        place_and_route(case / "graph.json", case / "vectors.npz", case / "timing.json", Timing())
    assert not (case / "timing.json").exists()


def test_the_slowest_clock_counts() -> None:
    assert place.rate_of({"fmax": {"a": {"achieved": 210.5}, "b": {"achieved": 99.0}}}) == 99.0
    with pytest.raises(ToolError, match="no path between registers"):
        place.rate_of({"fmax": {}})


def test_spread_of_the_seeds() -> None:
    found = place.spread([210.0, 190.0, 205.0])
    assert tuple(found.values()) == (190.0, 205.0, 210.0)


def test_missing_placer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place.synthesis, "check_tools", lambda: None)
    monkeypatch.setattr(place.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match=r"pip install 'symbolnet\[firmware\]'"):
        place.check_tools()


def test_a_failure_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "Info: x\nERROR: Unable to place\n1 error\n")
    monkeypatch.setattr(place.synthesis.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ToolError, match=r"^nextpnr failed: ERROR: Unable to place$"):
        place.clock_rate(tmp_path, 1)


@pytest.mark.parametrize("bad", [{"seeds": 0}, {"stage_depth": 0}, {"stage_depth": -1}])
def test_settings_without_a_pipeline_are_refused(bad: dict[str, int], case: Path) -> None:
    files = [f"--graph={case / 'graph.json'}", f"--vectors={case / 'vectors.npz'}"]
    files += [f"--timing={case / 'timing.json'}", "--spec", json.dumps(bad)]
    assert main(["place_and_route", *files]) != 0
