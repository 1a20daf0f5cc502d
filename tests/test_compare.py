"""compare: differences of two runs by name, and intervals that hold what they promise."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from audit_case import CONFIG, sign
from symbolnet.artifact import read_json, write_json
from symbolnet.audit.compare import changes, compare, flat, paired, unpaired
from symbolnet.audit.verify import opened
from symbolnet.config import Choice
from symbolnet.pipeline.cli import main


def test_a_run_equals_itself(run: Path) -> None:
    with opened(run) as one, opened(run) as other:
        found = compare(one, other)
    assert found["config"] == found["code"] == found["packages"] == []
    assert found["data"][0]["equal"]
    for figure in found["accuracy"]:
        assert figure["difference"] == 0 and not figure["significant"] and figure["paired"]


def test_accuracies_are_those_of_the_summary(run: Path) -> None:
    """The predictions are made again from the formulas; the means must be the stated ones."""
    summary = read_json(run / "summary.json")
    with opened(run) as one, opened(run) as other:
        figures = {f["what"]: f["accuracy_test"] for f in compare(one, other)["accuracy"]}
    budgets = summary["budgets"]["jets"]
    for row in budgets["rows"]:
        for limit, cell in zip(budgets["complexities"], row["cells"], strict=True):
            if row["origin"] != "published" and cell is not None:
                what = f"{row['method']} at complexity <= {limit:g}"
                assert figures.pop(what) == pytest.approx([cell["choice"]["accuracy_test"]] * 2)
                if cell["seeds"] > 1:
                    stated = figures.pop(f"{what}, mean of seeds")
                    assert stated == pytest.approx([cell["accuracy_test"]] * 2)
    fixed = read_json(run / "firmware/jets/best/reference.json")["accuracy_test"]
    assert figures == {"firmware best, fixed point": pytest.approx([fixed] * 2)}


def test_differences_are_named(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Path(shutil.copytree(run, tmp_path / "tiny"))
    result = read_json(other / "firmware/jets/best/resources.json")
    write_json(other / "firmware/jets/best/resources.json", result | {"lut": 999})
    choice = {"best": Choice(training="small", complexity_max=900)}
    sign(other, CONFIG.model_copy(update={"choices": choice}))
    manifest = read_json(other / "manifest.json")
    manifest["code"]["symbolnet.firmware.emit.rtl"] = "0" * 12
    write_json(other / "manifest.json", manifest)
    assert main(["compare", str(run), str(other)]) == 0
    text = capsys.readouterr().out
    assert "choices.best.complexity_max: 1000.0 -> 900.0" in text
    assert "code: 1 differences" in text and "symbolnet.firmware.emit.rtl" in text
    assert "the same bytes" in text and "999" in text and "within the noise" in text
    assert main(["compare", str(run), str(other), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == ["tiny", "tiny"]


def test_what_is_no_run_is_one_line(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(run), str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_settings_by_their_path() -> None:
    one = flat({"a": {"b": 1, "c": [1, 2]}, "d": {}})
    assert one == {"a.b": 1, "a.c": [1, 2], "d": {}}
    other = flat({"a": {"b": 2}})
    assert [c["name"] for c in changes(one, other)] == ["a.b", "a.c", "d"]


def test_paired_rows_see_what_rows_of_their_own_do_not() -> None:
    generator = np.random.default_rng(1)
    first = (generator.random(2000) < 0.7).astype(float)
    second = first.copy()
    second[np.flatnonzero(first == 0)[:20]] = 1.0
    assert paired(first, second).value == pytest.approx(0.01)
    assert paired(first, second).significant and not unpaired(first, second).significant


def test_the_interval_is_that_of_plain_resampling() -> None:
    generator = np.random.default_rng(2)
    first, second = ((generator.random(400) < share).astype(float) for share in (0.6, 0.7))
    rows = generator.integers(0, 400, size=(4000, 400))
    drawn = (second - first)[rows].mean(axis=1)
    found = paired(first, second)
    expected = np.percentile(drawn, (2.5, 97.5))
    np.testing.assert_allclose([found.low, found.high], expected, atol=0.006)


def test_the_interval_holds_the_truth_about_95_times_in_100() -> None:
    generator = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        first, second = ((generator.random(500) < share).astype(float) for share in (0.6, 0.65))
        found = unpaired(first, second)
        held += found.low <= 0.05 <= found.high
    assert 180 <= held <= 199
