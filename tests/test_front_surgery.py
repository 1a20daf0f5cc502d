"""Curvature against automatic differentiation, surgery against constrained minima, growth."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from front_cases import random_units, sample
from symbolnet.methods.symbolnet.candidates import pool_of
from symbolnet.methods.symbolnet.constants import places_of, put_values, values_at
from symbolnet.methods.symbolnet.forward import loss_of, run
from symbolnet.methods.symbolnet.growth import Growth, grow
from symbolnet.methods.symbolnet.path import Standing, cut_best, cut_safely, stand
from symbolnet.methods.symbolnet.refit import Fit, curvature, fitted, refit
from symbolnet.methods.symbolnet.surgeon import cut, saved_by_one, saved_by_zero, surgeon
from symbolnet.methods.symbolnet.units import FREE, ONE, PRUNED, class_nodes, mean_nodes, units_of


def loss_at(units, places, data, theta):
    moved = units.copy()
    put_values(moved, places, theta)
    outputs = run(moved, data.x.double()).outputs
    return -(data.target * torch.log_softmax(outputs, dim=1)).sum(dim=1).mean().item()


@pytest.mark.parametrize("seed", range(6))
def test_gradient_is_that_of_the_loss(seed):
    units, data = random_units(seed), sample(seed)
    places = places_of(units)
    theta = values_at(units, places)
    numeric = [
        (loss_at(units, places, data, theta + e) - loss_at(units, places, data, theta - e)) / 2e-5
        for e in 1e-5 * np.eye(len(theta))
    ]
    found = curvature(units, data, places)
    assert np.allclose(found.gradient, numeric, atol=1e-4)
    assert found.loss == pytest.approx(loss_at(units, places, data, theta), abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_curvature_is_gauss_newtons(seed):
    """H = mean J^T (diag p - p p^T) J with J by differences of the outputs."""
    units, data = random_units(seed), sample(seed)
    places = places_of(units)
    theta = values_at(units, places)

    def outputs(values):
        moved = units.copy()
        put_values(moved, places, values)
        return run(moved, data.x.double()).outputs.numpy()

    steps = 1e-5 * np.eye(len(theta))
    j = np.stack([(outputs(theta + e) - outputs(theta - e)) / 2e-5 for e in steps], axis=2)
    p = torch.softmax(torch.tensor(outputs(theta)), dim=1).numpy()
    middle = np.einsum("nk,kl->nkl", p, np.eye(p.shape[1])) - np.einsum("nk,nl->nkl", p, p)
    expected = np.einsum("nkp,nkl,nlq->pq", j, middle, j) / len(p)
    assert np.allclose(curvature(units, data, places).hessian, expected, atol=2e-4)


def test_refit_reaches_the_minimum_of_a_linear_model():
    data = sample(0)
    units = random_units(2, count=3)
    before = loss_of(units, data)
    state = refit(units, data, Fit(20, 1e-3, 1e-9))
    assert loss_of(units, data) < before
    free = ~state.places.fixed
    assert np.abs(state.curvature.gradient[free]).max() < 2e-3


def test_held_constants_stay():
    units, data = random_units(3), sample(3)
    places = places_of(units)
    held = np.arange(len(places.fixed)) % 2 == 0
    before = values_at(units, places)
    refit(units, data, Fit(3), places._replace(fixed=places.fixed | held))
    after = values_at(units, places)
    assert (after[held] == before[held]).all() and (after[~held] != before[~held]).any()


@pytest.mark.parametrize("value", [0, 1])
def test_an_operation_is_the_minimum_under_its_constraint(value):
    units, data = random_units(4), sample(4)
    units.output_state[units.output_state == ONE] = FREE
    operation = surgeon(units, fitted(units, data))
    theta, hessian = operation.theta.copy(), operation.hessian
    scores = operation.scores()
    size = len(theta)
    q = int(np.argmin(np.where(operation.free, scores[value * size :][:size], np.inf)))
    choice = value * size + q
    start, saved = class_nodes(operation.units).sum(), scores[choice]
    operation.operate(choice)
    others = [i for i in np.flatnonzero(~operation.places.fixed) if i != q]

    def model(free):
        change = np.zeros(size)
        change[others], change[q] = free, value - theta[q]
        return 0.5 * change @ hessian @ change

    best = minimize(model, np.zeros(len(others)), method="BFGS", options={"gtol": 1e-9})
    assert np.allclose(operation.theta[others] - theta[others], best.x, atol=1e-3)
    saved *= start - class_nodes(operation.units).sum()
    assert saved == pytest.approx(best.fun, rel=0.2, abs=1e-6)


def test_second_operations_use_the_downdated_inverse():
    units, data = random_units(6), sample(6)
    operation = surgeon(units, fitted(units, data))
    for _ in range(4):
        operation.operate(int(np.argmin(operation.scores())))
    free = np.flatnonzero(operation.free)
    expected = np.linalg.inv(operation.hessian[np.ix_(free, free)])
    assert np.allclose(operation.inverse[np.ix_(free, free)], expected, rtol=1e-4, atol=1e-6)
    assert not operation.inverse[~operation.free].any()


@pytest.mark.parametrize("seed", range(4))
def test_cuts_save_the_nodes_asked_for_and_leave_a_sound_state(seed):
    units, data = random_units(seed, count=10), sample(seed)
    now = stand(units, data, Fit(3))
    after = cut_safely(now, data, 6)
    assert class_nodes(now.units).sum() - class_nodes(after.units).sum() > 0
    single = cut_best(after, data, 4)
    assert mean_nodes(single.units) < mean_nodes(after.units)
    for name in ("weight", "shift", "output", "bias"):
        state, values = (getattr(single.units, n) for n in (f"{name}_state", name))
        assert (values[state == PRUNED] == 0).all() and (values[state == ONE] == 1).all()
    assert (single.units.uses > 0).all()


def test_everything_can_be_cut():
    units, data = random_units(1), sample(1)
    assert cut(surgeon(units, fitted(units, data)), 1e9).bias_state.sum() == 0


def test_growth_adds_what_lowers_the_loss():
    data = sample(5, n=600)
    generator = np.random.default_rng(0)
    now = Standing(units_of([], 4, 3), fitted(units_of([], 4, 3), data))
    losses = [now.loss]
    for _ in range(3):
        units = now.units.copy()
        pool = pool_of(units, data, generator)
        grow(units, pool, data, Growth(5, 0.2, 0.0), generator)
        now = stand(units, data, Fit(5))
        losses.append(now.loss)
    assert losses == sorted(losses, reverse=True) and losses[-1] < losses[0] - 0.15


def test_a_first_pick_is_the_obvious_term():
    data = sample(5, n=2000)
    units = units_of([], 4, 3)
    grow(
        units,
        pool_of(units, data, np.random.default_rng(0)),
        data,
        Growth(3, 0, 0.0),
        np.random.default_rng(0),
    )
    read = {tuple(np.flatnonzero(w.any(axis=0))) for w in units.weight_state > 0}
    assert (3,) in read and ((0, 1) in read or (2,) in read)


def test_growth_takes_nothing_that_is_constant():
    data, units = sample(5)._replace(x=torch.zeros(200, 2)), units_of([], 2, 3)
    generator = np.random.default_rng(0)
    units.bias[:] = 0.3, -0.2, 0.1
    grow(units, pool_of(units, data, generator), data, Growth(8, 0.0, 0.5), generator)
    assert len(units.operator) == 0


@pytest.mark.parametrize("seed", range(6))
def test_what_an_operation_is_told_to_save_is_what_it_saves(seed):
    """But for the `Add` of an output that is left with one term."""
    units = random_units(seed)
    operation = surgeon(units, fitted(units, sample(seed)))
    told = np.concatenate([saved_by_zero(operation), saved_by_one(operation)])
    start = class_nodes(units).sum()
    for choice in np.flatnonzero(np.isfinite(operation.scores())):
        after = operation.copy()
        after.operate(int(choice))
        assert start - class_nodes(after.units).sum() - told[choice] in (0, 1), choice
