"""The epoch stored of a member: the last, or the best on validation data."""

import itertools

import numpy as np
import pytest
import torch

from network_cases import SPEC, dataset, train_members, write_members
from symbolnet.artifact import read_json
from symbolnet.methods.paper.epochs import FORMS, keep, kept_epochs, run_epoch
from symbolnet.methods.paper.problem import problem_of
from symbolnet.network.masked import evaluate
from symbolnet.network.store import load_members
from symbolnet.training.members import COLUMNS, SCORE

CPU = torch.device("cpu")
BEST = SPEC.model_copy(update={"keep": "best", "epochs": 12})


def history(scores):
    """Entries of one member each epoch, with these validation scores."""
    entries = torch.zeros(len(scores), 1, len(COLUMNS), dtype=torch.float64)
    entries[:, 0, COLUMNS.index(SCORE)] = torch.tensor(scores, dtype=torch.float64)
    return list(entries)


@pytest.mark.parametrize(
    ("thresholds", "keep", "scores", "expected"),
    [
        ("learned", "last", [0.9, 0.5], 1),
        ("learned", "best", [0.9, 0.5], 0),
        ("learned", "best", [0.5, 0.9, 0.9, 0.6], 2),
        ("learned", "best", [0.5, torch.nan, 0.4], 0),
        ("learned", "best", [torch.nan, torch.nan], 1),
        # Of 12 epochs, masks are final from the end of the tenth (0.75 of the steps are taken) on.
        ("exact", "best", [0.9] * 9, 8),
        ("exact", "best", [0.9] * 9 + [0.6, 0.5, 0.4], 9),
        ("exact", "last", [0.9] * 9 + [0.6, 0.5, 0.4], 11),
    ],
)
def test_the_epoch_kept(thresholds, keep, scores, expected):
    spec = BEST.model_copy(update={"thresholds": thresholds, "keep": keep})
    assert kept_epochs(problem_of(dataset(), spec, CPU), history(scores)).tolist() == [expected]


def test_an_epoch_whose_loss_is_not_finite_is_not_kept():
    entries = history([0.5, 0.9])
    entries[1][0, COLUMNS.index("loss")] = torch.inf
    assert kept_epochs(problem_of(dataset(), BEST, CPU), entries).tolist() == [0]


@pytest.mark.parametrize("thresholds", FORMS)
def test_what_is_stored_is_the_epoch_kept(thresholds, tmp_path):
    # Steps large enough, and rows, epochs and members enough, that on every processor, whatever its
    # rounding, some member is best before the last epoch.
    changed = {"learning_rate": 0.1, "epochs": 40, "seeds": list(range(6))}
    spec = BEST.model_copy(update={"thresholds": thresholds} | changed)
    data = dataset(400)
    problem = problem_of(data, spec, CPU)
    state = train_members(problem, tmp_path / "checkpoint", "stamp", lambda line: None)
    files = (tmp_path / "n.safetensors", tmp_path / "h.csv", tmp_path / "m.json")
    write_members("t", problem, state, files)
    first, score = FORMS[thresholds].settled(problem), COLUMNS.index(SCORE)
    scores = torch.stack(state.history)[first:, :, score]
    records = read_json(files[2], "members")["members"]
    for k, ((_, network), told) in enumerate(zip(load_members(files[0]), records, strict=True)):
        labels = evaluate(network, data.x_validation).argmax(axis=1)
        assert told["accuracy_validation"] == scores[:, k].max().item()
        assert (labels == data.y_validation).mean() == pytest.approx(told["accuracy_validation"])
        row = state.history[told["epoch"] - 1][k]
        assert row[score] == told["accuracy_validation"]
        assert row[COLUMNS.index("sparsity_weight")] == told["sparsity"]["weight"]
        assert np.flatnonzero(network.input_kept).tolist() == told["inputs_kept"]
    assert any(told["epoch"] < spec.epochs for told in records)


def kept_in_float64(spec):
    """The rows kept: in float32, masks that flip amplify the last bit."""
    problem = problem_of(dataset(), spec, CPU)
    names = ("x_train", "y_train", "x_validation", "targets")
    problem = problem._replace(**{name: getattr(problem, name).double() for name in names})
    state = FORMS[spec.thresholds].start(spec, problem.layout, CPU)
    state.parameters, state.effects = state.parameters.double(), state.effects.double()
    state.adam.first, state.adam.second = state.adam.first.double(), state.adam.second.double()
    for _ in range(spec.epochs):
        state.history.append(run_epoch(problem, state))
        keep(problem, state)
    return state.kept


@pytest.mark.parametrize("thresholds", FORMS)
def test_the_epoch_kept_does_not_depend_on_the_other_members(thresholds):
    spec = BEST.model_copy(update={"thresholds": thresholds, "epochs": 4})
    together = iter(kept_in_float64(spec))
    for seed, targets in itertools.product(spec.seeds, spec.targets):
        alone = spec.model_copy(update={"seeds": [seed], "targets": [targets]})
        assert torch.allclose(kept_in_float64(alone)[0], next(together), atol=1e-9)
    assert next(together, None) is None
