"""Losses, one value per member; the published one is of method section 3."""

import torch
from torch import Tensor

from symbolnet.methods.paper.layout import Sections

DECAY = 0.01


def squared_error(outputs: Tensor, one_hot: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return L_mse (m,): mean over the batch of the sum over classes, both (m or s, k, n).

    `weight` (s, 1, n) is what each row counts.
    """
    members, classes, rows = outputs.shape
    grouped = outputs.view(len(one_hot), -1, classes, rows) - one_hot.unsqueeze(1)
    squares = grouped.square()
    if weight is not None:
        squares = squares * weight.unsqueeze(1)
    return squares.sum(dim=(2, 3)).view(members) / rows


def cross_entropy(
    outputs: Tensor, one_hot: Tensor, weight: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return (m,) cross-entropy of p = softmax(outputs) and its mean squared error.

    Means over the batch of -log p_y and of sum_k (p_k - y_k)^2; outputs are (m, k, n), classes
    one-hot (1, k, n); `weight` (1, 1, n) is what each row counts in both.
    """
    logarithms, rows = torch.log_softmax(outputs, dim=1), outputs.shape[2]
    squares = (logarithms.detach().exp() - one_hot).square()
    if weight is not None:
        squares, one_hot = squares * weight, one_hot * weight
    return -(logarithms * one_hot).sum(dim=(1, 2)) / rows, squares.sum(dim=(1, 2)) / rows


def dampening(sparsity: Tensor, targets: Tensor) -> Tensor:
    """Return D(s; a) = exp(1 - (a / (a - min(s, a)))^d), 0 where s >= a; carries no gradient."""
    with torch.no_grad():
        gap = (targets - sparsity).clamp_min(0)
        # Not `**`: it rounds the last elements of a tensor otherwise than the rest.
        power = torch.exp(DECAY * torch.log(targets / gap))
        return torch.exp(1 - power).where(gap > 0, torch.zeros_like(gap))


def published_loss(error: Tensor, sections: Sections, sparsity: Tensor, targets: Tensor) -> Tensor:
    """Return L (m,) = L_mse (1 + sum_k D(s_k; a_k) r_k); sparsity and targets are (m, 4).

    r is mean_i exp(-t_i) over weights and biases, exp(-mean_i t_i) for inputs, unary and binary
    operators: the network that lacks a kind of operator has no such term.
    """
    thresholds = sections[2:]
    pulls = [torch.exp(-sections.weight_threshold).mean(dim=1)]
    pulls += [
        torch.exp(-t.mean(dim=1)) if t.shape[1] else error.new_zeros(len(t)) for t in thresholds
    ]
    return error * (1 + (dampening(sparsity, targets) * torch.stack(pulls, dim=1)).sum(dim=1))


def project(sections: Sections) -> None:
    """After a step: weight thresholds to their absolute value, the others clipped to [0, 1]."""
    sections.weight_threshold.abs_()
    for threshold in sections[2:]:
        threshold.clamp_(0, 1)
