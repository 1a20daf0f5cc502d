"""Front, table at given complexities, targets: what is chosen, and on which figures."""

import statistics
from typing import Any

import pytest

from symbolnet.report.comparison import beside, budgets, front, misses


def model(name: str, complexity: float | None, validation: float | None, **more: Any) -> Any:
    sparsity = {"input": 0.5, "weight": 0.9, "unary": 0.0, "binary": 0.0}
    return {
        "id": name,
        "dataset": "jets",
        "training": "mine",
        "seed": 0,
        "complexity_mean": complexity,
        "complexity_target": None,
        "expression_accuracy_validation": validation,
        "expression_accuracy_test": None if validation is None else 0.5,
        "loss_expected": None if validation is None else 1 - validation,
        "targets": sparsity,
        "sparsity": sparsity,
        **more,
    }


MODELS = [
    model("small", 10, 0.6, expression_accuracy_test=0.61),
    model("lucky on test", 12, 0.5, expression_accuracy_test=0.99),
    model("large", 29, 0.7, expression_accuracy_test=0.69),
    model("seed 1", 16, 0.65, seed=1, expression_accuracy_test=0.65),
    model("diverged", None, None, seed=2),
]


def row(found: dict[str, Any], method: str) -> list[Any]:
    (one,) = [r for r in found["rows"] if r["method"] == method]
    return one["cells"]


def test_the_run_chooses_one_member_and_a_seed_each_its_own() -> None:
    low, high = row(budgets([30, 11], 16, MODELS, [], []), "mine")
    assert (low["choice"]["id"], high["choice"]["id"]) == ("small", "large")
    assert (high["choice"]["accuracy_test"], high["choice"]["complexity"]) == (0.69, 29)
    assert low["models"] == ["small"]
    assert (low["seeds"], low["accuracy_test_spread"]) == (1, None)
    assert high["models"] == ["large", "seed 1"]
    assert high["accuracy_test"] == pytest.approx((0.69 + 0.65) / 2)
    assert high["accuracy_test_spread"] == pytest.approx(statistics.stdev([0.69, 0.65]))
    assert high["complexity"] == (29 + 16) / 2


def test_where_nothing_is_simple_enough_there_is_no_figure() -> None:
    assert row(budgets([9.9, 10], 16, MODELS, [], []), "mine")[0] is None


def test_complexities_follow_from_the_inputs_unless_given() -> None:
    assert budgets([], 16, MODELS, [], [])["complexities"] == [16, 30, 60, 140]
    assert budgets([], 784, MODELS, [], [])["complexities"] == [50, 100, 150, 300]
    assert budgets([7], 784, MODELS, [], [])["complexities"] == [7]


def test_beside_a_published_point_stands_the_choice_of_the_run() -> None:
    least, best = beside([[1, 0.4], [1000, 0.7]], MODELS)
    assert least is None and best is not None
    assert best["loss_expected"] == min(m["loss_expected"] for m in MODELS if m["loss_expected"])


def test_baselines_and_published_points_have_rows_of_their_own() -> None:
    peers = [model("bumps-000", 14, 0.6, training="bumps")]
    curve = {"method": "theirs", "points": [[5, 0.4], [13, 0.7], [15, 0.65]]}
    found = budgets([4, 16], 16, MODELS, peers, [curve])
    assert [r["origin"] for r in found["rows"]] == ["training", "baseline", "published"]
    assert row(found, "bumps")[1]["models"] == ["bumps-000"]
    none, best = row(found, "theirs")
    assert none is None
    assert (best["accuracy_test"], best["complexity"], best["seeds"]) == (0.7, 13, None)
    assert best["choice"] is None


def test_losses_of_unequal_weights_are_not_compared() -> None:
    weighed = {"class_weights": {"a": 0.5, "b": 9.5}}
    models = [*MODELS, model("rare", 20, 0.3, **weighed), model("rarer", 40, 0.2, **weighed)]
    assert [point["id"] for point in front(models)] == ["small", "seed 1", "rare", "large"]


def test_the_largest_miss_of_each_kind_is_named() -> None:
    targets = {"input": 0.5, "weight": 0.95, "unary": 0.3, "binary": 0.0}
    far = {"input": 0.5, "weight": 0.8, "unary": 0.0, "binary": 0.0}
    near = far | {"weight": 0.96, "unary": 0.3}
    found = misses(
        [
            model("far", 9, 0.5, targets=targets, sparsity=far),
            model("near", 9, 0.5, targets=targets, sparsity=near),
        ]
    )
    by_kind = {one["kind"]: one for one in found}
    assert list(by_kind) == ["input", "weight", "unary", "binary"]
    assert by_kind["weight"]["model"] == "far"
    assert by_kind["weight"]["largest_miss"] == pytest.approx(0.15)
    assert by_kind["weight"]["mean_miss"] == pytest.approx(0.08)
    assert (by_kind["unary"]["asked"], by_kind["unary"]["reached"]) == (0.3, 0.0)


def test_a_complexity_is_missed_by_its_excess_only() -> None:
    below = model("below", 12, 0.5, targets=None, complexity_target=16)
    above = model("above", 17.5, 0.5, targets=None, complexity_target=16)
    (one,) = misses([below, above])
    assert (one["kind"], one["model"], one["largest_miss"]) == ("complexity", "above", 1.5)
    assert one["mean_miss"] == pytest.approx(0.75)
    assert misses([model("none asked", 12, 0.5, targets=None)]) == []
