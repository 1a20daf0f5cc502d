"""The models behind the references: what is tuned, how they are fitted, what a row costs them.

All are scikit-learn's. A fit sees the training rows; the validation rows choose among the settings
of a grid, and say when boosting and the epochs of the MLP end.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor

Model = Any  # an estimator of scikit-learn, which has no type stubs
Setting = dict[str, Any]
HIDDEN = (128, 64)
TREES, TREES_PATIENCE = 300, 15  # at most, and those without gain
STEPS, EPOCHS, PATIENCE = 800, 60, 0.2  # of the MLP: at most so many, or epochs; share without gain
_BATCH = 200


class Rows(NamedTuple):
    """Inputs (n, d) and classes (n,), or reduced quantities (n, k)."""

    x: np.ndarray
    y: np.ndarray

    def first(self, count: int) -> "Rows":
        """Return the first rows; they are in no order."""
        return Rows(self.x[:count], self.y[:count])


class Estimator(NamedTuple):
    """One kind of model.

    `fit` takes a setting of `grid`, a seed, training and validation rows; `weights` counts what the
    model holds; `cost` is the work of a row with d inputs and k outputs, of which `tuned` and
    `fitted` are the most that all rows together may cost while tuning and in the last fit.
    """

    words: Mapping[str, str]
    grid: list[Setting]
    fit: Callable[[Setting, int, Rows, Rows], Model]
    outputs: Callable[[Model, np.ndarray, int], np.ndarray]
    weights: Callable[[Model], int]
    cost: Callable[[int, int], int]
    tuned: float
    fitted: float
    random: bool = False


def _is_class(rows: Rows) -> bool:
    return rows.y.ndim == 1


def log_probabilities(model: Model, x: np.ndarray, classes: int) -> np.ndarray:
    """Return log p (n, k) of every class of the data set, those included that the fit never saw."""
    found = np.full((len(x), classes), 1e-12)
    found[:, model.classes_] = np.maximum(model.predict_proba(x), 1e-12)
    result: np.ndarray = np.log(found)
    return result


def _outputs(model: Model, x: np.ndarray, width: int) -> np.ndarray:
    if hasattr(model, "predict_proba"):
        return log_probabilities(model, x, width)
    return np.asarray(model.predict(x)).reshape(len(x), -1)


def _linear(setting: Setting, seed: int, train: Rows, validation: Rows) -> Model:
    if _is_class(train):
        return LogisticRegression(C=setting["C"], max_iter=500).fit(*train)
    return Ridge(alpha=1 / setting["C"]).fit(*train)


def _coefficients(model: Model) -> int:
    return int(model.coef_.size + np.size(model.intercept_))


def _boosted(setting: Setting, seed: int, train: Rows, validation: Rows) -> Model:
    # A leaf of a small table may hold few rows; scikit-learn's 20 leave 60 rows without a split.
    least = int(np.clip(len(train.x) // 50, 2, 20))
    shared = setting | {
        "max_iter": TREES,
        "min_samples_leaf": least,
        "early_stopping": True,
        "n_iter_no_change": TREES_PATIENCE,
        "random_state": seed,
    }
    if _is_class(train):
        known = np.isin(validation.y, train.y)
        model = HistGradientBoostingClassifier(**shared)
        return model.fit(*train, X_val=validation.x[known], y_val=validation.y[known])
    pairs = zip(train.y.T, validation.y.T, strict=True)
    return [
        HistGradientBoostingRegressor(**shared).fit(train.x, y, X_val=validation.x, y_val=held)
        for y, held in pairs
    ]


def _boosted_outputs(model: Model, x: np.ndarray, width: int) -> np.ndarray:
    if isinstance(model, list):
        return np.stack([one.predict(x) for one in model], axis=1)
    return log_probabilities(model, x, width)


def _leaves(model: Model) -> int:
    models = model if isinstance(model, list) else [model]
    trees = (tree for one in models for group in one._predictors for tree in group)
    return sum(int(tree.get_n_leaf_nodes()) for tree in trees)


def _mlp(setting: Setting, seed: int, train: Rows, validation: Rows) -> Model:
    """Fit by epochs; the one of least validation loss is kept."""
    kind = MLPClassifier if _is_class(train) else MLPRegressor
    batch = min(_BATCH, len(train.x))
    model = kind(hidden_layer_sizes=HIDDEN, batch_size=batch, random_state=seed, **setting)
    known = {"classes": np.unique(train.y)} if _is_class(train) else {}
    y = train.y if train.y.shape[1:] != (1,) else train.y[:, 0]
    most = max(EPOCHS, -(-STEPS * batch // len(train.x)))
    best, least, since = model, np.inf, 0
    for _ in range(most):
        model.partial_fit(train.x, y, **known)
        loss = deviance(_outputs(model, validation.x, _width(train)), validation)
        since += 1
        if loss < least:
            best, least, since = copy.deepcopy(model), loss, 0
        if since > PATIENCE * most:
            break
    return best


def _width(rows: Rows) -> int:
    return int(rows.y.max()) + 1 if _is_class(rows) else rows.y.shape[1]


def _parameters(model: Model) -> int:
    return sum(array.size for array in (*model.coefs_, *model.intercepts_))


def deviance(outputs: np.ndarray, rows: Rows) -> float:
    """Return -mean log p of the true class, or the mean square error of reduced quantities."""
    if not _is_class(rows):
        return float(np.mean((outputs - rows.y) ** 2))
    known = rows.y < outputs.shape[1]
    return float(-outputs[np.flatnonzero(known), rows.y[known]].mean())


# A step of a fit takes some operations for each unit of work: the limits mean a minute or two.
ESTIMATORS = {
    "linear": Estimator(
        {"classification": "logistic regression, L2", "regression": "linear regression, L2"},
        [{"C": 10.0**power} for power in range(-3, 4)],
        _linear,
        _outputs,
        _coefficients,
        lambda d, k: d * k,
        1e8,
        5e8,
    ),
    "boosted": Estimator(
        dict.fromkeys(("classification", "regression"), "boosted trees (histograms)"),
        [{"max_leaf_nodes": leaves, "learning_rate": 0.1} for leaves in (4, 12, 31)],
        _boosted,
        _boosted_outputs,
        _leaves,
        lambda d, k: d * k,
        2e6,
        1e7,
    ),
    "mlp": Estimator(
        dict.fromkeys(("classification", "regression"), f"MLP {HIDDEN[0]}-{HIDDEN[1]}, ReLU, Adam"),
        [{"alpha": alpha} for alpha in (1e-3, 1.0)],
        _mlp,
        _outputs,
        _parameters,
        lambda d, k: d * HIDDEN[0] + HIDDEN[0] * HIDDEN[1] + HIDDEN[1] * k,
        5e8,
        5e9,
        random=True,
    ),
}
