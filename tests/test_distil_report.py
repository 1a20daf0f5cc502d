"""The page of a distillation: what is published stands beside what was found, and no more."""

import pytest

from symbolnet.report.distil.page import short
from symbolnet.report.distil.published import published


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


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (float("nan"), "–"), (-0.98765, "−0.988"), (0.0, "0")]
)
def test_numbers_are_short(value: float | None, text: str) -> None:
    assert short(value) == text
