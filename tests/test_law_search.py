"""Laws of quantities: what is found, how it becomes a network, that a stopped search goes on."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from front_cases import random_units
from symbolnet import SymbolicRegressor
from symbolnet.config import SymbolNetTraining
from symbolnet.data.dataset import Dataset
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.extract import unroll
from symbolnet.expression.origin import formulas
from symbolnet.expression.simplify import simplify
from symbolnet.expression.tree import Expression
from symbolnet.methods.symbolnet.constants import free_constants
from symbolnet.methods.symbolnet.job import SymbolNet
from symbolnet.methods.symbolnet.laws.law import Law, Ruler, ruler_of
from symbolnet.methods.symbolnet.laws.network import architecture_for, network_of_law, planned
from symbolnet.methods.symbolnet.laws.proposals import Proposal, Proposals, Rows
from symbolnet.methods.symbolnet.laws.search import laws_in
from symbolnet.methods.symbolnet.laws.separate import separable
from symbolnet.methods.symbolnet.laws.sums import CONSTANT, best_sets
from symbolnet.methods.symbolnet.laws.task import laws_of, sought
from symbolnet.methods.symbolnet.members import architecture_of, network_of
from symbolnet.methods.symbolnet.point import Point, without_need
from symbolnet.methods.symbolnet.record import Progress, frozen, thawed
from symbolnet.network.masked import evaluate as evaluated

NAMES = [f"x{i}" for i in range(6)]


def tree_of(text: str) -> Expression:
    """Return a formula of x0 to x5 as it is simplified."""
    return simplify(formulas(text, NAMES).expressions)[0]


def rows_of(text: str, inputs: int, rows: int = 400, low: float = 1, high: float = 4) -> Rows:
    """Return rows of a formula, the inputs rounded as a data set rounds them."""
    x = np.random.default_rng(3).uniform(low, high, size=(rows, inputs))
    y = evaluate([tree_of(text)], x)[:, 0]
    return Rows(x.astype(np.float32).astype(np.float64), y, np.ones(rows))


LAWS = (
    ("0.5*x0*x1**2", 2),
    ("x0*x1/(12.566*x2*x3**2)", 4),
    ("sqrt(x0/x1)", 2),
    ("(x0 - x1)**2 + (x2 - x3)**2", 4),
    ("sqrt((x0 - x1)**2 + (x2 - x3)**2)", 4),
    ("(x0 + x1)/(1 + x0*x1/x2**2)", 3),
    ("(x0*x2 + x1*x3)/(x0 + x1)", 4),
    ("x0*exp(-x1*x2/x3)", 4),
    ("1/(exp(x0*x1/x2) - 1)", 3),
    ("x0*(x1 + x2*sin(x3))", 4),
    ("x0*sin(x1)**2", 2),
    ("x0 + x1 + 2*sqrt(x0*x1)*cos(x2)", 3),
    ("sin(x0**2)*cos(x0) - 1", 1),
    ("log(x0 + 1) + log(x0**2 + 1)", 1),
    ("x0**x1", 2),
    ("1 + x0*x1*cos(x2)/x3", 4),
)


@pytest.mark.slow
@pytest.mark.parametrize(("text", "inputs"), LAWS)
def test_a_law_is_found_and_holds_elsewhere(text, inputs):
    best = min(laws_in(rows_of(text, inputs)), key=lambda one: one.left)
    assert best.left < 1e-12
    elsewhere = np.random.default_rng(4).uniform(4, 6, size=(50, inputs))
    truth = evaluate([tree_of(text)], elsewhere)
    assert evaluate([best.tree], elsewhere) == pytest.approx(truth, rel=1e-4)


def test_constants_are_recognised():
    front = laws_in(rows_of("1.5*x0*x1 - 2.25*x2", 3))
    assert front[-1].tree == tree_of("1.5*x0*x1 - 2.25*x2")


def test_a_law_is_found_in_noise():
    rows = rows_of("3*x0/x1", 2)
    noisy = rows._replace(y=rows.y + 0.05 * np.random.default_rng(1).normal(size=len(rows.y)))
    quotients = [one for one in laws_in(noisy, effort=0.2) if one.nodes <= 7]
    best = min(quotients, key=lambda one: one.left)
    assert evaluate([best.tree], rows.x)[:, 0] == pytest.approx(rows.y, rel=0.02)
    assert best.left == pytest.approx(0.05**2 / np.var(noisy.y), rel=0.2)


def with_noise(rows: Rows, share: float) -> Rows:
    """Return the rows with normal noise, in deviations of the quantity."""
    noise = np.random.default_rng(1).normal(size=len(rows.y))
    return rows._replace(y=rows.y + share * rows.y.std() * noise)


def test_constants_are_recognised_in_noise():
    proposals = Proposals(with_noise(rows_of("exp(-x1**2/(2*x0**2))/x0", 2, 1000), 0.01), [])
    proposals.propose(lambda: tree_of("1.017*exp(-0.52*x1**2/x0**2)/x0"))
    assert [one.tree for one in proposals.front] == [tree_of("exp(-x1**2/(2*x0**2))/x0")]
    assert proposals.front[0].left == pytest.approx(1e-4, rel=0.1)


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.1])
def test_powers_are_told_where_noise_outweighs_small_values(noise):
    rows = with_noise(rows_of("2*x0**2*x1**2/(x2*x3**3)", 4, 1000), noise)
    front = laws_in(rows, effort=0.0)
    assert front[-1].tree == tree_of("2*x0**2*x1**2/(x2*x3**3)")


def test_what_chance_gains_is_no_law_of_its_own():
    rows = with_noise(rows_of("2*x0/x1", 3, 1000), 0.1)
    proposals = Proposals(rows, [])
    for text in ("2.1*x0/x1 + 0.001*x2**3*x0", "2.1*x0/x1", "2.1*x0/x1 - 0.01*x2/x0"):
        proposals.propose(lambda text=text: tree_of(text))
    assert [one.tree for one in proposals.front] == [tree_of("2*x0/x1")]
    proposals.propose(lambda: tree_of("2.1*x0/x1 + 0.3*x1"))  # not there, so it goes, too
    assert len(proposals.front) == 1


def test_units_that_a_law_does_without():
    sample = SimpleNamespace(x=np.zeros((500, 2)))
    data = SimpleNamespace(train=sample, validation=sample)
    units = random_units(0)
    law = Law((tree_of("x0"),))
    points = [Point(law, 0, 0, 0), Point(units, 0, 1, 0)]
    gain = np.exp(-free_constants(units) * np.log(1000) / 1000)
    assert without_need(points, [0.01, 0.01 * gain * 1.001], data) == [False, True]
    assert without_need(points, [0.01, 0.01 * gain * 0.999], data) == [False, False]
    assert without_need(points, [0.5, 0.5], data) == [False, False]  # no law to be believed


def test_powers_before_the_rest_are_told():
    rows = rows_of("x0*(x1 + x2*x3)**2/x4**2", 5)
    assert separable(rows.x, rows.y)[0] == {0: 1.0, 4: -2.0}
    assert separable(rows.x, rows.y)[-1] == {}


def test_the_best_pair_is_that_of_all_pairs():
    generator = np.random.default_rng(0)
    phi, weights = generator.normal(size=(60, 9)), generator.uniform(0.5, 2, 60)
    target = 2 * phi[:, 3] - phi[:, 7] + 0.1 * generator.normal(size=60)
    pairs = [one for one in best_sets(phi, target, weights, 2) if len(one.columns) == 2]
    plain = [one for one in pairs if CONSTANT not in one.columns]
    assert plain[0].columns == (3, 7)
    columns = phi[:, [3, 7]] * weights[:, None]
    _, left, *_ = np.linalg.lstsq(columns, target * weights, rcond=None)
    assert plain[0].left == pytest.approx(left[0] / ((target * weights) ** 2).sum())


TREES = (
    "x0*x1/(x2 - 1)",
    "sqrt(x0**2 + x1**2)",
    "log(x0*x1) + x2",
    "3.5",
    "x0*exp(-2*x1**2/x2**2)",
)


def test_a_law_becomes_the_network_that_unrolls_to_it():
    x = np.random.default_rng(0).uniform(2, 3, size=(40, 3))
    inputs, ruler = np.array([4, 0, 2]), Ruler(np.array([1.0, 10.0, 1.0]), np.array([0, 0, 2.0]))
    wide = np.zeros((40, 5))
    wide[:, inputs] = (x - ruler.mean) / ruler.scale
    laws = [
        Law((tree_of(one), tree_of(other))) for one, other in zip(TREES, TREES[::-1], strict=True)
    ]
    depth = max(len(planned(law).layers) for law in laws)
    architecture = architecture_for([planned(law, depth) for law in laws], Counter(), Counter(), 0)
    for law in laws:
        network = network_of_law(law, ruler, architecture, inputs, 5)
        assert evaluated(network, wide) == pytest.approx(law.outputs(x), rel=1e-12)
        assert np.flatnonzero(network.input_kept).tolist() == sorted(inputs[law.inputs])
        assert evaluate(unroll(network), wide) == pytest.approx(law.outputs(x), rel=1e-12)


def test_units_beside_a_law_are_the_last_layer_and_unroll_to_the_same():
    units, x = random_units(5, count=4), np.random.default_rng(0).normal(size=(30, 6))
    inputs = np.arange(units.weight.shape[2])
    x = x[:, : len(inputs)]
    alone = network_of(units, architecture_of([units]), inputs, len(inputs))
    law = Law((tree_of("x0*x1/(x2 - 1)"),))
    both = architecture_of([units, law])
    deep = network_of(units, both, inputs, len(inputs))
    assert len(deep.layers) > len(alone.layers) == 1
    assert simplify(unroll(deep)) == simplify(unroll(alone))


def test_a_ruler_takes_scalers_that_formulas_can_show():
    ruler = ruler_of(np.array([10.0, 2.7182818]), np.array([3.0, 0.5]), digits=3)
    assert ruler.scale.tolist() == [10.0, 1.0] and ruler.mean.tolist() == [3.0, 0.0]


def data_of(text: str, inputs: int, rows: int = 300) -> Dataset:
    """Return a data set of a formula in inputs as they are."""
    rows_ = rows_of(text, inputs, rows)
    x, y = rows_.x.astype(np.float32), rows_.y[:, None]
    ends = [rows * 6 // 10, rows * 8 // 10]
    names = tuple(NAMES[:inputs])
    scaler = np.zeros(inputs), np.ones(inputs)
    parts = *np.split(x, ends), *np.split(y, ends)
    return Dataset(*parts, *scaler, names, ("f",), {"source": "test"}, "regression")


SPEC = SymbolNetTraining(budgets=[6], seeds=[0], effort=0.2, digits=5)


def trained(text: str, inputs: int, between=lambda method, state: state) -> Progress:
    method = SymbolNet(data_of(text, inputs, 150), SPEC)
    state = method.start()
    while not method.finished(state):
        method.step(state, print)
        state = between(method, state)
    return state


def test_an_exact_law_ends_the_seed():
    kept = trained("x0*x1/x2", 3).kept
    assert [point.task for point in kept] == [0] * len(kept)
    assert kept[-1].form.trees == (tree_of("x0*x1/x2"),)


def test_an_exact_law_beyond_the_budgets_is_kept():
    kept = trained("3*x0**2 - x1 + 0.5", 2).kept  # ten nodes, six asked for
    assert kept[-1].form.trees == (tree_of("3*x0**2 - x1 + 0.5"),)


@pytest.mark.slow
def test_a_search_goes_on_from_its_record():
    text = "tanh(x0) + x1*x2/7 + 0.1*sin(9*x0*x1)"  # no law: units follow
    whole = trained(text, 3)
    parts = trained(text, 3, lambda method, state: method.thaw(method.freeze(state)))
    assert frozen(whole).keys() == frozen(parts).keys()
    for name, tensor in frozen(whole).items():
        assert tensor.tolist() == frozen(parts)[name].tolist(), name


def test_a_record_keeps_the_fronts_of_a_search():
    front = [Proposal(tree_of("2*x0"), 0.25, 3), Proposal(tree_of("x0/x1"), 1e-13, 5)]
    assert thawed(frozen(Progress(laws=[front, []]))).laws == [front, []]


def test_laws_hold_allowed_operators_only():
    front = [Proposal(tree_of(one), 0.5, 5) for one in ("x0*x1", "x0/x1", "exp(x0)", "2*x0 + 1")]
    fronts = [[one._replace(nodes=k)] for k, one in enumerate(front)]
    kept = [laws_of([one], ["*", "/"]) for one in fronts]
    assert [len(one) for one in kept] == [1, 1, 0, 1]
    sample = SymbolNet(data_of("x0*x1", 2), SPEC).data.train
    assert sought(sample, np.ones(1), None) and sought(sample, np.ones(1), ["log"])
    assert not sought(sample, np.ones(1), ["tanh", "*"])
    assert not sought(sample, np.full(1, 1e-200), None)  # its powers are out of range


def test_an_estimator_finds_a_law_in_the_columns_own_units():
    generator = np.random.default_rng(0)
    columns = [generator.uniform(*ends, 300) for ends in ((1, 5), (1, 2), (3, 10))]
    x = np.stack(columns, axis=1)
    y = x[:, 0] / np.sqrt(1 - (x[:, 1] / x[:, 2]) ** 2)
    model = SymbolicRegressor().fit(x, y)
    other = x * [3, 0.5, 1]
    truth = other[:, 0] / np.sqrt(1 - (other[:, 1] / other[:, 2]) ** 2)
    assert model.predict(other) == pytest.approx(truth, rel=1e-5)


def test_two_quantities_have_two_laws():
    x = np.random.default_rng(0).uniform(1, 3, size=(200, 2))
    y = np.stack([x[:, 0] / x[:, 1], x[:, 0] * x[:, 1] ** 2], axis=1)
    model = SymbolicRegressor().fit(x, y)
    assert model.predict(2 * x) == pytest.approx(y * [1, 8], rel=1e-5)
