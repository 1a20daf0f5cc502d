"""Formulas of one or several quantities."""

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import _check_sample_weight, validate_data

from symbolnet.estimators.base import SymbolicEstimator
from symbolnet.estimators.rows import Rows


class SymbolicRegressor(RegressorMixin, SymbolicEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Regressor of one short formula per target.

    Parameters
    ----------
    budgets, seeds, operators, effort, validation_fraction, time_limit, random_state, verbose
        As of `SymbolicClassifier`.
    digits : int
        Significant digits that constants may have; they get no more than the data tell.
    robust : float, optional
        Errors above so many deviations of the target (by median) count by their size, not by its
        square, so that outliers matter little.

    Attributes
    ----------
    front_ : pandas.DataFrame
        The formulas, simplest first: complexity, R2, text, and which is chosen.
    complexity_ : float
        Mean complexity of the chosen formulas.
    n_features_in_, feature_names_in_
        Number and names of the columns.
    """

    _task, _measure = "regression", "R2"

    def __init__(
        self,
        *,
        budgets: Any = None,
        seeds: int = 1,
        operators: Any = None,
        effort: float = 0.5,
        digits: int = 5,
        validation_fraction: float = 0.2,
        time_limit: float | None = None,
        random_state: Any = 0,
        verbose: bool = False,
        robust: float | None = None,
    ) -> None:
        super().__init__(
            budgets=budgets,
            seeds=seeds,
            operators=operators,
            effort=effort,
            digits=digits,
            validation_fraction=validation_fraction,
            time_limit=time_limit,
            random_state=random_state,
            verbose=verbose,
        )
        self.robust = robust

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "SymbolicRegressor":
        """Find formulas of the columns of X (n, d) for y (n,) or (n, k); rows may be weighed.

        Ctrl-C ends the search and keeps what it has found.
        """
        names = _target_names(y)
        x, y = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        self._flat = y.ndim == 1
        y = np.asarray(y, np.float64).reshape(len(x), -1)
        weight = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
        if not (weight > 0).any():
            raise ValueError("expected a sample weight above 0; found none; give weights")
        if len(names) != y.shape[1]:
            names = ["y"] if y.shape[1] == 1 else [f"y{k}" for k in range(y.shape[1])]
        self._fit_rows(Rows(x, y, weight), names)
        return self

    def predict(self, X: Any, complexity: float | None = None) -> np.ndarray:
        """Return the values (n,) or (n, k), by the best formulas of at most this complexity."""
        values = self._values(X, complexity)
        return values[:, 0] if self._flat else values

    def score(
        self, X: Any, y: Any, sample_weight: Any = None, complexity: float | None = None
    ) -> float:
        """Return R2 on rows, by the best formulas of at most this complexity."""
        from sklearn.metrics import r2_score

        return float(r2_score(y, self.predict(X, complexity), sample_weight=sample_weight))

    def _more_settings(self) -> dict[str, Any]:
        return {"robust": self.robust}

    def _by_output(self, values: Any) -> Any:
        if self._flat:
            return values[0]
        return dict(zip(self._front.collection.class_names, values, strict=True))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _target_names(y: Any) -> list[str]:
    """Return the names of a table of targets or of a named column."""
    if hasattr(y, "columns"):
        return [str(name) for name in y.columns]
    name = getattr(y, "name", None)
    return [str(name)] if isinstance(name, str) and name else []
