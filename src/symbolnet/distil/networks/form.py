"""The graph networks of a training as stacked weights, and what they make of graphs.

Cranmer et al. 2020: a message phi_e(receiver, sender) for each pair, summed over the senders, and
an acceleration phi_v(body, sum). All members have the same shapes, with their weights (m, in, out)
side by side, so that one product serves all. The pairs of n bodies are dense, (n - 1, n): the k-th
sender of body i is i + k. The first layer of phi_e is a sum over its inputs, so that what it needs
of a body is computed once and not for each pair. FlatHGN is a Hamiltonian
H = sum_i Hself(i) + sum_ij Hpair(i, j) of places x and momenta p = m v; dp/dt = -dH/dx. Its message
is the pull -d(Hpair(i, j) + Hpair(j, i))/dx_i of each pair, a vector as those of the others.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import GraphTraining
from symbolnet.distil.networks.graphs import Graphs

Weights = dict[str, Tensor]
TRAITS = 2  # numbers that a network may know of a kind: with one, kinds could not pass each other


class Form(NamedTuple):
    """Shapes of the networks: `outputs` of phi_e, `shown` of them are a message."""

    members: int
    dimension: int
    hidden: int
    node_hidden: int
    layers: int
    messages: int
    relative: bool
    kl: bool = False
    hamiltonian: bool = False
    kinds: int = 0

    @property
    def features(self) -> int:
        """Inputs of a body: velocity, charge or traits, mass, and of the paper's inputs its place.

        Where charges are hidden, a body has the traits of its kind, which are weights as others.
        """
        traits = TRAITS if self.kinds else 1
        return self.dimension * (1 if self.relative else 2) + traits + 1


def form_of(spec: GraphTraining, dimension: int, kinds: int) -> Form:
    """Return the form of the networks of a training, of bodies of so many kinds (0: alike)."""
    hamiltonian = "flathgn" in spec.variants
    only = set(spec.variants) == {"bottleneck"}
    messages = 1 if hamiltonian else dimension if only else max(spec.messages, dimension)
    return Form(
        members=len(spec.members()),
        dimension=dimension,
        hidden=spec.hidden,
        node_hidden=spec.node_hidden,
        layers=spec.layers,
        messages=messages,
        relative=spec.inputs == "relative",
        kl="kl" in spec.variants,
        hamiltonian=hamiltonian,
        kinds=kinds,
    )


def sizes(form: Form) -> dict[str, tuple[int, int]]:
    """Return inputs and outputs of every layer by its name."""
    own = form.features
    outputs = form.messages * (2 if form.kl else 1)
    pair = 2 * own + (form.dimension if form.relative else 0)
    node = own + (0 if form.hamiltonian else form.messages)
    last = 1 if form.hamiltonian else form.dimension
    networks = {
        "message": [pair, *[form.hidden] * form.layers, outputs],
        "node": [node, *[form.node_hidden] * form.layers, last],
    }
    found = {}
    for name, widths in networks.items():
        for i in range(form.layers + 1):
            found[f"{name}{i}"] = widths[i], widths[i + 1]
    return found


def first_weights(form: Form, seeds: list[int]) -> Weights:
    """Draw the weights of every member by its own seed."""
    random = [torch.Generator().manual_seed(seed) for seed in seeds]
    weights = drawn(sizes(form), random)
    if form.kinds:
        shape = form.kinds, TRAITS
        weights["traits"] = torch.stack([torch.randn(shape, generator=one) for one in random])
    return weights


def drawn(layers: Mapping[str, tuple[int, int]], random: Sequence[torch.Generator]) -> Weights:
    """Draw the weights of layers for each generator, as torch does: U(-k, k), k^-2 = inputs."""
    weights = {}
    for name, (inputs, outputs) in layers.items():
        bound = 1 / math.sqrt(inputs)
        for kind, shape in (("weight", (inputs, outputs)), ("bias", (1, outputs))):
            each = [torch.rand(shape, generator=one) * (2 * bound) - bound for one in random]
            weights[f"{name}.{kind}"] = torch.stack(each)
    return weights


def bodies_of(form: Form, weights: Weights, graphs: Graphs) -> Tensor:
    """Return the inputs (m or 1, b, n, f) of a body: [place,] velocity, charge, mass or its log.

    Of bodies of kinds `charges` are the numbers of these, and their traits stand in its place.
    """
    mass = graphs.masses.log() if form.relative else graphs.masses
    charges = graphs.charges[None, ..., None]
    if form.kinds:
        charges = weights["traits"][:, graphs.charges.long()]
    shown = (graphs.velocities, charges, mass[..., None])
    own = shown if form.relative else (graphs.places, *shown)
    many = [one.expand(len(charges), *charges.shape[1:3], -1) for one in own]
    return torch.cat(many, dim=-1)


def messages(form: Form, weights: Weights, graphs: Graphs) -> Tensor:
    """Return the outputs (m, b, n - 1, n, o) of phi_e for every pair."""
    return pair_outputs(form, weights, graphs.places[None], bodies_of(form, weights, graphs))


def pair_outputs(form: Form, weights: Weights, places: Tensor, bodies: Tensor) -> Tensor:
    """Return phi_e (m, b, n - 1, n, o) of places and bodies (m or 1, b, n, .)."""
    count = bodies.shape[2]
    first, bias = weights["message0.weight"], weights["message0.bias"]
    receiver = _times(bodies, first[:, : form.features]) + bias[:, None]
    sender = _times(bodies, first[:, form.features : 2 * form.features])
    if form.relative:
        moved = _times(places, first[:, 2 * form.features :])
        receiver, sender = receiver - moved, sender + moved
    around = torch.stack([sender.roll(-k, 2) for k in range(1, count)], 2)
    return _rest(form, weights, "message", receiver[:, :, None] + around)


def node_outputs(form: Form, weights: Weights, inputs: Tensor) -> Tensor:
    """Return phi_v (m, b, n, .) of inputs (m, b, n, .)."""
    hidden = _times(inputs, weights["node0.weight"]) + weights["node0.bias"][:, None]
    return _rest(form, weights, "node", hidden)


def summed(form: Form, weights: Weights, graphs: Graphs, shown: Tensor) -> Tensor:
    """Return scaled accelerations (m, b, n, dim) out of messages (m, b, n - 1, n, w)."""
    total = shown.sum(dim=2)
    bodies = bodies_of(form, weights, graphs).expand(form.members, -1, -1, -1)
    return node_outputs(form, weights, torch.cat((bodies, total), dim=-1))


def _times(values: Tensor, weight: Tensor) -> Tensor:
    """Return values (m or 1, b, n, i) times a weight (m, i, o) of each member."""
    flat = values.flatten(1, -2).expand(len(weight), -1, -1)
    product: Tensor = torch.bmm(flat, weight)
    return product.reshape(len(weight), *values.shape[1:-1], -1)


def _rest(form: Form, weights: Weights, name: str, hidden: Tensor) -> Tensor:
    """Return what follows the sums of a first layer; a Hamiltonian must be smooth (softplus)."""
    bend = torch.nn.functional.softplus if form.hamiltonian else torch.relu
    flat = hidden.flatten(1, -2)
    for i in range(1, form.layers + 1):
        flat = torch.baddbmm(weights[f"{name}{i}.bias"], bend(flat), weights[f"{name}{i}.weight"])
    return flat.reshape(*hidden.shape[:-1], -1)


def hamiltonian_accelerations(
    form: Form, weights: Weights, graphs: Graphs
) -> tuple[Tensor, Tensor]:
    """Return scaled accelerations (m, b, n, dim) and a penalty (m,).

    The penalty is the paper's: the mean square of H, and of its slopes by what is no coordinate.
    """
    places = _leaf(form, graphs.places[None])
    bodies = _leaf(form, bodies_of(form, weights, _with_momenta(graphs)))
    energy = _energy(form, weights, places, bodies)
    by_place, by_body = torch.autograd.grad(energy.sum(), (places, bodies), create_graph=True)
    if not form.relative:
        by_place = by_body[..., : form.dimension]
    penalty = (energy**2).mean(dim=1) + (by_body[..., -2:] ** 2).mean(dim=(1, 2, 3))
    return -by_place / graphs.masses[..., None], penalty


def pulls(form: Form, weights: Weights, graphs: Graphs) -> Tensor:
    """Return the pull (m, b, n - 1, n, dim) of every pair on its receiver."""
    count = graphs.places.shape[1]
    found = []
    for k in range(1, count):
        places, bodies = (
            _leaf(form, graphs.places[None]),
            _leaf(form, bodies_of(form, weights, _with_momenta(graphs))),
        )
        pairs = pair_outputs(form, weights, places, bodies)[..., 0]
        both = pairs[:, :, k - 1] + pairs[:, :, count - 1 - k].roll(-k, 2)
        found.append(_by_receiver(form, both, places, bodies, count))
    return torch.stack(found, dim=2)


def _by_receiver(form: Form, both: Tensor, places: Tensor, bodies: Tensor, count: int) -> Tensor:
    """Return minus the slope of the energy of one pair of each receiver by the receiver's place."""
    slopes = []
    by = places if form.relative else bodies
    for i in range(count):
        (slope,) = torch.autograd.grad(both[:, :, i].sum(), by, retain_graph=True)
        slopes.append(-slope[:, :, i, : form.dimension])
    return torch.stack(slopes, dim=2).detach()


def _energy(form: Form, weights: Weights, places: Tensor, bodies: Tensor) -> Tensor:
    """Return H (m, b)."""
    pairs = pair_outputs(form, weights, places, bodies).sum(dim=(2, 3, 4))
    return pairs + node_outputs(form, weights, bodies).sum(dim=(2, 3))


def _leaf(form: Form, values: Tensor) -> Tensor:
    """Return values (m or 1, ...) for every member, that slopes can be taken by."""
    return values.expand(form.members, *values.shape[1:]).clone().requires_grad_()


def _with_momenta(graphs: Graphs) -> Graphs:
    return graphs._replace(velocities=graphs.velocities * graphs.masses[..., None])
