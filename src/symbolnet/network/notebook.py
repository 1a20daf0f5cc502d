"""Preset `notebook`: the paper's equations (method sections 1 to 3), trained as its authors do."""

import torch
from torch import Tensor

from symbolnet.network.forward import forward
from symbolnet.network.loss import notebook_loss, notebook_project, squared_error
from symbolnet.network.masks import masks_of, sections_of, sparsity_of
from symbolnet.network.problem import Problem, groups
from symbolnet.network.state import State


def losses(problem: Problem, rows: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
    """Return L and L_mse (m,) of parameter rows on a batch (s, n) of row numbers."""
    sections = sections_of(problem.layout, rows)
    masks = masks_of(sections)
    x = problem.x_train[batch].transpose(1, 2)
    wanted = problem.y_train[batch].transpose(1, 2)
    outputs = forward(problem.layout, sections, masks, x)
    error = squared_error(outputs, wanted, problem.row_weights(wanted))
    return notebook_loss(error, sections, sparsity_of(masks), problem.targets), error


def notebook_step(problem: Problem, state: State, batch: Tensor) -> Tensor:
    """One step of Adam on a batch (s, n) of row numbers; return loss and error, (2, m)."""
    found = [
        _gradient(problem._replace(targets=problem.targets[part]), state.parameters[part], batch[b])
        for part, b in groups(problem, len(state.parameters), len(batch))
    ]
    gradient = torch.cat([gradient for gradient, _ in found])
    state.adam.update(state.parameters, gradient, problem.spec.learning_rate)
    notebook_project(sections_of(problem.layout, state.parameters))
    return torch.cat([values for _, values in found], dim=1)


def _gradient(problem: Problem, rows: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
    rows = rows.detach().requires_grad_(True)
    loss, error = losses(problem, rows, batch)
    # Members are independent, so the gradient of the sum holds the gradient of each.
    (gradient,) = torch.autograd.grad(loss.sum(), rows)
    return gradient, torch.stack([loss, error]).detach()
