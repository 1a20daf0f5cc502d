"""Graph networks: held to a plain loop over pairs, to symmetries, to kills, and to bad files."""

from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save_file

from symbolnet.config import GraphTraining, Simulation
from symbolnet.distil.networks.adam import one_cycle
from symbolnet.distil.networks.form import (
    Form,
    Weights,
    bodies_of,
    first_weights,
    form_of,
    hamiltonian_accelerations,
    pulls,
)
from symbolnet.distil.networks.graphs import Graphs, graphs_of, part
from symbolnet.distil.networks.job import GraphNetworks, loss_of, ranked
from symbolnet.distil.networks.store import Trained, load_trained, save_trained
from symbolnet.distil.simulation.simulate import simulate
from symbolnet.errors import InputError
from symbolnet.training.loop import Trained as Carried
from symbolnet.training.loop import advance, frozen

SPEC = GraphTraining(hidden=12, node_hidden=10, messages=5, steps=200, batch=16)


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    return graphs_of(simulate(Simulation(simulations=8, steps=100)))


def trained_of(spec: GraphTraining, graphs: Graphs) -> Trained:
    method = GraphNetworks(graphs, spec)
    state = method.start()
    return Trained(method.form, spec, state.weights, state.live, method.scale)


def layers(form: Form, weights: Weights, name: str, k: int, x: np.ndarray) -> np.ndarray:
    """What a network of member k makes of one row, layer after layer."""
    for i in range(form.layers + 1):
        w, b = (weights[f"{name}{i}.{kind}"][k].detach().numpy() for kind in ("weight", "bias"))
        x = x @ w + b[0]
        x = np.maximum(x, 0) if i < form.layers else x
    return x


@pytest.mark.parametrize("inputs", ["relative", "paper"])
def test_messages_and_accelerations_are_those_of_a_loop_over_pairs(
    graphs: Graphs, inputs: str
) -> None:
    trained = trained_of(SPEC.model_copy(update={"inputs": inputs}), graphs)
    form, few = trained.form, graphs.take(torch.tensor([3, 100]))
    bodies, places = bodies_of(form, trained.weights, few)[0].numpy(), few.places.numpy()
    shown, found = trained.messages(few).numpy(), trained.accelerations(few).numpy()
    for k, b, i in np.ndindex(form.members, 2, 4):
        total = np.zeros(form.messages)
        for step in range(1, 4):
            j = (i + step) % 4
            row = [bodies[b, i], bodies[b, j], places[b, j] - places[b, i]]
            x = np.concatenate(row if form.relative else row[:2])
            message = layers(form, trained.weights, "message", k, x) * trained.live[k].numpy()
            assert np.allclose(shown[k, b, step - 1, i], message, atol=1e-5)
            total += message
        x = np.concatenate((bodies[b, i], total))
        expected = layers(form, trained.weights, "node", k, x) * trained.scale
        assert np.allclose(found[k, b, i], expected, rtol=1e-4, atol=1e-4)


def test_networks_know_neither_the_origin_nor_the_order_of_the_bodies(graphs: Graphs) -> None:
    trained, few = trained_of(SPEC, graphs), graphs.take(torch.arange(5))
    order = torch.tensor([2, 0, 3, 1])
    moved = few._replace(places=few.places + torch.tensor([4.0, -1.0]))
    turned = Graphs(*(one[:, order] for one in few))
    expected = trained.accelerations(few)
    assert torch.allclose(trained.accelerations(moved), expected, atol=1e-4)
    assert torch.allclose(trained.accelerations(turned), expected[:, :, order], atol=1e-4)


def test_a_hamiltonian_keeps_momentum_between_its_pairs(graphs: Graphs) -> None:
    spec = GraphTraining(variants=["flathgn"], seeds=[0, 1], hidden=8, node_hidden=8, steps=20)
    form = form_of(spec, 2, 0)
    weights, few = first_weights(form, [0, 1]), graphs.take(torch.arange(3))
    found, penalty = hamiltonian_accelerations(form, weights, few)
    forces = found.detach() * few.masses[..., None]
    assert penalty.shape == (2,) and float(forces.abs().max()) > 1e-4
    assert torch.allclose(forces.sum(dim=2), torch.zeros(2, 3, 2), atol=1e-5)
    assert torch.allclose(pulls(form, weights, few).sum(dim=2), forces, atol=1e-5)


def test_a_bottleneck_shows_as_many_components_as_space_has(graphs: Graphs) -> None:
    assert form_of(GraphTraining(variants=["bottleneck"]), 3, 0).messages == 3
    shown = trained_of(SPEC, graphs).messages(graphs.take(torch.arange(4)))
    assert [int((one.abs().amax(dim=(0, 1, 2)) > 0).sum()) for one in shown] == [2, 5, 5]


def test_components_rank_by_what_is_new_in_them_and_by_who_reads_it() -> None:
    a, b = torch.randn((2, 400), generator=torch.Generator().manual_seed(0))
    shown = torch.stack((a, 2 * a, 0.5 * b, 0 * b + 7), dim=1)
    read = torch.tensor([[9.0, 9.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [5.0, 5.0]])
    assert ranked(shown, read, 2).tolist() == [1, 2]  # 0 says what 1 has said, 3 says nothing
    louder = read * torch.tensor([1, 5, 1, 3, 1])[:, None]
    assert ranked(shown, louder, 2).tolist() == [0, 2]


def test_a_pruned_member_ends_with_its_best_components(graphs: Graphs) -> None:
    method = GraphNetworks(graphs, SPEC.model_copy(update={"steps": 400}))
    state = advance(method, Carried(method.start(), 0.0), print, lambda _: None).state
    assert state.live.sum(dim=1).tolist() == [2, 5, 2]
    errors = torch.stack(state.history)[:, :, 0]
    assert (errors[-1] < errors[0]).all()


def test_penalties_are_of_the_variants_that_have_them(graphs: Graphs) -> None:
    for variants, has in (
        (["standard", "bottleneck", "l1"], [False, False, True]),
        (["kl"], [True]),
    ):
        spec = SPEC.model_copy(update={"variants": variants})
        method = GraphNetworks(graphs, spec)
        state, loss = method.start(), loss_of(method.form, spec, method.scale)
        found = loss(state.weights, graphs.take(torch.arange(9)), state.live, state.random)
        assert (found.penalty > 0).tolist() == has


def test_the_divergence_of_noise_from_noise_is_that_of_the_paper(graphs: Graphs) -> None:
    """Outputs of zero are means 0 and variances 1: (0 + 1 - 0) / 2 of each component."""
    spec = GraphTraining(variants=["kl"], messages=6, kl=1.0)
    method = GraphNetworks(graphs, spec)
    state = method.start()
    for name in ("message2.weight", "message2.bias"):
        state.weights[name].data.zero_()
    loss = loss_of(method.form, spec, method.scale)
    found = loss(state.weights, graphs.take(torch.arange(9)), state.live, state.random)
    assert found.penalty.tolist() == pytest.approx([3.0])
    assert found.shown is not None and found.shown.std() > 0.5


def test_a_training_gone_on_with_ends_in_the_same_bytes(graphs: Graphs) -> None:
    method = GraphNetworks(graphs, SPEC)
    whole = advance(method, Carried(method.start(), 0.0), print, lambda _: None).state
    half = advance(
        method, Carried(method.start(), 0.0), print, lambda _: None, lambda t: t.state.done >= 100
    )
    tensors = frozen(method, half)
    again = GraphNetworks(graphs, SPEC)
    resumed = advance(again, Carried(again.thaw(tensors), 0.0), print, lambda _: None).state
    assert half.state.done == 100
    for name, one in whole.weights.items():
        assert one.detach().numpy().tobytes() == resumed.weights[name].detach().numpy().tobytes()
    assert torch.equal(whole.live, resumed.live) and len(resumed.history) == 2


def test_the_step_size_rises_to_its_largest_and_falls_to_nothing() -> None:
    assert [one_cycle(share) for share in (0, 0.3, 1)] == pytest.approx([1 / 25, 1, 4e-6], rel=1e-6)


def test_the_last_quarter_is_kept_from_training() -> None:
    found = simulate(Simulation(simulations=8, steps=10))
    seen, unseen = (part(found, trained) for trained in (True, False))
    assert (len(seen.masses), len(unseen.masses)) == (6, 2)
    assert np.array_equal(unseen.positions, found.positions[6:])


@pytest.mark.parametrize(
    "wrong",
    [
        {"variants": ["kl", "l1"]},
        {"variants": ["l1", "l1"]},
        {"variants": ["sparse"]},
        {"inputs": "all"},
    ],
)
def test_impossible_settings_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        GraphTraining(**wrong)


@pytest.fixture
def file(graphs: Graphs, tmp_path: Path) -> Path:
    path = tmp_path / "network.safetensors"
    save_trained(path, trained_of(SPEC, graphs))
    return path


def test_the_file_comes_back_as_it_was(file: Path, graphs: Graphs) -> None:
    found, few = load_trained(file), graphs.take(torch.arange(4))
    assert found.members == [("bottleneck", 0), ("l1", 0), ("pruned", 0)]
    expected = trained_of(SPEC, graphs).accelerations(few)
    assert torch.equal(found.accelerations(few), expected)
    save_trained(file.with_name("again"), found)
    assert file.with_name("again").read_bytes() == file.read_bytes()


def test_a_file_of_another_architecture_is_one_line(file: Path, graphs: Graphs) -> None:
    other = trained_of(SPEC, graphs)
    other.weights["node1.weight"] = torch.zeros(3, 10, 11)
    save_trained(file, other)
    with pytest.raises(InputError, match=r"another architecture: \(3, 10, 11\) for node1.weight"):
        load_trained(file)


def test_a_file_of_something_else_or_of_numbers_that_are_none_is_one_line(
    file: Path, graphs: Graphs
) -> None:
    broken = trained_of(SPEC, graphs)
    broken.weights["node0.bias"].data[0] = float("nan")
    save_trained(file, broken)
    with pytest.raises(InputError, match="its training diverged"):
        load_trained(file)
    save_file(load_file(file), file)  # without its header
    with pytest.raises(InputError, match=r"found .*KeyError: 'training'"):
        load_trained(file)
    file.write_bytes(b"text")
    with pytest.raises(InputError, match="graph networks of version 2"):
        load_trained(file)
