"""FlatHGN: a Hamiltonian as a sum over bodies and pairs, and the motion that follows from it.

H = sum_i Hself(i) + sum_ij Hpair(i, j), of places x and momenta p = m v; dp/dt = -dH/dx. Its
message is the pull -d(Hpair(i, j) + Hpair(j, i))/dx_i of each pair, a vector as those of the other
networks.
"""

import torch
from torch import Tensor

from symbolnet.distil.networks.form import Form, Weights, bodies_of, node_outputs, pair_outputs
from symbolnet.distil.networks.graphs import Graphs


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
