"""What each form of network is trained on, beside the error of its accelerations.

The error is the mean of |a - a'| over graphs, bodies and components, in units of the median size
of an acceleration, so that the weight of a penalty means the same under every force. The paper's
loss is that; under 1/r2 a few close encounters are most of it. Ours divides by 1 + |a| before the
mean.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import GraphTraining
from symbolnet.distil.networks.form import Form, Weights, messages, summed
from symbolnet.distil.networks.graphs import Graphs
from symbolnet.distil.networks.hamiltonian import hamiltonian_accelerations

_HAMILTONIAN = 1e-6  # weight of its penalty (paper)


class Outcome(NamedTuple):
    """What members make of a batch: error (m,), penalty (m,), messages (m, b, n - 1, n, w)."""

    error: Tensor
    penalty: Tensor
    shown: Tensor | None


Loss = Callable[[Weights, Graphs, Tensor, torch.Generator], Outcome]


def loss_of(form: Form, spec: GraphTraining, scale: float) -> Loss:
    """Return the loss of a training; `scale` the median size, masks (m, w) hide messages."""

    def of_messages(
        weights: Weights, graphs: Graphs, live: Tensor, random: torch.Generator
    ) -> Outcome:
        found = messages(form, weights, graphs)
        shown, divergence = _sampled(found, random) if form.kl else (found, None)
        shown = shown * live[:, None, None, None]
        error = error_of(summed(form, weights, graphs, shown), graphs)
        penalty = kl * divergence if divergence is not None else l1 * _size(form, shown)
        return Outcome(error, penalty, shown)

    def of_energy(weights: Weights, graphs: Graphs, _: Tensor, __: torch.Generator) -> Outcome:
        found, penalty = hamiltonian_accelerations(form, weights, graphs)
        return Outcome(error_of(found, graphs), _HAMILTONIAN * penalty, None)

    def error_of(found: Tensor, graphs: Graphs) -> Tensor:
        true = graphs.accelerations / scale
        wrong = (found - true).abs()
        if spec.loss == "relative":
            wrong = wrong / (1 + true.norm(dim=-1, keepdim=True))
        return wrong.mean(dim=(1, 2, 3))

    kl = spec.kl
    l1 = torch.tensor([spec.l1 if variant == "l1" else 0.0 for variant, _ in spec.members()])
    return of_energy if form.hamiltonian else of_messages


def _size(form: Form, shown: Tensor) -> Tensor:
    """Return the mean size (m,) of a message, a component of space each."""
    return shown.abs().sum(dim=-1).mean(dim=(1, 2, 3)) / form.dimension


def _sampled(found: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return messages drawn from normal distributions, and their divergence (m,) from N(0, 1).

    Of an output the first half are the means, the second the logarithms of the variances.
    """
    mean, logarithm = found.chunk(2, dim=-1)
    noise = torch.randn(mean.shape, generator=random)
    drawn = mean + noise * (logarithm / 2).exp()
    divergence = (mean**2 + logarithm.exp() - logarithm).sum(dim=-1) / 2
    return drawn, divergence.mean(dim=(1, 2, 3))
