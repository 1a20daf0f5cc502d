"""Loss and gradient of `thresholds: learned` against the independent numpy reference."""

import math

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

import network_reference as reference
from network_cases import SPEC, dataset, random_rows, stored
from symbolnet.config import Layer
from symbolnet.methods.paper.epochs import losses
from symbolnet.methods.paper.layout import Sections
from symbolnet.methods.paper.loss import dampening, project, squared_error
from symbolnet.methods.paper.problem import problem_of

BATCH = torch.arange(40)


@pytest.fixture(scope="module")
def problem():
    single = problem_of(dataset(), SPEC, torch.device("cpu"))
    return single._replace(
        x_train=single.x_train.double(),
        y_train=single.y_train.double(),
        targets=single.targets.double(),
    )


def in_paper_order(tmp_path, rows, k):
    tensors = load_file(stored(tmp_path / "n.safetensors", SPEC, rows))
    return {name: array[k].astype(np.float64) for name, array in tensors.items()}


def reference_loss(problem, t, at, k):
    targets = SPEC.targets[k % 2].model_dump()
    x, y = problem.x_train[BATCH].numpy(), problem.y_train[BATCH].numpy()
    return reference.loss(t, at, targets, SPEC.unary_operators, SPEC.binary_operators, x, y)


def test_loss_is_the_references(problem, tmp_path):
    rows = random_rows(problem.layout, 4).double()
    found = torch.stack(losses(problem, rows, BATCH.expand(2, -1)), dim=1).numpy()
    for k in range(4):
        t = in_paper_order(tmp_path, rows, k)
        assert np.allclose(found[k], reference_loss(problem, t, t, k), rtol=1e-6), k
    assert len({round(value, 6) for value in found[:, 0]}) == 4


def test_gradient_is_the_finite_difference_of_the_surrogate(problem, tmp_path):
    rows = random_rows(problem.layout, 4).double().requires_grad_(True)
    loss, _ = losses(problem, rows, BATCH.expand(2, -1))
    (gradient,) = torch.autograd.grad(loss.sum(), rows)
    rows = rows.detach()
    at = in_paper_order(tmp_path, rows, 1)
    every_section = np.cumsum([0, *problem.layout.sections[:-1]])
    chosen = np.random.default_rng(0).choice(rows.shape[1], 60, replace=False)
    for j in {*every_section.tolist(), rows.shape[1] - 1, *chosen.tolist()}:
        ends = []
        for step in (1e-6, -1e-6):
            moved = rows.clone()
            moved[1, j] += step
            ends.append(reference_loss(problem, in_paper_order(tmp_path, moved, 1), at, 1)[0])
        expected = (ends[0] - ends[1]) / 2e-6
        assert gradient[1, j].item() == pytest.approx(expected, rel=1e-6, abs=1e-5), j


@pytest.mark.parametrize("s", [0.0, 0.2, 0.45, 0.8991, 0.9, 0.95, 1.0])
def test_dampening(s):
    found = dampening(
        torch.tensor([[s]], dtype=torch.float64), torch.tensor([[0.9]], dtype=torch.float64)
    ).item()
    assert found == pytest.approx(reference.damp(s, 0.9), abs=1e-12)


def test_dampening_of_published_values():
    s, a = torch.tensor([[0.0, 0.45, 0.8991]]).double(), torch.full((1, 3), 0.9).double()
    assert dampening(s, a)[0].tolist() == pytest.approx([1, 0.993, 0.931], abs=5e-4)


def test_dampening_without_a_target_is_zero():
    assert dampening(torch.tensor([[0.0, 0.5]]), torch.zeros(1, 2)).tolist() == [[0, 0]]


def test_squared_error_groups_members_by_their_batch():
    outputs = torch.arange(12.0).view(4, 3, 1)
    one_hot = torch.eye(3)[[0, 2]].unsqueeze(2)
    expected = [1 + 1 + 4, 4 + 16 + 25, 36 + 49 + 49, 81 + 100 + 100]
    assert squared_error(outputs, one_hot).tolist() == expected


def test_projection():
    section = torch.tensor([[-2.0, 0.5, 3.0]])
    sections = Sections(*(section.clone() for _ in range(5)))
    project(sections)
    assert sections.weight.tolist() == [[-2, 0.5, 3]]
    assert sections.weight_threshold.tolist() == [[2, 0.5, 3]]
    for clipped in sections[2:]:
        assert clipped.tolist() == [[0, 0.5, 1]]


def test_a_network_without_binary_operators_has_no_binary_term():
    spec = SPEC.model_copy(update={"layers": [Layer(unary=3, binary=0)]})
    problem = problem_of(dataset(), spec, torch.device("cpu"))
    loss, error = losses(problem, random_rows(problem.layout, 4), BATCH.expand(2, -1))
    assert all(math.isfinite(value) for value in loss.tolist())
    assert (loss >= error).all()
