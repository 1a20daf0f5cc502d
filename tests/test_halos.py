"""The mock of haloes and what is found in it: held to sums by hand, closed forms, and bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from symbolnet.artifact import read_arrays, write_arrays
from symbolnet.config import HaloMock, HaloSearch, HaloTraining
from symbolnet.distil.halos.file import Halos, load_halos, save_halos
from symbolnet.distil.halos.forms import FORMS, fitted, fitted_shells, least_deviations, shells
from symbolnet.distil.halos.laws import find, formula_of, refitted, sent_by
from symbolnet.distil.halos.mock import draw, log_normal, of_sphere, power, transfer
from symbolnet.distil.halos.neighbours import Parts, edges_of, parts_of
from symbolnet.distil.halos.network import HaloNetwork, Scale, graph_of, predicted, scale_of
from symbolnet.distil.halos.store import TrainedHalos, load_halo_network, save_halo_network
from symbolnet.errors import InputError
from symbolnet.pipeline.cli import main

SMALL = HaloMock(halos=900, box=160.0, cells=32, cutoff=5.0, radius=30.0)
QUICK = HaloTraining(steps=300, hidden=8, batch=16)


@pytest.fixture(scope="module")
def halos() -> Halos:
    return draw(SMALL)


@pytest.fixture(scope="module")
def parts(halos: Halos) -> Parts:
    return parts_of(halos)


def test_the_spectrum_is_that_of_bardeen_and_others_with_the_deviation_asked_for() -> None:
    assert transfer(np.array([1e-6, 0.21]), 0.21) == pytest.approx([1, 0.07322], rel=1e-3)
    k = np.linspace(1e-4, 20, 400_001)
    bare = power(k, SMALL.model_copy(update={"cutoff": 1e-9}))
    variance = np.trapezoid(k**2 * bare * of_sphere(8 * k) ** 2, k) / (2 * np.pi**2)
    assert np.sqrt(variance) == pytest.approx(SMALL.sigma8, rel=1e-3)
    assert power(k, SMALL) == pytest.approx(bare * np.exp(-((k * SMALL.cutoff) ** 2)))


def test_the_field_has_the_variance_of_the_linear_spectrum() -> None:
    k = 2 * np.pi * np.fft.fftfreq(SMALL.cells, SMALL.box / SMALL.cells)
    size = np.sqrt(sum(one**2 for one in np.meshgrid(k, k, k)))
    linear = power(np.maximum(size, 1e-9), SMALL)[size > 0].sum() / SMALL.box**3
    fields = [log_normal(SMALL, np.random.default_rng(seed)).delta for seed in range(6)]
    assert np.mean([one.var() for one in fields]) == pytest.approx(linear, rel=0.15)
    for one in fields:
        assert abs(one.mean()) < 1e-12 and one.min() > -1


def test_spheres_and_displacements_are_those_of_the_field() -> None:
    field = log_normal(SMALL, np.random.default_rng(1))
    n, cell = SMALL.cells, SMALL.box / SMALL.cells
    i = np.minimum(np.arange(n), n - np.arange(n)) * cell
    inside = sum(one**2 for one in np.meshgrid(i, i, i)) < 30.0**2
    mean = field.delta[inside].mean()  # around the first cell
    assert field.smoothed(30.0).delta[0, 0, 0] == pytest.approx(mean, abs=0.03)
    moved = field.displaced()
    k = 2 * np.pi * np.fft.fftfreq(n, cell)
    grids = np.meshgrid(k, k, k, indexing="ij")
    spread = sum(1j * one * np.fft.fftn(part) for one, part in zip(grids, moved, strict=True))
    # Of Nyquist's waves a slope has no sign.
    known = np.all([np.abs(one) < 0.99 * np.pi / cell for one in grids], axis=0)
    off = np.fft.ifftn((spread + np.fft.fftn(field.delta)) * known)
    assert np.abs(off).max() < 1e-9


def test_a_seed_is_one_mock_and_dense_places_have_heavier_haloes(halos: Halos) -> None:
    again, other = draw(SMALL), draw(SMALL.model_copy(update={"seed": 1}))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(halos[:4], again[:4], strict=True))
    assert len(other.masses) != len(halos.masses)
    assert abs(len(halos.masses) - SMALL.halos) < 6 * np.sqrt(SMALL.halos)
    dense = halos.overdensities > np.median(halos.overdensities)
    assert halos.masses.min() >= 1
    assert np.mean(halos.masses[dense]) > np.mean(halos.masses[~dense])
    assert halos.overdensities.mean() > 0  # haloes are where matter is


def test_edges_are_all_pairs_within_the_radius_around_the_box(halos: Halos) -> None:
    edges, box = edges_of(halos), SMALL.box
    apart = halos.positions[:, None] - halos.positions[None]
    apart -= box * np.round(apart / box)
    distance = np.sqrt((apart**2).sum(axis=-1))
    near = (distance < SMALL.radius) & ~np.eye(len(distance), dtype=bool)
    assert len(edges.distance) == near.sum()
    assert np.allclose(edges.summed(edges.mass), near @ halos.masses)
    assert np.allclose(edges.summed(edges.distance), np.where(near, distance, 0).sum(axis=1))


def test_training_haloes_lie_outside_of_every_held_out_sphere(halos: Halos, parts: Parts) -> None:
    held = halos.positions[parts.held.halos]
    for part in (parts.fitted, parts.kept):
        apart = halos.positions[part.halos][:, None, 0] - held[None, :, 0]
        apart -= SMALL.box * np.round(apart / SMALL.box)
        assert np.abs(apart).min() > SMALL.smoothing
    assert not set(parts.fitted.halos) & set(parts.kept.halos)
    whole = edges_of(halos)
    assert np.allclose(
        parts.held.summed(parts.held.mass), whole.summed(whole.mass)[parts.held.halos]
    )


def test_a_form_finds_the_constants_that_made_its_rows(parts: Parts) -> None:
    true = {
        "constant": [0.3],
        "by hand": [-0.1, 0.02, 0.001],
        "without mass": [-0.4, 50.0, 0.02, 2.0, 0.06, 6.0],
        "with mass": [-0.4, 80.0, 2.0, 3.0, 0.06, 6.0],
    }
    assert [one.name for one in FORMS] == list(true)
    for form in FORMS:
        made = form.made(parts.fitted, np.array(true[form.name]))
        free = fitted(form, parts.fitted._replace(target=made))
        other = form.made(parts.held, np.array(true[form.name]))
        off = np.abs(form.made(parts.held, free) - other).mean()
        assert off < 0.01 * np.abs(other - np.median(other)).mean() + 1e-9, form.name


def test_shells_reach_what_any_message_of_shells_adds_up_to(parts: Parts) -> None:
    inner = (parts.fitted.distance < 15) * (
        0.01 + 0.002 * parts.fitted.mass - 0.001 * parts.fitted.speed
    )
    known = parts.fitted._replace(target=0.5 + parts.fitted.summed(inner))
    free = fitted_shells(known, SMALL.radius)
    assert np.abs(shells(known, SMALL.radius) @ free - known.target).max() < 1e-6


def test_least_deviations_pass_through_most_points_and_over_a_few_far_ones() -> None:
    x = np.linspace(0, 1, 40)
    y = 2 * np.exp(-x)
    y[::8] += 5
    free = least_deviations(lambda c: c[0] * np.exp(-c[1] * x), y, np.array([1.0, 0.5]))
    assert free == pytest.approx([2, 1], abs=0.01)


def test_the_network_learns_and_a_kill_changes_no_byte(parts: Parts) -> None:
    torch.set_num_threads(1)
    scale = scale_of(parts.fitted, SMALL.radius)
    graph = graph_of(parts.fitted, scale)
    method = HaloNetwork(graph, QUICK)
    through, killed = method.start(), method.start()
    while not method.finished(through):
        method.step(through, print)
    method.step(killed, print)
    killed = HaloNetwork(graph, QUICK).thaw(method.freeze(killed))
    while not method.finished(killed):
        method.step(killed, print)
    assert through.history[-1] < 0.8 * through.history[0]
    for name, one in method.freeze(through).items():
        assert torch.equal(one, method.freeze(killed)[name]), name


def test_neighbours_are_a_set_and_a_lonely_halo_has_the_sum_nothing(parts: Parts) -> None:
    scale = scale_of(parts.held, SMALL.radius)
    weights = HaloNetwork(graph_of(parts.held, scale), QUICK).start().weights
    graph = graph_of(parts.held, scale)
    order = torch.randperm(len(graph.edges), generator=torch.Generator().manual_seed(0))
    mixed = graph._replace(edges=graph.edges[order], receiver=graph.receiver[order])
    assert torch.allclose(predicted(weights, graph), predicted(weights, mixed), atol=1e-5)
    alone = graph._replace(edges=graph.edges[:0], receiver=graph.receiver[:0])
    assert torch.isfinite(predicted(weights, alone)).all()


def test_the_law_that_a_network_would_hold_is_found_and_refitted(parts: Parts) -> None:
    true = formula_of("0.02*e - 0.5", "Mj/r")
    known = Parts(*(one._replace(target=true.made(one)) for one in parts))
    sent = 3 * sent_by(true.message, known.fitted)
    found = find(known, sent, HaloSearch(rows=300, effort=0.1))
    best = found.front[found.chosen]
    assert found.errors[found.chosen] < 1e-9 and best.complexity < 20
    assert np.allclose(best.made(known.held), known.held.target, atol=1e-8)
    off = refitted(formula_of("0.03*e - 0.45", "Mj*r**-1.1"), known.fitted)
    assert np.allclose(off.made(known.held), known.held.target, atol=1e-4)


def test_messages_that_are_all_alike_are_one_line(parts: Parts) -> None:
    with pytest.raises(InputError, match="messages that vary; found one for all"):
        find(parts, np.ones(len(parts.fitted.distance)), HaloSearch())


@pytest.mark.parametrize(
    "wrong",
    [
        {"box": 60.0},
        {"box": float("nan")},
        {"radius": 141.0},
        {"radius": -1.0},
        {"smoothing": 40.0},
        {"halos": 10},
    ],
)
def test_impossible_mocks_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        HaloMock(**wrong)


def test_a_box_smaller_than_the_radius_is_told() -> None:
    with pytest.raises(ValidationError, match="radius must be at most 30 in a box of 60 Mpc/h"):
        HaloMock(box=60.0, smoothing=5.0)


def test_a_radius_without_neighbours_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = SMALL.model_copy(update={"radius": 0.5}).model_dump_json()
    path = tmp_path / "halos.npz"
    assert main(["draw_halos", "--halos", str(path), "--spec", spec]) == 1
    said = capsys.readouterr().err.strip()
    assert "haloes with neighbours" in said and "enlarge radius" in said and "\n" not in said
    assert not path.exists()


@pytest.mark.parametrize(
    ("array", "value", "words"),
    [
        ("masses", -1.0, "masses above 0"),
        ("masses", np.nan, "finite masses"),
        ("overdensities", np.inf, "finite overdensities"),
        ("positions", np.nan, "finite positions"),
        ("positions", 161.0, "positions in 0 to 160"),
    ],
)
def test_wrong_haloes_are_one_line(
    halos: Halos, tmp_path: Path, array: str, value: float, words: str
) -> None:
    path = tmp_path / "halos.npz"
    save_halos(path, halos)
    assert np.array_equal(load_halos(path).masses, halos.masses)
    arrays = read_arrays(path)
    arrays[array].flat[7] = value
    write_arrays(path, arrays)
    with pytest.raises(InputError, match=words) as told:
        load_halos(path)
    assert "\n" not in str(told.value)


def test_a_network_of_another_form_is_one_line(tmp_path: Path, parts: Parts) -> None:
    path = tmp_path / "network.safetensors"
    scale = Scale(30.0, 1.0, 0.0, 1.0)
    weights = HaloNetwork(graph_of(parts.held, scale), QUICK).start().weights
    save_halo_network(path, TrainedHalos(QUICK, weights, scale))
    assert load_halo_network(path).training == QUICK
    save_halo_network(path, TrainedHalos(HaloTraining(hidden=9), weights, scale))
    with pytest.raises(InputError, match=r"architecture: message0\.bias"):
        load_halo_network(path)
    broken = {name: one * np.nan for name, one in weights.items()}
    with pytest.raises(InputError, match="its training diverged"):
        save_halo_network(path, TrainedHalos(QUICK, broken, scale))


def test_the_stages_make_the_files_and_print_what_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("halos", "halo-network", "halo-timing", "halo-forms", "halo-formulas")
    at = {name: ["--" + name, str(tmp_path / name)] for name in names}
    spec = ["--spec", SMALL.model_dump_json()]
    assert main(["draw_halos", *at["halos"], *spec]) == 0
    assert main(["fit_halo_forms", *at["halos"], *at["halo-forms"]]) == 0
    trained = [*at["halos"], *at["halo-network"], *at["halo-timing"]]
    rest = ["--checkpoint", str(tmp_path / "cp"), "--spec", QUICK.model_dump_json()]
    assert main(["train_halo_network", *trained, *rest]) == 0
    search = ["--spec", HaloSearch(rows=200, effort=0.1).model_dump_json()]
    files = [*at["halos"], *at["halo-network"], *at["halo-formulas"]]
    assert main(["distil_halos", *files, *search]) == 0
    forms, found = (
        json.loads((tmp_path / name).read_text()) for name in ("halo-forms", "halo-formulas")
    )
    errors = {one["name"]: one["error_held"] for one in forms["peers"]}
    assert errors["with mass"] < errors["constant"] and errors["shells"] < errors["constant"]
    chosen = found["front"][found["chosen"]]
    again = formula_of(chosen["halo"], chosen["message"])
    held = parts_of(load_halos(tmp_path / "halos")).held
    assert np.abs(again.made(held) - held.target).mean() == pytest.approx(chosen["error_held"])
    assert chosen["text"] in capsys.readouterr().out
