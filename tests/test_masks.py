"""Masks: straight-through steps, sparsities."""

from typing import get_args

import numpy as np
import torch

from network_cases import SPEC, random_rows
from symbolnet.config import PaperTraining
from symbolnet.methods.paper.epochs import FORMS
from symbolnet.methods.paper.layout import (
    Masks,
    layout_of,
    masks_of,
    sections_of,
    sparsity_of,
    step,
)


def test_step_is_zero_at_zero_and_below():
    assert step(torch.tensor([-1.0, -1e-9, 0.0, 1e-9, 3.0])).tolist() == [0, 0, 0, 1, 1]


def test_step_gradient_is_the_sigmoids_and_finite_everywhere():
    x = torch.tensor([-1e4, -17.8, -1.0, 0.0, 0.3, 1e4], requires_grad=True)
    (gradient,) = torch.autograd.grad(step(x).sum(), x)
    s = 1 / (1 + np.exp(-5 * x.detach().double().clamp(-100, 100).numpy()))
    assert np.allclose(gradient.numpy(), 5 * s * (1 - s), atol=1e-7)
    assert gradient[3].item() == 1.25


def test_pruned_elements_still_receive_gradient():
    layout = layout_of(SPEC, 5, 3)
    rows = random_rows(layout, 1).requires_grad_(True)
    masks = masks_of(sections_of(layout, rows))
    (gradient,) = torch.autograd.grad(sum(mask.sum() for mask in masks), rows)
    pruned = masks.weight[0] == 0
    assert pruned.any() and not pruned.all()
    assert (gradient[0, : layout.sections[0]][pruned] != 0).all()


def test_sparsity_counts_pruned_shares():
    masks = Masks(
        torch.tensor([[1.0, 0, 0, 0], [1, 1, 1, 1]]),
        torch.tensor([[1.0, 0], [0, 0]]),
        torch.tensor([[1.0], [0]]),
        torch.zeros(2, 0),
    )
    assert sparsity_of(masks).tolist() == [[0.75, 0.5, 0, 0], [0, 1, 1, 0]]


def test_every_form_of_the_config_is_in_the_table():
    assert set(get_args(PaperTraining.model_fields["thresholds"].annotation)) == set(FORMS)
