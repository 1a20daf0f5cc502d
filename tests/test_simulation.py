"""The simulated bodies: held to orbits in closed form, to what is conserved, and to bad input."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from symbolnet.artifact import read_arrays, write_arrays
from symbolnet.config import Simulation
from symbolnet.config.distil import STEPS
from symbolnet.distil.simulation.file import Simulations, load_simulations, save_simulations
from symbolnet.distil.simulation.forces import accelerations, energy, system_of
from symbolnet.distil.simulation.integrate import Path as Followed
from symbolnet.distil.simulation.integrate import integrate
from symbolnet.distil.simulation.simulate import move, simulate
from symbolnet.errors import InputError
from symbolnet.pipeline.cli import main

FORCES = tuple(STEPS)


def moved(
    spec: Simulation, positions: list, velocities: list, masses: list, times: object
) -> Followed:
    """Follow one simulation from given positions and velocities (n, dim)."""
    start = np.stack([np.array(positions, float).T, np.array(velocities, float).T])
    one = np.array(masses, float)[:, None]
    return move(
        system_of(spec), one, np.ones_like(one), start.reshape(-1, 1), np.array(times), spec
    )


def test_a_linear_oscillator_is_followed_to_its_closed_form() -> None:
    frequency = np.array([1.0, 7.0])
    start = np.array([[1.0, 1.0], [0.0, 0.0]])
    times = np.linspace(0, 10, 37)
    path = integrate(
        lambda y, which: np.stack((y[1], -(frequency[which] ** 2) * y[0])),
        start,
        times,
        1e-10,
        10**5,
    )
    assert path.finished.all() and path.steps[1] > 3 * path.steps[0]
    exact = np.cos(frequency * times[:, None])
    assert np.abs(path.states[:, 0] - exact).max() < 1e-7


def test_two_bodies_on_a_circle_stay_on_it() -> None:
    spec = Simulation(force="r2", bodies=2, softening=0, tolerance=1e-11)
    a, b, apart = 3.0, 1.0, 2.0
    omega = np.sqrt((a + b) / apart**3)
    places, speeds = [[-b / 2, 0], [a / 2, 0]], [[0, -b / 2 * omega], [0, a / 2 * omega]]
    times = np.linspace(0, 2 * np.pi / omega, 9)
    path = moved(spec, places, speeds, [a, b], times)
    x = path.states[:, :4, 0].reshape(9, 2, 2)
    assert np.allclose(x[:, 0, 1], a / 2 * np.cos(omega * times), atol=1e-8)
    assert np.allclose(x[:, 1, 1], a / 2 * np.sin(omega * times), atol=1e-8)


def test_two_bodies_on_a_spring_swing_in_closed_form() -> None:
    """Along one line r' - 1 swings with the frequency sqrt(2 (1/m1 + 1/m2))."""
    spec = Simulation(force="spring", bodies=2, tolerance=1e-11)
    times = np.linspace(0, 5, 11)
    path = moved(spec, [[0, 0], [1.3, 0]], [[0, 0], [0, 0]], [2.0, 0.5], times)
    x = path.states[:, :4, 0].reshape(11, 2, 2)
    exact = 0.99 + 0.31 * np.cos(np.sqrt(2 * (1 / 2.0 + 1 / 0.5)) * times)
    assert np.allclose(x[:, 0, 1] - x[:, 0, 0], exact, atol=1e-8)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("force", FORCES)
def test_an_acceleration_is_the_slope_of_the_energy(force: str, dimension: int) -> None:
    spec = Simulation(force=force, dimension=dimension)  # type: ignore[arg-type]
    random, system = np.random.default_rng(1), system_of(spec)
    x = random.standard_normal((dimension, 4, 5)) * 1.7
    m, q = np.exp(random.standard_normal((4, 5))), np.sign(random.standard_normal((4, 5)))
    rest = np.zeros_like(x)
    found = accelerations(system, x, rest, m, q)
    step = 1e-6
    for d in range(dimension):
        for k in range(4):
            up, down = x.copy(), x.copy()
            up[d, k] += step
            down[d, k] -= step
            slope = (energy(system, up, rest, m, q) - energy(system, down, rest, m, q)) / (2 * step)
            assert np.allclose(found[d, k], -slope / m[k], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("even", "expected"), [(False, [0.75, 0.5, 0.25, 0]), (True, [0.375] * 4)])
def test_the_drag_is_the_papers_or_even(even: bool, expected: list[float]) -> None:
    spec = Simulation(force="damped", even_drag=even)
    x, m = np.random.default_rng(0).standard_normal((2, 4, 1)), np.full((4, 1), 2.0)
    v = np.ones_like(x)
    args = (system_of(spec), x)
    drag = accelerations(*args, 0 * v, m, m) - accelerations(*args, v, m, m)
    assert np.allclose(drag[0, :, 0], np.array(expected) / 2)


def test_two_bodies_at_one_place_have_a_finite_force() -> None:
    for force in FORCES:
        spec = Simulation(force=force, bodies=2)
        found = accelerations(system_of(spec), *np.zeros((2, 2, 2, 1)), *np.ones((2, 2, 1)))
        assert np.isfinite(found).all()


# Energy as the paper's tolerance keeps it; a jump of the force costs more.
@pytest.mark.parametrize(
    ("force", "most"), [("spring", 2e-6), ("r1", 1e-4), ("charge", 1e-4), ("discontinuous", 1e-3)]
)
def test_energy_and_momentum_are_kept(force: str, most: float) -> None:
    found = simulate(Simulation(force=force, simulations=30, dimension=3, steps=400))  # type: ignore[arg-type]
    assert found.positions.shape == (30, 81, 4, 3) and found.times[1] == 5 * STEPS[force]  # type: ignore[index]
    assert 0 < found.energy_drift.max() < most
    momentum = (found.masses[:, None, :, None] * found.velocities).sum(axis=2)
    assert np.abs(momentum - momentum[:, :1]).max() < 1e-9
    assert set(np.unique(found.charges)) == {-1.0, 1.0}


def test_a_string_is_tied_to_its_neighbours_and_falls() -> None:
    spec = Simulation(force="string", bodies=6, simulations=4, steps=100)
    assert len(system_of(spec).first) == 5
    found = simulate(spec)
    total = found.masses.sum(axis=1)
    pull = (found.masses[:, None, :, None] * found.accelerations).sum(axis=2)
    assert np.allclose(pull[:, :, 1], -total[:, None]) and np.allclose(pull[:, :, 0], 0)


def test_a_simulation_does_not_depend_on_its_batch_and_a_seed_is_one_set() -> None:
    few, many = (simulate(Simulation(simulations=n, steps=50)) for n in (4, 4))
    assert few.positions.tobytes() == many.positions.tobytes()
    other = simulate(Simulation(simulations=4, steps=50, seed=1))
    assert not np.allclose(few.positions, other.positions)


def test_what_cannot_be_followed_is_one_line() -> None:
    with pytest.raises(
        InputError, match=r"found 4 of 4 that stopped, number 0 at .* more max_steps"
    ):
        simulate(Simulation(simulations=4, max_steps=5))


@pytest.mark.parametrize(
    "wrong", [{"bodies": 1}, {"force": "glue"}, {"even_drag": True}, {"keep_every": 2000}]
)
def test_impossible_settings_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Simulation(**wrong)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    spec = tmp_path / "spec.json"
    spec.write_text(Simulation(simulations=4, steps=20).model_dump_json())
    path = tmp_path / "simulations.npz"
    assert main(["simulate_bodies", "--simulations", str(path), "--spec", str(spec)]) == 0
    return path


def test_the_file_comes_back_as_it_was(file: Path) -> None:
    found = load_simulations(file)
    assert found.settings.steps == 20 and found.masses.shape == (4, 4)
    again = file.with_name("again.npz")
    save_simulations(again, found)
    assert again.read_bytes() == file.read_bytes()


def _spoiled(found: Simulations, name: str) -> Simulations:
    array = getattr(found, name).copy()
    if name == "positions":
        array[2, 3, 1] = array[2, 3, 0]
    else:
        array[0, 0] = np.nan
    return found._replace(**{name: array})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("positions", "bodies 0 and 1 of simulation 2 at one place, time 0.15"),
        ("accelerations", "finite accelerations"),
        ("masses", "finite masses"),
    ],
)
def test_a_spoiled_file_is_one_line(file: Path, name: str, words: str) -> None:
    spoiled = _spoiled(load_simulations(file), name)
    with pytest.raises(InputError, match=words):
        save_simulations(file.with_name("other.npz"), spoiled)
    assert not file.with_name("other.npz").exists()


def test_a_file_of_something_else_is_one_line(file: Path) -> None:
    arrays = read_arrays(file)
    del arrays["charges"]
    write_arrays(file, arrays)
    with pytest.raises(InputError, match=r"without charges"):
        load_simulations(file)
