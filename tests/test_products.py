"""Preset `products`: equations, budgets and gradients against numpy; files; kills; expressions."""

import numpy as np
import pytest
import sympy
import torch
from pydantic import ValidationError

from product_cases import SPEC, job, negatives, problem
from symbolnet.artifact import read_json
from symbolnet.config import ProductBudget, ProductTraining
from symbolnet.errors import InputError
from symbolnet.expression.convert import all_to_sympy
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.extract import extract
from symbolnet.network import masked, products
from symbolnet.network.product_masks import nodes_allowed, priced, without_constants
from symbolnet.network.product_members import product_network
from symbolnet.network.product_problem import initial_products
from symbolnet.network.products import (
    product_gradient,
    product_outputs,
    pruned,
    run_products,
    train_products,
)
from symbolnet.network.store import load_members


def random_parts():
    """Pruned weights and constants of two seeds and both targets."""
    shape, generator = problem(), torch.Generator().manual_seed(0)
    rows = torch.randn(len(SPEC.seeds), sum(map(sum, shape.layout.sizes)), generator=generator)
    return shape, pruned(shape, rows, 1.0)


def reference(part, seed, x):
    """o_k = b_k + sum_j V_kj (c_kj + sum w x) (c'_kj + sum w' x), loop by loop."""
    weight, outer, shift, bias = [values[seed].double().numpy() for values in part[:4]]
    classes, count = len(bias), len(outer)
    o = np.tile(bias, (len(x), 1))
    for f in range(count):
        first = shift[f] + x @ weight[:, f]
        second = shift[count + f] + x @ weight[:, count + f]
        o[:, f // (count // classes)] += outer[f] * first * second
    return o


def test_outputs_are_the_equation() -> None:
    shape, parts = random_parts()
    x = shape.x_train[:7]
    for part in parts:
        outputs = product_outputs(part, x.expand(2, -1, -1))
        for seed in range(2):
            expected = reference(part, seed, x.double().numpy())
            np.testing.assert_allclose(outputs[seed], expected, atol=1e-4)


def test_gradient_is_that_of_finite_differences_also_for_inputs_left_out() -> None:
    shape, parts = random_parts()
    part = type(parts[1])(*[values.double() for values in parts[1]])
    x, label = shape.x_train[:20].double().expand(2, -1, -1), shape.y_train[:20].expand(2, -1)
    gradient, first = product_gradient(part, x, label)

    def loss(values):
        z = product_outputs(values, x) * values.temperature.exp()[:, :, None]
        return torch.nn.functional.cross_entropy(z.flatten(0, 1), label.flatten()) * 2

    assert float(first.sum()) == pytest.approx(float(loss(part)))
    place, generator = 0, torch.Generator().manual_seed(1)
    for name, values in part._asdict().items():
        size = values[0].numel()
        found = gradient[:, place : place + size].reshape(-1)
        place += size
        for at in torch.randint(values.numel(), (12,), generator=generator).tolist():
            moved = [values.clone() for _ in range(2)]
            for tensor, step in zip(moved, (1e-6, -1e-6), strict=True):
                tensor.view(-1)[at] += step
            up, down = (float(loss(part._replace(**{name: tensor}))) for tensor in moved)
            assert (up - down) / 2e-6 == pytest.approx(float(found[at]), abs=1e-6)


def test_the_largest_weights_are_kept_for_the_nodes_that_they_cost() -> None:
    weight = torch.tensor([[[2.0, -1.1], [1.2, 0.7], [-0.4, 0.3]]])
    # 2.0 costs 3 nodes, 1.2 one, -1.1 three, 0.7 one, -0.4 three, 0.3 three.
    for nodes, expected in (
        (3, [[2, 0], [0, 0], [0, 0]]),
        (4.5, [[2, 0], [1, 0], [0, 0]]),
        (8, [[2, -1.1], [1, 1], [0, 0]]),
        (99, [[2, -1.1], [1, 1], [-0.4, 0.3]]),
    ):
        found = priced(weight, nodes, (0.5, 1.6))[0]
        torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float32))


def test_a_sum_whose_partner_is_constant_has_no_inputs() -> None:
    weight = torch.tensor([[[1.0, 0, 2.0, 3.0], [0, 0, 0, 4.0]]])  # two products: (0, 2), (1, 3)
    expected = torch.tensor([[[1.0, 0, 2.0, 0], [0, 0, 0, 0]]])
    assert torch.equal(without_constants(weight), expected)


def test_expressions_are_the_network_and_keep_to_the_budget() -> None:
    shape, parts = random_parts()
    x = negatives().x_test
    for seed, target in ((0, 0), (0, 1), (1, 0), (1, 1)):
        network = product_network(shape.layout, parts, seed, target)
        expected = reference(parts[target], seed, x.astype(np.float64))
        member = extract("a", network, 3)
        np.testing.assert_allclose(masked.evaluate(network, x.astype(float)), expected, atol=1e-9)
        np.testing.assert_allclose(evaluate(member.unrolled, x), expected, atol=1e-9)
        assert np.mean(member.complexity) <= SPEC.targets[target].complexity
        trees = all_to_sympy(member.rounded)
        assert [len(list(sympy.preorder_traversal(t))) for t in trees] == member.complexity


def test_training_tells_patterns_of_both_signs_apart(tmp_path) -> None:
    work = job(tmp_path)
    train_products(work, SPEC.model_copy(update={"epochs": 40}))
    record = read_json(work.members, "members")
    assert [m["seed"] for m in record["members"]] == [4, 4, 1, 1]
    # No sum of single inputs tells them apart: each class has the mean zero.
    assert min(m["accuracy_validation"] for m in record["members"]) > 0.85
    data = negatives()
    for member, (name, network) in zip(record["members"], load_members(work.network), strict=True):
        found = extract(name, network, 3)
        assert np.mean(found.complexity) <= member["complexity_target"]
        right = masked.evaluate(network, data.x_validation).argmax(axis=1) == data.y_validation
        assert right.mean() == pytest.approx(member["accuracy_validation"])
        assert member["sparsity"]["input"] == pytest.approx(1 - len(member["inputs_kept"]) / 12)


def test_a_member_alone_is_the_member_of_the_scan(tmp_path) -> None:
    spec = SPEC.model_copy(update={"epochs": 1})
    whole = problem(spec)
    together = whole.layout.parts(run_products(whole, job(tmp_path), "whole").parameters)
    for s, seed in enumerate(SPEC.seeds):
        for t, target in enumerate(SPEC.targets):
            alone = problem(spec.model_copy(update={"seeds": [seed], "targets": [target]}))
            rows = run_products(alone, job(tmp_path / f"{s}-{t}"), "alone").parameters
            for one, other in zip(alone.layout.parts(rows)[0], together[t], strict=True):
                torch.testing.assert_close(one[0], other[s], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("fails_at", [1, 12])
def test_an_interrupted_epoch_is_taken_again_whole(fails_at, tmp_path, monkeypatch) -> None:
    whole = run_products(problem(), job(tmp_path / "other"), "stamp")
    calls, real = [0], products._step

    def failing(*arguments):
        calls[0] += 1
        if calls[0] == fails_at:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(products, "_step", failing)
    with pytest.raises(KeyboardInterrupt):
        run_products(problem(), job(tmp_path), "stamp")
    resumed = run_products(problem(), job(tmp_path), "stamp")
    assert torch.equal(resumed.parameters, whole.parameters)
    assert torch.equal(torch.stack(resumed.history), torch.stack(whole.history))


def test_nodes_left_for_inputs() -> None:
    assert nodes_allowed(ProductBudget(complexity=100, products=2), 10) == 860


def test_faults_of_the_settings_and_data_are_named() -> None:
    with pytest.raises(ValidationError, match="2 \\+ 6 products"):
        ProductTraining(targets=[{"complexity": 14, "products": 2}])
    with pytest.raises(ValidationError, match="one above 1"):
        ProductTraining(one=(0.5, 0.9))
    data = negatives()._replace(task="regression")
    with pytest.raises(InputError, match="classes, for the preset `products`; found regression"):
        products.product_problem(data, SPEC, torch.device("cpu"))


def test_inputs_that_are_zero_in_train_are_in_no_member() -> None:
    shape = problem()
    dark = shape.x_train.clone()
    dark[:, [1, 5]] = 0
    shape = shape._replace(x_train=dark)
    state = initial_products(shape)
    products.product_epoch(shape, state)
    for part in pruned(shape, state.parameters, 1.0):
        assert not part.weight[:, [1, 5]].any() and part.weight[:, 2:5].any()
