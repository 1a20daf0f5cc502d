"""`thresholds: learned`: the paper's equations (sections 1 to 3), trained as its authors do."""

import torch
from torch import Tensor

from symbolnet.config import PaperTraining
from symbolnet.methods.paper.forward import forward
from symbolnet.methods.paper.layout import Layout
from symbolnet.methods.paper.loss import project, published_loss, squared_error
from symbolnet.methods.paper.masks import masks_of, sections_of, sparsity_of
from symbolnet.methods.paper.problem import Problem, groups
from symbolnet.methods.paper.state import Adam, State

INITIAL_SPREAD = 0.05


def learned_state(spec: PaperTraining, layout: Layout, device: torch.device) -> State:
    """Draw weights and biases from N(0, 0.05^2) by seed; thresholds start at 0."""
    generators = [torch.Generator().manual_seed(seed) for seed in spec.seeds]
    rows = torch.zeros(len(spec.seeds), sum(layout.sections))
    weights = layout.sections[0]
    for row, generator in zip(rows, generators, strict=True):
        row[:weights] = INITIAL_SPREAD * torch.randn(weights, generator=generator)
    parameters = rows.repeat_interleave(len(spec.targets), dim=0).to(device)
    adam = Adam(torch.zeros_like(parameters), torch.zeros_like(parameters))
    return State(parameters, adam, generators)


def losses(problem: Problem, rows: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
    """Return L and L_mse (m,) of parameter rows on a batch (s, n) of row numbers."""
    sections = sections_of(problem.layout, rows)
    masks = masks_of(sections)
    x = problem.x_train[batch].transpose(1, 2)
    wanted = problem.y_train[batch].transpose(1, 2)
    outputs = forward(problem.layout, sections, masks, x)
    error = squared_error(outputs, wanted, problem.row_weights(wanted))
    return published_loss(error, sections, sparsity_of(masks), problem.targets), error


def learned_step(problem: Problem, state: State, batch: Tensor) -> Tensor:
    """One step of Adam on a batch (s, n) of row numbers; return loss and error, (2, m)."""
    found = [
        _gradient(problem._replace(targets=problem.targets[part]), state.parameters[part], batch[b])
        for part, b in groups(problem, len(state.parameters), len(batch))
    ]
    gradient = torch.cat([gradient for gradient, _ in found])
    state.adam.update(state.parameters, gradient, problem.spec.learning_rate)
    project(sections_of(problem.layout, state.parameters))
    return torch.cat([values for _, values in found], dim=1)


def _gradient(problem: Problem, rows: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
    rows = rows.detach().requires_grad_(True)
    loss, error = losses(problem, rows, batch)
    # Members are independent, so the gradient of the sum holds the gradient of each.
    (gradient,) = torch.autograd.grad(loss.sum(), rows)
    return gradient, torch.stack([loss, error]).detach()
