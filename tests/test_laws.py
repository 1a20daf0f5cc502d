"""Laws of messages and of motion: found in ideal messages, fitted exactly, judged and chosen."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from symbolnet.config import LawSearch, Simulation
from symbolnet.distil.laws.choice import largest_drop, simplest_of_the_best
from symbolnet.distil.laws.gram import best_terms, gram, unexplained, weights_of
from symbolnet.distil.laws.messages import (
    Law,
    Messages,
    deviations,
    front_of,
    messages_of,
    principal,
    undominated,
)
from symbolnet.distil.laws.motion import LawOfMotion, Motion, refit
from symbolnet.distil.laws.pairs import Pairs, pairs_of
from symbolnet.distil.laws.record import direct_front, law_of_motion, sample, term_record
from symbolnet.distil.laws.terms import Term, complexity, law_text, library
from symbolnet.distil.laws.truth import constants_off, forces, is_equal, r_squared, ratio
from symbolnet.distil.simulation.simulate import simulate

FORCES = ("spring", "r1", "r2", "charge", "discontinuous")
MIXED = np.array([[1.0, 0.7], [0.3, -1.2]])
_FOUND: dict[str, Motion] = {}


def motion(force: str, **more: Any) -> Motion:
    """States under a force, simulated once."""
    key = force + str(more)
    if key not in _FOUND:
        found = simulate(Simulation(force=force, simulations=80, steps=200, **more))  # type: ignore[arg-type]
        _FOUND[key] = sample(found, LawSearch(states=300))[1]
    return _FOUND[key]


def ideal(force: str, noise: float = 0.02) -> Messages:
    """True forces in a basis of their own, with a function of the receiver added, and noise."""
    random, pairs = np.random.default_rng(0), motion(force).pairs
    messages = forces(Simulation(force=force), pairs) @ MIXED  # type: ignore[arg-type]
    messages += 3.0 * np.log(pairs.receiver[..., None])
    size = noise * np.median(np.abs(messages))
    return messages_of(pairs, messages + size * random.standard_normal(messages.shape))


def test_pairs_are_those_of_a_loop() -> None:
    random = np.random.default_rng(0)
    x, m, q = random.random((2, 5, 3)), random.random((2, 5)), random.random((2, 5))
    found = pairs_of(x, m, q)
    for b, k, i in np.ndindex(2, 4, 5):
        j = (i + k + 1) % 5
        assert np.allclose(found.apart[b, k, i], x[b, j] - x[b, i])
        expected = (np.linalg.norm(x[b, j] - x[b, i]), m[b, i], m[b, j], q[b, i] * q[b, j])
        assert np.allclose([one[b, k, i] for one in found[1:]], expected)


def test_a_term_is_its_monomial_and_softened_a_power_of_the_softened_distance() -> None:
    pairs = Pairs(np.array([[3.0, 4.0]]), *np.array([[5.0], [2.0], [3.0], [-1.0]]))
    assert Term(-3, 1, -1, 1).values(pairs)[0] == pytest.approx(-(5.0**-3) * 2 / 3)
    assert Term(-3, 0, 0, 0).values(pairs, 0.5)[0] == pytest.approx(5.5**-2 / 5)
    step = Term(0, 0, 0, 0, 5.2)
    assert step.values(pairs)[0] == 0 and step.values(pairs, 0.5)[0] == pytest.approx(1.1)


def test_what_is_written_is_counted() -> None:
    terms = [Term(-3, 0, 1, 0), Term(0, 0, 0, 0)]
    assert complexity(terms) == 7 + 1 + 1
    assert law_text(terms, [2.0, -1.98]) == "2 r^-3 m2 - 1.98"
    assert law_text([Term(-1, 1, 0, 1, 2.0)], [-1.0]) == "-1 r^-1 m1 (q1 q2) [r > 2]"
    assert len(set(library(np.linspace(0, 4, 100)))) == len(library(np.linspace(0, 4, 100)))


def test_what_sets_leave_is_that_of_a_least_squares_fit_of_each() -> None:
    random = np.random.default_rng(3)
    blocks, targets = random.standard_normal((6, 50, 2)), random.standard_normal((50, 3))
    sets = np.array(list(combinations(range(6), 2)))
    found = unexplained(gram(blocks, targets, True), sets)
    weight = weights_of(targets)[:, None]
    for one, left in zip(sets, found, strict=True):
        columns = np.concatenate((*blocks[one], np.ones((50, 1))), axis=1) * weight
        _, wrong, *_ = np.linalg.lstsq(columns, targets * weight, rcond=None)
        assert left == pytest.approx(wrong.sum() / ((targets * weight) ** 2).sum(), abs=1e-9)
    kept = best_terms(gram(blocks, targets, True), 6, 3)
    assert {len(one) for one in kept} == {1, 2, 3}
    assert tuple(sets[found.argmin()]) in kept


def test_least_deviations_pay_no_heed_to_a_few_wild_rows() -> None:
    random = np.random.default_rng(0)
    columns = random.standard_normal((200, 2))
    target = columns @ [2.0, -3.0]
    target[:20] += 1000 * random.random(20)
    assert np.allclose(deviations(columns, target), [2.0, -3.0], atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("force", FORCES)
def test_ideal_messages_hold_the_law_and_it_is_chosen_blind(force: str) -> None:
    spec, messages = Simulation(force=force), ideal(force)  # type: ignore[arg-type]
    front = front_of(messages, library(messages.pairs.distance.ravel()), 2)
    laws = [refit(law.terms, motion(force)) for law in front]
    k = simplest_of_the_best(laws, 1.5)
    assert is_equal(spec, front[k].terms, front[k].constants.tolist())
    off = constants_off(spec, laws[k])
    assert off is not None and off < 1e-6


def test_the_ratio_of_the_spring_is_its_softened_length() -> None:
    messages = ideal("spring")
    law = next(
        one
        for one in front_of(messages, library(messages.pairs.distance.ravel()), 2)
        if len(one.terms) == 2
    )
    assert ratio(law.terms, law.constants.tolist()) == pytest.approx(-0.99, abs=0.005)
    shown = law.matrix / law.matrix[0, 0]
    assert np.allclose(shown, MIXED / MIXED[0, 0], atol=0.02)


def test_principal_components_are_those_that_the_next_layer_reads() -> None:
    messages = ideal("spring", 0)
    noise = np.random.default_rng(1).standard_normal((*messages.values.shape[:2], 1))
    wide = messages._replace(values=np.concatenate((messages.values, 50 * noise), axis=-1))
    onward = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1e-6]])
    few = principal(wide, onward, 2)
    front = front_of(few, library(few.pairs.distance.ravel()), 2)
    assert any(is_equal(Simulation(), law.terms, law.constants.tolist()) for law in front)
    assert principal(messages, onward[:2], 2).values.shape == messages.values.shape


@pytest.mark.parametrize(
    ("force", "terms", "softening"),
    [
        ("r2", [Term(-3, 0, 1, 0)], 0.01),
        ("charge", [Term(-3, 1, 0, 1)], 0.01),
        ("spring", [Term(0, 1, 0, 0), Term(-1, 1, 0, 0)], 0.0),
    ],
)
def test_constants_are_refitted_with_the_softening_and_the_receivers_mass(
    force: str, terms: list[Term], softening: float
) -> None:
    law = refit(terms, motion(force))
    assert law.error < 1e-6 and law.softening == pytest.approx(softening, abs=1e-7)
    found = law.accelerations(motion(force))
    assert np.allclose(found, motion(force).accelerations, rtol=1e-5, atol=1e-8)
    assert law.drag is None


def test_an_even_drag_is_found_and_an_uneven_one_leaves_an_error() -> None:
    spring = [Term(0, -1, 0, 0), Term(-1, -1, 0, 0)]
    even = refit(spring, motion("damped", even_drag=True))
    assert even.drag == -1 and even.drag_constant == pytest.approx(-0.375) and even.error < 1e-9
    assert refit(spring, motion("damped")).error > 0.02


@pytest.mark.slow
@pytest.mark.parametrize("force", FORCES)
def test_the_library_needs_no_network_for_these(force: str) -> None:
    seen = motion(force)
    laws = direct_front(seen, library(seen.pairs.distance.ravel()), 2)
    best = laws[simplest_of_the_best(laws, 1.5)]
    assert is_equal(Simulation(force=force), best.terms, best.constants) and best.error < 1e-6  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("force", "terms", "constants", "equal"),
    [
        ("spring", [Term(0, 2, 0, 0), Term(-1, 2, 0, 0)], [5.0, -4.8], True),
        ("spring", [Term(0, 2, 0, 0), Term(-1, 1, 0, 0)], [5.0, -4.95], False),
        ("spring", [Term(0, 0, 0, 0), Term(-1, 0, 0, 0)], [1.0, -0.9], False),
        ("r2", [Term(-3, -1, 1, 0)], [0.1], True),
        ("r2", [Term(-3, 0, 0, 0)], [0.1], False),
        ("r2", [Term(-3, 0, 1, 0), Term(-4, 0, 1, 0)], [1, -0.02], False),
        ("discontinuous", [Term(0, 0, 0, 0, 2.05), Term(-1, 0, 0, 0, 2.05)], [1, -1], True),
        ("discontinuous", [Term(0, 0, 0, 0, 2.3), Term(-1, 0, 0, 0, 2.3)], [1, -1], False),
        ("superposition", [Term(-3, 0, 1, 0), Term(-3, -1, 0, 1)], [1.0, -1.0], True),
        ("superposition", [Term(-3, 0, 1, 0), Term(-3, 0, 0, 1)], [1.0, -1.0], False),
    ],
)
def test_equal_is_up_to_a_constant_and_a_power_of_the_receivers_mass(
    force: str, terms: list[Term], constants: list[float], equal: bool
) -> None:
    assert is_equal(Simulation(force=force), terms, constants) is equal  # type: ignore[arg-type]


def test_r2_of_forces_is_one_and_of_noise_nothing() -> None:
    spec, pairs = Simulation(force="r1"), motion("r1").pairs
    true, random = forces(spec, pairs), np.random.default_rng(0)
    own = r_squared(true / pairs.receiver[..., None] @ MIXED + 2, spec, pairs)
    assert min(own["plain"], own["robust"], own["free"]) > 1 - 1e-9 and own["per_mass"] == 1
    free = r_squared(true @ MIXED + np.log(pairs.receiver[..., None]) * 100, spec, pairs)
    assert free["robust"] < 0.9 and free["free"] > 1 - 1e-9
    assert r_squared(random.standard_normal(true.shape), spec, pairs)["plain"] < 0.02


def law(complexity_of: Term, error: float) -> Law:
    return Law((complexity_of,), np.ones(1), np.eye(2), error)


def test_the_papers_rule_takes_the_largest_drop_of_the_logarithm() -> None:
    one, two, three = (
        law(Term(0, 0, 0, 0), 1.0),
        law(Term(1, 0, 0, 0), 0.5),
        law(Term(-3, 0, 0, 0), 0.01),
    )
    assert largest_drop([one]) == 0
    assert largest_drop([one, two, three]) == 2  # log 2 for 2, log 50 for 2
    assert undominated([three, one, two, law(Term(-4, 1, 0, 0), 0.02)]) == [one, two, three]


def test_ours_takes_the_simplest_that_is_nearly_as_good() -> None:
    def moved(error: float) -> LawOfMotion:
        return LawOfMotion((Term(0, 0, 0, 0),), (1.0,), 0.0, None, 0.0, error)

    longer = moved(1e-12)._replace(terms=(Term(-3, 0, 0, 0),))
    assert simplest_of_the_best([moved(0.3), longer], 1.5) == 1
    assert simplest_of_the_best([moved(1e-8), longer], 1.5) == 0  # both are as good as exact
    again = {
        "terms": [term_record(Term(0, 0, 0, 0))],
        **{k: v for k, v in moved(0.3)._asdict().items() if k != "terms"},
    }
    assert law_of_motion(again) == moved(0.3)
