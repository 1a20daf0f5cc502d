"""Formulas that tell classes apart, one per class: the largest decides."""

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from symbolnet.errors import InputError
from symbolnet.estimators.base import SymbolicEstimator
from symbolnet.estimators.rows import Rows
from symbolnet.expression.metrics import classes_of, softmax


class SymbolicClassifier(ClassifierMixin, SymbolicEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Classifier of one short formula per class, of which the largest decides.

    Parameters
    ----------
    budgets : sequence of numbers, optional
        Mean complexities to be best at, in nodes of the formulas' trees. By default 10, 20 and 30,
        or 50 and 100 where there are more than 32 columns.
    seeds : int
        How many searches to make; the front is that of all together.
    operators : sequence of str, optional
        What formulas may hold beside sums and coefficients: of "square", "tanh", "sin", "gauss"
        (exp(-x**2)) and "*", all by default.
    effort : float
        How long to search, in multiples of the pipeline's usual numbers of tries.
    digits : int
        Significant digits of the constants.
    validation_fraction : float
        Share of the rows that are not trained on, by which formulas are compared.
    time_limit : float, optional
        Seconds after which the search ends with what it has found. With it, a result depends on
        the machine.
    random_state : int, RandomState instance or None
        Seed of what is drawn. The same number gives the same formulas.
    verbose : bool
        Whether to say how far it is where there is no terminal, too.
    class_weight : dict, "balanced" or None
        What a row counts by its class, as in scikit-learn.

    Attributes
    ----------
    classes_ : array of shape (k,)
        The labels.
    front_ : pandas.DataFrame
        The formulas, simplest first: complexity, scores, text, and which is chosen.
    complexity_ : float
        Mean complexity of the chosen formulas.
    n_features_in_, feature_names_in_
        Number and names of the columns.
    """

    _task, _measure = "classification", "accuracy"

    def __init__(
        self,
        *,
        budgets: Any = None,
        seeds: int = 1,
        operators: Any = None,
        effort: float = 0.5,
        digits: int = 3,
        validation_fraction: float = 0.2,
        time_limit: float | None = None,
        random_state: Any = 0,
        verbose: bool = False,
        class_weight: Any = None,
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
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "SymbolicClassifier":
        """Find formulas of the columns of X (n, d) for the labels y (n,); rows may be weighed.

        Ctrl-C ends the search and keeps what it has found.
        """
        x, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        weight = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
        weight = weight * compute_sample_weight(self.class_weight, y)
        counted = weight > 0
        self.classes_, label = np.unique(y[counted], return_inverse=True)
        if len(self.classes_) < 2:
            found = f"{len(self.classes_)} class" + (" of weight above 0" if len(y) else "")
            raise InputError("rows of two classes or more", found, "give rows of another class")
        rows = Rows(x[counted], label, weight[counted])
        self._fit_rows(rows, [str(label) for label in self.classes_])
        return self

    def predict(self, X: Any, complexity: float | None = None) -> np.ndarray:
        """Return the label of each row, by the best formulas of at most this complexity.

        A row on which a formula has no finite value gets the first label.
        """
        found = classes_of(self._values(X, complexity))
        result: np.ndarray = self.classes_[np.maximum(found, 0)]
        return result

    def decision_function(self, X: Any, complexity: float | None = None) -> np.ndarray:
        """Return the scores (n, k); of two classes the second less the first, (n,)."""
        scores = self._scaled(X, complexity)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict_proba(self, X: Any, complexity: float | None = None) -> np.ndarray:
        """Return the probabilities (n, k), softmax of the scores."""
        return softmax(self._scaled(X, complexity))

    def predict_log_proba(self, X: Any, complexity: float | None = None) -> np.ndarray:
        """Return the logarithms of the probabilities."""
        with np.errstate(divide="ignore"):
            result: np.ndarray = np.log(self.predict_proba(X, complexity))
            return result

    def score(
        self, X: Any, y: Any, sample_weight: Any = None, complexity: float | None = None
    ) -> float:
        """Return the accuracy on rows, by the best formulas of at most this complexity."""
        from sklearn.metrics import accuracy_score

        return float(accuracy_score(y, self.predict(X, complexity), sample_weight=sample_weight))

    def _scaled(self, X: Any, complexity: float | None) -> np.ndarray:
        """Return the scores with the scale that makes them log-probabilities; infinities bounded.

        A row without finite scores has none: its classes are as likely.
        """
        values = self._values(X, complexity)
        values[~np.isfinite(values).all(axis=1)] = 0.0
        result: np.ndarray = (
            values * self._front.entries[self._front.place(complexity)]["loss"]["scale"]
        )
        return result

    def _by_output(self, values: Any) -> dict[Any, Any]:
        return dict(zip(self.classes_.tolist(), values, strict=True))
