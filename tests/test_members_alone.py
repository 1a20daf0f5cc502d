"""What is computed for all members at once: the bytes of each member computed alone."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from symbolnet.config import Layer, PaperTraining
from symbolnet.methods.paper.forward import applied, forward
from symbolnet.methods.paper.layout import layout_of, masks_of, sections_of, step
from symbolnet.methods.paper.loss import dampening
from symbolnet.operators import OPERATORS


def drawn(*shape: int) -> Tensor:
    return 2 * torch.randn(shape, generator=torch.Generator().manual_seed(5))


def agree(function: Callable[..., Tensor], *whole: Tensor) -> bool:
    """Tell whether a function of rows gives each of them what it gives that row alone."""
    together = function(*whole)
    alone = [function(*(rows[k : k + 1].clone() for rows in whole)) for k in range(len(together))]
    return torch.equal(together.nan_to_num(), torch.cat(alone).nan_to_num())


def gradient_of_step(x: Tensor) -> Tensor:
    leaf = x.clone().requires_grad_()
    return torch.autograd.grad(step(leaf).sum(), leaf)[0]


@pytest.mark.parametrize("size", [1, 7, 40, 64])
def test_the_gradient_of_masks(size: int) -> None:
    assert agree(gradient_of_step, drawn(9, size))


@pytest.mark.parametrize("members", [2, 9, 30])
def test_the_dampening_of_sparsity_terms(members: int) -> None:
    sparsity, targets = torch.sigmoid(drawn(2, members, 4)).unbind()
    assert agree(dampening, sparsity, targets)


@pytest.mark.parametrize("rows", [1, 10, 45, 128])
@pytest.mark.parametrize("name", OPERATORS)
def test_operators_and_their_gradients(name: str, rows: int) -> None:
    operator = OPERATORS[name]
    operands = tuple(drawn(2, 5, 3, rows).unbind()[: operator.arity])

    def gradient(*values: Tensor) -> Tensor:
        leaves = [value.clone().requires_grad_() for value in values]
        return torch.autograd.grad(applied(operator, tuple(leaves)).sum(), leaves)[0]

    assert agree(lambda *values: applied(operator, values), *operands)
    assert agree(gradient, *operands)
    expected = operator.function(torch, *operands)
    torch.testing.assert_close(applied(operator, operands), expected, equal_nan=True)


@pytest.mark.parametrize("units", [1, 2, 3, 12])
@pytest.mark.parametrize(
    ("inputs", "rows"), [(16, 256), (5, 16), (7, 33), (1, 512), (100, 1), (1, 1)]
)
def test_outputs_and_gradients_whatever_the_number_of_units(
    units: int, inputs: int, rows: int
) -> None:
    layout = layout_of(PaperTraining(layers=[Layer(unary=units, binary=0)]), inputs, 3)
    x = drawn(1, inputs, rows)

    def outputs(members: Tensor) -> Tensor:
        sections = sections_of(layout, members)
        return forward(layout, sections, masks_of(sections), x)

    def gradient(members: Tensor) -> Tensor:
        leaf = members.clone().requires_grad_()
        return torch.autograd.grad(outputs(leaf).square().sum(), leaf)[0]

    members = drawn(7, sum(layout.sections))
    assert agree(outputs, members)
    assert agree(gradient, members)
