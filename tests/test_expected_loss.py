"""Losses that choices go by, against scipy, scikit-learn and what is known in closed form."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from network_cases import dataset
from symbolnet.artifact import read_json, write_json
from symbolnet.audit.losses import check_choice, check_losses
from symbolnet.config import Choice
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.data.row_weights import weights_by_class
from symbolnet.expression.assess import metrics_record
from symbolnet.expression.choice import choose
from symbolnet.expression.loss import expected, loss_record, optimism
from symbolnet.expression.store import Collection, Extracted, save_collection
from symbolnet.expression.tree import Apply, Constant, Expression, Variable, constants

X = [Variable(i) for i in range(5)]
Formulas = tuple[Expression, ...]


def times(factor: float, one: Expression) -> Expression:
    return Apply("Mul", (Constant(factor), one))


def plus(*parts: Expression) -> Expression:
    return Apply("Add", parts)


SINE = Apply("sin", (times(2, X[2]),))
SCORES: Formulas = (times(3, Apply("Mul", (X[0], X[1]))), times(3, SINE), times(3, X[3]))


def seen(data: Dataset, scores: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = (np.concatenate([part[0], part[1]]) for part in (
        (data.x_train, data.x_validation), (data.y_train, data.y_validation)))  # fmt: skip
    return scores(x.astype(np.float64)), y


def written_out(x: np.ndarray) -> np.ndarray:
    return 3 * np.stack([x[:, 0] * x[:, 1], np.sin(2 * x[:, 2]), x[:, 3]], axis=1)


def softmax(scores: np.ndarray) -> np.ndarray:
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def noisy(n: int = 400, share: float = 0.3) -> Dataset:
    """The three classes, a share of the labels drawn anew."""
    data, draw = dataset(n), np.random.default_rng(5)
    labels = {}
    for split in ("train", "validation", "test"):
        y = getattr(data, f"y_{split}").copy()
        wrong = draw.random(len(y)) < share
        labels[f"y_{split}"] = np.where(wrong, draw.integers(0, 3, len(y)), y)
    return data._replace(**labels)


@pytest.mark.parametrize("asked", [None, "balanced", {"a": 4.0}])
def test_the_loss_is_scikit_learns_at_the_scale_that_scipy_finds(asked: Any) -> None:
    data = noisy()
    weights = weights_by_class(data, asked)
    scores, y = seen(data, written_out)
    counts = weights[y]

    def lost(scale: float, rows: slice = slice(None)) -> float:
        return log_loss(y[rows], softmax(scale * scores)[rows], sample_weight=counts[rows])

    found = loss_record(SCORES, data, counts)
    best = minimize_scalar(lost, bounds=(0, 10), method="bounded", options={"xatol": 1e-9}).x
    assert found["scale"] == pytest.approx(best, rel=1e-5)
    n = len(data.y_train)
    assert found["train"] == pytest.approx(lost(best, slice(n)), rel=1e-6)
    assert found["validation"] == pytest.approx(lost(best, slice(n, None)), rel=1e-6)
    assert found["constants"] == 4  # three factors of 3, the 2 of the sine


def test_scores_up_to_a_scale_lose_the_same() -> None:
    data = noisy()
    found = [loss_record(tuple(times(f, s) for s in SCORES), data) for f in (1e-9, 1.5, 1e12)]
    for key in ("train", "validation"):
        assert [one[key] for one in found] == pytest.approx([found[0][key]] * 3, rel=1e-6)


def test_a_constant_loses_the_logarithm_of_the_classes() -> None:
    data = dataset(90)
    found = loss_record((Constant(1), Constant(1), Constant(-1)), data)
    assert found["constants"] == 0
    assert found["train"] <= np.log(3) + 0.01  # at its scale no worse than a guess
    same = loss_record((Constant(0.5),) * 3, data)
    assert (same["scale"], same["train"]) == (0.0, pytest.approx(np.log(3)))


def test_classes_told_apart_without_a_fault_lose_nothing() -> None:
    data = dataset(90)
    scores = tuple(s.arguments[1] for s in SCORES if isinstance(s, Apply))
    found = loss_record(scores, data)
    assert max(found["train"], found["validation"]) < 1e-3


def test_a_row_without_scores_counts_as_one_in_all() -> None:
    data = noisy()
    x = data.x_train.copy()
    x[:7, 3] = np.nan
    rows = len(data.y_train) + len(data.y_validation)
    n = len(x)
    broken = loss_record(SCORES, data._replace(x_train=x))
    kept = loss_record(SCORES, data._replace(x_train=x[7:], y_train=data.y_train[7:]))
    expected = ((n - 7) * kept["train"] + 7 * np.log(rows)) / n
    assert broken["train"] == pytest.approx(expected)


def quantities(noise: float, n: int = 300) -> Dataset:
    """Two quantities of unlike size: x0 and 1000 x1, with noise."""
    draw = np.random.default_rng(3)
    data = dataset(n)
    values = {}
    for split in ("train", "validation", "test"):
        x = getattr(data, f"x_{split}").astype(np.float64)
        y = np.stack([x[:, 0], 1000 * x[:, 1]], axis=1)
        spread = y.std(axis=0)
        values[f"y_{split}"] = y + noise * spread * draw.normal(size=y.shape)
    return data._replace(**values, task="regression", class_names=("p", "q"))


def test_quantities_lose_their_squared_error_over_the_variance() -> None:
    data = quantities(0.5)
    formulas = (X[0], times(1000, X[1]))
    y = np.concatenate([data.y_train, data.y_validation])
    x = np.concatenate([data.x_train, data.x_validation]).astype(np.float64)
    errors = (y - np.stack([x[:, 0], 1000 * x[:, 1]], axis=1)) ** 2 / y.var(axis=0)
    found = loss_record(formulas, data)
    n = len(data.y_train)
    assert found["train"] == pytest.approx(errors[:n].mean())
    assert found["validation"] == pytest.approx(errors[n:].mean())
    assert found["scale"] is None


def test_a_quantity_that_is_not_finite_has_no_loss() -> None:
    found = loss_record((Apply("log", (X[0],)), X[1]), quantities(0.1))
    assert found["train"] is None
    assert expected(found, 1.0, (3, 1), "regression") is None
    assert optimism([found, found], "regression") == 0.0


def of(constants: int, train: float, validation: float) -> dict[str, Any]:
    return {"constants": constants, "train": train, "validation": validation}


def test_the_excess_of_validation_rows_is_a_line_in_the_constants() -> None:
    """By hand: 0.02 nats a constant, and 0.3 by which validation rows are harder for all."""
    losses = [of(p, 1 / p, 1 / p + 0.3 + 0.02 * p) for p in (1, 5, 20)]
    nats = optimism(losses, "classification")
    assert nats == pytest.approx(0.02)
    found = expected(losses[1], nats, (300, 100), "classification")
    assert found == pytest.approx(0.75 * (0.2 + 0.02 * 5) + 0.25 * (0.2 + 0.3 + 0.1))


def test_of_two_members_the_validation_loss_decides() -> None:
    losses = [of(3, 0.5, 0.55), of(30, 0.2, 0.7)]
    nats = optimism(losses, "classification")
    first, second = (expected(one, nats, (900, 100), "classification") for one in losses)
    assert first is not None and second is not None
    assert second - first == pytest.approx(0.7 - 0.55)


def test_luck_of_validation_rows_earns_a_constant_nothing() -> None:
    losses = [of(3, 0.5, 0.5), of(30, 0.2, 0.1)]
    assert optimism(losses, "classification") == 0.0
    assert optimism(losses[:1], "classification") == optimism([], "classification") == 0.0


def test_squared_errors_are_put_right_by_their_ratio() -> None:
    losses = [of(0, 0.1, 0.1), of(10, 0.01, 0.04), of(20, 1e-4, 16e-4)]
    nats = optimism(losses, "regression")
    assert nats == pytest.approx(np.log(4) / 2 / 10)
    found = expected(losses[2], nats, (300, 100), "regression")
    assert found == pytest.approx((0.75 * 1e-4 + 0.25 * 16e-4) * 16**0.75)
    perfect = [of(0, 0.0, 0.0), of(10, 0.01, 0.04)]
    assert expected(perfect[0], optimism(perfect, "regression"), (3, 1), "regression") == 0


def test_what_counts_as_a_constant() -> None:
    square = Apply("Pow", (X[0], Constant(2)))
    assert constants((X[0], times(-1, X[1]))) == 0
    assert constants((square, Apply("exp", (times(-1, square),)))) == 0
    assert constants((times(12, X[0]), plus(times(12, X[1]), Constant(0.5)))) == 3
    shared = plus(X[0], Constant(0.5))
    assert constants((times(2.5, shared), times(3.5, shared))) == 3
    assert constants((Constant(0.7), X[0])) == 1


def collection(data: Dataset, formulas: dict[str, Formulas]) -> Collection:
    members = tuple(Extracted(name, None, one, one) for name, one in formulas.items())
    return Collection(2, data.feature_names, data.class_names, members)


def bump(distance: Expression) -> Expression:
    return Apply("exp", (times(-30, Apply("Pow", (distance, Constant(2)))),))


def overfitted(data: Dataset) -> Formulas:
    """The scores, each with a bump of its own around some rows of train of its class."""
    found = []
    for k, score in enumerate(SCORES):
        rows = data.x_train[data.y_train == k][:12, 4]
        bumps = [times(2.5, bump(plus(X[4], Constant(-float(v))))) for v in rows]
        found.append(plus(score, *bumps))
    return tuple(found)


@pytest.mark.parametrize("n", [60, 400])
def test_the_simple_formula_wins_against_one_that_learned_rows_by_heart(n: int) -> None:
    data = noisy(n)
    record = metrics_record(
        collection(data, {"simple": SCORES, "large": overfitted(data)}), {}, data
    )
    assert choose(record["members"], Choice(training="t", complexity_max=1e6)) == "simple"


def fitted(n: int, draw: np.random.Generator) -> tuple[Dataset, dict[str, Formulas]]:
    """n rows of 24 inputs, of which the first ten count less and less; a logistic fit to each few.

    One member for each number of inputs that are read, by what they promise in train.
    """
    from sklearn.linear_model import LogisticRegression

    x = draw.normal(size=(2 * n, 24)).astype(np.float32)
    z = x[:, :10] @ (2 * 0.7 ** np.arange(10))
    y = (draw.random(2 * n) < 1 / (1 + np.exp(-z))).astype(np.int64)
    ends = slice(0, n), slice(n, n + n // 8), slice(n + n // 8, 2 * n)
    names = tuple(f"x{i}" for i in range(24))
    rows = [x[end] for end in ends] + [y[end] for end in ends]
    data = Dataset(*rows, np.zeros(24), np.ones(24), names, ("no", "yes"), {"source": "test"})
    order = np.argsort(-np.abs(np.corrcoef(data.x_train.T, data.y_train)[-1, :-1]))
    members: dict[str, Formulas] = {}
    for size in range(1, 25):
        model = LogisticRegression(C=1e4).fit(data.x_train[:, order[:size]], data.y_train)
        pairs = zip(model.coef_[0], order[:size], strict=True)
        parts = [times(float(w), Variable(int(i))) for w, i in pairs]
        whole = plus(*parts) if size > 1 else parts[0]
        members[f"m{size:02d}"] = (Constant(0), whole)
    return data, members


@pytest.mark.slow
def test_few_rows_choose_simple_formulas_and_many_rows_large_ones() -> None:
    taken: dict[int, list[int]] = {}
    for n in (100, 10000):
        for seed in range(3):
            data, members = fitted(n, np.random.default_rng(seed))
            record = metrics_record(collection(data, members), {}, data)
            name = choose(record["members"], Choice(training="t", complexity_max=1e6))
            taken.setdefault(n, []).append(int(name[1:]))
    assert np.mean(taken[100]) < 6 and np.mean(taken[10000]) > 8


@pytest.mark.parametrize("kind", ["classes", "weights", "quantities"])
def test_the_audit_finds_the_same_and_any_other(tmp_path: Path, kind: str) -> None:
    data = quantities(0.5) if kind == "quantities" else noisy()
    formulas = {"simple": (X[0], times(1000, X[1])), "large": (X[0], times(900, X[1]))}
    if kind != "quantities":
        formulas = {"simple": SCORES, "large": overfitted(data)}
    weights, told = None, None
    if kind == "weights":
        weights = weights_by_class(data, "balanced")
        told = {n: float(f"{w:.6g}") for n, w in zip(data.class_names, weights, strict=True)}
    made = collection(data, formulas)
    record = metrics_record(made, {}, data, weights=weights)
    save_dataset(tmp_path / "d.npz", data)
    save_collection(tmp_path / "expressions.json", made)
    write_json(tmp_path / "metrics.json", record, "metrics")
    (tmp_path / "members.json").write_text(json.dumps({"class_weights": told}))
    assert check_losses(tmp_path, tmp_path / "d.npz", "losses").outcome == "passed"
    spec, chosen = Choice(training="t", complexity_max=1e6), tmp_path / "chosen.json"
    for name, outcome in (("simple", "passed"), ("large", "failed")):
        member = next(m for m in made.members if m.id == name)
        save_collection(chosen, made._replace(members=(member,)))
        for by in ("loss", "accuracy"):
            taken = choose(record["members"], spec.model_copy(update={"by": by}))
            asked = spec.model_copy(update={"by": by})
            found = check_choice(tmp_path, chosen, tmp_path / "d.npz", asked, "choice")
            assert found.outcome == ("passed" if name == taken else "failed")
        assert outcome == check_choice(tmp_path, chosen, tmp_path / "d.npz", spec, "c").outcome
    value = read_json(tmp_path / "metrics.json")
    value["members"][0]["loss"]["expected"] *= 0.99
    write_json(tmp_path / "metrics.json", value)
    found = check_losses(tmp_path, tmp_path / "d.npz", "losses")
    assert found.outcome == "failed" and "simple: expected loss" in found.detail
