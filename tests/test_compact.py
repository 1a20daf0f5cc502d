"""Preset `compact`: targets reached exactly, scores of connected paths, independence of members."""

import itertools

import numpy as np
import pytest
import torch

from network_cases import SPEC, dataset, random_rows, train_members, write_members
from symbolnet.config import Layer, PaperTraining, Targets
from symbolnet.data.dataset import Dataset
from symbolnet.methods.paper.epochs import FORMS, run_epoch
from symbolnet.methods.paper.exact import (
    CLIP,
    _clipped,
    _gradient,
    exact_masks,
    exact_state,
    keep_count,
    keep_largest,
    renew_masks,
)
from symbolnet.methods.paper.forward import propagate
from symbolnet.methods.paper.layout import Masks, layout_of, masks_of, sections_of
from symbolnet.methods.paper.problem import groups, problem_of
from symbolnet.methods.paper.scores import levels_of, reaches_of, weight_scores
from symbolnet.network.masked import evaluate
from symbolnet.network.store import load_members
from symbolnet.training.members import COLUMNS

CPU = torch.device("cpu")
ASKED = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.99)
KINDS = ("input", "weight", "unary", "binary")
COMPACT = PaperTraining(
    thresholds="exact",
    layers=[Layer(unary=10, binary=6)],
    unary_operators=["tanh", "gauss", "sin"],
    epochs=12,
    batch=32,
    learning_rate=0.01,
)
SHAPES = {"one layer": COMPACT.layers, "two layers": [Layer(unary=6, binary=3), Layer(unary=4)]}


def trained(tmp_path, spec, data):
    problem = problem_of(data, spec, CPU)
    return problem, train_members(problem, tmp_path / "checkpoint", "stamp", lambda line: None)


def scan() -> list[Targets]:
    alone = [Targets(**{kind: value}) for kind in KINDS for value in ASKED[1:]]
    return alone + [Targets(**dict.fromkeys(KINDS, value)) for value in ASKED]


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("epochs", [1, 12])
def test_every_target_is_met_as_well_as_the_count_allows(shape, epochs, tmp_path):
    spec = COMPACT.model_copy(
        update={"targets": scan(), "layers": SHAPES[shape], "epochs": epochs, "seeds": [0, 1]}
    )
    problem, state = trained(tmp_path, spec, dataset(300))
    weights, _, *others = problem.layout.sections
    sizes = dict(zip(("weight", "input", "unary", "binary"), (weights, *others), strict=True))
    for k, targets in enumerate(spec.targets * 2):
        for kind, size in sizes.items():
            found = state.history[-1][k, COLUMNS.index(f"sparsity_{kind}")].item()
            asked = getattr(targets, kind)
            nearest = min((i / size for i in range(size + 1)), key=lambda s: abs(s - asked))
            if kind == "input":
                nearest = min(nearest, 1 - 1 / size)
            assert abs(abs(found - asked) - abs(nearest - asked)) < 1e-6, (kind, asked, found)
            assert size < 100 or abs(found - asked) <= 0.01


@pytest.mark.slow
def test_pruned_networks_still_tell_the_classes_apart(tmp_path):
    wanted = [Targets(input=0.2, weight=w, unary=0.5, binary=0.5) for w in (0.5, 0.7, 0.8)]
    spec = COMPACT.model_copy(update={"targets": wanted, "seeds": [0, 1, 2], "epochs": 40})
    _, state = trained(tmp_path, spec, dataset(600))
    accuracy = state.history[-1][:, COLUMNS.index("accuracy_validation")]
    assert (accuracy > 0.7).all()


@pytest.mark.parametrize("kept", range(7))
def test_equal_scores_are_cut_exactly(kept):
    scores = torch.tensor([[1.0, 1, 1, 1, 1, 1], [0, 0, 3, 3, 3, 9], [5, 4, 3, 2, 1, 0]])
    mask = keep_largest(scores, [kept] * 3)
    assert mask.sum(dim=1).tolist() == [kept] * 3
    for row, values in zip(mask.bool(), scores, strict=True):
        assert kept in (0, 6) or values[row].min() >= values[~row].max()


def test_scores_that_are_not_finite_do_not_move_the_count():
    scores = torch.tensor([[torch.nan, 1, torch.inf, torch.inf, 2]])
    assert keep_largest(scores, [3]).tolist() == [[0, 0, 1, 1, 1]]
    assert keep_largest(torch.full((1, 4), torch.nan), [2]).sum() == 2


@pytest.mark.parametrize(
    "size, target, least, expected",
    [(16, 0.99, 1, 1), (16, 0.99, 0, 0), (8, 0.3, 0, 6), (784, 0.99, 1, 8), (3, 0.5, 0, 1)],
)
def test_the_count_kept_is_the_nearest_one(size, target, least, expected):
    assert keep_count(size, target, least) == expected


def test_thresholds_come_down_as_well_as_up():
    spec = COMPACT.model_copy(update={"targets": [Targets(weight=0.3, unary=0.3)]})
    problem = problem_of(dataset(), spec, CPU)
    state = exact_state(spec, problem.layout, CPU)
    sections = sections_of(problem.layout, state.parameters)
    x = problem.x_train[:32].T.unsqueeze(0)
    for pruned in (1.0, 0.0):
        sections.weight_threshold.fill_(pruned)
        sections.unary_threshold.fill_(pruned)
        renew_masks(problem, state, x, 1.0)
        masks = exact_masks(sections)
        assert masks.weight.mean().item() == pytest.approx(0.7, abs=0.005)
        assert masks.unary.mean().item() == pytest.approx(0.7, abs=0.05)


def best_paths(layout, weight, inputs):
    """Largest product of |weights| through every weight of a network of unary units."""
    parts = weight.abs().split(layout.weight_sizes)
    matrices = [parts[2 * i].view(*shape).numpy() for i, shape in enumerate(layout.matrices)]
    best = [np.zeros_like(matrix) for matrix in matrices]
    for path in itertools.product(range(layout.inputs), *(range(len(m)) for m in matrices)):
        steps = list(itertools.pairwise(path))
        value = inputs[path[0]] * np.prod(
            [m[b, a] for m, (a, b) in zip(matrices, steps, strict=True)]
        )
        for found, (a, b) in zip(best, steps, strict=True):
            found[b, a] = max(found[b, a], value)
    return best


def scores_of(layout, rows, masks):
    weight = sections_of(layout, rows).weight
    levels = levels_of(layout, weight, masks)
    return weight_scores(layout, weight, levels, reaches_of(layout, weight, levels))


@pytest.mark.parametrize("layers", [[Layer(unary=5, binary=0)], [Layer(unary=4, binary=0)] * 3])
def test_scores_are_the_best_path_products(layers):
    layout = layout_of(SPEC.model_copy(update={"layers": layers}), 5, 3)
    rows = random_rows(layout, 2)
    masks = masks_of(sections_of(layout, rows))
    scores = scores_of(layout, rows, masks)
    for k in range(2):
        weight = rows[k, : layout.sections[0]]
        found = scores[k].split(layout.weight_sizes)[::2]
        expected = best_paths(layout, weight, masks.input[k].numpy())
        for part, best in zip(found, expected, strict=True):
            assert np.allclose(part.numpy(), best.ravel(), atol=1e-7)


def test_a_product_passes_the_weaker_of_its_operands():
    layout = layout_of(SPEC.model_copy(update={"layers": [Layer(unary=0, binary=1)]}), 2, 1)
    rows = torch.zeros(1, sum(layout.sections))
    # Left operand 2 x0 + 3 x1, right operand 0.5 x0, output weight 4.
    rows[0, : layout.sections[0]] = torch.tensor([2, 3, 0.5, 0, 0, 0, 4, 0])
    masks = Masks(torch.ones(1, 8), torch.ones(1, 2), torch.ones(1, 0), torch.ones(1, 1))
    kept = scores_of(layout, rows, masks)[0].tolist()
    assert kept == pytest.approx([2, 2, 2, 0, 0, 0, 2, 0], abs=1e-6)
    added = scores_of(layout, rows, masks._replace(binary=torch.zeros(1, 1)))[0].tolist()
    assert added == pytest.approx([8, 12, 2, 0, 0, 0, 12, 0], abs=1e-6)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.9, 0.95])
def test_what_scores_above_any_threshold_is_connected(share):
    """Every weight of a network of two layers then lies between an input and an output."""
    layout = layout_of(SPEC, 5, 3)
    rows = random_rows(layout, 8)
    masks = masks_of(sections_of(layout, rows))
    scores = scores_of(layout, rows, masks)
    # Weights of one path have one score up to rounding: cut above such a tie, not inside.
    cut = scores.quantile(share, dim=1, keepdim=True) * 1.00001
    parts = (scores > cut).float().split(layout.weight_sizes, dim=1)[::2]
    for k in range(len(rows)):
        matrices = [p[k].view(*shape) for p, shape in zip(parts, layout.matrices, strict=True)]
        kept = masks.binary[k].split([layer.n_binary for layer in layout.layers])
        assert all(matrix.any() for matrix in matrices)
        for i, layer in enumerate(layout.layers):
            fed, used = fed_outputs(layer, matrices[i], kept[i]), matrices[i + 1].amax(dim=0)
            assert (fed == used).all()


def fed_outputs(layer, matrix, kept):
    """1 for each output of a layer that some weight reaches; a product wants both operands."""
    sizes = [layer.n_unary, layer.n_binary, layer.n_binary]
    unary, left, right = matrix.amax(dim=1).split(sizes)
    both = torch.where(kept > 0, torch.minimum(left, right), torch.maximum(left, right))
    return torch.cat([unary, both])


def in_float64(spec, memory_gb=2.0):
    spec = spec.model_copy(update={"memory_gb": memory_gb})
    problem = problem_of(dataset(), spec, CPU)
    names = ("x_train", "y_train", "x_validation", "targets")
    problem = problem._replace(**{name: getattr(problem, name).double() for name in names})
    state = exact_state(spec, problem.layout, CPU)
    for name in ("parameters", "effects"):
        setattr(state, name, getattr(state, name).double())
    state.adam.first, state.adam.second = state.adam.first.double(), state.adam.second.double()
    for _ in range(spec.epochs):
        run_epoch(problem, state)
    return state.parameters


def test_members_trained_together_equal_members_trained_alone():
    spec = SPEC.model_copy(update={"thresholds": "exact"})
    together = iter(in_float64(spec))
    for seed, targets in itertools.product(spec.seeds, spec.targets):
        alone = spec.model_copy(update={"seeds": [seed], "targets": [targets]})
        assert torch.allclose(in_float64(alone)[0], next(together), atol=1e-9)
    assert next(together, None) is None


@pytest.mark.parametrize("thresholds", FORMS)
def test_groups_by_memory_change_nothing(thresholds):
    spec = SPEC.model_copy(update={"thresholds": thresholds, "epochs": 2})
    problem, tiny = (
        problem_of(dataset(), spec.model_copy(update={"memory_gb": size}), CPU)
        for size in (2.0, 1e-9)
    )
    count = 1 if thresholds == "exact" else 2
    assert len(groups(problem, 4, count)) == 1 and len(groups(tiny, 4, count)) == 4 // count
    states = [FORMS[thresholds].start(case.spec, case.layout, CPU) for case in (problem, tiny)]
    batch = torch.arange(16).expand(len(states[0].generators), -1)
    for case, state in zip((problem, tiny), states, strict=True):
        FORMS[thresholds].step(case, state, batch)
    assert torch.allclose(states[0].parameters, states[1].parameters, atol=1e-6)


def test_pruned_weights_receive_the_gradient_of_cross_entropy():
    spec = COMPACT.model_copy(update={"targets": [Targets(weight=0.6)]})
    problem = problem_of(dataset(), spec, CPU)
    problem = problem._replace(x_train=problem.x_train.double(), y_train=problem.y_train.double())
    state = exact_state(spec, problem.layout, CPU)
    state.parameters = state.parameters.double()
    state.effects = state.effects.double()
    x = problem.x_train[:32].T.unsqueeze(0)
    renew_masks(problem, state, x, 1.0)
    sections = sections_of(problem.layout, state.parameters)
    masks = exact_masks(sections)

    def loss(weight):
        outputs = propagate(problem.layout, weight, masks, x)[0].T.numpy()
        shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        p = shifted / shifted.sum(axis=1, keepdims=True)
        return -np.log((p * problem.y_train[:32].numpy()).sum(axis=1)).mean()

    wanted = problem.y_train[:32].T.unsqueeze(0)
    found, values = _gradient(problem, sections.weight, masks, x, wanted)
    kept = sections.weight * masks.weight
    assert values[0].item() == pytest.approx(loss(kept))
    chosen = np.random.default_rng(0).choice(kept.shape[1], 40, replace=False)
    assert 0 < masks.weight[0, chosen].mean() < 1
    for j in chosen.tolist():
        ends = []
        for change in (1e-6, -1e-6):
            moved = kept.clone()
            moved[0, j] += change
            ends.append(loss(moved))
        assert found[0, j].item() == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)


def test_gradients_are_clipped_for_each_member():
    gradient = torch.tensor([[3.0, 4.0], [30.0, 40.0], [torch.nan, 1.0]])
    clipped = _clipped(gradient)
    assert clipped[0].tolist() == [3, 4]
    assert clipped[1].norm().item() == pytest.approx(CLIP)
    assert clipped[2].tolist() == [0, 1]


def test_stored_members_compute_what_training_computed(tmp_path):
    spec = SPEC.model_copy(update={"thresholds": "exact"})
    data = dataset()
    problem, state = trained(tmp_path, spec, data)
    files = tmp_path / "n.safetensors", tmp_path / "history.csv", tmp_path / "members.json"
    write_members("t", problem, state, files)
    accuracy = state.history[-1][:, COLUMNS.index("accuracy_validation")].tolist()
    for (_, network), expected in zip(load_members(files[0]), accuracy, strict=True):
        labels = evaluate(network, data.x_validation).argmax(axis=1)
        assert (labels == data.y_validation).mean() == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.parametrize("thresholds", FORMS)
def test_regression_finds_a_product(thresholds, tmp_path):
    generator = np.random.default_rng(0)
    x = generator.uniform(-2, 2, size=(900, 3)).astype(np.float32)
    y = (x[:, :1] * x[:, 1:2] + 1).astype(np.float32)
    xs, ys = np.split(x, [600, 750]), np.split(y, [600, 750])
    names = ("a", "b", "c")
    provenance = {"source": "test"}
    data = Dataset(*xs, *ys, np.zeros(3), np.ones(3), names, ("f",), provenance, "regression")
    spec = COMPACT.model_copy(
        update={"thresholds": thresholds, "epochs": 60, "layers": [Layer(binary=3)]}
    )
    problem, state = trained(tmp_path, spec, data)
    assert state.history[-1][0, COLUMNS.index("accuracy_validation")] > 0.99
    files = tmp_path / "n.safetensors", tmp_path / "history.csv", tmp_path / "members.json"
    write_members("t", problem, state, files)
    assert files[1].read_text().splitlines()[0].split(",")[4] == "r2_validation"
    assert '"r2_validation"' in files[2].read_text()
    network = load_members(files[0])[0][1]
    missed = ((evaluate(network, data.x_validation) - data.y_validation) ** 2).sum()
    total = ((data.y_validation - data.y_validation.mean()) ** 2).sum()
    expected = state.history[-1][0, COLUMNS.index("accuracy_validation")].item()
    assert 1 - missed / total == pytest.approx(expected, abs=1e-4)
