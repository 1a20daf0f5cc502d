"""Warnings: each kind where it is due, none where all is well; on the console and by `status`."""

import copy
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from symbolnet.artifact import write_json
from symbolnet.config import ReportSpec
from symbolnet.pipeline.commands.status import State, status
from symbolnet.pipeline.told import warning_lines
from symbolnet.report import measures
from symbolnet.report.warnings import KINDS, warnings_of

SPEC = ReportSpec(datasets=["d"], train=["t"], choose=["c"], complexity_max={"c": 60})
MODEL: dict[str, Any] = {
    "id": "t-000",
    "dataset": "d",
    "training": "t",
    "seed": 0,
    "targets": None,
    "class_weights": None,
    "diverged": None,
    "expression_accuracy_test": 0.9,
    "expression_balanced_accuracy_test": 0.9,
    "expression_class_accuracy": [0.9, 0.9],
    "expression_auc_mean": 0.95,
    "expression_r2_test": None,
    "complexity_target": None,
    "complexity_mean": 30.0,
    "inputs_used": 2,
}
REFERENCE = {
    "dataset": "d",
    "kind": "linear",
    "model": "logistic regression",
    "accuracy_test": 0.9,
    "auc_test": 0.95,
    "r2_test": None,
}
ROW = {"dataset": "d", "choice": "c", "model": "t-000", "kind": "reference"}
FIXED = {"accuracy_test": 0.9, "accuracy_float_test": 0.9}
SUMMARY: dict[str, Any] = {
    "datasets": [
        {
            "name": "d",
            "task": "classification",
            "classes": ["no", "yes"],
            "unreached": [],
            "n_inputs": 2,
            "n_test": 1000,
            "rows": {"test": {"no": 500, "yes": 500}},
            "features": [{"name": "a", "alone": 0.5}, {"name": "b", "alone": None}],
        }
    ],
    "models": [MODEL],
    "references": [REFERENCE],
    "firmware": [ROW | FIXED],
    "evidence": {"d": {"c": {"proof": {"nodes_proved": 8, "nodes_total": 8}}}},
    "firmware_front": {"d": [{"choice": "c", "lut": 900, "lut_max": None}]},
}
R2 = {
    "expression_accuracy_test": None,
    "expression_balanced_accuracy_test": None,
    "expression_class_accuracy": None,
    "expression_auc_mean": None,
}


def found(
    model: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    fixed: dict[str, Any] | None = None,
    reference: dict[str, Any] | None = None,
    more: list[dict[str, Any]] | None = None,
    front: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """The warnings of a summary that differs from the good one in these entries."""
    summary = copy.deepcopy(SUMMARY)
    summary["models"][0].update(model or {})
    summary["models"] += [MODEL | one for one in more or []]
    summary["datasets"][0].update(data or {})
    summary["firmware"][0].update(fixed or {})
    summary["references"][0].update(reference or {})
    summary["firmware_front"]["d"][0].update(front or {})
    return warnings_of(summary, SPEC)


def kinds(**changes: Any) -> list[str]:
    return [one["kind"] for one in found(**changes)]


def quantity(r2: float | None, **changes: Any) -> list[str]:
    data = {"task": "regression", "classes": ["y"], "rows": {"test": {"all": 1000}}}
    model = R2 | {"expression_r2_test": r2} | changes.pop("model", {})
    reference = {"accuracy_test": None, "auc_test": None, "r2_test": -9.0}
    reference |= changes.pop("reference", {})
    fixed = {"accuracy_test": None, "accuracy_float_test": None} | changes.pop("fixed", {})
    return kinds(model=model, data=data, reference=reference, fixed=fixed, **changes)


def test_all_is_well() -> None:
    assert kinds() == [] and quantity(0.9) == []


def test_an_input_that_gives_the_answer_away() -> None:
    features = [{"name": "index", "alone": 0.9991}, {"name": "b", "alone": 0.97}]
    (one,) = found(data={"features": features})
    assert (one["kind"], one["place"]) == ("leak", "input index")
    assert "99.9 %" in one["message"] and one["figures"] == {"explained": 0.9991}
    assert kinds(data={"features": features[:1], "n_inputs": 1}) == []


@pytest.mark.parametrize("r2", [-4.8, -1e-9, 0.0])
def test_a_quantity_worse_than_its_mean(r2: float) -> None:
    assert quantity(r2) == ["worthless"]


def test_no_finite_values() -> None:
    assert quantity(None) == ["worthless"]


def test_a_guess_among_classes() -> None:
    guess = {
        "expression_accuracy_test": 0.51,
        "expression_balanced_accuracy_test": 0.51,
        "expression_class_accuracy": [0.51, 0.51],
        "expression_auc_mean": 0.51,
    }
    reference = {"accuracy_test": 0.5, "auc_test": 0.5}
    assert kinds(model=guess, reference=reference) == ["worthless"]
    # Rows that are put in order, or told beyond chance by class, are no guess.
    assert kinds(model=guess | {"expression_auc_mean": 0.8}, reference=reference) == []


def test_always_the_frequent_class_is_no_success_at_99_percent() -> None:
    model = {
        "expression_accuracy_test": 0.99,
        "expression_balanced_accuracy_test": 0.5,
        "expression_class_accuracy": [1.0, 0.0],
        "expression_auc_mean": 0.85,
    }
    rows = {"rows": {"test": {"no": 990, "yes": 10}}}
    (one,) = found(model=model, data=rows, reference={"auc_test": 0.85})
    assert one["kind"] == "class_missed" and "none of the 10 test rows of yes" in one["message"]


def test_a_formula_that_is_a_constant() -> None:
    constant = {"inputs_used": 0, "complexity_mean": 1.0}
    told = found(model=constant | {"complexity_target": 100.0})
    assert [(one["kind"], one["place"]) for one in told] == [
        ("constant", "training t"),
        ("constant", "choice c"),
        ("budget_unused", "choice c"),
    ]


def test_a_front_may_end_in_a_constant_but_not_consist_of_one() -> None:
    end = {"id": "t-001", "inputs_used": 0, "complexity_mean": 1.0}
    assert kinds(more=[end]) == []
    (one,) = found(more=[end | {"seed": 1}])
    assert one["kind"] == "constant" and one["figures"] == {"members": 2, "constant": 1}
    failed = [{"id": f"t-{k:03d}", "complexity_target": 50.0} for k in range(1, 9)]
    (one,) = found(more=[end | member for member in failed])
    assert "8 of 9 members" in one["message"] and "t-005 and 3 more" in one["message"]


def test_classes_in_another_order_than_their_names() -> None:
    """Of the rare class 9 of 10 rows are told right, of the other 100 of 990: a guess."""
    model = {
        "expression_accuracy_test": 0.109,
        "expression_balanced_accuracy_test": 0.5005,
        "expression_class_accuracy": [0.9, 0.101],
        "expression_auc_mean": 0.5,
    }
    data = {"classes": ["yes", "no"], "rows": {"test": {"no": 990, "yes": 10}}}
    reference = {"accuracy_test": 0.1, "auc_test": 0.5}
    (one,) = found(model=model, data=data, reference=reference)
    assert one["kind"] == "worthless" and one["figures"]["most_frequent"] == 0.99
    balanced = {"balanced_accuracy_test": 0.4, "balanced_accuracy_float_test": 0.5005}
    fixed = FIXED | balanced | {"accuracy_float_test": 0.109, "accuracy_test": 0.109}
    # The ten rows of the rare class leave an error of 0.05, the other order one of 0.15.
    told = found(model=model, data=data, reference=reference, fixed=fixed)
    assert [one["kind"] for one in told] == ["worthless", "fixed_point"]


def test_members_that_diverged() -> None:
    broken = {"id": "t-001", "diverged": "not finite", "inputs_used": None, "complexity_mean": None}
    (one,) = found(more=[broken])
    assert one["kind"] == "diverged" and "1 of 2 members diverged: t-001" in one["message"]


def test_a_budget_of_which_a_fifth_is_used() -> None:
    assert kinds(model={"complexity_mean": 12.1}) == []
    assert kinds(model={"complexity_mean": 12.0}) == ["budget_unused"]
    perfect = {"complexity_mean": 5.0, "expression_accuracy_test": 0.995}
    assert kinds(model=perfect) == []  # nothing is left to be gained
    larger = {"id": "t-002", "complexity_mean": 50.0}
    assert kinds(model={"complexity_mean": 12.0}, more=[larger]) == []  # it was not worth its nodes
    too_large = {"id": "t-002", "complexity_mean": 500.0}
    assert kinds(model={"complexity_mean": 12.0}, more=[too_large]) == ["budget_unused"]
    assert kinds(front={"lut_max": 4500}) == ["budget_unused"]
    assert kinds(front={"lut_max": 4499}) == []
    small = {"id": "t-001", "complexity_target": 300.0, "complexity_mean": 59.0}
    (one,) = found(more=[small])
    assert (one["kind"], one["place"]) == ("budget_unused", "training t")


def test_a_formula_worse_than_the_linear_model() -> None:
    assert kinds(reference={"accuracy_test": 0.909}) == []  # within ± 0.0095
    (one,) = found(reference={"accuracy_test": 0.915})
    assert one["kind"] == "below_reference"
    assert one["figures"]["error"] == pytest.approx(math.sqrt(0.9 * 0.1 / 1000))
    assert kinds(reference={"auc_test": 0.99}) == ["below_reference"]
    assert kinds(reference={"kind": "boosted", "accuracy_test": 0.99}) == []
    assert quantity(0.5, reference={"r2_test": 0.6}) == ["below_reference"]
    assert quantity(0.5, reference={"r2_test": 0.51}) == []


def test_of_weighed_classes_only_the_order_is_compared() -> None:
    weighed = {"class_weights": {"no": 0.5, "yes": 50.0}}
    assert kinds(model=weighed, reference={"accuracy_test": 0.99}) == []
    assert kinds(model=weighed, reference={"auc_test": 0.99}) == ["below_reference"]


def test_fixed_point_below_its_formula() -> None:
    assert kinds(fixed={"accuracy_test": 0.891}) == []
    assert kinds(fixed={"accuracy_test": 0.88}) == ["fixed_point"]
    balanced = {"balanced_accuracy_test": 0.6, "balanced_accuracy_float_test": 0.9}
    assert kinds(fixed=balanced) == ["fixed_point"]
    area = {"auc_mean": 0.7, "auc_float_mean": 0.95}
    assert kinds(fixed=area) == ["fixed_point"]
    assert quantity(0.9, fixed={"r2_test": 0.5, "r2_float_test": 0.9}) == ["fixed_point"]


def test_hardware_that_always_decides_alike() -> None:
    (one,) = found(fixed={"one_class": "no"})
    assert one["kind"] == "constant_decision" and "decides for no on" in one["message"]
    assert kinds(fixed={"one_class": None}) == []


def test_nodes_that_are_not_proved() -> None:
    summary = copy.deepcopy(SUMMARY)
    summary["evidence"]["d"]["c"]["proof"]["nodes_proved"] = 5
    (one,) = warnings_of(summary, SPEC)
    assert one["kind"] == "unproved" and one["message"].startswith("5 of 8 nodes")


def test_every_kind_has_a_name_and_is_in_the_schema() -> None:
    from symbolnet.artifact import load_schema

    schema = load_schema("summary")["properties"]["warnings"]["items"]["properties"]["kind"]
    assert schema["enum"] == list(KINDS)


def spread(figure: Any, draws: int = 400) -> float:
    generator = np.random.default_rng(0)
    return float(np.std([figure(generator) for _ in range(draws)]))


def test_errors_are_those_of_repeated_samples() -> None:
    def area(generator: np.random.Generator) -> float:
        labels = np.repeat([0, 1], [380, 20])
        return float(roc_auc_score(labels, generator.normal(size=400) + 1.5 * labels))

    # Made for scores that are exponential: of normal ones it is somewhat too large.
    assert spread(area) < measures.auc_error(0.856, 20, 380) < 1.5 * spread(area)

    def explained(generator: np.random.Generator) -> float:
        signal = generator.normal(size=300)
        return float(r2_score(signal + 0.7 * generator.normal(size=300), signal))

    assert measures.r2_error(1 / 1.49, 300) == pytest.approx(spread(explained), rel=0.25)

    def balanced(generator: np.random.Generator) -> float:
        shares = [generator.binomial(900, 0.9) / 900, generator.binomial(20, 0.6) / 20]
        return float(np.mean(shares))

    assert measures.balanced_error([0.9, 0.6], [900, 20]) == pytest.approx(
        spread(balanced), rel=0.15
    )


def written(folder: Path) -> Path:
    run = folder / "results" / "r"
    one = {"kind": "leak", "dataset": "d", "place": "input a", "message": "all.", "figures": {}}
    write_json(run / "summary.json", {"warnings": [one]})
    other = one | {"dataset": "e"}
    write_json(run / "datasets" / "e" / "summary.json", {"warnings": [one, other]})
    write_json(run / "datasets" / "f" / "summary.json", {"written by": "an earlier version"})
    return run


def test_lines_of_a_run_each_once(tmp_path: Path) -> None:
    assert warning_lines(written(tmp_path)) == ["d, input a: all.", "e, input a: all."]
    assert warning_lines(tmp_path / "no run") == []


def test_lines_of_what_this_call_has_made(tmp_path: Path) -> None:
    run = written(tmp_path)
    write_json(run / "config.json", {})
    for name, seconds in (("summary.json", -10), ("datasets/e/summary.json", 10)):
        time = (run / "config.json").stat().st_mtime + seconds
        os.utime(run / name, (time, time))
    lines = warning_lines(run, since=run / "config.json")
    assert lines == ["d, input a: all.", "e, input a: all."]
    os.utime(run / "datasets/e/summary.json", (0, 0))
    assert warning_lines(run, since=run / "config.json") == []


def test_status_says_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "symbolnet.pipeline.commands.status.state_of", lambda run: State([], [], [], locked=False)
    )
    status(written(tmp_path))
    assert capsys.readouterr().out.splitlines()[1:] == [
        "warning  d, input a: all.",
        "warning  e, input a: all.",
    ]
