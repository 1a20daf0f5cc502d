"""The page of a distillation: what is published stands beside what was found, and no more."""

import pytest

from symbolnet.report.distil.collect import over_seeds, published
from symbolnet.report.distil.page import short, spread


def test_published_figures_are_of_the_force_the_dimension_and_the_form() -> None:
    assert published("charge", 3, "l1") == {"r2": 0.002, "loss": 0.940, "found": False}
    assert published("spring", 2, "flathgn") == {"r2": None, "loss": 0.016, "found": None}
    assert set(published("spring", 2, "pruned").values()) == {None}  # a form of our own
    assert set(published("string", 2, "l1").values()) == {None}


def test_the_paper_found_eighteen_of_its_thirty_two_laws() -> None:
    forms, forces = ("standard", "bottleneck", "l1", "kl"), ("charge", "r1", "r2", "spring")
    found = [
        published(force, d, form)["found"] for force in forces for d in (2, 3) for form in forms
    ]
    assert (len(found), sum(map(bool, found))) == (32, 18)


def member(seed: int, r2: float, equal: bool) -> dict:
    return {
        "network": "forms",
        "variant": "l1",
        "seed": seed,
        "r2": {"robust": r2, "free": 1.0},
        "network_scores": {"error_trained": 0.5, "loss": 2.0 * r2},
        "law": {"equal": equal},
        "law_by_drop": None,
    }


def test_seeds_of_a_variant_are_shown_as_mean_and_spread() -> None:
    members = [member(0, 0.9, True), member(1, 0.7, False), member(2, 0.8, True)]
    (row,) = over_seeds([*members])
    assert (row["seeds"], row["found"], row["found_by_drop"]) == (3, 2, 0)
    assert row["r2"] == {"mean": pytest.approx(0.8), "deviation": pytest.approx(0.1)}
    assert spread(row["r2"]) == "0.8 ± 0.1" and spread(row["r2_free"]) == "1 ± 0"
    other = member(3, 0.1, False) | {"network": "again"}
    alone = over_seeds([*members, other])[1]
    assert alone["seeds"] == 1 and spread(alone["r2"]) == "0.1"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (float("nan"), "–"), (-0.98765, "−0.988"), (0.0, "0")]
)
def test_numbers_are_short(value: float | None, text: str) -> None:
    assert short(value) == text
