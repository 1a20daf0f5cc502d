"""What `to_firmware` is given, to formulas, what they tell, and the data set that stages take."""

from typing import Any, NamedTuple

import numpy as np

from symbolnet.data.dataset import TASKS, Dataset
from symbolnet.errors import InputError
from symbolnet.estimators.rows import Names, Rows, dataset_of, distinct_rows
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.metrics import classes_of
from symbolnet.expression.origin import formulas
from symbolnet.expression.raw_units import standardised
from symbolnet.expression.tree import ExpressionSet, variables

_HELD_OUT = 0.2  # share of the rows that formats are judged on, not searched with


class Given(NamedTuple):
    """Formulas in the units of the rows and in those of the data set, and the labels of classes.

    `labels` (k,) are what `predict` says; None of quantities.
    """

    chosen: ExpressionSet
    data: Dataset
    labels: np.ndarray | None


def given(source: Any, X: Any, y: Any, task: str | None, complexity: float | None) -> Given:
    """Return what formulas, or the point of an estimator at a complexity, and rows (n, d) say.

    Without `y` the answers of the formulas themselves stand for the truth.
    """
    x = rows_of(X)
    raw = _formulas(source, X, x, complexity)
    if len(raw.feature_names) != x.shape[1]:
        found = f"{x.shape[1]} in X"
        raise InputError(
            f"the {len(raw.feature_names)} columns of the formulas", found, "give these"
        )
    if not variables(raw.raw):
        raise InputError("a formula of a column", "constants only", "give another")
    task = _task(source, raw, y, task)
    known = getattr(source, "classes_", None)
    labels = np.asarray(raw.class_names if known is None else known)
    truth = _truth(raw, x, y, task, labels)
    dataset = _dataset(x, truth, raw, task)
    chosen = raw._replace(expressions=standardised(raw.raw, dataset))
    return Given(chosen, dataset, labels if task == "classification" else None)


def rows_of(X: Any) -> np.ndarray:
    """Return rows (n, d) of finite numbers, of an array or a data frame."""
    x = np.asarray(X)
    if x.ndim != 2 or not len(x):
        raise InputError("rows and columns in X", f"the shape {x.shape}", "give a table")
    try:
        x = x.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("numbers in X", str(error), "leave the other columns out") from None
    if not np.isfinite(x).all():
        raise InputError("finite numbers in X", "NaN or infinity", "fill or leave out these rows")
    return x


def _formulas(source: Any, X: Any, x: np.ndarray, complexity: float | None) -> ExpressionSet:
    if hasattr(source, "front_") or hasattr(source, "fit"):
        found: ExpressionSet = source.formulas(complexity)
        return found
    if complexity is not None:
        do = "leave it out of formulas"
        raise InputError("an estimator where `complexity` is given", type(source).__name__, do)
    if isinstance(source, ExpressionSet):
        return source
    columns = getattr(X, "columns", None)
    names = [f"x{i}" for i in range(x.shape[1])] if columns is None else list(map(str, columns))
    return formulas(source, names)


def _task(source: Any, raw: ExpressionSet, y: Any, task: str | None) -> str:
    """Return the task that is asked for, an estimator's, or what formulas and truth look like."""
    own = getattr(source, "_task", None)
    many = len(raw.class_names) > 1
    plain = y is None or np.ndim(y) == 1
    found = task or own or ("classification" if many and plain else "regression")
    if found not in TASKS or (own and found != own):
        expected = f"`task` as one of {', '.join(TASKS)}" if own is None else f"the task {own}"
        raise InputError(expected, repr(task), "correct `task`")
    if found == "classification" and not many:
        do = "give one for each, `0` where there is nothing"
        raise InputError("a formula for each class", "one formula", do)
    return str(found)


def _truth(raw: ExpressionSet, x: np.ndarray, y: Any, task: str, labels: np.ndarray) -> np.ndarray:
    """Return class numbers (n,), or values (n, k)."""
    if y is None:
        own = evaluate(raw.raw, x)
        known = np.isfinite(own).all()
        if not known:
            do = "leave out rows on which a formula has no value"
            raise InputError("finite values of the formulas", "others", do)
        return classes_of(own) if task == "classification" else own
    truth = np.asarray(y)
    if len(truth) != len(x):
        raise InputError(f"{len(x)} values of y, as of X", str(len(truth)), "give the same rows")
    if task == "classification":
        return numbers_of(truth, labels)
    values = truth.astype(np.float64).reshape(len(x), -1)
    if values.shape[1] != len(raw.class_names):
        found = f"{values.shape[1]} in y"
        raise InputError(f"{len(raw.class_names)} quantities", found, "give one for each formula")
    return values


def numbers_of(y: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the class number (n,) of each label: by name, or in order where none is so called."""
    found, number = np.unique(y, return_inverse=True)
    places = {str(label): i for i, label in enumerate(labels)}
    names = [str(one) for one in found]
    if all(name in places for name in names):
        return np.array([places[name] for name in names])[number]
    if set(names) & set(places) or len(found) != len(labels):
        strange = next(name for name in names if name not in places)
        raise InputError(f"the labels {', '.join(places)}", f"{strange!r} in y", "correct one")
    return np.asarray(number)


def _dataset(x: np.ndarray, truth: np.ndarray, raw: ExpressionSet, task: str) -> Dataset:
    rows = distinct_rows(Rows(x, truth, np.ones(len(x))))
    names = Names(raw.feature_names, raw.class_names, raw.feature_symbols)
    return dataset_of(rows, names, task, _HELD_OUT, seed=0)[0]
